use vastlint_text::Span;

use super::tree::{Instruction, Word};

/// A mount of a `RUN`: `--mount=type=bind,from=build,target=/src`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The value of the flag.
    pub span: Span,
    /// Keys in lower case and their values, in order.
    options: Vec<(String, Option<String>)>,
}

impl Mount {
    fn parse(source: &str, value: &Word) -> Self {
        let mut options = Vec::new();
        for field in fields(value.text(source)) {
            match field.split_once('=') {
                Some((key, value)) => options.push((key.to_lowercase(), Some(value.to_owned()))),
                None => options.push((field.to_lowercase(), None)),
            }
        }
        Self { span: value.span, options }
    }

    /// Keys in lower case and their values, in order; variables are not expanded.
    pub fn options(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.options.iter().map(|(key, value)| (&**key, value.as_deref()))
    }

    /// The value of a key; the last one counts.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.options().filter(|&(name, _)| name == key).last()?.1
    }

    /// The kind of the mount.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.get("type").unwrap_or("bind")
    }

    /// The stage, image or context that the mount reads.
    #[must_use]
    pub fn from(&self) -> Option<&str> {
        self.get("from")
    }

    /// Where it is mounted.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        ["target", "dst", "destination"].into_iter().find_map(|key| self.get(key))
    }
}

impl Instruction {
    /// The mounts of a `RUN`, in order.
    #[must_use]
    pub fn mounts(&self, source: &str) -> Vec<Mount> {
        let mounts = self.flags.iter().filter(|flag| flag.name.literal(source) == "mount");
        mounts.filter_map(|flag| flag.value.as_ref()).map(|value| Mount::parse(source, value)).collect()
    }
}

/// The fields between commas; a field in double quotes may hold commas, and two quotes for one.
fn fields(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(next) = characters.next() {
        let Some(field) = fields.last_mut() else { break };
        match next {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if is_quoted || field.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            _ => field.push(next),
        }
    }
    fields
}
