//! VL108: see `rules/dockerfile/unguarded-torch.md`.

use std::collections::HashSet;

use vastlint_model::{Document, Image, ImageClass, program_name};
use vastlint_syntax::dockerfile::{Dockerfile, ImageReference};
use vastlint_syntax::shell::{
    Assignment, AssignmentValue, Command, CompoundKind, Context as Surroundings, Pipeline,
    RedirectionOperator, RedirectionTarget, Script, Statement, TestToken, Visitor, Word, WordPart,
    WordPartKind,
};
use vastlint_text::Span;

use crate::contract::TorchGuard;
use crate::flow::State;
use crate::packages::{Install, Named, package_installs};
use crate::questions::{Ends, pipeline_at, questions};
use crate::stages::{RunScript, offset, run_scripts, shipped_base, shipped_instructions};
use crate::strict_mode::{Options, start_of};
use crate::values::{Assignments, Values, runs_something, variables};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Dockerfile(check);

/// A place where versions are recorded.
struct Snapshot<'a> {
    /// The variable or the file that holds them.
    holder: &'a str,
    place: Place<'a>,
    /// In the bytes of the file.
    offset: u32,
    /// Which of the contract's packages.
    packages: Vec<usize>,
}

/// A comparison of versions.
struct Comparison<'a> {
    place: Place<'a>,
    first: u32,
    last: u32,
    first_place: Place<'a>,
    packages: Vec<usize>,
    ends: bool,
    /// An operand that the shell splits or takes for a pattern.
    unquoted: Option<Place<'a>>,
    /// All such operands, in the document of the comparison.
    to_quote: (&'a Document, Vec<Span>),
}

/// An install, in the bytes of the file.
struct Found<'a> {
    place: Place<'a>,
    offset: u32,
}

fn check(context: &Context<'_>, document: &Document, tree: &Dockerfile, sink: &mut Sink<'_>) {
    let Some(image) = context.project.image_of(document.id) else { return };
    let source = &document.text;
    if !has_torch(image, tree, source) {
        return;
    }
    let guard = &context.contract.dockerfile.torch_guard;
    let shipped = shipped_instructions(tree, source);
    let scripts = run_scripts(context.project, document, tree, &shipped);
    let mut scopes = tree.scopes(source);
    let (mut shared, mut own_venv) = (Vec::new(), None);
    let (mut snapshots, mut comparisons) = (Vec::new(), Vec::new());
    for run in &scripts {
        let scope = scopes.at(run.instruction);
        let outside = |name: &str| scope.value(name).map(str::to_owned);
        let text = &run.document.text;
        let assignments = Assignments::of(run.script, text);
        let values = Values { source: text, assignments: &assignments, outside: &outside };
        for install in package_installs(run.script, &values, State::default()) {
            let found = Found {
                place: Place::new(run.document, install.span),
                offset: offset(run.document, install.span),
            };
            if install.may_reach(&guard.environment) {
                shared.push(found);
            } else if has_own_environment(&install) {
                own_venv = own_venv.or(Some(found));
            }
        }
        if mentions(text, guard) {
            let own = snapshots_of(run, guard);
            comparisons.extend(comparisons_of(run, &own, guard));
            snapshots.extend(own);
        }
    }
    judge(guard, &shared, own_venv, &snapshots, &comparisons, sink);
}

/// Whether the image gets `PyTorch` from its base.
fn has_torch(image: &Image, tree: &Dockerfile, source: &str) -> bool {
    let base = shipped_base(tree, source).and_then(|base| base.image);
    let is = |base: &str, last: &str| ImageReference::parse(base).repository.rsplit('/').next() == Some(last);
    match (image.class, base.as_deref()) {
        (ImageClass::PytorchDerived, Some(base)) => !is(base, "base-image"),
        (ImageClass::PytorchDerived, None) => true,
        (ImageClass::Derivative, Some(base)) => is(base, "pytorch"),
        _ => false,
    }
}

fn has_own_environment(install: &Install<'_>) -> bool {
    install.named != Named::Elsewhere && install.environment().is_some()
}

fn mentions(text: &str, guard: &TorchGuard) -> bool {
    guard.packages.first().is_some_and(|package| text.contains(package.as_str()))
}

