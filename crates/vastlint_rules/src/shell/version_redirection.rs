//! VL251: see `rules/shell/version-redirection.md`.

use vastlint_model::{Document, invocation, program_name};
use vastlint_syntax::shell::{
    Command, Context as Surroundings, Redirection, RedirectionOperator, RedirectionTarget, Script,
    SimpleCommand, Visitor, Word,
};
use vastlint_text::Span;

use crate::environments::is_for_template;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    if !is_for_template(context.project, document) {
        return;
    }
    script.walk(&mut Reader { document, tools: &context.contract.shell.package_tools, sink });
}

struct Reader<'a, 'f> {
    document: &'a Document,
    tools: &'a [String],
    sink: &'a mut Sink<'f>,
}

impl<'t> Visitor<'t> for Reader<'_, '_> {
    fn enter_command(&mut self, command: &'t Command, _: Surroundings) {
        if let Command::Simple(simple) = command {
            self.simple(simple);
        }
    }
}

impl Reader<'_, '_> {
    fn simple(&mut self, command: &SimpleCommand) {
        let source = &self.document.text;
        let mut words = command.words.iter().peekable();
        let mut told_to = 0;
        for (index, redirection) in command.redirections.iter().enumerate() {
            let Some(limit) = version_limit(redirection, source) else { continue };
            let start = redirection.span.start;
            // The word that ends where the redirection begins; both lists are in source order.
            let mut package: Option<&Word> = None;
            while let Some(word) = words.next_if(|word| word.span.start < start) {
                package = Some(word);
            }
            let glued = package.filter(|word| word.span.end == start);
            let Some(package) = glued.filter(|word| is_package(word, source)) else {
                // `a<2,>=1`: the rest of the same text.
                told_to = if start == told_to { redirection.span.end } else { told_to };
                continue;
            };
            if limit.is_plain_number && !self.is_package_tool(command) {
                continue;
            }
            told_to = redirection.span.end;
            self.report(package, &command.redirections[index..], &limit);
        }
    }

    fn is_package_tool(&self, command: &SimpleCommand) -> bool {
        let program = invocation(command, &self.document.text).first();
        let name = program.and_then(|word| program_name(word, &self.document.text));
        name.is_some_and(|name| self.tools.iter().any(|tool| *tool == name))
    }

    fn report(&mut self, package: &Word, redirections: &[Redirection], limit: &Limit) {
        let source = &self.document.text;
        let [first, ..] = redirections else { return };
        let end = written_end(redirections);
        let whole = Span::new(package.span.start, end);
        let name = package.text(source);
        let file = &limit.file;
        let (does, why) = if first.operator == RedirectionOperator::Input {
            (
                format!("reads the command's input from a file `{file}`"),
                format!(
                    "no file `{file}` is there, so the command fails before it starts; or it is, and the limit is lost"
                ),
            )
        } else {
            (
                format!("writes the command's output to a file `{file}`"),
                format!(
                    "the command sees `{name}` without the limit, takes the newest version, and leaves a file `{file}` behind"
                ),
            )
        };
        let written = whole.text(source);
        let quoted = format!("\"{}\"", written.replace(['"', '\''], ""));
        let fix =
            ProposedFix::safe(format!("write `{quoted}`")).replace(self.document, whole, quoted.clone());
        self.sink
            .report(
                self.document,
                whole,
                format!("`{written}` is no version limit: the shell {does}"),
                "a redirection",
            )
            .why(why)
            .help(format!("quote it: `{quoted}`"))
            .fix((!quoted.contains('\\')).then_some(fix));
    }
}

/// Where the text ends that one redirection after the other takes apart: `a>=1,<2`.
fn written_end(redirections: &[Redirection]) -> u32 {
    let joined = redirections.windows(2).take_while(|pair| pair[0].span.end == pair[1].span.start).count();
    redirections.get(joined).map_or(0, |last| last.span.end)
}

struct Limit {
    file: String,
    /// A number alone may be the name of a file descriptor that somebody meant.
    is_plain_number: bool,
}

/// The file of a redirection that is named like a version: `1.0`, `=2`, `=2.0,`.
fn version_limit(redirection: &Redirection, source: &str) -> Option<Limit> {
    let is_limit = matches!(redirection.operator, RedirectionOperator::Input | RedirectionOperator::Output);
    if !is_limit || redirection.descriptor.is_some() {
        return None;
    }
    let RedirectionTarget::Word(target) = &redirection.target else { return None };
    // `name < 1.0` is a redirection that somebody meant.
    if target.span.start != redirection.operator_span.end {
        return None;
    }
    let file = target.literal(source)?.into_owned();
    let version = file.strip_prefix('=').unwrap_or(&file);
    // `2,!=2.1`: what stands behind the comma is a limit of its own.
    let version = version.split(',').next().unwrap_or_default();
    let is_version =
        version.starts_with(|first: char| first.is_ascii_digit()) && version.split('.').all(is_version_part);
    let is_plain_number = file.bytes().all(|byte| byte.is_ascii_digit());
    is_version.then_some(Limit { file, is_plain_number })
}

/// A part of a version between its dots: `2`, `*`, `0rc1`, `post1`, `1+cu128`; not `log`.
fn is_version_part(part: &str) -> bool {
    let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_suffix = ["a", "b", "rc", "post", "dev"].iter().any(|suffix| {
        let number = rest.strip_prefix(suffix);
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    part == "*" || (rest.is_empty() && !part.is_empty()) || rest.starts_with('+') || is_suffix
}

/// Whether a word can be the name of a package, extras included.
fn is_package(word: &Word, source: &str) -> bool {
    let text = word.text(source).trim_matches(['"', '\'']);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-[],".contains(&byte))
}
