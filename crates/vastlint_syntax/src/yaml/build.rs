use super::Yaml;

/// Reads a YAML stream.
pub fn parse(_source: &str) -> Yaml {
    Yaml::default()
}
