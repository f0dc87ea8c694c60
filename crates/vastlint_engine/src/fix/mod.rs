//! Fixes: from what a rule proposes for a document to bytes of files, and from there to the files on disk.

pub(crate) mod apply;
pub(crate) mod translate;
