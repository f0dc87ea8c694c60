//! What a simple command really runs: the program behind `sudo`, `env`, `exec`, `timeout` and the like.

use std::borrow::Cow;

use vastlint_syntax::shell::{SimpleCommand, Word, WordPart, WordPartKind};

/// A program that runs another one: the options of its own that take a value, and how many plain words of its own
/// stand before the other program.
struct Wrapper {
    names: &'static [&'static str],
    options_with_value: &'static [&'static str],
    operands: usize,
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        names: &["sudo", "doas"],
        options_with_value: &["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "--user", "--group", "--chdir"],
        operands: 0,
    },
    Wrapper { names: &["env"], options_with_value: &["-u", "-C", "--unset", "--chdir"], operands: 0 },
    Wrapper { names: &["exec"], options_with_value: &["-a"], operands: 0 },
    Wrapper { names: &["command", "builtin", "nohup", "setsid"], options_with_value: &[], operands: 0 },
    Wrapper { names: &["time"], options_with_value: &["-f", "-o"], operands: 0 },
    Wrapper { names: &["nice", "ionice"], options_with_value: &["-n", "-c", "-p"], operands: 0 },
    Wrapper { names: &["stdbuf"], options_with_value: &["-i", "-o", "-e"], operands: 0 },
    Wrapper {
        names: &["timeout"],
        options_with_value: &["-s", "-k", "--signal", "--kill-after"],
        operands: 1,
    },
    Wrapper { names: &["gosu", "su-exec", "chroot"], options_with_value: &[], operands: 1 },
    Wrapper {
        names: &["xargs"],
        options_with_value: &[
            "-a",
            "-d",
            "-E",
            "-I",
            "-L",
            "-n",
            "-P",
            "-s",
            "--max-args",
            "--max-procs",
            "--replace",
        ],
        operands: 0,
    },
];

/// The words of what a command runs, the program first. Empty where there is no program.
#[must_use]
pub fn invocation<'w>(command: &'w SimpleCommand, source: &str) -> &'w [Word] {
    let mut rest = &command.words[..];
    while let Some((first, behind)) = rest.split_first() {
        let name = program_name(first, source);
        let Some(wrapper) =
            WRAPPERS.iter().find(|wrapper| wrapper.names.contains(&name.as_deref().unwrap_or_default()))
        else {
            break;
        };
        rest = behind;
        while let Some(word) = rest.first() {
            let text = word.text(source);
            if wrapper.options_with_value.contains(&text) {
                rest = rest.get(2..).unwrap_or_default();
            } else if text.starts_with('-') || is_environment_word(text) {
                rest = &rest[1..];
            } else {
                break;
            }
        }
        rest = rest.get(wrapper.operands..).unwrap_or_default();
    }
    rest
}

/// The file name of a program: `pip` of `/venv/main/bin/pip` and of `"${VENV}/bin/pip"`. `None` where it is not known.
#[must_use]
pub fn program_name<'s>(word: &Word, source: &'s str) -> Option<Cow<'s, str>> {
    let Some(literal) = word.literal(source) else {
        return literal_file_name(&word.parts, source);
    };
    Some(match literal {
        Cow::Borrowed(path) => Cow::Borrowed(file_name(path)),
        Cow::Owned(path) => Cow::Owned(file_name(&path).to_owned()),
    })
}

/// The file name at the end of a path whose folder is expanded: `x.sh` of `"$a"/x.sh` and of `$a"/"'x.sh'`.
fn literal_file_name<'s>(parts: &[WordPart], source: &'s str) -> Option<Cow<'s, str>> {
    let mut texts = Vec::new();
    literal_end(parts, source, &mut texts);
    match &texts[..] {
        [] => None,
        [text] => text.contains('/').then(|| Cow::Borrowed(file_name(text))),
        several => {
            let whole: String = several.iter().rev().copied().collect();
            whole.contains('/').then(|| Cow::Owned(file_name(&whole).to_owned()))
        }
    }
}

/// Collects the literal texts at the end of a word, the last first. Returns whether the whole word is literal.
fn literal_end<'s>(parts: &[WordPart], source: &'s str, texts: &mut Vec<&'s str>) -> bool {
    parts.iter().rev().all(|part| {
        let text = part.span.text(source);
        match &part.kind {
            WordPartKind::Literal => texts.push(text),
            WordPartKind::SingleQuoted => texts.push(text.trim_matches('\'')),
            WordPartKind::DoubleQuoted(inner) => return literal_end(inner, source, texts),
            _ => return false,
        }
        true
    })
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_environment_word(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_is_found_however_the_path_is_put_together() {
        for (source, name) in [
            ("/venv/main/bin/pip", Some("pip")),
            ("\"${V}/bin/pip\"", Some("pip")),
            ("\"$V\"/bin/pip", Some("pip")),
            ("\"$V\"/\"bin/p\"'ip'", Some("pip")),
            ("${V}\"/\"pip", Some("pip")),
            ("$V", None),
            ("${V}pip", None),
            ("${V}/$P", None),
        ] {
            let script = vastlint_syntax::shell::parse(source);
            let commands = script.simple_commands();
            assert_eq!(program_name(&commands[0].words[0], source).as_deref(), name, "{source}");
        }
    }
}
