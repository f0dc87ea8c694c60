//! VL256: see `rules/shell/bashism-in-sh.md`.

use std::collections::HashMap;

use vastlint_model::{Document, ImageClass, Kind, Origin, Project, ShellRole, Tree};
use vastlint_syntax::dockerfile::{Command as RunCommand, Dockerfile, ImageReference, InstructionKind};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, CompoundKind, Context as Surroundings, Function, Parameter,
    ParameterOperator, Redirection, RedirectionOperator, RedirectionTarget, Script, SimpleCommand, Statement,
    Test, TestToken, Visitor, Word, WordPart, WordPartKind,
};
use vastlint_text::Span;

use crate::contract::PlainSh;
use crate::environments::is_template_repository;
use crate::variables::is_name;
use crate::{Check, Context, Place, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

use super::first_line::bash_in_place_of_sh;

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let project = context.project;
    let sh = &context.contract.shell.sh;
    for document in &project.documents {
        match &document.tree {
            Tree::Shell(script) => {
                let reason = runs_in_sh(project, document, script);
                if let Some(reason) = reason {
                    check_script(document, script, sh, &reason, sink);
                }
            }
            Tree::Dockerfile(tree) => dockerfile(project, document, tree, sh, sink),
            _ => {}
        }
    }
}

/// Why a script is run by plain `sh`.
struct Reason<'p> {
    says: &'static str,
    help: &'static str,
    place: Option<Place<'p>>,
}

fn runs_in_sh<'p>(project: &'p Project, document: &'p Document, script: &Script) -> Option<Reason<'p>> {
    let role = document.shell_role()?;
    if role == ShellRole::ManifestCommand {
        let Origin::Embedded { host, .. } = document.origin else { return None };
        let in_manifest = project.document(host).kind == Kind::ProvisioningManifest;
        let has_shebang = script.shebang.is_some();
        return (in_manifest && !has_shebang).then_some(Reason {
            says: "the provisioner runs `post_commands` in /bin/sh",
            help: "write it for plain sh, or hand it over: `bash -c '…'`",
            place: None,
        });
    }
    let sourced = matches!(role, ShellRole::BootScript | ShellRole::FirstBootScript | ShellRole::Utility);
    if sourced || role == ShellRole::Step {
        return None;
    }
    let shebang = script.shebang?;
    let line = document.slice(shebang).trim_start_matches("#!").trim();
    let mut words = line.split_whitespace();
    let program = words.next()?;
    let is_sh = program.ends_with("/sh") || (program.ends_with("/env") && words.next() == Some("sh"));
    // Elsewhere `sh` is whatever that repository's image has.
    let is_ours = document.instance_path.is_some()
        || project.image_around(&document.path).is_some_and(|image| image.class != ImageClass::Other);
    (is_sh && is_ours && is_template_repository(project)).then_some(Reason {
        says: "the first line hands the script to /bin/sh",
        help: "write `#!/bin/bash` in the first line, or plain sh below it",
        place: Some(Place::new(document, shebang)),
    })
}

/// The RUN instructions of stages that start from an image whose `sh` is dash, and say no other SHELL.
fn dockerfile(project: &Project, document: &Document, tree: &Dockerfile, sh: &PlainSh, sink: &mut Sink<'_>) {
    let Some(image) = project.image_of(document.id).filter(|image| image.class != ImageClass::Other) else {
        return;
    };
    let mut in_sh: Option<usize> = None;
    let mut passed = 0;
    for inner in project.embedded(document.id) {
        let (Origin::Embedded { place, .. }, Tree::Shell(script)) = (inner.origin, &inner.tree) else {
            continue;
        };
        let at = tree.instructions.partition_point(|instruction| instruction.span.end < place.end);
        for (index, instruction) in tree.instructions.iter().enumerate().take(at).skip(passed) {
            match &instruction.kind {
                InstructionKind::From { .. } => {
                    let base =
                        tree.stage_of(index).and_then(|stage| image.bases.get(stage.index)?.as_deref());
                    in_sh = base.is_some_and(|base| has_dash(base, sh)).then_some(index);
                }
                InstructionKind::Shell(_) => in_sh = None,
                _ => {}
            }
        }
        passed = passed.max(at);
        let Some(from) = in_sh else { continue };
        let is_shell_form = matches!(
            tree.instructions.get(at).map(|instruction| &instruction.kind),
            Some(InstructionKind::Run(RunCommand::Shell(_)))
        );
        if inner.shell_role() == Some(ShellRole::Run) && is_shell_form && script.shebang.is_none() {
            let reason = Reason {
                says: "RUN runs in /bin/sh here",
                help: "write `SHELL [\"/bin/bash\", \"-c\"]` below the FROM",
                place: Some(Place::new(document, tree.instructions[from].span)),
            };
            check_script(inner, script, sh, &reason, sink);
        }
    }
}

