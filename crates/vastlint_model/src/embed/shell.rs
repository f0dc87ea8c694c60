use std::cell::OnceCell;
use std::collections::HashMap;

use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, CompoundKind, Context, Heredoc, Parameter, ParameterOperator,
    Redirection, RedirectionOperator, RedirectionTarget, Script, SimpleCommand, Visitor, Word, WordPart,
    WordPartKind,
};
use vastlint_text::{MappedText, Span, contains};

use super::{Layer, Piece, classify_written, is_command_option, is_shell_program};
use crate::classify::ShellRole;
use crate::invocation::{invocation, program_name};

pub(super) fn pieces(source: &str, script: &Script, role: ShellRole) -> Vec<Piece> {
    // A heredoc has the one, a script in an argument comes behind one of the others; most scripts have none.
    if !contains(source, "<<") && !contains(source, "eval") && !may_have_command_option(source) {
        return Vec::new();
    }
    let mut collector = Collector {
        source,
        role,
        paths: Paths::new(source, script),
        written: Vec::new(),
        pieces: Vec::new(),
    };
    script.walk(&mut collector);
    let Collector { written, mut pieces, .. } = collector;
    pieces.extend(join(written));
    pieces.sort_by_key(|piece| piece.place.start);
    pieces
}

/// Whether a word starts with a dash and letters of which the last is `c`.
fn may_have_command_option(source: &str) -> bool {
    source.match_indices('-').any(|(dash, _)| {
        let (before, behind) = source.as_bytes().split_at(dash);
        let letters = behind[1..].iter().take_while(|byte| byte.is_ascii_alphabetic());
        !before.last().is_some_and(u8::is_ascii_alphanumeric) && letters.last() == Some(&b'c')
    })
}

struct Collector<'s> {
    source: &'s str,
    role: ShellRole,
    paths: Paths<'s>,
    written: Vec<Write>,
    pieces: Vec<Piece>,
}

/// How deep variables that hold variables are followed.
const MAX_VARIABLES: usize = 4;

/// Finds out which files words name, through the variables that the script gives one value.
struct Paths<'s> {
    source: &'s str,
    script: &'s Script,
    /// The value of each variable; `None` where it has several, or one that only a run tells.
    values: OnceCell<HashMap<&'s str, Option<&'s Word>>>,
}

impl<'s> Paths<'s> {
    const fn new(source: &'s str, script: &'s Script) -> Self {
        Self { source, script, values: OnceCell::new() }
    }

    /// The file that a word names, if the script tells.
    fn of(&self, word: &Word) -> Option<String> {
        // Most words need no variable.
        match word.literal(self.source) {
            Some(literal) => Some(literal.into_owned()),
            None => self.parts(&word.parts, MAX_VARIABLES),
        }
    }

    fn parts(&self, parts: &[WordPart], depth: usize) -> Option<String> {
        let mut text = String::new();
        for part in parts {
            let written = part.span.text(self.source);
            match &part.kind {
                WordPartKind::Literal => text.push_str(written),
                WordPartKind::SingleQuoted => text.push_str(written.trim_matches('\'')),
                WordPartKind::DoubleQuoted(inner) => text.push_str(&self.parts(inner, depth)?),
                WordPartKind::Parameter(parameter) => text.push_str(&self.parameter(parameter, depth)?),
                _ => return None,
            }
        }
        Some(text)
    }

    fn parameter(&self, parameter: &Parameter, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let name = parameter.name.text(self.source);
        let known = self.values.get_or_init(|| values_of(self.source, self.script)).get(name);
        let value = known.copied().flatten().and_then(|value| self.parts(&value.parts, depth));
        let Some(expansion) = &parameter.expansion else { return value };
        let is_default = matches!(
            expansion.operator,
            Some(ParameterOperator::Default | ParameterOperator::DefaultIfEmpty)
        );
        if !is_default || expansion.indirect || expansion.length || expansion.subscript.is_some() {
            return None;
        }
        // A variable of several values may have any of them.
        value.or_else(|| match known {
            Some(None) => None,
            _ => self.parts(&expansion.operand()?.parts, depth),
        })
    }
}

