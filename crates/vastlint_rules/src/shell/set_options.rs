//! What `set` turns on and off.

use vastlint_syntax::shell::SimpleCommand;

/// An option of the shell and whether it is turned on.
pub(super) type Switch = (char, bool);

/// What a `set` turns on and off, by the options' letters (`P` for `pipefail`). `None` if the command is no `set`, or
/// its words are not known.
pub(super) fn switches(command: &SimpleCommand, source: &str) -> Option<Vec<Switch>> {
    if command.name(source).as_deref() != Some("set") {
        return None;
    }
    let mut switches = Vec::new();
    let mut words = command.arguments().iter();
    while let Some(word) = words.next() {
        let word = word.literal(source)?;
        let (on, letters) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
            // What follows are arguments of the script.
            (Some("" | "-"), _) => break,
            (Some(letters), _) => (true, letters),
            (_, Some(letters)) => (false, letters),
            _ => break,
        };
        for letter in letters.chars() {
            if letter == 'o' {
                let Some(name) = words.next() else { break };
                let letter = match &*name.literal(source)? {
                    "errexit" => 'e',
                    "nounset" => 'u',
                    "allexport" => 'a',
                    "pipefail" => 'P',
                    _ => continue,
                };
                switches.push((letter, on));
            } else {
                switches.push((letter, on));
            }
        }
    }
    Some(switches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_names_are_the_same() {
        for (source, wanted) in [
            ("set -euo pipefail", Some(vec![('e', true), ('u', true), ('P', true)])),
            ("set +o errexit -a", Some(vec![('e', false), ('a', true)])),
            ("set -- -e", Some(vec![])),
            ("set \"$OLD\"", None),
            ("echo -e", None),
        ] {
            let script = vastlint_syntax::shell::parse(source);
            assert_eq!(switches(script.simple_commands()[0], source), wanted, "{source}");
        }
    }
}
