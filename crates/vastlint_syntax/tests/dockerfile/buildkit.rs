//! Against `BuildKit`'s own reading of the fixtures: `buildkit/golden.json` holds what its parser, at revision
//! 73ed6825c4b7, makes of each of them.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use vastlint_syntax::dockerfile::{
    Command, Dockerfile, Healthcheck, Instruction, InstructionKind, JsonString, Keyword, Pair, Separator,
    Transfer, Word, parse,
};

use crate::corpus::{self, Text};

#[test]
fn the_fixtures_read_as_recorded() {
    let fixtures = corpus::fixtures();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/dockerfile/buildkit/golden.json");
    let golden: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut differences = Vec::new();
    for fixture in &fixtures {
        let expected =
            golden.get(&fixture.name).unwrap_or_else(|| panic!("{} is not recorded", fixture.name));
        compare(fixture, expected, &mut differences);
    }
    report(&differences);
}

/// Replacements with `*`, and escapes in patterns, count as unknown.
fn has_pattern(text: &str) -> bool {
    text.contains(['*', '\\']) || text.contains("/}") || text.contains("//") || text.contains("${V/")
}

fn report(differences: &[String]) {
    let shown: Vec<_> = differences.iter().take(12).map(String::as_str).collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), shown.join("\n"));
}

fn compare(text: &Text, expected: &Value, differences: &mut Vec<String>) {
    let source = &text.text;
    let file = parse(source);
    let mut say = |what: String| differences.push(format!("{}: {what}\n{source}\n----", text.name));
    if let Some(error) = expected.get("error") {
        if file.errors.is_empty() {
            say(format!("BuildKit refuses it ({error}), and we find nothing wrong"));
        }
        return;
    }
    if expected["escape"] != file.escape.to_string() {
        say(format!("escape {:?}", file.escape));
    }
    // A line of nothing but continuations is an instruction without a keyword to BuildKit, which it refuses later on.
    let theirs: Vec<_> =
        items(&expected["instructions"]).iter().filter(|instruction| instruction["keyword"] != "").collect();
    if theirs.len() != file.instructions.len() {
        say(format!("{} instructions, BuildKit has {}", file.instructions.len(), theirs.len()));
        return;
    }
    let mut scopes = file.scopes(source);
    for (index, (ours, theirs)) in file.instructions.iter().zip(theirs).enumerate() {
        let reading = Reading { source, file: &file };
        let (mut left, mut right) = (Vec::new(), Vec::new());
        reading.ours(ours, false, &mut left);
        reading.theirs(theirs, false, &mut right);
        if left != right {
            say(format!("ours   {left:?}\ntheirs {right:?}"));
            return;
        }
        if let InstructionKind::Env(pairs) = &ours.kind {
            let scope = scopes.at(index);
            for (pair, theirs) in pairs.iter().zip(items(&theirs["words"]).chunks(3)) {
                let value = pair.value.as_ref().and_then(|value| scope.expand_word(source, value));
                let theirs = theirs[1].get("value").and_then(Value::as_str);
                // Without a value `BuildKit` knows no more than that the base is not empty, or refuses the word.
                let is_left_alone = value.is_none()
                    && pair.value.as_ref().is_some_and(|value| has_pattern(value.text(source)));
                if theirs.is_some() && value.as_deref() != theirs && !is_left_alone {
                    say(format!("{} expands to {value:?}, BuildKit has {theirs:?}", pair.key.text(source)));
                }
            }
        }
        let line = source[..ours.span.start as usize].matches('\n').count() as u64 + 1;
        let their_line = theirs["line"].as_u64().unwrap();
        // A line that begins with continuations alone: ours begins with the keyword.
        let first =
            source.lines().nth(their_line as usize - 1).unwrap().trim_start_matches('\u{feff}').trim();
        if line != their_line && first != file.escape.to_string() {
            say(format!("line {line}, BuildKit has {their_line}"));
        }
        let errors: Vec<_> = file
            .errors
            .iter()
            .filter(|error| ours.span.contains_span(error.span))
            .map(|error| &*error.message)
            .collect();
        let refused = theirs.get("refused").and_then(Value::as_str);
        match refused {
            Some(refused) if errors.is_empty() && !is_about_flags(refused) => {
                say(format!("BuildKit refuses {:?}: {refused}", ours.span.text(source)));
            }
            // The instruction inside an ONBUILD is read when an image is built on this one.
            None if ours.keyword != Keyword::Onbuild && errors.iter().any(|error| !is_found_later(error)) => {
                say(format!("BuildKit takes {:?}, and we say {errors:?}", ours.span.text(source)));
            }
            _ => {}
        }
    }
}

/// Flags, and the values of some arguments, are left to rules: which ones exist depends on the builder's version.
fn is_about_flags(refused: &str) -> bool {
    let kinds = [
        "flag",
        "duration",
        "strconv",
        "retries",
        "Interval",
        "invalid value",
        "mount",
        "invalid field",
        "invalid network mode",
        "security \"",
    ];
    kinds.iter().any(|kind| refused.contains(kind))
}