/// What the script gives its variables.
fn values_of<'s>(source: &'s str, script: &'s Script) -> HashMap<&'s str, Option<&'s Word>> {
    struct Values<'s> {
        source: &'s str,
        values: HashMap<&'s str, Option<&'s Word>>,
    }
    impl<'s> Visitor<'s> for Values<'s> {
        fn enter_assignment(&mut self, assignment: &'s Assignment, _: Context) {
            let value = match &assignment.value {
                AssignmentValue::Scalar(word) if !assignment.append && assignment.subscript.is_none() => {
                    Some(word)
                }
                _ => None,
            };
            let name = assignment.name.text(self.source);
            self.values.entry(name).and_modify(|known| *known = None).or_insert(value);
        }

        fn enter_command(&mut self, command: &'s Command, _: Context) {
            match command {
                Command::Compound(compound) => {
                    let name = match &compound.kind {
                        CompoundKind::For(block) => block.name,
                        CompoundKind::Select(block) => block.name,
                        _ => return,
                    };
                    self.values.insert(name.text(self.source), None);
                }
                // `read NAME`
                Command::Simple(simple)
                    if matches!(
                        simple.words.first().map(|word| word.text(self.source)),
                        Some("read" | "mapfile" | "printf" | "getopts")
                    ) =>
                {
                    for word in simple.arguments() {
                        self.values.insert(word.text(self.source), None);
                    }
                }
                _ => {}
            }
        }
    }
    let mut values = Values { source, values: HashMap::new() };
    script.walk(&mut values);
    values.values
}

/// A command that writes to a file.
struct Write {
    /// The file, if it is known.
    path: Option<String>,
    append: bool,
    place: Span,
    /// What is written; `None` if it does not stand in the script.
    content: Option<Written>,
}

/// A text in a script, and how the script writes it.
#[derive(Clone)]
struct Written {
    text: MappedText,
    layer: Layer,
}

impl<'t> Visitor<'t> for Collector<'_> {
    fn enter_command(&mut self, command: &'t Command, _: Context) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => self.writes(&compound.redirections, None, compound.span),
            Command::Function(_) | Command::Coproc(_) => {}
        }
    }
}

impl Collector<'_> {
    fn simple(&mut self, command: &SimpleCommand) {
        let words = invocation(command, self.source);
        let name = words.first().and_then(|word| program_name(word, self.source));
        let heredoc = last_heredoc(&command.redirections);
        match name.as_deref() {
            Some("tee") => {
                let append =
                    words.iter().any(|word| word.is(self.source, "-a") || word.is(self.source, "--append"));
                let content = heredoc.map(|heredoc| written_text(heredoc, self.source));
                for target in words[1..].iter().filter(|word| !word.text(self.source).starts_with('-')) {
                    let path = self.paths.of(target);
                    self.written.push(Write { path, append, place: command.span, content: content.clone() });
                }
            }
            Some("cat") | None => {
                // `cat header - << EOF` writes more than the heredoc.
                let only_input = words.iter().skip(1).all(|word| word.is(self.source, "-"));
                let content =
                    heredoc.filter(|_| only_input).map(|heredoc| written_text(heredoc, self.source));
                self.writes(&command.redirections, content.as_ref(), command.span);
            }
            // `eval 'script'`: the words are one script, known where they are one quoted text.
            Some("eval") => {
                if let [_, script] = words
                    && let Some(Written { text, layer }) = quoted_script(script, self.source)
                {
                    self.pieces.push(Piece::shell(self.role, script.span, text, layer));
                }
            }
            Some(program) if is_shell_program(program) || program == "su" => {
                self.executed(words, heredoc, command.span);
                self.writes(&command.redirections, None, command.span);
            }
            Some(_) => self.writes(&command.redirections, None, command.span),
        }
    }

    /// Notes every file that redirections of output write to.
    fn writes(&mut self, redirections: &[Redirection], content: Option<&Written>, place: Span) {
        for redirection in redirections {
            let append = match redirection.operator {
                RedirectionOperator::Output
                | RedirectionOperator::Clobber
                | RedirectionOperator::OutputAndError => false,
                RedirectionOperator::Append | RedirectionOperator::AppendOutputAndError => true,
                _ => continue,
            };
            let RedirectionTarget::Word(target) = &redirection.target else { continue };
            let path = self.paths.of(target);
            let errors_only =
                redirection.descriptor.is_some_and(|descriptor| descriptor.text(self.source) != "1");
            if !errors_only {
                self.written.push(Write { path, append, place, content: content.cloned() });
            }
        }
    }

    /// A shell that is started with its script in the command line or in a heredoc.
    fn executed(&mut self, words: &[Word], heredoc: Option<&Heredoc>, place: Span) {
        match script_of(words, self.source) {
            ScriptOf::Argument(script) => {
                if let Some(Written { text, layer }) = quoted_script(script, self.source) {
                    self.pieces.push(Piece::shell(self.role, script.span, text, layer));
                }
            }
            ScriptOf::Input => {
                if let Some(heredoc) = heredoc {
                    let Written { text, layer } = written_text(heredoc, self.source);
                    self.pieces.push(Piece::shell(self.role, place, text, layer));
                }
            }
            ScriptOf::Elsewhere => {}
        }
    }
}

