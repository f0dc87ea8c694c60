//! Against two other parsers, on every text that they accept.
//!
//! Each way in which they are known to differ is a named exception below; everything else has to agree.

use std::collections::BTreeMap;

use dockerfile_parser as second;
use parse_dockerfile as first;
use vastlint_syntax::dockerfile::{
    Command, Dockerfile, Flag, Healthcheck, Instruction, InstructionKind, JsonString, Keyword, Word, parse,
};
use vastlint_text::Span;

use crate::corpus::{self, Text};

#[test]
fn parse_dockerfile_agrees() {
    let mut tally = Tally::default();
    for text in texts() {
        // It counts from behind a byte order mark.
        let source = text.text.trim_start_matches('\u{feff}');
        match first::parse(source) {
            Ok(theirs) => {
                let file = parse(source);
                if excused(&mut tally, &[doubled_escape(source), open_heredoc(&file)]) {
                    continue;
                }
                if let Err(difference) = compare_first(source, &file, &theirs) {
                    tally.differences.push(format!("{}: {difference}", text.name));
                }
            }
            Err(_) => tally.refused += 1,
        }
    }
    tally.report("parse-dockerfile");
}

#[test]
fn dockerfile_parser_agrees() {
    let mut tally = Tally::default();
    for text in texts() {
        match second::Dockerfile::parse(&text.text) {
            Ok(theirs) => {
                let file = parse(&text.text);
                if excused(&mut tally, &[any_heredoc(&file), mixed_json(&file)]) {
                    continue;
                }
                if let Err(difference) = compare_second(&text.text, &file, &theirs) {
                    tally.differences.push(format!("{}: {difference}", text.name));
                }
            }
            Err(_) => tally.refused += 1,
        }
    }
    tally.report("dockerfile-parser");
}

fn texts() -> Vec<Text> {
    corpus::fixtures().into_iter().chain(corpus::corpus()).collect()
}

#[derive(Default)]
struct Tally {
    compared: usize,
    refused: usize,
    excused: BTreeMap<&'static str, usize>,
    differences: Vec<String>,
}

impl Tally {
    fn report(&self, oracle: &str) {
        let Self { compared, refused, excused, .. } = self;
        println!("{oracle}: {compared} files compared, {refused} refused by it, left out: {excused:?}");
        assert!(excused.values().all(|&count| count > 0), "{oracle}: an exception has no case: {excused:?}");
        assert!(self.compared > 10, "{oracle} accepts next to nothing");
        let differences = self.differences.join("\n");
        assert!(self.differences.is_empty(), "{} differences\n{differences}", self.differences.len());
    }
}

