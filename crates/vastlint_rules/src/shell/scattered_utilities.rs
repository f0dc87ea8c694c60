//! VL220: see `rules/shell/scattered-utilities.md`.

use vastlint_model::Document;
use vastlint_syntax::shell::{Command, Script, Statement};

use crate::supervised::is_supervisor_script;
use crate::utilities::utility_of;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_supervisor_script(document) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    let assignments = context.assignments(document);
    let belongs = |statement: &Statement| {
        let [Command::Simple(simple)] = &statement.first.commands[..] else { return false };
        utility_of(simple, &document.text, assignments, utilities)
            .is_some_and(|file| utilities.logging.contains(&file) || utilities.common.contains(&file))
    };
    let places: Vec<usize> = (0..script.body.len()).filter(|&index| belongs(&script.body[index])).collect();
    let Some(gap) = places.windows(2).find(|pair| pair[1] > pair[0] + 1) else { return };
    let between = &script.body[gap[0] + 1];
    sink.report(
        document,
        document.first_line(between.span),
        "something stands between the utilities",
        "belongs below them",
    )
    .related(Place::new(document, script.body[gap[1]].span), "sourced after it")
    .why("it runs before the script is set up: without its log, its cleanup or its environment")
    .help("source the utilities one below the other, and move this line below them");
}