fn has_dash(base: &str, sh: &PlainSh) -> bool {
    let reference = ImageReference::parse(base);
    let name = reference.normalized_name();
    let name = name.strip_prefix("docker.io/").unwrap_or(&name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    sh.dash_images.iter().any(|known| known == name)
        && !sh.other_tags.iter().any(|other| base.contains(other.as_str()))
}

fn check_script(
    document: &Document,
    script: &Script,
    sh: &PlainSh,
    reason: &Reason<'_>,
    sink: &mut Sink<'_>,
) {
    let mut reader = Reader { document, sh, found: Vec::new() };
    script.walk(&mut reader);
    let mut found = reader.found;
    found.sort_by_key(|bashism| bashism.span.start);
    // Each kind once: the second `[[` says nothing new. It is mended everywhere or not at all.
    let mut kinds: Vec<Bashism> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for bashism in found {
        if let Some(&index) = known.get(&bashism.what) {
            kinds[index].also(bashism);
        } else {
            known.insert(bashism.what.clone(), kinds.len());
            kinds.push(bashism);
        }
    }
    let to_bash = script.shebang.filter(|_| reason.place.is_some());
    let to_bash = to_bash.and_then(|shebang| bash_in_place_of_sh(document, shebang));
    for Bashism { span, what, does, plain } in kinds {
        let fix = plain.map(|plain| plain.fix(document)).or_else(|| to_bash.clone());
        let finding = sink.report(
            document,
            document.first_line(span),
            format!("{what} is bash, but {}", reason.says),
            does.clone(),
        );
        finding.why(format!("Ubuntu's /bin/sh is dash: it {does}")).help(reason.help).fix(fix);
        if let Some(place) = reason.place {
            finding.related(place, "this is why it is sh");
        }
    }
}

struct Bashism {
    span: Span,
    what: String,
    /// What dash does with it.
    does: String,
    /// What says the same in plain sh, where there is such a thing.
    plain: Option<Plain>,
}

/// The same in plain sh.
struct Plain {
    /// What to write, in words.
    says: &'static str,
    applicability: Applicability,
    edits: Vec<(Span, String)>,
}

impl Plain {
    fn safe(says: &'static str, edits: Vec<(Span, String)>) -> Self {
        Self { says, applicability: Applicability::Safe, edits }
    }

    fn fix(self, document: &Document) -> ProposedFix {
        let fix = ProposedFix::new(self.applicability, format!("write {}", self.says));
        self.edits.into_iter().fold(fix, |fix, (span, text)| fix.replace(document, span, text))
    }
}

impl Bashism {
    /// Takes in another one of the same kind.
    fn also(&mut self, other: Self) {
        self.plain = match (self.plain.take(), other.plain) {
            (Some(mut plain), Some(other)) => {
                plain.edits.extend(other.edits);
                plain.applicability = plain.applicability.max(other.applicability);
                Some(plain)
            }
            _ => None,
        };
    }
}

struct Reader<'a> {
    document: &'a Document,
    sh: &'a PlainSh,
    found: Vec<Bashism>,
}

impl Reader<'_> {
    fn add(&mut self, span: Span, what: impl Into<String>, does: impl Into<String>) {
        self.found.push(Bashism { span, what: what.into(), does: does.into(), plain: None });
    }

    /// Says of the last one how plain sh writes it.
    fn in_plain_sh(&mut self, plain: impl Into<Option<Plain>>) {
        if let Some(last) = self.found.last_mut() {
            last.plain = plain.into();
        }
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let Some(name) = command.name(source) else { return };
        let arguments = command.arguments();
        match &*name {
            "set" => {
                let option = arguments
                    .windows(2)
                    .find(|pair| pair[0].text(source).ends_with('o') && pair[1].is(source, "pipefail"));
                if let Some(pair) = option {
                    self.add(
                        pair[1].span,
                        "`set -o pipefail`",
                        "ends the script: `Illegal option -o pipefail`",
                    );
                }
            }
            "[" | "test" => {
                if let Some(word) = arguments.iter().find(|word| word.text(source) == "==") {
                    self.add(
                        word.span,
                        "`==` in `[ … ]`",
                        "says `unexpected operator` and takes the test for failed",
                    );
                    let all = arguments.iter().filter(|word| word.text(source) == "==");
                    let edits = all.map(|word| (word.span, "=".to_owned())).collect();
                    self.in_plain_sh(Plain::safe("`=`", edits));
                }
            }
            name if self.sh.commands.iter().any(|known| known == name) => {
                self.add(
                    command.words[0].span,
                    format!("`{name}`"),
                    format!("says `{name}: not found` and goes on"),
                );
                if name == "source" {
                    self.in_plain_sh(sourced_by_dot(command, source));
                }
            }
            _ => {}
        }
    }
}

