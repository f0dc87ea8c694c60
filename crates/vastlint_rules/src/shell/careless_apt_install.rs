//! VL231: see `rules/shell/careless-apt-install.md`.

use vastlint_model::{Document, ShellRole, program_name};
use vastlint_syntax::shell::{Script, SimpleCommand, Word, WordPartKind};
use vastlint_text::{Span, contains};

use crate::contract::Apt;
use crate::fix::{indentation, line_start};
use crate::script_lines::statement_on_line;
use crate::values::programs;
use crate::{Check, Context, ProposedFix, Sink};
use vastlint_diagnostic::Applicability;

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let provisions = matches!(
        document.shell_role(),
        Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript)
    );
    let source = &document.text;
    if !provisions || !contains(source, "apt") {
        return;
    }
    let apt = &context.contract.provisioning.apt;
    let mut updated = false;
    let mut is_first = true;
    for (command, surroundings) in script.commands_in_context() {
        for words in programs(command, source) {
            let Some(call) = Call::of(words, source) else { continue };
            match call.action {
                Action::Update => updated = true,
                Action::Install => {
                    let mut missing = call.missing(apt, source);
                    // `yes | apt-get install` answers, too.
                    missing.answer &= !surroundings.in_pipeline();
                    report(document, words, apt, missing, sink);
                    // In what order functions run is not known.
                    if is_first
                        && !updated
                        && document.is_file()
                        && !has_update(script, source, surroundings.in_function())
                    {
                        report_stale_lists(document, script, command, words, sink);
                    }
                    is_first = false;
                }
            }
        }
    }
}

