//! What a supervisor script is to its image: an application, or something that works behind one.

use vastlint_model::{Document, ImageClass, Project, ShellRole, Tree};

use crate::Context;
use crate::glob::matches;
use crate::utilities::Sourced;

/// What a supervisor script is to its image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// What people rent the template for; each has its entry in the portal.
    Application,
    /// It works behind an application and has no entry in the portal: a bus, a sound server, a desktop's part.
    Daemon,
    /// It belongs to the base image: the portal itself, the proxy, the notebook server.
    Infrastructure,
    /// Supervisor does not start it: another script does.
    Helper,
}

/// Whether a document is a script that supervisor starts, not only a piece of shell that such a script hands to another
/// shell.
pub(crate) fn is_supervisor_script(document: &Document) -> bool {
    document.shell_role() == Some(ShellRole::SupervisorScript) && document.instance_path.is_some()
}

/// Whether a document is a script that the boot sources.
pub(crate) fn is_boot_script(document: &Document) -> bool {
    matches!(document.shell_role(), Some(ShellRole::BootScript | ShellRole::FirstBootScript))
        && document.instance_path.is_some()
}

/// What a supervisor script is to its image; `None` for what is no supervisor script, or of which only a part is known.
pub(crate) fn part(context: &Context<'_>, document: &Document, sourced: &[Sourced<'_>]) -> Option<Part> {
    if !is_supervisor_script(document) || document.fragment {
        return None;
    }
    let contract = &context.contract.script;
    let project = context.project;
    if project.is_helper(document.id) {
        return Some(Part::Helper);
    }
    let image = project.image_around(&document.path).filter(|_| document.is_file());
    if image.is_some_and(|image| image.class == ImageClass::Base) {
        return Some(Part::Infrastructure);
    }
    // A script that asks for its entry has one.
    if sourced.iter().any(|one| contract.utilities.exits.contains(&one.file)) {
        return Some(Part::Application);
    }
    let file = document.file_name();
    let name = file.strip_suffix(".sh").unwrap_or(file);
    let is_daemon =
        contract.daemons.iter().any(|pattern| matches(pattern, name)) || runs_as_user(project, document);
    Some(if is_daemon { Part::Daemon } else { Part::Application })
}

/// Whether the conf hands the program to a user: applications run as root, as the documented conf has no `user`.
fn runs_as_user(project: &Project, script: &Document) -> bool {
    let Some(program) = project.program_of(script.id) else { return false };
    let Tree::Supervisor(config) = &project.document(program.conf).tree else { return false };
    let user = config.sections.get(program.section).and_then(|section| section.key("user"));
    user.is_some_and(|user| user.value != "root")
}

/// Whether a script stands in a script that sets an instance up: it is written while the instance is being provisioned.
pub(crate) fn is_provisioned(project: &Project, document: &Document) -> bool {
    !document.is_file()
        && matches!(
            project.outermost(document.id).shell_role(),
            Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
        )
}
