//! VL208: see `rules/shell/missing-provisioning-wait.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::Script;

use super::provisioning_wait::{documented_loop, waits};
use super::setup::end_of_setup;
use crate::supervised::{Part, is_provisioned, is_supervisor_script, part};
use crate::utilities::{sourced, sources_unknown};
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let contract = &context.contract.script;
    let source = &document.text;
    let sourced = sourced(context, document);
    let Some(part) = part(context, document, &sourced) else { return };
    let Some(last) = script.body.last() else { return };
    let concerned = matches!(part, Part::Application | Part::Daemon);
    if !concerned || sources_unknown(context, document) {
        return;
    }
    let wait = &contract.provisioning_wait;
    let waits = waits(script, source, &wait.marker);
    if waits.asked_in_loop || !waits.loops.is_empty() {
        return;
    }
    let is_provisioned = is_provisioned(context.project, document);
    // Whoever provisions may wait for the program. A daemon that does not wait has its reasons.
    let applicability = if is_provisioned { Applicability::Unsafe } else { Applicability::Safe };
    let end = end_of_setup(document, script, &sourced).filter(|_| part != Part::Daemon);
    let fix =
        end.map(|end| {
            ProposedFix::new(applicability, "wait for the end of provisioning below the utilities")
                .insert_block(document, end, &documented_loop(wait))
        });
    let finding = sink.report(
        document,
        document.first_line(last.span),
        format!("`{}` does not wait for the end of provisioning", document.file_name()),
        format!("may run while `{}` is there", wait.marker),
    );
    if part == Part::Daemon {
        finding.variant("daemon");
    } else if is_provisioned {
        finding.variant("provisioned");
    }
    finding
        .why("on the first boot the application starts while the user's provisioning script still installs what it needs, and fails or runs without it")
        .help(format!(
            "write `while [ -f \"{}\" ]; do echo \"$PROC_NAME {}\"; sleep {}; done` above it",
            wait.marker, wait.message, wait.seconds
        ))
        .fix(fix);
}