/// `BuildKit` finds these when it expands variables or puts the stages together, behind its parser.
fn is_found_later(error: &str) -> bool {
    let later = [
        "missing closing",
        "missing `}`",
        "bad substitution",
        "nested too deeply",
        "first `FROM`",
        "no `FROM`",
    ];
    later.iter().any(|kind| error.contains(kind))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Both readings of an instruction, as lines that can be compared.
struct Reading<'t> {
    source: &'t str,
    file: &'t Dockerfile,
}

impl Reading<'_> {
    fn ours(&self, instruction: &Instruction, is_inner: bool, out: &mut Vec<String>) {
        let source = self.source;
        let keyword = instruction.keyword.as_str().to_lowercase();
        out.push(format!("keyword {keyword}"));
        for flag in &instruction.flags {
            let value =
                flag.value.as_ref().map(|value| format!("={}", value.text(source))).unwrap_or_default();
            // BuildKit splits flags byte by byte, and makes a character of each.
            let text = format!("--{}{value}", flag.name.text(source));
            out.push(format!("flag {}", text.bytes().map(char::from).collect::<String>()));
        }
        for heredoc in &instruction.heredocs {
            let (fd, expand, chomp) = (heredoc.descriptor.unwrap_or(0), heredoc.expand, heredoc.strip_tabs);
            let body = heredoc.body.text(source);
            out.push(format!("heredoc {} {fd} {expand} {chomp} {body:?}", heredoc.delimiter));
        }
        match &instruction.kind {
            InstructionKind::From { image, alias } => {
                out.extend(image.iter().map(|word| self.word(word)));
                out.extend(alias.iter().map(|word| format!("alias {}", word.text(source))));
            }
            InstructionKind::Add(Transfer { sources, destination, json })
            | InstructionKind::Copy(Transfer { sources, destination, json }) => {
                out.push(format!("json {json}"));
                out.extend(sources.iter().chain(destination).map(|word| self.word(word)));
            }
            InstructionKind::Arg(pairs) => out.extend(pairs.iter().map(|pair| self.argument(pair))),
            InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => {
                for pair in pairs {
                    out.push(self.word(&pair.key));
                    out.extend(pair.value.as_ref().map(|value| self.word(value)));
                    out.push(format!(
                        "separator {}",
                        if pair.separator == Separator::Equals { "=" } else { "" }
                    ));
                }
            }
            InstructionKind::Cmd(command)
            | InstructionKind::Entrypoint(command)
            | InstructionKind::Run(command) => {
                self.command(instruction, command, out);
            }
            InstructionKind::Healthcheck(Healthcheck::None) => out.push("none".to_owned()),
            InstructionKind::Healthcheck(Healthcheck::Cmd(command)) => {
                self.command(instruction, command, out);
            }
            InstructionKind::Healthcheck(Healthcheck::Unknown) => out.push("unknown".to_owned()),
            InstructionKind::Expose(words) | InstructionKind::Volume(words) => {
                out.extend(words.iter().map(|word| self.word(word)));
            }
            InstructionKind::Maintainer(word) => {
                out.extend(word.iter().map(|word| format!("text {:?}", word.text(source))));
            }
            InstructionKind::Stopsignal(word)
            | InstructionKind::User(word)
            | InstructionKind::Workdir(word) => {
                out.extend(word.iter().map(|word| self.word(word)));
            }
            InstructionKind::Shell(strings) => self.strings(strings, out),
            InstructionKind::Onbuild(Some(inner)) if !is_inner => self.ours(inner, true, out),
            InstructionKind::Onbuild(_) | InstructionKind::Unknown => {}
        }
    }

    fn theirs(&self, theirs: &Value, is_inner: bool, out: &mut Vec<String>) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let keyword = Keyword::parse(theirs["keyword"].as_str().unwrap());
        out.push(format!("keyword {}", keyword.as_str().to_lowercase()));
        out.extend(items(&theirs["flags"]).iter().map(|flag| format!("flag {}", flag.as_str().unwrap())));
        let heredocs = items(&theirs["heredocs"]);
        // BuildKit keeps them with the ONBUILD, we with the instruction inside.
        for heredoc in heredocs.iter().filter(|_| keyword != Keyword::Onbuild) {
            let fd = heredoc["descriptor"].as_u64().unwrap_or(0);
            let is = |key: &str| heredoc[key].as_bool().unwrap_or(false);
            let (expand, chomp, body) = (is("expand"), is("chomp"), text(&heredoc["content"]));
            out.push(format!("heredoc {} {fd} {expand} {chomp} {body:?}", text(&heredoc["name"])));
        }
        let json = theirs["json"].as_bool().unwrap_or(false);
        let words = items(&theirs["words"]);
        let word =
            |word: &Value| Self::written(&text(&word["text"]), word["literal"].as_str(), self.file.escape);
        match keyword {
            Keyword::From => {
                out.extend(words.first().map(word));
                let is_as =
                    words.get(1).is_some_and(|keyword| text(&keyword["text"]).eq_ignore_ascii_case("as"));
                out.extend(
                    words.get(2).filter(|_| is_as).map(|alias| format!("alias {}", text(&alias["text"]))),
                );
            }
            Keyword::Add | Keyword::Copy => {
                out.push(format!("json {json}"));
                out.extend(words.iter().map(word));
            }
            Keyword::Env | Keyword::Label => {
                for triple in words.chunks(3) {
                    out.extend(triple[..2].iter().map(word));
                    out.push(format!("separator {}", text(&triple[2]["text"])));
                }
            }
            Keyword::Cmd | Keyword::Entrypoint | Keyword::Run => {
                let shell = theirs.get("shell").map(text);
                Self::their_command(json, words, heredocs, shell, out);
            }
            Keyword::Healthcheck => match words.split_first() {
                Some((kind, _)) if text(&kind["text"]).eq_ignore_ascii_case("none") => {
                    out.push("none".to_owned());
                }
                Some((kind, rest)) if text(&kind["text"]).eq_ignore_ascii_case("cmd") => {
                    Self::their_command(json, rest, &[], None, out);
                }
                _ => out.push("unknown".to_owned()),
            },
            Keyword::Arg
            | Keyword::Expose
            | Keyword::Volume
            | Keyword::Stopsignal
            | Keyword::User
            | Keyword::Workdir => {
                out.extend(words.iter().map(word));
            }
            Keyword::Maintainer => {
                out.extend(words.iter().map(|word| format!("text {:?}", text(&word["text"]))));
            }
            Keyword::Shell if json => {
                out.extend(words.iter().map(|word| format!("string {:?}", text(&word["text"]))));
            }
            Keyword::Onbuild => {
                if let (Some(inner), false) = (theirs.get("inner"), is_inner) {
                    self.theirs(inner, true, out);
                }
            }
            Keyword::Shell | Keyword::Unknown => {}
        }
    }

    fn their_command(
        json: bool,
        words: &[Value],
        heredocs: &[Value],
        shell: Option<String>,
        out: &mut Vec<String>,
    ) {
        let text = |word: &Value| word["text"].as_str().unwrap_or_default().to_owned();
        if json {
            out.extend(words.iter().map(|word| format!("string {:?}", text(word))));
        } else if heredocs.is_empty() {
            out.push(format!("shell {:?}", words.first().map(text).unwrap_or_default()));
        } else {
            out.push(shell.map_or_else(|| "script".to_owned(), |shell| format!("shell {shell:?}")));
        }
    }

    fn command(&self, instruction: &Instruction, command: &Command, out: &mut Vec<String>) {
        match command {
            Command::Exec(strings) => self.strings(strings, out),
            Command::Shell(_) => out.push(match self.file.shell_text(self.source, instruction) {
                Some(text) => format!("shell {:?}", text.text()),
                None => "script".to_owned(),
            }),
        }
    }

    fn strings(&self, strings: &[JsonString], out: &mut Vec<String>) {
        out.extend(strings.iter().map(|string| format!("string {:?}", string.value(self.source))));
    }

    fn word(&self, word: &Word) -> String {
        let is_refused =
            self.file.errors.iter().any(|error| error.span == word.span && is_found_later(&error.message));
        let literal = (!is_refused).then(|| word.literal(self.source));
        Self::written(word.text(self.source), literal, self.file.escape)
    }

    /// An argument in one word, as `BuildKit` keeps it. It takes its name as it is.
    fn argument(&self, pair: &Pair) -> String {
        let key = pair.key.text(self.source);
        let Some(value) = &pair.value else { return self.word(&pair.key) };
        let is_refused = self.file.errors.iter().any(|error| error.span == value.span);
        let text = format!("{key}={}", value.text(self.source));
        let literal = format!("{key}={}", value.literal(self.source));
        Self::written(&text, (!is_refused).then_some(&*literal), self.file.escape)
    }

    fn written(text: &str, literal: Option<&str>, escape: char) -> String {
        // BuildKit puts `${X:-"a"}` together anew, its quotes gone; we leave it as it is written.
        let is_rebuilt = text.contains("${") && text.contains(['"', '\'', escape, '/']);
        // A quote or an escape in the name of an ARG.
        let name = text.split('=').next().unwrap_or_default();
        let is_odd = name.contains(['"', '\'', escape, '$']);
        match literal {
            _ if is_rebuilt || is_odd => format!("word {text:?}"),
            Some(literal) => format!("word {text:?} {literal:?}"),
            None => format!("word {text:?} refused"),
        }
    }
}
