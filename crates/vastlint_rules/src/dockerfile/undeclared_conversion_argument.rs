//! VL125: see `rules/dockerfile/undeclared-conversion-argument.md`.

use vastlint_model::{Document, Tree};
use vastlint_syntax::dockerfile::{Dockerfile, Instruction, InstructionKind};
use vastlint_syntax::shell::{Context as Surroundings, Parameter, Visitor};
use vastlint_text::Span;

use crate::contract::Conversion;
use crate::external::{External, Handling, What};
use crate::instruction_edits::in_style;
use crate::values::{Assignments, is_default};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(external) = External::of(context, document, tree) else { return };
    let conversion = &context.contract.external.conversion;
    let handled = external.conversion(context, conversion);
    let Some(run) = handled.iter().find(|handling| matches!(handling.what, What::Run { .. })) else { return };
    for argument in &conversion.arguments {
        undeclared(context, &external, conversion, run, argument, sink);
    }
}

fn undeclared(
    context: &Context<'_>,
    external: &External<'_>,
    conversion: &Conversion,
    run: &Handling<'_>,
    argument: &str,
    sink: &mut Sink<'_>,
) {
    let source = &external.document.text;
    let handed_over =
        run.command.assignments.iter().any(|assignment| assignment.name.text(&run.run.text) == argument);
    let declared = external.instructions().find(|(_, instruction)| match &instruction.kind {
        InstructionKind::Arg(pairs) | InstructionKind::Env(pairs) => {
            pairs.iter().any(|pair| pair.key.literal(source) == argument)
        }
        _ => false,
    });
    if handed_over || declared.is_some_and(|(index, _)| index < run.instruction) {
        return;
    }
    let script = context
        .project
        .documents
        .binary_search_by(|document| (*document.path).cmp(conversion.script.as_str()))
        .ok()
        .map(|index| context.project.outermost(context.project.documents[index].id));
    let needed = match script.map(|script| (script, needs(script, argument))) {
        Some((script, Some(span))) => Some(Some(Place::new(script, span))),
        Some((_, None)) => None,
        None => conversion.needs_arguments.then_some(None),
    };
    let seen = if declared.is_some() { "declared only below" } else { "runs without it" };
    let finding = sink.report(
        run.run,
        run.command.span,
        format!("the final stage does not declare `ARG {argument}` before `{}` runs", conversion.path),
        seen,
    );
    finding.help(format!("write `ARG {argument}` above this RUN, in the final stage"));
    finding.fix(declare(external, run, argument, declared));
    if let Some((index, _)) = declared {
        finding.related(external.place(index), "comes too late");
    }
    match needed {
        Some(use_) => {
            finding.why(format!(
                "the script expands `${{{argument}}}`, which is unset: under `set -u` the build ends there"
            ));
            if let Some(place) = use_ {
                finding.related(place, "expanded here");
            }
        }
        None => {
            finding
                .variant("unused")
                .why("the script does not ask for it today; with an older or newer one the build ends");
        }
    }
}

/// Writes the argument right above the `RUN`; one that comes too late is moved there.
fn declare(
    external: &External<'_>,
    run: &Handling<'_>,
    argument: &str,
    declared: Option<(usize, &Instruction)>,
) -> Option<ProposedFix> {
    let (document, tree) = (external.document, external.tree);
    if !external.is_in_last_stage(run.instruction) {
        return None;
    }
    let line = format!("ARG {argument}");
    let mut fix = ProposedFix::safe(format!("write `{line}` above this RUN"));
    if let Some((_, late)) = declared {
        let InstructionKind::Arg(pairs) = &late.kind else { return None };
        let ([pair], true) = (&pairs[..], external.is_in_last_stage(declared?.0)) else { return None };
        if pair.value.is_some() {
            return None;
        }
        fix = fix.delete_lines(document, late.span);
    }
    let start = tree.instructions[run.instruction].span.start;
    Some(fix.insert_lines_above(document, start, &in_style(tree, &document.text, &[line])))
}

/// Where the script expands a variable that it has from its caller only.
fn needs(script: &Document, name: &str) -> Option<Span> {
    struct Uses<'s> {
        source: &'s str,
        name: &'s str,
        found: Option<Span>,
    }
    impl<'t> Visitor<'t> for Uses<'_> {
        fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
            let guarded =
                parameter.expansion.as_ref().is_some_and(|expansion| is_default(expansion.operator));
            if self.found.is_none() && !guarded && parameter.name.text(self.source) == self.name {
                self.found = Some(span);
            }
        }
    }
    let Tree::Shell(tree) = &script.tree else { return None };
    let mut uses = Uses { source: &script.text, name, found: None };
    tree.walk(&mut uses);
    let span = uses.found?;
    let assignments = Assignments::of(tree, &script.text);
    assignments.last_before(name, span.start).is_none().then_some(span)
}