fn judge(
    guard: &TorchGuard,
    installs: &[Found<'_>],
    own_venv: Option<Found<'_>>,
    snapshots: &[Snapshot<'_>],
    comparisons: &[Comparison<'_>],
    sink: &mut Sink<'_>,
) {
    let why = "a dependency that pins another PyTorch replaces the one that matches the base's CUDA: the build ends green, and the app fails on the GPU of every machine that rents it";
    let example = example(guard);
    let Some(first) = installs.first() else {
        if let (Some(install), true) = (own_venv, comparisons.is_empty()) {
            sink.report_at(install.place, "no version of PyTorch is compared around the installs", "installs packages")
                .variant("own-environments")
                .why(why)
                .help(format!("record the versions that the environment starts with, and compare them behind the last install:\n{example}"));
        }
        return;
    };
    let Some(recorded) = snapshots.first() else {
        sink.report_at(
            first.place,
            "packages are installed without a look at the version of PyTorch before and after",
            "installs packages",
        )
        .why(why)
        .help(format!("put this around the installs:\n{example}"));
        return;
    };
    let ending: Vec<&Comparison<'_>> = comparisons.iter().filter(|comparison| comparison.ends).collect();
    let Some(comparison) = ending.first() else {
        let finding = match comparisons.last() {
            Some(comparison) => sink.report_at(
                comparison.place,
                "another version of PyTorch does not end the build",
                "goes on either way",
            ),
            None => sink.report_at(
                recorded.place,
                format!("`{}` is recorded and never compared", recorded.holder),
                "recorded here",
            ),
        };
        finding.why(why).help(format!(
            "compare behind the last install, and end the build in the same statement:\n{example}"
        ));
        return;
    };
    let inside = |install: &Found<'_>| {
        ending.iter().any(|guard| guard.first < install.offset && install.offset < guard.last)
    };
    if let Some(install) = installs.iter().find(|install| !inside(install)) {
        let late = install.offset > comparison.first;
        let what = if late {
            "installed behind the comparison of PyTorch's version"
        } else {
            "installed before the version of PyTorch is recorded"
        };
        let finding = sink.report_at(install.place, format!("packages are {what}"), "not watched");
        finding.variant("outside").why(why).help(if late {
            "move it in front of the second record, or record and compare around it as well"
        } else {
            "move it behind the record of the versions"
        });
        finding.related(
            if late { comparison.place } else { comparison.first_place },
            if late { "compared here" } else { "recorded here" },
        );
    }
    let missing: Vec<String> = (0..guard.packages.len())
        .filter(|package| !ending.iter().any(|guard| guard.packages.contains(package)))
        .map(|package| format!("`{}`", guard.packages[package]))
        .collect();
    if !missing.is_empty() {
        sink.report_at(
            comparison.first_place,
            format!("the versions of {} are not compared", missing.join(", ")),
            "records fewer packages",
        )
        .variant("partial")
        .why("the companions are built against one PyTorch: when a dependency replaces one of them alone, PyTorch still has the right version and the app fails when it loads the other")
        .help(format!("record all of them:\n{example}"));
    }
    if let Some(place) = comparison.unquoted {
        sink.report_at(place, "an operand of the comparison is not quoted", "not quoted")
            .variant("unquoted")
            .why("the right side of `=` is then a pattern, and a `[` takes several lines for several words")
            .help("put both operands in double quotes")
            .fix(quote(&comparison.to_quote));
    }
}

/// Double quotes around the operands. None where one has quotes of its own.
fn quote((document, operands): &(&Document, Vec<Span>)) -> Option<ProposedFix> {
    let mut fix = ProposedFix::safe("put the operands in double quotes");
    for &operand in operands {
        let text = document.slice(operand);
        if text.contains(['"', '\'', '\\', '`', '(']) {
            return None;
        }
        fix = fix.replace(document, operand, format!("\"{text}\""));
    }
    Some(fix)
}

fn example(guard: &TorchGuard) -> String {
    if let [_] = &guard.packages[..] {
        return "    torch_version_pre=\"$(python -c 'import torch; print (torch.__version__)')\" && \\\n    … && \\\n    torch_version_post=\"$(python -c 'import torch; print (torch.__version__)')\" && \\\n    [[ \"$torch_version_pre\" = \"$torch_version_post\" ]] || { echo \"PyTorch version mismatch\"; exit 1; }".to_owned();
    }
    let record = format!("$(uv pip freeze | grep -E '^({})==' | sort)", guard.packages.join("|"));
    format!(
        "    torch_versions_pre=\"{record}\" && \\\n    … && \\\n    torch_versions_post=\"{record}\" && \\\n    [[ \"$torch_versions_pre\" = \"$torch_versions_post\" ]] || {{ echo \"PyTorch version mismatch\"; exit 1; }}"
    )
}

/// Where a script records versions.
fn snapshots_of<'a>(run: &RunScript<'a>, guard: &TorchGuard) -> Vec<Snapshot<'a>> {
    struct Look<'a, 'g> {
        document: &'a Document,
        guard: &'g TorchGuard,
        found: Vec<Snapshot<'a>>,
    }
    impl<'a> Look<'a, '_> {
        fn note(&mut self, holder: &'a str, span: Span, query: &str) {
            if let Some(packages) = recorded_packages(query, &self.guard.packages) {
                let place = Place::new(self.document, span);
                self.found.push(Snapshot { holder, place, offset: offset(self.document, span), packages });
            }
        }
    }
    impl<'a> Visitor<'a> for Look<'a, '_> {
        fn enter_assignment(&mut self, assignment: &'a Assignment, context: Surroundings) {
            if let AssignmentValue::Scalar(value) = &assignment.value
                && !context.in_substitution()
                && runs_something(&value.parts)
            {
                let text = &self.document.text;
                self.note(assignment.name.text(text), assignment.span, value.text(text));
            }
        }

        fn enter_statement(&mut self, statement: &'a Statement, context: Surroundings) {
            if context.in_substitution() {
                return;
            }
            for index in 0..=statement.rest.len() {
                let pipeline = pipeline_at(statement, index);
                if let Some(file) = written_file(pipeline, &self.document.text) {
                    let query = pipeline.span.text(&self.document.text);
                    self.note(file, pipeline.span, query);
                }
            }
        }
    }
    let mut look = Look { document: run.document, guard, found: Vec::new() };
    run.script.walk(&mut look);
    look.found.sort_by_key(|snapshot| snapshot.offset);
    look.found
}

