//! What vastlint says: diagnostics with labels at exact bytes, their severity, and a fingerprint that outlives edits
//! elsewhere in the file. Knows no parser and no output format.

mod diagnostic;
mod fingerprint;
mod fix;
mod severity;

pub use diagnostic::{Diagnostic, Label, RuleId};
pub use fingerprint::{content_fingerprint, fingerprint, normalise_place};
pub use fix::{Applicability, Edit, Fix};
pub use severity::{Level, ParseLevelError, Severity};
