//! What the rules about instance tests share.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::{SimpleCommand, Word};

use crate::glob::lists;

/// Where instance tests lie on an instance.
const TESTS: &str = "/opt/instance-tools/tests/";

/// Whether a document is a test of a suite: the library and the runner lie beside the suites' folders.
pub(super) fn is_test(document: &Document) -> bool {
    document.shell_role() == Some(ShellRole::InstanceTest)
        && document
            .instance_path
            .as_deref()
            .and_then(|path| path.strip_prefix(TESTS))
            .is_some_and(|rest| rest.contains('/'))
}

/// Whether a command is one of a list of helpers.
pub(super) fn is_one_of(command: &SimpleCommand, source: &str, list: &[String]) -> bool {
    command.name(source).is_some_and(|name| lists(list, &name))
}

/// Whether a command ends the test in failure, `exit 1` included.
pub(super) fn is_failing_exit(command: &SimpleCommand, source: &str, helpers: &[String]) -> bool {
    is_one_of(command, source, helpers) || exit_of(command, source) == Some(Exit::Bad)
}

/// How an `exit` ends a script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// With status 0.
    Good,
    /// With another status, or with one that is not known.
    Bad,
}

/// How a command ends the script, if it is an `exit`.
pub(super) fn exit_of(command: &SimpleCommand, source: &str) -> Option<Exit> {
    if command.name(source).as_deref() != Some("exit") {
        return None;
    }
    let status = |word: &Word| word.literal(source).and_then(|text| text.parse::<u32>().ok());
    let good = command.arguments().first().and_then(status) == Some(0);
    Some(if good { Exit::Good } else { Exit::Bad })
}