/// `source ./file` as `. ./file`: without a folder the shells look for it in different places. What the file holds may
/// be bash in its turn.
fn sourced_by_dot(command: &SimpleCommand, source: &str) -> Option<Plain> {
    let [name, path] = &command.words[..] else { return None };
    path.text(source).contains('/').then(|| Plain {
        says: "`.`",
        applicability: Applicability::Unsafe,
        edits: vec![(name.span, ".".to_owned())],
    })
}

/// `function f {` as `f() {`.
fn plain_function(document: &Document, function: &Function) -> Option<Plain> {
    let body = function.body.as_ref()?;
    let between = document.slice(Span::new(function.name.end, body.span().start));
    let name = document.slice(function.name);
    let is_plain = between.chars().all(|character| " \t()".contains(character)) && is_name(name);
    let head = Span::new(function.span.start, function.name.end + between.trim_end().len() as u32);
    is_plain.then(|| Plain::safe("`name() {`", vec![(head, format!("{name}()"))]))
}

/// A single question between `[[` and `]]` that asks the same between `[` and `]`.
fn plain_test(document: &Document, span: Span, test: &Test) -> Option<Plain> {
    let source = &document.text;
    let is_whole = |word: &Word| !word.has_glob() && !word.has_tilde() && !word.has_brace();
    // An expansion without quotes would be split, and nothing at all where it is empty.
    let is_quoted = |word: &Word| {
        let is_bare = |part: &WordPart| {
            matches!(
                part.kind,
                WordPartKind::Parameter(_) | WordPartKind::Command(_) | WordPartKind::Arithmetic(_)
            )
        };
        is_whole(word) && !word.parts.iter().any(is_bare)
    };
    let negations = test.tokens.iter().take_while(|token| token.span().text(source) == "!").count();
    let mut edits = match &test.tokens[negations..] {
        [TestToken::Operator(operator), TestToken::Word(word)]
            if is_quoted(word)
                && ["-d", "-e", "-f", "-h", "-L", "-n", "-r", "-s", "-w", "-x", "-z"]
                    .contains(&operator.text(source)) =>
        {
            Vec::new()
        }
        [TestToken::Word(left), TestToken::Operator(operator), TestToken::Word(right)]
            if is_quoted(left) && is_quoted(right) =>
        {
            match operator.text(source) {
                "==" => vec![(*operator, "=".to_owned())],
                "=" | "!=" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => Vec::new(),
                _ => return None,
            }
        }
        _ => return None,
    };
    let end = span.start + document.slice(span).rfind("]]")? as u32;
    edits.push((Span::new(span.start, span.start + 2), "[".to_owned()));
    edits.push((Span::new(end, end + 2), "]".to_owned()));
    (negations <= 1).then(|| Plain::safe("`[ … ]`", edits))
}

