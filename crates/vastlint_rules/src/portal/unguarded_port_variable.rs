//! VL507: see `rules/portal/unguarded-port-variable.md`.

use std::collections::HashMap;

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{
    AssignmentValue, Command, Context as Surroundings, Parameter, Redirection, Script, Visitor, WordPart,
    WordPartKind,
};
use vastlint_text::{Span, contains};

use crate::asked_variables::{Guards, covers, merge};
use crate::contract::Listening;
use crate::values::Assignments;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let contract = &context.contract.portal;
    let prefixes = &contract.mapped_port_prefixes;
    let is_of_runner = matches!(document.shell_role(), Some(ShellRole::Step | ShellRole::InstanceTest));
    if is_of_runner || !prefixes.iter().any(|prefix| contains(&document.text, prefix)) {
        return;
    }
    let source = &*document.text;
    let is_mapped = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let names = other_names(script, source, &is_mapped);
    let is_wanted = |name: &str| is_mapped(name) || names.contains_key(name);
    let mut uses = Uses {
        source,
        clients: Vec::new(),
        found: Vec::new(),
        contract: &contract.listen,
        is_wanted: &is_wanted,
    };
    script.walk(&mut uses);
    let Uses { mut clients, mut found, .. } = uses;
    merge(&mut clients);
    found.retain(|used| !covers(&clients, used.span.start));
    if found.is_empty() {
        return;
    }
    let guards = Guards::of(script, source, is_mapped);
    // The assignment that makes the other name is no question.
    let guards_of_names = Guards::asked(script, source, |name| names.contains_key(name));
    for used in found {
        let place = used.span.start;
        let real = names.get(used.name);
        let name = real.map_or(used.name, |real| real.name);
        let is_asked = guards.guard(name, place)
            || real.is_some_and(|real| {
                guards_of_names.guard(used.name, place) || guards.guard(name, real.assigned_at)
            });
        if !is_asked {
            report(document, &used, name, sink);
        }
    }
}

fn report(document: &Document, used: &Used<'_, '_>, name: &str, sink: &mut Sink<'_>) {
    let host = used.host;
    sink.report(
        document,
        used.span,
        format!("the listen address `{host}:` gets its port from `{name}`, which may not be set"),
        "may be empty",
    )
    .why(format!(
        "the platform sets `{name}` only where the template maps that port; elsewhere `{host}:` is a valid address without a port, and the program listens on a port of its own choice"
    ))
    .help(format!("ask first: `if [[ \"${{{name}:-}}\" =~ ^[0-9]+$ ]]; then`"));
}

/// What a variable is only another name for.
struct RealName<'s> {
    name: &'s str,
    assigned_at: u32,
}

/// The variables that are assigned once, and then to a mapped port as it is.
fn other_names<'s>(
    script: &'s Script,
    source: &'s str,
    is_mapped: &impl Fn(&str) -> bool,
) -> HashMap<&'s str, RealName<'s>> {
    let assignments = Assignments::of(script, source);
    let mut names = HashMap::new();
    for assignment in assignments.all() {
        let name = assignment.name.text(source);
        let AssignmentValue::Scalar(value) = &assignment.value else { continue };
        if let Some(real) = plain_variable(&value.parts, source).filter(|real| is_mapped(real))
            && assignments.only(name).is_some()
        {
            names.insert(name, RealName { name: real, assigned_at: assignment.span.start });
        }
    }
    names
}

/// The name in `$X`, `${X}` and `"$X"`.
fn plain_variable<'s>(parts: &[WordPart], source: &'s str) -> Option<&'s str> {
    let [part] = parts else { return None };
    match &part.kind {
        WordPartKind::DoubleQuoted(inner) => plain_variable(inner, source),
        WordPartKind::Parameter(parameter) if parameter.expansion.is_none() => {
            Some(parameter.name.text(source))
        }
        _ => None,
    }
}

/// A place where a mapped port stands behind a host and a colon, with no default of its own.
struct Used<'c, 's> {
    span: Span,
    /// The variable as it is written there.
    name: &'s str,
    host: &'c str,
}

struct Uses<'c, 's, F> {
    source: &'s str,
    contract: &'c Listening,
    is_wanted: &'c F,
    /// Commands that talk to such an address, or only print it.
    clients: Vec<Span>,
    found: Vec<Used<'c, 's>>,
}

impl<'t, F: Fn(&str) -> bool> Visitor<'t> for Uses<'_, '_, F> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        if let Command::Simple(simple) = command
            && let Some(name) = simple.name(self.source)
            && self.contract.clients.iter().any(|client| *client == *name)
            // What they write to a file is somebody's configuration.
            && !simple.redirections.iter().any(|redirection| writes_file(redirection, self.source))
        {
            self.clients.push(simple.span);
        }
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
        let name = parameter.name.text(self.source);
        if parameter.expansion.is_some() || !(self.is_wanted)(name) {
            return;
        }
        let before = self.source.get(..span.start as usize).unwrap_or_default();
        let Some(before) = before.trim_end_matches(['"', '\'']).strip_suffix(':') else { return };
        let before = before.trim_end_matches(['"', '\'']);
        let host = self.contract.hosts.iter().find(|host| {
            // Not the end of a longer name or number.
            let is_inner = |last: char| last.is_ascii_alphanumeric() || matches!(last, '.' | '-' | '_');
            before.strip_suffix(host.as_str()).is_some_and(|ahead| !ahead.ends_with(is_inner))
        });
        if let Some(host) = host {
            self.found.push(Used { span, name, host });
        }
    }
}

/// Whether a redirection writes to a file of its own, not to a stream or a device.
fn writes_file(redirection: &Redirection, source: &str) -> bool {
    redirection.written().is_some_and(|target| !target.text(source).starts_with("/dev/"))
}