/// The file that the output of a pipeline goes to.
fn written_file<'s>(pipeline: &Pipeline, source: &'s str) -> Option<&'s str> {
    let Command::Simple(last) = pipeline.commands.last()? else { return None };
    last.redirections.iter().find_map(|redirection| match (&redirection.operator, &redirection.target) {
        (RedirectionOperator::Output | RedirectionOperator::Clobber, RedirectionTarget::Word(file))
            if redirection.descriptor.is_none_or(|descriptor| descriptor.text(source) == "1") =>
        {
            let path = file.text(source);
            (path != "/dev/null").then_some(path)
        }
        _ => None,
    })
}

/// The packages whose versions a command prints, as far as its text tells. `None`: it prints none of `PyTorch`.
fn recorded_packages(query: &str, packages: &[String]) -> Option<Vec<usize>> {
    let lists = ["pip list", "pip freeze", "pip3 list", "pip3 freeze", "pip inspect", "conda list"]
        .iter()
        .any(|list| query.contains(list));
    let asks =
        lists || ["__version__", "version(", "pip show", "pip3 show"].iter().any(|ask| query.contains(ask));
    if !asks {
        return None;
    }
    let filters = ["grep", "awk", "sed", "jq"].iter().any(|filter| query.contains(filter));
    if lists && !filters {
        return Some((0..packages.len()).collect());
    }
    let main = packages.first()?;
    // `grep ^torch` lets through whatever starts like that.
    let by_prefix = lists
        && word_ends(query, main).any(|rest| rest.starts_with(['\'', '"', ' ', ')', '.']) || rest.is_empty());
    let has = |package: &String| {
        word_ends(query, package).next().is_some() || (by_prefix && package.starts_with(main.as_str()))
    };
    let found: Vec<usize> = (0..packages.len()).filter(|&index| has(&packages[index])).collect();
    (!found.is_empty()).then_some(found)
}

/// What stands behind a name in a text, wherever it is a word of its own.
fn word_ends<'q>(text: &'q str, name: &'q str) -> impl Iterator<Item = &'q str> {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(name).filter_map(move |(at, _)| {
        let rest = &text[at + name.len()..];
        let alone = !text[..at].ends_with(inner) && !rest.starts_with(inner);
        alone.then_some(rest)
    })
}

/// The comparisons of a script, of what it recorded itself.
fn comparisons_of<'a>(
    run: &RunScript<'a>,
    snapshots: &[Snapshot<'a>],
    guard: &TorchGuard,
) -> Vec<Comparison<'a>> {
    let text: &'a str = &run.document.text;
    let errexit = start_of(run.script, text, Options::default()).options.stops_on_failure();
    let script: &'a Script = run.script;
    let mut found = Vec::new();
    for question in questions(script, text, errexit) {
        let Some((equal_is_true, operands)) = operands(question.command, text) else { continue };
        let names: HashSet<&str> =
            operands.iter().flat_map(|operand| operand.names.iter().copied()).collect();
        let at = offset(run.document, question.span);
        // A record that is made again behind the comparison is another one.
        let compared: Vec<&Snapshot<'a>> = snapshots
            .iter()
            .filter(|snapshot| names.contains(snapshot.holder) && snapshot.offset < at)
            .collect();
        let inline = operands
            .iter()
            .find_map(|operand| operand.query.and_then(|query| recorded_packages(query, &guard.packages)));
        let (Some(first), Some(last)) = (compared.first(), compared.last()) else { continue };
        let second = if first.offset == last.offset { inline } else { Some(last.packages.clone()) };
        let Some(second) = second else { continue };
        let ends = match question.ends {
            Ends::WhenFalse => equal_is_true,
            Ends::WhenTrue => !equal_is_true,
            Ends::Never => false,
            Ends::Unknown => true,
        };
        let unquoted = operands.iter().find(|operand| operand.unquoted);
        found.push(Comparison {
            place: Place::new(run.document, question.span),
            first: first.offset,
            last: if first.offset == last.offset { at } else { last.offset },
            first_place: first.place,
            packages: first.packages.iter().copied().filter(|package| second.contains(package)).collect(),
            ends,
            to_quote: (
                run.document,
                operands.iter().filter(|operand| operand.unquoted).map(|operand| operand.span).collect(),
            ),
            unquoted: unquoted.map(|operand| Place::new(run.document, operand.span)),
        });
    }
    found
}