/// Whether the lists may be updated before a call: by any call at all where functions hide the order.
fn has_update(script: &Script, source: &str, in_function: bool) -> bool {
    script.commands_in_context().iter().any(|(command, surroundings)| {
        (in_function || surroundings.in_function())
            && programs(command, source)
                .into_iter()
                .any(|words| Call::of(words, source).is_some_and(|call| call.action == Action::Update))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Update,
    Install,
}

/// A call of apt-get or apt.
struct Call<'w> {
    action: Action,
    arguments: &'w [Word],
}

/// What an install lacks.
#[derive(Clone, Copy)]
struct Missing {
    /// `-y`
    answer: bool,
    /// `--no-install-recommends`
    lean: bool,
}

impl<'w> Call<'w> {
    fn of(words: &'w [Word], source: &str) -> Option<Self> {
        let (program, arguments) = words.split_first()?;
        if !matches!(program_name(program, source)?.as_ref(), "apt-get" | "apt") {
            return None;
        }
        let mut rest = arguments;
        loop {
            let (word, behind) = rest.split_first()?;
            // What an unknown word before the action holds may be any option.
            let text = word.literal(source)?;
            rest = match text.as_ref() {
                "update" => return Some(Self { action: Action::Update, arguments }),
                "install" => return Some(Self { action: Action::Install, arguments }),
                "-o" | "--option" | "-c" | "--config-file" | "-t" | "--target-release" => behind.get(1..)?,
                option if option.starts_with('-') => behind,
                _ => return None,
            };
        }
    }

    fn missing(&self, apt: &Apt, source: &str) -> Missing {
        let texts: Vec<&str> =
            self.arguments.iter().map(|word| word.text(source).trim_matches(['"', '\''])).collect();
        let may_be_anything = self.arguments.iter().any(|word| holds_options(word, source));
        let short = |text: &str, letter: char| {
            text.starts_with('-')
                && !text.starts_with("--")
                && !text.starts_with("-o")
                && text.contains(letter)
        };
        // `-qq` means `-y`, and a simulation asks nothing.
        let answers = |text: &&str| {
            apt.unattended.iter().any(|option| option == text)
                || short(text, 'y')
                || text.matches('q').count() > 1 && short(text, 'q')
                || matches!(*text, "-s" | "--simulate" | "--dry-run" | "-q=2")
                || text.contains("Assume-Yes")
        };
        let keeps_out = |text: &&str| *text == apt.lean || text.contains("Install-Recommends");
        let configured = |option: &str| contains(source, option);
        Missing {
            answer: !may_be_anything && !texts.iter().any(answers) && !configured("Assume-Yes"),
            lean: !may_be_anything && !texts.iter().any(keeps_out) && !configured("APT::Install-Recommends"),
        }
    }
}

/// Whether a word is a variable that holds options, going by its name: `$APT_OPTS`.
fn holds_options(word: &Word, source: &str) -> bool {
    let [part] = &*word.parts else { return false };
    let part = match &part.kind {
        WordPartKind::DoubleQuoted(inner) => match &inner[..] {
            [only] => only,
            _ => return false,
        },
        _ => part,
    };
    let WordPartKind::Parameter(parameter) = &part.kind else { return false };
    let name = parameter.name.text(source).to_ascii_uppercase();
    ["OPT", "FLAG", "ARG"].iter().any(|hint| name.contains(hint)) || matches!(name.as_str(), "@" | "*")
}

/// The call from its program to its last word.
fn whole(words: &[Word]) -> Option<Span> {
    let (first, last) = (words.first()?, words.last()?);
    Some(first.span.cover(last.span))
}

fn report(document: &Document, words: &[Word], apt: &Apt, missing: Missing, sink: &mut Sink<'_>) {
    let Some(span) = whole(words) else { return };
    let name = words[0].text(&document.text);
    let answer = apt.unattended.first().map_or("-y", String::as_str);
    let lean = &apt.lean;
    let fix = options_fix(document, words, apt, missing);
    let help = format!("write `{name} install {lean} {answer} …`");
    if missing.answer {
        sink.report(document, span, format!("`{name} install` has no `{answer}`"), "asks before it installs")
            .variant("may-ask")
            .why("nobody is there to answer while an instance is provisioned: apt takes that for a no, and the packages are missing")
            .help(help)
            .fix(fix);
    } else if missing.lean {
        sink.report(
            document,
            span,
            format!("`{name} install` has no `{lean}`"),
            "installs recommended packages, too",
        )
        .why("recommended packages, up to whole desktops, are downloaded while the customer waits")
        .help(help)
        .fix(fix);
    }
}

/// The options behind `install`, or beside the one that is there. A package may count on what is only recommended.
fn options_fix(document: &Document, words: &[Word], apt: &Apt, missing: Missing) -> Option<ProposedFix> {
    let source = &document.text;
    let answer = apt.unattended.first()?;
    let position = |text: &str| words.iter().find(|word| word.is(source, text)).map(|word| word.span.end);
    let install = position("install")?;
    let (applicability, options, place) = match (missing.lean, missing.answer) {
        (true, true) => (Applicability::Unsafe, format!("{} {answer}", apt.lean), install),
        (true, false) => (Applicability::Unsafe, apt.lean.clone(), install),
        (false, true) => {
            let beside = position(&apt.lean).filter(|&lean| lean > install);
            (Applicability::Safe, answer.clone(), beside.unwrap_or(install))
        }
        (false, false) => return None,
    };
    let fix = ProposedFix::new(applicability, format!("write `{options}`"));
    Some(fix.insert(document, place, format!(" {options}")))
}

fn report_stale_lists(
    document: &Document,
    script: &Script,
    command: &SimpleCommand,
    words: &[Word],
    sink: &mut Sink<'_>,
) {
    let Some(span) = whole(words) else { return };
    let name = words[0].text(&document.text);
    sink.report(
        document,
        span,
        format!("`{name} install` runs on the package lists of the image"),
        "no `apt-get update` before it",
    )
    .variant("stale-lists")
    .why("images ship old lists or none: a package that was replaced since is not found any more")
    .help("write `apt-get update` above")
    .fix(update_above(document, script, command, words));
}

/// The update on a line of its own, started as the install is: with the same `sudo` and variables.
fn update_above(
    document: &Document,
    script: &Script,
    command: &SimpleCommand,
    words: &[Word],
) -> Option<ProposedFix> {
    let source = &document.text;
    let statement = statement_on_line(document, script, command.span)?;
    if statement.span.start != command.span.start
        || line_start(source, words[0].span.start) > command.span.start
    {
        return None;
    }
    let start = document.slice(Span::new(command.span.start, words[0].span.end));
    let update = format!("{start} update");
    let lines = format!("{}{update}", indentation(source, command.span.start));
    // It may fail where the install would not have.
    let fix = ProposedFix::new(Applicability::Unsafe, format!("write `{update}` above"));
    Some(fix.insert_lines_above(document, command.span.start, &lines))
}
