//! VL807: see `rules/instance/short-readiness-budget.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{Assignment, AssignmentValue, Script, Word, WordPart, WordPartKind};

use crate::values::is_default;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, _: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::InstanceTest) {
        return;
    }
    let budgets = &context.contract.instance.test.budgets;
    for assignment in context.assignments(document).all() {
        let name = assignment.name.text(&document.text);
        let Some(&least) = budgets.get(name) else { continue };
        let Some(budget) = budget(assignment, name, &document.text) else { continue };
        let message = match budget {
            Budget::Default(seconds) | Budget::Fixed(seconds) if seconds < least => {
                format!("`{name}` is {seconds} seconds, and less than {least} is too short")
            }
            Budget::Fixed(_) => format!("`{name}` cannot be overridden"),
            Budget::Default(_) => continue,
        };
        sink.report(document, assignment.span, message, "set here")
            .why("on a slow or busy machine the wait ends before the service is up, and a good image fails its test")
            .help(format!("write `{name}=\"${{{name}:-{least}}}\"`"))
            .fix(write_budget(document, assignment, name, &budget, least));
    }
}

/// A budget in seconds.
enum Budget {
    /// `X="${X:-60}"`
    Default(u64),
    /// `X=60`
    Fixed(u64),
}

fn budget(assignment: &Assignment, name: &str, source: &str) -> Option<Budget> {
    let AssignmentValue::Scalar(word) = &assignment.value else { return None };
    if let Some(text) = word.literal(source) {
        return text.parse().ok().map(Budget::Fixed);
    }
    let part = only_part(word)?;
    let WordPartKind::Parameter(parameter) = &part.kind else { return None };
    let expansion = parameter.expansion.as_ref().filter(|expansion| is_default(expansion.operator))?;
    let default = expansion.operand()?.literal(source)?.parse().ok()?;
    (parameter.name.text(source) == name).then_some(Budget::Default(default))
}

/// A budget that is long enough and can be set from outside: only the waiting changes.
fn write_budget(
    document: &Document,
    assignment: &Assignment,
    name: &str,
    budget: &Budget,
    least: u64,
) -> Option<ProposedFix> {
    let AssignmentValue::Scalar(word) = &assignment.value else { return None };
    let (Budget::Default(seconds) | Budget::Fixed(seconds)) = budget;
    let value = format!("\"${{{name}:-{}}}\"", least.max(*seconds));
    let fix = ProposedFix::safe(format!("write `{name}={value}`"));
    Some(fix.replace(document, word.span, value))
}

fn only_part(word: &Word) -> Option<&WordPart> {
    let [part] = &*word.parts else { return None };
    match &part.kind {
        WordPartKind::DoubleQuoted(inner) => match &inner[..] {
            [only] => Some(only),
            _ => None,
        },
        _ => Some(part),
    }
}
