//! VL507: see `rules/portal/unguarded-port-variable.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{Command, Context as Surroundings, Parameter, Script, Visitor};
use vastlint_text::{Span, contains};

use crate::guards::{Guards, covers, merge};
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
    let mut uses = Uses {
        source,
        clients: Vec::new(),
        found: Vec::new(),
        contract: &contract.listen,
        is_mapped: &is_mapped,
    };
    script.walk(&mut uses);
    let Uses { mut clients, mut found, .. } = uses;
    merge(&mut clients);
    found.retain(|(span, _)| !covers(&clients, span.start));
    if found.is_empty() {
        return;
    }
    let guards = Guards::of(script, source, is_mapped);
    for (span, host) in found {
        let name = span.text(source).trim_start_matches("${").trim_start_matches('$').trim_end_matches('}');
        if guards.guard(name, span.start) {
            continue;
        }
        sink.report(
            document,
            span,
            format!("the listen address `{host}:` gets its port from `{name}`, which may not be set"),
            "may be empty",
        )
        .why(format!(
            "the platform sets `{name}` only where the template maps that port; elsewhere `{host}:` is a valid address without a port, and the program listens on a port of its own choice"
        ))
        .help(format!("ask first: `if [[ \"${{{name}:-}}\" =~ ^[0-9]+$ ]]; then`"));
    }
}

/// The places where a mapped port stands behind a host and a colon, with no default of its own.
struct Uses<'c, 's, F> {
    source: &'s str,
    contract: &'c crate::contract::Listening,
    is_mapped: &'c F,
    /// Commands that talk to such an address, or only print it.
    clients: Vec<Span>,
    found: Vec<(Span, &'c str)>,
}

impl<'t, F: Fn(&str) -> bool> Visitor<'t> for Uses<'_, '_, F> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        if let Command::Simple(simple) = command
            && let Some(name) = simple.name(self.source)
            && self.contract.clients.iter().any(|client| *client == *name)
            // What they write to a file is somebody's configuration.
            && simple.redirections.is_empty()
        {
            self.clients.push(simple.span);
        }
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
        if parameter.expansion.is_some() || !(self.is_mapped)(parameter.name.text(self.source)) {
            return;
        }
        let before = self.source.get(..span.start as usize).unwrap_or_default();
        let Some(before) = before.trim_end_matches(['"', '\'']).strip_suffix(':') else { return };
        let before = before.trim_end_matches(['"', '\'']);
        let host = self.contract.hosts.iter().find(|host| {
            let ahead = before.strip_suffix(host.as_str());
            // Not the end of a longer name or number.
            ahead.is_some_and(|ahead| {
                !ahead.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '.' || last == '-')
            })
        });
        if let Some(host) = host {
            self.found.push((span, host));
        }
    }
}
