//! Configurations that vastlint ships, for `extends`.

use vastlint_rules::presets;

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
    Preset { name: "vastlint:recommended", text: presets::RECOMMENDED },
    Preset { name: "vastlint:strict", text: presets::STRICT },
];

pub(crate) fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