/// Where a shell that is started takes its script from.
enum ScriptOf<'w> {
    /// The word behind `-c`.
    Argument(&'w Word),
    /// Its standard input.
    Input,
    /// A file.
    Elsewhere,
}

fn script_of<'w>(words: &'w [Word], source: &str) -> ScriptOf<'w> {
    // `su user -c script`: the user may stand before the option.
    let operand_ends_options = words.first().is_none_or(|program| !program.is(source, "su"));
    let mut arguments = words.iter().skip(1);
    let mut operands = 0;
    while let Some(argument) = arguments.next() {
        let text = argument.text(source);
        if is_command_option(text) {
            return arguments.next().map_or(ScriptOf::Elsewhere, ScriptOf::Argument);
        }
        match text {
            "-s" => return ScriptOf::Input,
            // `-o`, and letters that end with it, take the name of an option.
            _ if text.starts_with(['-', '+']) && text.ends_with(['o', 'O']) => {
                arguments.next();
            }
            _ if text.starts_with(['-', '+']) => {}
            _ if operand_ends_options => return ScriptOf::Elsewhere,
            _ => operands += 1,
        }
    }
    if operands > 1 { ScriptOf::Elsewhere } else { ScriptOf::Input }
}

/// Joins what is written to one file: the first write and what is appended to it. A file of which some part is not
/// known is a fragment.
fn join(written: Vec<Write>) -> Vec<Piece> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut files: Vec<(Option<String>, bool, Span, Option<Written>)> = Vec::new();
    for Write { path, append, place, content } in written {
        if append && let Some(&index) = path.as_ref().and_then(|path| known.get(path)) {
            let (_, fragment, _, text) = &mut files[index];
            match (text, content) {
                (Some(written), Some(more)) => written.text.append(&more.text),
                (_, None) => *fragment = true,
                (None, Some(_)) => {}
            }
            continue;
        }
        if content.is_some()
            && let Some(path) = &path
        {
            known.insert(path.clone(), files.len());
        }
        files.push((path, append, place, content));
    }
    files
        .into_iter()
        .filter_map(|(path, fragment, place, content)| {
            let Written { text: content, layer } = content?;
            let kind = classify_written(path.as_deref(), content.text())?;
            Some(Piece { kind, instance_path: path, fragment, place, content, layer })
        })
        .collect()
}

