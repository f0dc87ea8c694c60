//! VL202: see `rules/shell/utility-source-order.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{
    AssignmentValue, Command, CompoundKind, Script, SimpleCommand, Statement, Terminator, WordPart,
    WordPartKind,
};

use crate::contract::Utilities;
use crate::values::Assignments;
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if document.shell_role() != Some(ShellRole::SupervisorScript) {
        return;
    }
    let utilities = &context.contract.script.utilities;
    let assignments = Assignments::of(script, &document.text);
    let mut reader = Reader { document, utilities, assignments: &assignments, sink };
    reader.list(&script.body, None);
}

/// The utility with the highest rank so far, and where it is sourced.
type Highest<'t> = Option<(usize, &'t SimpleCommand)>;

/// Follows a script as it runs. What a function sources comes when it is called, which is not known here; what a child
/// process sources is lost behind it.
struct Reader<'a, 'f> {
    document: &'a Document,
    utilities: &'a Utilities,
    assignments: &'a Assignments<'a>,
    sink: &'a mut Sink<'f>,
}

impl Reader<'_, '_> {
    fn list<'t>(&mut self, list: &'t [Statement], highest: Highest<'t>) -> Highest<'t> {
        list.iter().filter(|statement| statement.terminator != Terminator::Background).fold(
            highest,
            |highest, statement| {
                let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
                std::iter::once(&statement.first).chain(rest).fold(highest, |highest, pipeline| {
                    match &pipeline.commands[..] {
                        [Command::Simple(simple)] => self.simple(simple, highest),
                        [Command::Compound(compound)] => self.block(&compound.kind, highest),
                        _ => highest,
                    }
                })
            },
        )
    }

    /// Of branches only one runs, so each begins where the block does.
    fn block<'t>(&mut self, kind: &'t CompoundKind, highest: Highest<'t>) -> Highest<'t> {
        let higher = |a: Highest<'t>, b: Highest<'t>| {
            if b.map(|(rank, _)| rank) > a.map(|(rank, _)| rank) { b } else { a }
        };
        match kind {
            CompoundKind::Group(list) => self.list(list, highest),
            CompoundKind::Loop(block) => self.list(&block.body, highest),
            CompoundKind::For(block) => self.list(&block.body, highest),
            CompoundKind::ArithmeticFor(block) => self.list(&block.body, highest),
            CompoundKind::Select(block) => self.list(&block.body, highest),
            CompoundKind::If(block) => {
                let bodies = block.branches.iter().map(|branch| &branch.body).chain(&block.otherwise);
                bodies.fold(highest, |all, body| higher(all, self.list(body, highest)))
            }
            CompoundKind::Case(block) => {
                block.arms.iter().fold(highest, |all, arm| higher(all, self.list(&arm.body, highest)))
            }
            CompoundKind::Subshell(_) | CompoundKind::Arithmetic(_) | CompoundKind::Test(_) => highest,
        }
    }

    fn simple<'t>(&mut self, command: &'t SimpleCommand, highest: Highest<'t>) -> Highest<'t> {
        let Some(rank) = sourced_utility(command, &self.document.text, self.assignments, self.utilities)
        else {
            return highest;
        };
        let Some((before, earlier)) = highest.filter(|&(before, _)| rank < before) else {
            return Some((rank, command));
        };
        let (this, that) = (&self.utilities.order[rank], &self.utilities.order[before]);
        self.sink
            .report(
                self.document,
                command.span,
                format!("`{this}` is sourced after `{that}`"),
                format!("belongs above `{that}`"),
            )
            .related(Place::new(self.document, earlier.span), "sourced first")
            .why(consequence(this, that))
            .help(format!("source the utilities in this order: {}", self.utilities.order.join(", ")));
        highest
    }
}

/// What goes wrong when `late` comes after `early`.
fn consequence(late: &str, early: &str) -> String {
    match late {
        "logging.sh" => format!("what `{early}` prints never reaches the program's log"),
        "cleanup_generic.sh" => format!("when `{early}` ends the script, its children are left running"),
        "environment.sh" => {
            format!("`{early}` runs without the variables of the instance and of the workspace")
        }
        _ => format!("`{early}` waits for a portal that a serverless instance never has"),
    }
}

/// Which utility a command sources, as its rank in the order.
fn sourced_utility(
    command: &SimpleCommand,
    source: &str,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Option<usize> {
    let path = sourced_path(command, source, assignments, utilities)?;
    let file = path.strip_prefix(&utilities.directory)?.strip_prefix('/')?;
    utilities.order.iter().position(|utility| utility == file)
}

/// The path of what a command sources, several slashes made one; `None` where the script does not tell.
pub(crate) fn sourced_path(
    command: &SimpleCommand,
    source: &str,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Option<String> {
    if !matches!(command.name(source).as_deref(), Some("." | "source")) {
        return None;
    }
    let before = command.span.start;
    let path = path_of(&command.arguments().first()?.parts, source, before, assignments, utilities)?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    Some(format!("{root}{}", parts.join("/")))
}

/// A path with its variables replaced by what was assigned to them last; `None` where the script does not tell.
fn path_of(
    parts: &[WordPart],
    source: &str,
    before: u32,
    assignments: &Assignments<'_>,
    utilities: &Utilities,
) -> Option<String> {
    let mut path = String::new();
    for part in parts {
        let written = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => path.push_str(written),
            WordPartKind::SingleQuoted => path.push_str(written.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => {
                path.push_str(&path_of(inner, source, before, assignments, utilities)?);
            }
            WordPartKind::Parameter(parameter) => {
                let name = parameter.name.text(source);
                let value = assignments.last_before(name, before).and_then(|assignment| {
                    let AssignmentValue::Scalar(value) = &assignment.value else { return None };
                    value.literal(source)
                });
                match value {
                    Some(value) if parameter.expansion.is_none() => path.push_str(&value),
                    // Put together from other variables, or handed in: the documented name is as good as its value.
                    _ if name == "utils" => path.push_str(&utilities.directory),
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    Some(path)
}
