//! Places in text: byte spans, lines and columns, and maps from text that was cut out of a file back to that
//! file's bytes.
//!
//! Everything in vastlint that points at text does so with a [`Span`] of bytes. Lines and columns exist only where
//! people or protocols read them ([`LineIndex`]). A document that lives inside another file carries a [`SourceMap`]
//! to the bytes of that file, so its spans can be shown where its author wrote them.

mod contains;
mod line_index;
mod source_map;
mod span;

pub use contains::contains;
pub use line_index::{LineColumn, LineIndex};
pub use source_map::{MappedText, SourceMap};
pub use span::{FileId, Span};
