//! Where a script's programs listen, as far as it says so.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Script, SimpleCommand, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::Listening;
use crate::portals::port;
use crate::values::{Assignments, Values};

/// An address that something listens on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// What says so: the option with its value, or the variable with its value.
    pub(crate) span: Span,
    /// The port, where one is given.
    pub(crate) port: Option<u16>,
    /// The host, where one is given; an option alone that means every interface counts as the first public host.
    pub(crate) host: Option<String>,
    /// Whether the program goes on in the background, while the script starts another one.
    pub(crate) in_background: bool,
    /// Whether an exported variable says so, which holds for what the script starts later, too.
    pub(crate) is_exported: bool,
}

/// What a variable is that has a value, but not one that is known here. It is neither a host nor a port.
const UNKNOWN: &str = "\u{0}";

/// An argument of a command after expansion.
struct Argument {
    text: String,
    span: Span,
}

/// The addresses that each command and assignment of a script names, those of one command together.
/// `outside` gives the value of a variable that something else sets: `Some(None)` where it is not known.
pub(crate) fn addresses(
    document: &Document,
    script: &Script,
    contract: &Listening,
    outside: &dyn Fn(&str) -> Option<Option<String>>,
) -> Vec<Vec<Address>> {
    let source = &*document.text;
    let assignments = Assignments::of(script, source);
    let outside = |name: &str| outside(name).map(|value| value.unwrap_or_else(|| UNKNOWN.to_owned()));
    let values = Values { source, assignments: &assignments, outside: &outside };
    let reader = Reader { source, contract, values: &values };
    script
        .commands_in_context()
        .into_iter()
        .map(|(command, surroundings)| {
            let mut found = reader.command(command);
            for address in &mut found {
                address.in_background = surroundings.in_background();
            }
            found
        })
        .collect()
}

struct Reader<'r> {
    source: &'r str,
    contract: &'r Listening,
    values: &'r Values<'r>,
}

impl Reader<'_> {
    fn command(&self, command: &SimpleCommand) -> Vec<Address> {
        let words = invocation(command, self.source);
        let name = words.first().and_then(|word| program_name(word, self.source));
        if name.as_deref().is_some_and(|name| self.contract.clients.iter().any(|client| client == name)) {
            return Vec::new();
        }
        let exports = command.words.first().is_some_and(|word| word.is(self.source, "export"));
        let own = command.assignments.iter().filter_map(|assignment| self.variable(assignment));
        let declared = command.declarations.iter().filter_map(|assignment| self.variable(assignment));
        let declared = declared.map(|address| Address { is_exported: exports, ..address });
        let mut found: Vec<Address> = own.chain(declared).collect();
        let arguments: Vec<Argument> = words.iter().skip(1).flat_map(|word| self.arguments(word)).collect();
        for (index, argument) in arguments.iter().enumerate() {
            found.extend(self.option(argument, arguments.get(index + 1)));
        }
        found
    }

    /// What a word stands for: several arguments where it is expanded without quotes.
    fn arguments(&self, word: &Word) -> Vec<Argument> {
        let text = self.values.word(word).unwrap_or_else(|| UNKNOWN.to_owned());
        let is_split =
            word.parts.iter().any(|part: &WordPart| matches!(part.kind, WordPartKind::Parameter(_)));
        let argument = |text: &str| Argument { text: text.to_owned(), span: word.span };
        if is_split { text.split_whitespace().map(argument).collect() } else { vec![argument(&text)] }
    }

    fn option(&self, argument: &Argument, next: Option<&Argument>) -> Option<Address> {
        let (name, value, span) = match argument.text.split_once('=') {
            Some((name, value)) => (name, Some(value), argument.span),
            None => match next.filter(|next| !next.text.starts_with('-')) {
                Some(next) => (&*argument.text, Some(&*next.text), argument.span.cover(next.span)),
                None => (&*argument.text, None, argument.span),
            },
        };
        let listed = |options: &[String]| options.iter().any(|option| option == name);
        if listed(&self.contract.port_options) {
            return Some(Address {
                span,
                port: Some(port(value?)?),
                host: None,
                in_background: false,
                is_exported: false,
            });
        }
        if listed(&self.contract.host_options)
            && let Some(value) = value.filter(|value| looks_like_host(value))
        {
            return Some(self.host(value, span));
        }
        let is_bare = value.is_none_or(|value| !looks_like_host(value));
        (is_bare && listed(&self.contract.public_flags)).then(|| Address {
            span: argument.span,
            port: None,
            host: self.contract.public_hosts.first().cloned(),
            in_background: false,
            is_exported: false,
        })
    }

    fn variable(&self, assignment: &Assignment) -> Option<Address> {
        let name = assignment.name.text(self.source);
        let listed = |names: &[String]| names.iter().any(|known| known == name);
        let (is_port, is_host) =
            (listed(&self.contract.port_variables), listed(&self.contract.host_variables));
        let AssignmentValue::Scalar(word) = &assignment.value else { return None };
        if !is_port && !is_host {
            return None;
        }
        let value = self.values.word(word)?;
        if is_port {
            return Some(Address {
                span: assignment.span,
                port: Some(port(&value)?),
                host: None,
                in_background: false,
                is_exported: false,
            });
        }
        looks_like_host(&value).then(|| self.host(&value, assignment.span))
    }

    /// `host`, `host:port`, `[::]:port`.
    fn host(&self, value: &str, span: Span) -> Address {
        let address = value.rsplit_once("://").map_or(value, |(_, address)| address);
        let is_bare = self.contract.public_hosts.iter().any(|host| host == address);
        match address.rsplit_once(':').filter(|_| !is_bare) {
            Some((host, behind)) if port(behind).is_some() => Address {
                span,
                port: port(behind),
                host: Some(host.to_owned()),
                in_background: false,
                is_exported: false,
            },
            _ => Address {
                span,
                port: None,
                host: Some(address.to_owned()),
                in_background: false,
                is_exported: false,
            },
        }
    }
}