impl<'t> Visitor<'t> for Reader<'_> {
    fn enter_statement(&mut self, statement: &'t Statement, _: Surroundings) {
        let rest = statement.rest.iter().map(|and_or| &and_or.pipeline);
        let both = std::iter::once(&statement.first)
            .chain(rest)
            .flat_map(|pipeline| &pipeline.operators)
            .find(|operator| operator.len() == 2);
        if let Some(operator) = both {
            self.add(*operator, "`|&`", "stops with a syntax error");
            let all = std::iter::once(&statement.first)
                .chain(statement.rest.iter().map(|and_or| &and_or.pipeline))
                .flat_map(|pipeline| &pipeline.operators)
                .filter(|operator| operator.len() == 2);
            let edits = all.map(|operator| (*operator, "2>&1 |".to_owned())).collect();
            self.in_plain_sh(Plain::safe("`2>&1 |`", edits));
        }
    }

    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        match command {
            Command::Simple(simple) => self.simple(simple),
            Command::Compound(compound) => match &compound.kind {
                CompoundKind::Test(test) => {
                    self.add(
                        compound.span,
                        "`[[ … ]]`",
                        "says `[[: not found` and takes the test for failed",
                    );
                    let plain = plain_test(self.document, compound.span, test);
                    self.in_plain_sh(plain);
                }
                CompoundKind::Arithmetic(_) => {
                    self.add(
                        compound.span,
                        "`(( … ))`",
                        "takes it for commands in parentheses, which it does not find",
                    );
                }
                CompoundKind::ArithmeticFor(_) => {
                    self.add(compound.span, "`for ((…))`", "stops with a syntax error");
                }
                CompoundKind::Select(_) => self.add(compound.span, "`select`", "stops with a syntax error"),
                _ => {}
            },
            Command::Function(function) => {
                if self.document.slice(function.span).starts_with("function") {
                    let keyword = Span::new(function.span.start, function.name.end);
                    self.add(
                        keyword,
                        "`function`",
                        "takes it for a command that it does not find, or stops with a syntax error",
                    );
                    let plain = plain_function(self.document, function);
                    self.in_plain_sh(plain);
                }
            }
            Command::Coproc(coproc) => {
                self.add(coproc.span, "`coproc`", "says `coproc: not found` and goes on");
            }
        }
    }

    fn enter_assignment(&mut self, assignment: &'t Assignment, _: Surroundings) {
        let is_array =
            matches!(assignment.value, AssignmentValue::Array(_)) || assignment.subscript.is_some();
        if is_array {
            self.add(assignment.span, "an array", "stops with a syntax error, or takes it for a command");
        } else if assignment.append {
            self.add(assignment.span, "`+=`", "takes it for a command that it does not find");
        }
    }

    fn enter_redirection(&mut self, redirection: &'t Redirection, _: Surroundings) {
        match redirection.operator {
            RedirectionOperator::HereString => {
                self.add(redirection.span, "`<<<`", "stops with a syntax error");
            }
            RedirectionOperator::OutputAndError | RedirectionOperator::AppendOutputAndError => {
                self.add(
                    redirection.span,
                    "`&>`",
                    "puts the command into the background and does not wait for it; its output is lost elsewhere",
                );
                let operator =
                    self.document.slice(redirection.operator_span).trim_start_matches('&').to_owned();
                self.in_plain_sh(Plain::safe(
                    "`> … 2>&1`",
                    vec![
                        (redirection.operator_span, operator),
                        (Span::empty(redirection.span.end), " 2>&1".to_owned()),
                    ],
                ));
            }
            RedirectionOperator::DuplicateOutput => {
                if let RedirectionTarget::Word(target) = &redirection.target
                    && target
                        .literal(&self.document.text)
                        .is_some_and(|file| file != "-" && !file.bytes().all(|byte| byte.is_ascii_digit()))
                {
                    self.add(redirection.span, "`>& file`", "stops with `Bad fd number`");
                    self.in_plain_sh(Plain::safe(
                        "`> … 2>&1`",
                        vec![
                            (redirection.operator_span, ">".to_owned()),
                            (Span::empty(redirection.span.end), " 2>&1".to_owned()),
                        ],
                    ));
                }
            }
            _ => {}
        }
    }

    fn enter_word(&mut self, word: &'t Word, _: Surroundings) {
        if word.has_brace() {
            self.add(word.span, "`{…,…}`", "takes the braces for a part of the name");
        }
    }

    fn enter_part(&mut self, part: &'t WordPart, _: Surroundings) {
        match &part.kind {
            WordPartKind::Process(_) => self.add(part.span, "`<(…)`", "stops with a syntax error"),
            WordPartKind::AnsiQuoted => {
                self.add(part.span, "`$'…'`", "takes the `$` and the escapes as they are");
            }
            _ => {}
        }
    }

    fn enter_parameter(&mut self, parameter: &'t Parameter, span: Span, _: Surroundings) {
        use ParameterOperator as Operator;
        let Some(expansion) = &parameter.expansion else { return };
        let is_bash = expansion.indirect
            || expansion.subscript.is_some()
            || matches!(
                expansion.operator,
                Some(Operator::Replace | Operator::Substring | Operator::ChangeCase | Operator::Transform)
            );
        if is_bash {
            let written = span.text(&self.document.text);
            self.add(span, format!("`{written}`"), "stops with `Bad substitution`");
        }
    }
}
