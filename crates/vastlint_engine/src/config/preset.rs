//! Configurations that vastlint ships, for `extends`.

/// What the name of a preset starts with; no file is looked for under such a name.
pub(crate) const PREFIX: &str = "vastlint:";

/// A configuration that vastlint ships.
#[derive(Debug)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// All of them, mildest first.
pub(crate) static PRESETS: [Preset; 2] = [
    Preset { name: "vastlint:recommended", text: include_str!("presets/recommended.toml") },
    Preset { name: "vastlint:strict", text: include_str!("presets/strict.toml") },
];

pub(crate) fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