/// The heredoc that the command reads: the last redirection of its input.
fn last_heredoc(redirections: &[Redirection]) -> Option<&Heredoc> {
    redirections
        .iter()
        .filter(|redirection| redirection.descriptor.is_none())
        .filter_map(|redirection| match &redirection.target {
            RedirectionTarget::Heredoc(heredoc) => Some(&**heredoc),
            RedirectionTarget::Word(_) => None,
        })
        .next_back()
}

/// The text that a heredoc's reader gets. Where the shell expands it, escapes are taken off and expansions stay as
/// they are written: their values are not known.
fn written_text(heredoc: &Heredoc, source: &str) -> Written {
    let body = heredoc.body_text(source);
    if heredoc.quoted {
        return Written { text: body, layer: Layer::Lines };
    }
    let (text, map) = body.into_parts();
    let mut written = MappedText::new();
    let mut plain = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    let push = |written: &mut MappedText, start: usize, end: usize| {
        written.push_mapped(&text, Span::from_range(start..end), &map);
    };
    while let Some(found) = bytes[at..].iter().position(|&byte| byte == b'\\') {
        let escape = at + found;
        match bytes.get(escape + 1) {
            Some(b'\n') => {
                push(&mut written, plain, escape);
                plain = escape + 2;
            }
            Some(b'$' | b'`' | b'\\') => {
                push(&mut written, plain, escape);
                let pair = map.to_host(Span::from_range(escape..escape + 2));
                written.replace(&text[escape + 1..escape + 2], pair);
                plain = escape + 2;
            }
            _ => {}
        }
        at = (escape + 2).min(bytes.len());
    }
    push(&mut written, plain, text.len());
    Written { text: written, layer: Layer::Expanded }
}

/// The script in a quoted argument, if it is one quoted text.
fn quoted_script(word: &Word, source: &str) -> Option<Written> {
    let [WordPart { span, kind }] = &*word.parts else { return None };
    let inner = Span::new(span.start + 1, span.end.saturating_sub(1));
    match kind {
        WordPartKind::SingleQuoted => {
            Some(Written { text: MappedText::slice(source, inner), layer: Layer::ShellSingleQuoted })
        }
        WordPartKind::DoubleQuoted(parts) => {
            let mut content = MappedText::new();
            for part in parts {
                match part.kind {
                    WordPartKind::Escape => {
                        content.replace(part.span.text(source).get(1..).unwrap_or_default(), part.span);
                    }
                    WordPartKind::Continuation => {}
                    _ => content.push(source, part.span),
                }
            }
            Some(Written { text: content, layer: Layer::ShellDoubleQuoted })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_to(source: &str) -> Option<String> {
        let script = vastlint_syntax::shell::parse(source);
        let pieces = pieces(source, &script, ShellRole::ProvisioningScript);
        pieces.into_iter().next().and_then(|piece| piece.instance_path)
    }

    #[test]
    fn paths_are_followed_through_variables() {
        let heredoc = " << 'E'\n#!/bin/bash\nE\n";
        for (script, path) in [
            ("cat > /opt/a.sh", Some("/opt/a.sh")),
            ("A=b; cat > \"/opt/${A}.sh\"", Some("/opt/b.sh")),
            ("D=/opt; A=$D/a; tee \"$A.sh\"", Some("/opt/a.sh")),
            ("A=\"${A:-b}\"; cat > /opt/$A.sh", Some("/opt/b.sh")),
            ("cat > ${A:-/opt/a.sh}", Some("/opt/a.sh")),
            ("A=b; A=c; cat > /opt/$A.sh", None),
            ("for A in b; do :; done; cat > /opt/$A.sh", None),
            ("read -r A; cat > /opt/${A:-b}.sh", None),
            ("A=$(b); cat > /opt/$A.sh", None),
            ("cat > /opt/$A.sh", None),
            ("A=$A; cat > /opt/$A.sh", None),
        ] {
            assert_eq!(written_to(&format!("{script}{heredoc}")).as_deref(), path, "{script}");
        }
    }
}
