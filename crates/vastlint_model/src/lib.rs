//! What a Vast.ai template repository is made of: documents (files, and files inside files) with a kind and a role,
//! and the project that they form: images, programs, portal entries, workflows, provisioning templates.
//!
//! Pure: text and paths in, model out. Nothing here reads a file.

mod classify;
mod document;
mod embed;
mod invocation;
mod portal;
mod project;

pub use classify::{Kind, ShellRole, classify, is_foreign_shebang, is_readable_shell, overlay_path};
pub use document::{Content, Document, DocumentId, Origin, Tree, parse_file};
pub use embed::Layer;
pub use invocation::{invocation, program_name};
pub use portal::{PortalEntry, PortalList, portal_entries};
pub use project::{
    BuildWorkflow, Image, ImageClass, Overlay, OverlayFile, Program, Project, ProjectFile,
    ProvisioningTemplate,
};