/// A side of a comparison.
struct Operand<'t> {
    span: Span,
    /// The variables and files in it.
    names: Vec<&'t str>,
    /// A command that stands in it.
    query: Option<&'t str>,
    unquoted: bool,
}

/// The sides of a comparison, and whether it holds when they are equal.
fn operands<'t>(command: &'t Command, source: &'t str) -> Option<(bool, Vec<Operand<'t>>)> {
    let operand = |word: &'t Word| {
        let mut names = Vec::new();
        variables(&word.parts, source, &mut names);
        let unquoted =
            word.parts.iter().any(|part: &WordPart| matches!(part.kind, WordPartKind::Parameter(_)));
        let query = runs_something(&word.parts).then(|| word.text(source));
        Operand { span: word.span, names, query, unquoted }
    };
    let equal = |operator: &str| match operator {
        "=" | "==" | "-eq" => Some(true),
        "!=" | "-ne" => Some(false),
        _ => None,
    };
    match command {
        Command::Compound(compound) => {
            let CompoundKind::Test(test) = &compound.kind else { return None };
            let at = test.tokens.iter().position(
                |token| matches!(token, TestToken::Operator(span) if equal(span.text(source)).is_some()),
            )?;
            let mut is_equal = equal(test.tokens[at].span().text(source))?;
            is_equal ^= test.tokens[..at].iter().any(|token| token.span().text(source) == "!");
            let words = test.tokens.iter().filter_map(|token| match token {
                TestToken::Word(word) => Some(operand(word)),
                TestToken::Operator(_) => None,
            });
            Some((is_equal, words.collect()))
        }
        Command::Simple(simple) => {
            let name = program_name(simple.words.first()?, source)?;
            match name.as_ref() {
                "[" | "test" => {
                    let is_equal = simple.words.iter().find_map(|word| equal(word.text(source)))?;
                    Some((is_equal, simple.words[1..].iter().map(operand).collect()))
                }
                "diff" | "cmp" => {
                    let files = simple.words[1..].iter().map(|word| {
                        let mut file = operand(word);
                        file.unquoted = false;
                        file.names.push(word.text(source));
                        file.names.extend(names_in(word.text(source)));
                        file
                    });
                    Some((true, files.collect()))
                }
                // `python -c "assert …"`
                _ if name.starts_with("python") => {
                    let words: Vec<Operand<'_>> = simple.words[1..]
                        .iter()
                        .map(|word| {
                            let mut code = operand(word);
                            code.unquoted = false;
                            code.query = Some(word.text(source));
                            code
                        })
                        .collect();
                    let asserts = words.iter().any(|word| word.span.text(source).contains("assert"));
                    asserts.then_some((true, words))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The variables in `<(echo "$a")`.
fn names_in(text: &str) -> Vec<&str> {
    if text.starts_with("<(") {
        crate::stages::variables(text).into_iter().map(|(name, _)| name).collect()
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::recorded_packages;

    #[test]
    fn what_is_recorded_is_told_from_the_command() {
        let packages = ["torch", "torchvision", "torchaudio", "torchcodec"].map(str::to_owned);
        for (query, recorded) in [
            ("$(python -c 'import torch; print(torch.__version__)')", &[0][..]),
            (
                "$(pip list --format=freeze | grep -E '^(torch|torchvision|torchaudio|torchcodec)==')",
                &[0, 1, 2, 3],
            ),
            ("$(pip freeze | grep -E '^(torch|torchvision)==')", &[0, 1]),
            ("$(uv pip freeze | grep '^torch')", &[0, 1, 2, 3]),
            ("$(pip freeze)", &[0, 1, 2, 3]),
            ("$(pip freeze | grep ^torch==)", &[0]),
            ("$(pip show torch torchaudio)", &[0, 2]),
        ] {
            assert_eq!(recorded_packages(query, &packages).as_deref(), Some(recorded), "{query}");
        }
        for query in ["$(ls torch)", "$(pip freeze | grep numpy)", "$(python --version)"] {
            assert_eq!(recorded_packages(query, &packages), None, "{query}");
        }
    }
}