/// Counts the file as compared, or under the exceptions that it falls under. All of them have a case in the fixtures.
fn excused(tally: &mut Tally, exceptions: &[(&'static str, bool)]) -> bool {
    for &(name, applies) in exceptions {
        *tally.excused.entry(name).or_default() += usize::from(applies);
    }
    let is_excused = exceptions.iter().any(|&(_, applies)| applies);
    tally.compared += usize::from(!is_excused);
    is_excused
}

/// `parse-dockerfile` continues a line that ends in two escape characters; `BuildKit` does not.
fn doubled_escape(source: &str) -> (&'static str, bool) {
    ("doubled escape", source.lines().any(|line| line.ends_with("\\\\")))
}

/// `parse-dockerfile` finds no heredoc in `$((1 << 4))`; `BuildKit` does, and refuses the file.
fn open_heredoc(file: &Dockerfile) -> (&'static str, bool) {
    let is_open = |instruction: &Instruction| instruction.heredocs.iter().any(|heredoc| !heredoc.is_closed());
    ("open heredoc", file.instructions.iter().any(is_open))
}

/// `dockerfile-parser` knows no heredocs. Where it does not choke on the body, it reads instructions in it.
fn any_heredoc(file: &Dockerfile) -> (&'static str, bool) {
    ("heredoc", file.instructions.iter().any(|instruction| !instruction.heredocs.is_empty()))
}

/// `dockerfile-parser` takes a JSON array with numbers for a shell command; `BuildKit` refuses it.
fn mixed_json(file: &Dockerfile) -> (&'static str, bool) {
    ("mixed JSON", file.errors.iter().any(|error| error.message.contains("only hold strings")))
}

/// `parse-dockerfile` ends a flag at a blank inside quotes and keeps the quotes: it loses what follows.
fn has_quotes(source: &str, flag: &Flag) -> bool {
    flag.span.text(source).contains(['"', '\''])
}

/// `parse-dockerfile` takes the `--` that ends the flags for a flag, and reads on.
fn has_end_of_flags(source: &str, instruction: &Instruction) -> bool {
    source[..instruction.arguments.start as usize].trim_end().ends_with(" --")
}

/// `parse-dockerfile` keeps a continuation, and comments behind it, at the end of the file.
fn without_last_continuation(text: &str) -> &str {
    let mut rest = text.trim_end();
    while let Some((before, line)) = rest.rsplit_once('\n') {
        if !line.trim_start().starts_with('#') && !line.trim().is_empty() {
            break;
        }
        rest = before;
    }
    if rest.len() == text.trim_end().len() {
        rest
    } else {
        rest.trim_end_matches([' ', '\t']).trim_end_matches('\\').trim_end()
    }
}

/// `dockerfile-parser` takes quotes off a value only if they are around the whole of it.
fn is_partly_quoted(text: &str) -> bool {
    !text.starts_with(['"', '\'']) && text.contains(['"', '\''])
}

/// `Err` with both sides where they are not the same.
#[expect(clippy::needless_pass_by_value, reason = "both sides are made for the call")]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: T, theirs: T) -> Result<(), String> {
    if ours == theirs { Ok(()) } else { Err(format!("{what}\n  ours   {ours:?}\n  theirs {theirs:?}")) }
}

fn span(range: &std::ops::Range<usize>) -> Span {
    Span::from_range(range.clone())
}

// parse-dockerfile

fn compare_first(source: &str, file: &Dockerfile, theirs: &first::Dockerfile<'_>) -> Result<(), String> {
    same("instructions", file.instructions.len(), theirs.instructions.len())?;
    same("stages", file.stages.len(), theirs.stages().len())?;
    for (ours, theirs) in file.instructions.iter().zip(&theirs.instructions) {
        first_instruction(source, file, ours, theirs)?;
    }
    Ok(())
}

fn first_instruction(
    source: &str,
    file: &Dockerfile,
    ours: &Instruction,
    theirs: &first::Instruction<'_>,
) -> Result<(), String> {
    use first::Instruction as Theirs;
    if ours.flags.iter().any(|flag| has_quotes(source, flag)) || has_end_of_flags(source, ours) {
        return Ok(());
    }
    let keyword = |keyword: Keyword, theirs: &first::Keyword| {
        same("keyword", (ours.keyword, ours.keyword_span), (keyword, span(&theirs.span)))
    };
    let rest = |word: Option<&Word>, theirs: &first::UnescapedString<'_>| {
        let word = word.ok_or("an argument is missing")?;
        same("argument", word.text(source), theirs.value.trim_end())
    };
    let pairs = |theirs: &first::UnescapedString<'_>| {
        same("arguments", joined(source, file, ours.arguments), theirs.value.trim_end().to_owned())
    };
    match (theirs, &ours.kind) {
        (Theirs::Add(theirs), InstructionKind::Add(transfer)) => {
            keyword(Keyword::Add, &theirs.add)?;
            flags(source, &ours.flags, &theirs.options)?;
            first_transfer(source, ours, transfer, &theirs.src, &theirs.dest)
        }
        (Theirs::Copy(theirs), InstructionKind::Copy(transfer)) => {
            keyword(Keyword::Copy, &theirs.copy)?;
            flags(source, &ours.flags, &theirs.options)?;
            first_transfer(source, ours, transfer, &theirs.src, &theirs.dest)
        }
        (Theirs::Arg(theirs), InstructionKind::Arg(_)) => {
            keyword(Keyword::Arg, &theirs.arg)?;
            pairs(&theirs.arguments)
        }
        (Theirs::Env(theirs), InstructionKind::Env(_)) => {
            keyword(Keyword::Env, &theirs.env)?;
            pairs(&theirs.arguments)
        }
        (Theirs::Label(theirs), InstructionKind::Label(_)) => {
            keyword(Keyword::Label, &theirs.label)?;
            pairs(&theirs.arguments)
        }
        (Theirs::Cmd(theirs), InstructionKind::Cmd(command)) => {
            keyword(Keyword::Cmd, &theirs.cmd)?;
            first_command(source, command, &theirs.arguments)
        }
        (Theirs::Entrypoint(theirs), InstructionKind::Entrypoint(command)) => {
            keyword(Keyword::Entrypoint, &theirs.entrypoint)?;
            first_command(source, command, &theirs.arguments)
        }
        (Theirs::Run(theirs), InstructionKind::Run(command)) => {
            keyword(Keyword::Run, &theirs.run)?;
            flags(source, &ours.flags, &theirs.options)?;
            if !theirs.here_docs.is_empty() || !ours.heredocs.is_empty() {
                return first_heredocs(source, ours, &theirs.here_docs);
            }
            first_command(source, command, &theirs.arguments)
        }
        (Theirs::From(theirs), InstructionKind::From { image, alias }) => {
            keyword(Keyword::From, &theirs.from)?;
            flags(source, &ours.flags, &theirs.options)?;
            let text = |word: &Word| word.text(source).to_owned();
            same("image", image.as_ref().map(text), Some(theirs.image.value.to_string()))?;
            let their_alias = theirs.as_.as_ref().map(|(_, alias)| alias.value.to_string());
            same("alias", alias.as_ref().map(text), their_alias)
        }
        (Theirs::Expose(theirs), InstructionKind::Expose(words)) => {
            keyword(Keyword::Expose, &theirs.expose)?;
            strings(words.iter().map(|word| word.text(source)), theirs.arguments.iter())
        }
        (Theirs::Healthcheck(theirs), InstructionKind::Healthcheck(healthcheck)) => {
            keyword(Keyword::Healthcheck, &theirs.healthcheck)?;
            flags(source, &ours.flags, &theirs.options)?;
            match (&theirs.arguments, healthcheck) {
                (first::HealthcheckArguments::Cmd { arguments, .. }, Healthcheck::Cmd(command)) => {
                    first_command(source, command, arguments)
                }
                (first::HealthcheckArguments::None { .. }, Healthcheck::None) => Ok(()),
                (theirs, ours) => Err(format!("health check {ours:?}, theirs {theirs:?}")),
            }
        }
        (Theirs::Maintainer(theirs), InstructionKind::Maintainer(word)) => {
            keyword(Keyword::Maintainer, &theirs.maintainer)?;
            rest(word.as_ref(), &theirs.name)
        }
        (Theirs::Onbuild(theirs), InstructionKind::Onbuild(Some(inner))) => {
            keyword(Keyword::Onbuild, &theirs.onbuild)?;
            first_instruction(source, file, inner, &theirs.instruction)
        }
        (Theirs::Shell(theirs), InstructionKind::Shell(words)) => {
            keyword(Keyword::Shell, &theirs.shell)?;
            strings(words.iter().map(|word| word.value(source)), theirs.arguments.iter())
        }
        (Theirs::Stopsignal(theirs), InstructionKind::Stopsignal(word)) => {
            keyword(Keyword::Stopsignal, &theirs.stopsignal)?;
            rest(word.as_ref(), &theirs.arguments)
        }
        (Theirs::User(theirs), InstructionKind::User(word)) => {
            keyword(Keyword::User, &theirs.user)?;
            rest(word.as_ref(), &theirs.arguments)
        }
        (Theirs::Workdir(theirs), InstructionKind::Workdir(word)) => {
            keyword(Keyword::Workdir, &theirs.workdir)?;
            rest(word.as_ref(), &theirs.arguments)
        }
        (Theirs::Volume(theirs), InstructionKind::Volume(words)) => {
            keyword(Keyword::Volume, &theirs.volume)?;
            let words = words.iter().map(|word| word.text(source));
            match &theirs.arguments {
                first::JsonOrStringArray::Json(theirs) => strings(words, theirs.value.iter()),
                first::JsonOrStringArray::String(theirs) => strings(words, theirs.iter()),
            }
        }
        (theirs, ours) => Err(format!("instruction {ours:?}, theirs {theirs:?}")),
    }
}

