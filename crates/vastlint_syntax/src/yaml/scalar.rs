use vastlint_text::MappedText;

use super::{NodeId, Yaml};

/// The value of a scalar with a map back to the bytes of the source: what [`Yaml::text`] gives, place by place.
/// Empty for any other node; an alias is not followed.
pub fn scalar_text(_source: &str, _yaml: &Yaml, _id: NodeId) -> MappedText {
    MappedText::new()
}
