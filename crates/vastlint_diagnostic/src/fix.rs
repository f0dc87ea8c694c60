use vastlint_text::{FileId, Span};

/// Whether a fix may be made without a person looking at it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Applicability {
    /// What the file does stays, but for the fault; comments stay. `--fix` applies it.
    Safe,
    /// It does what was most likely meant, and may change what the file does. Only `--unsafe-fixes` applies it.
    Unsafe,
}

impl Applicability {
    /// `safe` or `unsafe`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// A replacement of bytes of a file; an empty span inserts, an empty text deletes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The file on disk, never an embedded document.
    pub file: FileId,
    /// Bytes of that file.
    pub span: Span,
    /// What stands there afterwards, with the quoting, indentation and line ends of the place.
    pub text: String,
}

/// A change that does away with a finding: all of it, or nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an order: "write `uv pip install`"; no full stop.
    pub message: String,
    /// Whether it may be made unseen.
    pub applicability: Applicability,
    /// Sorted by file and place; no two of them touch the same byte.
    pub edits: Vec<Edit>,
    /// Files that are made executable.
    pub executable: Vec<FileId>,
}

impl Fix {
    /// The files that the fix changes, each once, in order.
    #[must_use]
    pub fn files(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = self.edits.iter().map(|edit| edit.file).collect();
        files.extend(&self.executable);
        files.sort_unstable();
        files.dedup();
        files
    }
}