fn first_transfer(
    source: &str,
    instruction: &Instruction,
    transfer: &vastlint_syntax::dockerfile::Transfer,
    sources: &[first::Source<'_>],
    destination: &first::UnescapedString<'_>,
) -> Result<(), String> {
    same("sources", transfer.sources.len(), sources.len())?;
    let last = transfer.destination.as_ref().map(|word| word.text(source));
    same("destination", last, Some(&*destination.value))?;
    for (word, theirs) in transfer.sources.iter().zip(sources) {
        match (theirs, instruction.heredoc_at(word)) {
            (first::Source::Path(path), None) => same("source", word.text(source), &*path.value)?,
            (first::Source::HereDoc(theirs), Some(heredoc)) => first_heredoc(source, heredoc, theirs)?,
            (theirs, _) => return Err(format!("source {:?}, theirs {theirs:?}", word.text(source))),
        }
    }
    Ok(())
}

fn first_heredocs(source: &str, ours: &Instruction, theirs: &[first::HereDoc<'_>]) -> Result<(), String> {
    same("heredocs", ours.heredocs.len(), theirs.len())?;
    ours.heredocs.iter().zip(theirs).try_for_each(|(ours, theirs)| first_heredoc(source, ours, theirs))
}

fn first_heredoc(
    source: &str,
    ours: &vastlint_syntax::dockerfile::Heredoc,
    theirs: &first::HereDoc<'_>,
) -> Result<(), String> {
    let text = Dockerfile::heredoc_text(source, ours);
    same("heredoc", (text.text(), ours.expand), (&*theirs.value, theirs.expand))
}

fn first_command(source: &str, ours: &Command, theirs: &first::Command<'_>) -> Result<(), String> {
    match (ours, theirs) {
        (Command::Exec(ours), first::Command::Exec(theirs)) => {
            strings(ours.iter().map(|string| string.value(source)), theirs.value.iter())
        }
        // Both hold the lines as they stand in the file; its text reaches to the end of the last line.
        (Command::Shell(ours), first::Command::Shell(theirs)) => {
            same("command", ours.text(source), without_last_continuation(theirs.value))
        }
        (ours, theirs) => Err(format!("command {ours:?}, theirs {theirs:?}")),
    }
}

fn strings<'a>(
    ours: impl Iterator<Item = &'a str>,
    theirs: impl Iterator<Item = &'a first::UnescapedString<'a>>,
) -> Result<(), String> {
    same("words", ours.collect::<Vec<_>>(), theirs.map(|string| &*string.value).collect())
}

fn flags(source: &str, ours: &[Flag], theirs: &[first::Flag<'_>]) -> Result<(), String> {
    let ours = ours.iter().map(|flag| {
        (
            flag.span,
            flag.name.text(source).to_owned(),
            flag.value.as_ref().map(|value| value.text(source).to_owned()),
        )
    });
    let theirs = theirs.iter().map(|flag| {
        (
            span(&flag.span()),
            flag.name.value.to_string(),
            flag.value.as_ref().map(|value| value.value.to_string()),
        )
    });
    same("flags", ours.collect::<Vec<_>>(), theirs.collect())
}

/// The lines under `span` with their continuations taken out.
fn joined(source: &str, file: &Dockerfile, span: Span) -> String {
    let mut text = String::new();
    for (index, line) in span.text(source).lines().enumerate() {
        let trimmed = line.trim_start();
        if index > 0 && (trimmed.is_empty() || trimmed.starts_with('#')) {
            continue;
        }
        text.push_str(line.trim_end_matches([' ', '\t']).strip_suffix(file.escape).unwrap_or(line));
    }
    text
}

// dockerfile-parser

fn compare_second(source: &str, file: &Dockerfile, theirs: &second::Dockerfile) -> Result<(), String> {
    same("instructions", file.instructions.len(), theirs.instructions.len())?;
    for (ours, theirs) in file.instructions.iter().zip(&theirs.instructions) {
        second_instruction(source, file, ours, theirs)?;
    }
    Ok(())
}

fn second_instruction(
    source: &str,
    file: &Dockerfile,
    ours: &Instruction,
    theirs: &second::Instruction,
) -> Result<(), String> {
    use second::Instruction as Theirs;
    same("start", ours.span.start as usize, theirs.span().start)?;
    match (theirs, &ours.kind) {
        (Theirs::From(theirs), InstructionKind::From { image, alias }) => {
            let text = |word: &Word| word.text(source).to_owned();
            same("image", image.as_ref().map(text), Some(theirs.image.content.clone()))?;
            same("alias", alias.as_ref().map(text), theirs.alias.as_ref().map(|alias| alias.content.clone()))
        }
        (Theirs::Arg(theirs), InstructionKind::Arg(pairs)) => {
            let pair = pairs.first().ok_or("an argument is missing")?;
            same("name", pair.key.text(source), &*theirs.name.content)?;
            let value = pair.value.as_ref().map(|value| value.literal(source));
            same("value", value, theirs.value.as_ref().map(|value| &*value.content))
        }
        (Theirs::Label(theirs), InstructionKind::Label(pairs)) => {
            let ours = pairs.iter().map(|pair| pair_text(source, pair));
            let theirs =
                theirs.labels.iter().map(|label| (label.name.content.clone(), label.value.content.clone()));
            same("labels", ours.collect::<Vec<_>>(), theirs.collect())
        }
        (Theirs::Env(theirs), InstructionKind::Env(pairs)) => {
            let ours = pairs.iter().map(|pair| pair_text(source, pair));
            let theirs = theirs.vars.iter().map(|pair| (pair.key.content.clone(), pair.value.to_string()));
            same("variables", ours.collect::<Vec<_>>(), theirs.collect())
        }
        (Theirs::Run(theirs), InstructionKind::Run(command)) => {
            second_command(source, file, ours, command, &theirs.expr)
        }
        (Theirs::Cmd(theirs), InstructionKind::Cmd(command)) => {
            second_command(source, file, ours, command, &theirs.expr)
        }
        (Theirs::Entrypoint(theirs), InstructionKind::Entrypoint(command)) => {
            second_command(source, file, ours, command, &theirs.expr)
        }
        (Theirs::Copy(theirs), InstructionKind::Copy(transfer)) => {
            let words = transfer.sources.iter().chain(&transfer.destination);
            let words: Vec<_> = words.map(|word| word.text(source)).collect();
            let their_words = theirs.sources.iter().chain([&theirs.destination]);
            same("words", words, their_words.map(|word| &*word.content).collect())
        }
        (Theirs::Misc(theirs), _) => {
            same("keyword", ours.keyword, Keyword::parse(&theirs.instruction.content))?;
            let start = ours.keyword_span.end;
            let end = ours.arguments.end.max(start);
            let text = joined(source, file, Span::new(start, end));
            same("arguments", text.trim().to_owned(), theirs.arguments.to_string().trim().to_owned())
        }
        (theirs, ours) => Err(format!("instruction {ours:?}, theirs {theirs:?}")),
    }
}

fn pair_text(source: &str, pair: &vastlint_syntax::dockerfile::Pair) -> (String, String) {
    let value = pair.value.as_ref().map(|value| {
        if is_partly_quoted(value.text(source)) { value.text(source) } else { value.literal(source) }
    });
    let value = value.unwrap_or_default();
    (pair.key.literal(source).to_owned(), value.to_owned())
}

fn second_command(
    source: &str,
    file: &Dockerfile,
    ours: &Instruction,
    command: &Command,
    theirs: &second::ShellOrExecExpr,
) -> Result<(), String> {
    match (command, theirs) {
        (Command::Exec(ours), second::ShellOrExecExpr::Exec(theirs)) => {
            let ours = ours.iter().map(|string: &JsonString| string.value(source));
            same(
                "words",
                ours.collect::<Vec<_>>(),
                theirs.elements.iter().map(|word| &*word.content).collect(),
            )
        }
        (Command::Shell(_), second::ShellOrExecExpr::Shell(theirs)) => {
            let text = file.shell_text(source, ours).map(|text| text.text().to_owned()).unwrap_or_default();
            // It takes the flags of a RUN for a part of the command.
            let theirs = theirs.to_string();
            let theirs = if ours.flags.is_empty() {
                &theirs
            } else {
                &theirs[theirs.len().saturating_sub(text.len())..]
            };
            same("command", &*text, theirs.trim_end())
        }
        (ours, theirs) => Err(format!("command {ours:?}, theirs {theirs:?}")),
    }
}