/// Whether a value may be an address: `0.0.0.0`, `::`, `localhost:80`, `*`. A word such as `share` is none.
fn looks_like_host(value: &str) -> bool {
    value.contains(['.', ':', '*']) || value == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edition, builtin_contract};

    fn found(text: &str) -> Vec<(Option<u16>, Option<String>)> {
        let path = "ROOT/opt/supervisor-scripts/a.sh".into();
        let kind = vastlint_model::Kind::Shell(vastlint_model::ShellRole::SupervisorScript);
        let documents = vastlint_model::parse_file(&path, kind, text.into());
        let script = crate::portals::script_of(&documents[0]).expect("it is shell");
        let contract = &builtin_contract(Edition::E2026_08).portal.listen;
        let outside = |name: &str| (name == "SET").then_some(None);
        let all = addresses(&documents[0], script, contract, &outside);
        all.into_iter().flatten().map(|address| (address.port, address.host)).collect()
    }

    #[test]
    fn ports_and_hosts_are_read_in_every_form() {
        let host = |text: &str| Some(text.to_owned());
        for (text, expected) in [
            ("app --port 18188", vec![(Some(18188), None)]),
            ("app --port=18188 --host=0.0.0.0", vec![(Some(18188), None), (None, host("0.0.0.0"))]),
            ("app ${ARGS:---x --port 17860}", vec![(Some(17860), None)]),
            ("ARGS=${ARGS:---port 17860}; app ${ARGS}", vec![(Some(17860), None)]),
            ("app --port \"${PORT_X:-17860}\"", vec![(Some(17860), None)]),
            ("app --port \"${SET:-17860}\"", vec![]),
            ("app --host 127.0.0.1:17860", vec![(Some(17860), host("127.0.0.1"))]),
            ("GRADIO_SERVER_PORT=${P:-17860} app", vec![(Some(17860), None)]),
            ("export OLLAMA_HOST=${OLLAMA_HOST:-0.0.0.0:21434}", vec![(Some(21434), host("0.0.0.0"))]),
            ("app --listen --port 1", vec![(None, host("0.0.0.0")), (Some(1), None)]),
            ("app --listen 127.0.0.1", vec![(None, host("127.0.0.1"))]),
            ("curl --port 1; echo --port 2; app port 3 # --port 4", vec![]),
            ("app --bind [::]:80", vec![(Some(80), host("[::]"))]),
            ("app --bind ::", vec![(None, host("::"))]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
