//! What the steps of a workflow build: which folder with which Dockerfile, and what they hand to it.

use vastlint_model::{Document, Project, Tree};
use vastlint_syntax::shell::{SimpleCommand, Word};
use vastlint_syntax::yaml::{Entry, NodeId, Yaml, scalar_text};
use vastlint_text::{MappedText, Span};

use crate::contract::BuildAction;
use crate::flow::{State, Venv, joined, runs};
use crate::values::{Assignments, Values};
use crate::workflows::{Step, jobs, script_of, steps};

/// What the root of the repository is called on the runner.
const ROOT: &str = "$GITHUB_WORKSPACE";

/// The build of an image.
#[derive(Clone, Debug)]
pub(crate) struct Build<'p> {
    /// Where it stands: the script of a step, or the workflow.
    pub(crate) document: &'p Document,
    /// What starts it: the words of the program, or `uses`.
    pub(crate) span: Span,
    /// The folder that it builds, relative to the root of the repository. `None` where the files do not tell.
    pub(crate) context: Option<String>,
    /// What names the folder.
    pub(crate) context_span: Span,
    /// The path of its Dockerfile, relative to the root. `None` where the files do not tell.
    pub(crate) dockerfile: Option<String>,
    /// The build arguments.
    pub(crate) arguments: Vec<Handed>,
    /// The named contexts; the value is the folder, relative to the root.
    pub(crate) contexts: Vec<Handed>,
    /// Whether these are all arguments and contexts.
    pub(crate) is_complete: bool,
    /// Whether steps before it may lay out other files than those of the repository.
    pub(crate) makes_files: bool,
}

/// A name that is handed to a build.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) name: String,
    /// The name.
    pub(crate) span: Span,
    /// What it stands for, where that is known and asked for.
    pub(crate) value: Option<String>,
}

/// The builds of a workflow, in order of the text. Jobs that check out another repository, or this one into another
/// folder, are left out.
pub(crate) fn builds<'p>(
    project: &'p Project,
    document: &'p Document,
    yaml: &'p Yaml,
    actions: &[BuildAction],
) -> Vec<Build<'p>> {
    let mut found = Vec::new();
    for job in jobs(yaml).map_or(&[][..], |(_, jobs)| jobs) {
        let mut reader =
            Reader { project, document, yaml, actions, entry: *job, makes_files: false, found: Vec::new() };
        let is_here = steps(yaml, job.value).iter().all(|step| reader.step(step));
        if is_here {
            found.append(&mut reader.found);
        }
    }
    found
}

struct Reader<'p, 'c> {
    project: &'p Project,
    document: &'p Document,
    yaml: &'p Yaml,
    actions: &'c [BuildAction],
    entry: Entry,
    makes_files: bool,
    found: Vec<Build<'p>>,
}

impl<'p> Reader<'p, '_> {
    /// Takes up a step. False where it lays another repository under the steps behind it.
    fn step(&mut self, step: &Step<'p>) -> bool {
        let yaml = self.yaml;
        if let Some(uses) = step.uses {
            let with = yaml.get(step.node, "with");
            let input = |name: &str| with.and_then(|with| yaml.get(with, name));
            if uses.name.starts_with("actions/checkout@")
                && (input("path").is_some() || input("repository").is_some())
            {
                return false;
            }
            self.makes_files |= uses.name.starts_with("actions/download-artifact@");
            let name = uses.name.split('@').next().unwrap_or_default();
            if let Some(action) = self.actions.iter().find(|action| action.uses == name) {
                self.by_action(uses.span, with, action);
            }
        } else if let Some(script) = script_of(self.project, self.document, yaml, step)
            && let Tree::Shell(_) = script.tree
        {
            self.by_script(script, step);
        } else {
            self.makes_files |= step.run.is_some();
        }
        true
    }

    /// A variable of the environment that the workflow declares with a plain text.
    fn variable(&self, step: &Step<'_>, name: &str) -> Option<String> {
        if name == "GITHUB_WORKSPACE" {
            return Some(ROOT.to_owned());
        }
        let yaml = self.yaml;
        [Some(step.node), Some(self.entry.value), yaml.root()]
            .into_iter()
            .flatten()
            .filter_map(|owner| yaml.path(owner, &["env", name]))
            .find_map(|value| yaml.text(value).map(str::to_owned))
            .filter(|value| !value.contains("${{"))
    }

    /// The folder that a script starts in.
    fn start(&self, step: &Step<'_>) -> Option<String> {
        let yaml = self.yaml;
        let default = |owner: NodeId| yaml.path(owner, &["defaults", "run", "working-directory"]);
        let folder = yaml
            .get(step.node, "working-directory")
            .or_else(|| default(self.entry.value))
            .or_else(|| yaml.root().and_then(default));
        match folder {
            None => Some(ROOT.to_owned()),
            Some(folder) => {
                let text = yaml.text(folder)?;
                let text = text.replace("${{ github.workspace }}", ROOT);
                if text.contains("${{") { None } else { joined(Some(ROOT), &text) }
            }
        }
    }

    fn by_script(&mut self, script: &'p Document, step: &Step<'p>) {
        let Tree::Shell(tree) = &script.tree else { return };
        let source = &*script.text;
        let assignments = Assignments::of(tree, source);
        let mut found = Vec::new();
        let mut makes_files = self.makes_files;
        {
            let outside = |name: &str| self.variable(step, name);
            let values = Values { source, assignments: &assignments, outside: &outside };
            let start = State { directory: self.start(step), venv: Venv::None };
            for run in runs(tree, &values, start) {
                makes_files |= makes_files_somewhere(run.command, run.words, source);
                let Some(skip) = build_words(run.words, source) else { continue };
                let directory = run.state.directory.as_deref();
                let command = read_command(&run.words[skip..], source, &values);
                let span = run.words[0].span.cover(run.words[skip - 1].span);
                let inside = |path: &str| in_repository(directory, path);
                let context = command.context.as_ref().and_then(|(path, _)| inside(path.as_deref()?));
                let dockerfile = match &command.file {
                    Some((file, _)) => file.as_deref().and_then(inside),
                    None => context.as_deref().map(|context| below(context, "Dockerfile")),
                };
                let mut contexts = command.contexts;
                for named in &mut contexts {
                    named.value = named.value.as_deref().and_then(inside);
                }
                found.push(Build {
                    document: script,
                    span,

                    context,
                    context_span: command.context.map_or(span, |(_, span)| span),
                    dockerfile,
                    arguments: command.arguments,
                    contexts,
                    is_complete: command.is_complete,
                    makes_files,
                });
            }
        }
        self.makes_files = makes_files;
        self.found.append(&mut found);
    }

    fn by_action(&mut self, uses: Span, with: Option<NodeId>, action: &BuildAction) {
        let yaml = self.yaml;
        let input = |name: &str| with.and_then(|with| yaml.get(with, name));
        let known = |node: NodeId| yaml.text(node).filter(|text| !text.contains("${{"));
        let context = input(&action.context);
        let path = match context {
            Some(context) => known(context),
            None => Some("."),
        };
        let folder = path.and_then(|path| in_repository(Some(ROOT), path.trim()));
        let dockerfile = match input(&action.dockerfile) {
            None => folder.as_deref().map(|folder| below(folder, "Dockerfile")),
            Some(file) if action.dockerfile_in_context => folder
                .as_deref()
                .zip(known(file))
                .and_then(|(folder, file)| in_repository(Some(&format!("{ROOT}/{folder}")), file.trim())),
            Some(file) => known(file).and_then(|file| in_repository(Some(ROOT), file.trim())),
        };
        let mut is_complete = true;
        let arguments =
            input(&action.arguments).map_or(Vec::new(), |node| self.lines(node, &mut is_complete));
        let mut contexts =
            input(&action.contexts).map_or(Vec::new(), |node| self.lines(node, &mut is_complete));
        for named in &mut contexts {
            named.value = named.value.as_deref().and_then(|value| in_repository(Some(ROOT), value));
        }
        self.found.push(Build {
            document: self.document,
            span: uses,

            context: folder,
            context_span: context.map_or(uses, |context| yaml.span(context)),
            dockerfile,
            arguments,
            contexts,
            is_complete,
            makes_files: self.makes_files,
        });
    }

    /// `NAME=value`, one a line.
    fn lines(&self, node: NodeId, is_complete: &mut bool) -> Vec<Handed> {
        let Some(node) = self.yaml.resolve(node) else { return Vec::new() };
        let (text, map) = MappedText::into_parts(scalar_text(&self.document.text, self.yaml, node));
        let mut found = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            let content = line.trim();
            if let Some((name, value)) = content.split_once('=').filter(|(name, _)| is_name(name)) {
                let at = start + indent;
                let value = (!value.contains("${{")).then(|| value.to_owned());
                let span = map.to_host(Span::from_range(at..at + name.len()));
                found.push(Handed { name: name.to_owned(), span, value });
            } else {
                *is_complete &= content.is_empty() || content.starts_with('#');
            }
            start += line.len();
        }
        found
    }
}

/// A path as one relative to the root of the repository; `None` where it lies elsewhere, or is not known.
fn in_repository(directory: Option<&str>, path: &str) -> Option<String> {
    if path.contains("://") || path.starts_with("git@") || path == "-" || path.contains("{{") {
        return None;
    }
    let whole = joined(directory, path)?;
    match whole.strip_prefix(ROOT)? {
        "" => Some(String::new()),
        rest => rest.strip_prefix('/').map(str::to_owned),
    }
}

fn below(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// How many words say that an image is built: `docker build`, `docker buildx build`, `docker image build`.
fn build_words(words: &[Word], source: &str) -> Option<usize> {
    let text = |index: usize| words.get(index).map(|word: &Word| word.text(source));
    if text(0)? != "docker" {
        return None;
    }
    match (text(1)?, text(2)) {
        ("build", _) => Some(2),
        ("buildx" | "image" | "builder", Some("build" | "b")) => Some(3),
        _ => None,
    }
}

/// Whether a command may lay out files that are not in the repository.
fn makes_files_somewhere(command: &SimpleCommand, words: &[Word], source: &str) -> bool {
    let name = words.first().map(|word| word.text(source)).unwrap_or_default();
    let first = words.get(1).map(|word| word.text(source)).unwrap_or_default();
    let writes_dockerfile = command.redirections.iter().any(|redirection| {
        matches!(&redirection.target, vastlint_syntax::shell::RedirectionTarget::Word(word)
            if word.text(source).contains("Dockerfile"))
    });
    writes_dockerfile
        || matches!(name, "tar" | "unzip" | "cp" | "mv" | "rsync" | "ln" | "install")
        || (name == "git" && matches!(first, "clone" | "checkout" | "submodule" | "worktree"))
        || (name == "gh" && first == "repo")
        || (matches!(name, "sed" | "tee" | "curl" | "wget")
            && words.iter().any(|word| word.text(source).contains("Dockerfile")))
}

/// The words of a build command, sorted.
struct BuildCommand {
    context: Option<(Option<String>, Span)>,
    file: Option<(Option<String>, Span)>,
    arguments: Vec<Handed>,
    contexts: Vec<Handed>,
    is_complete: bool,
}

/// Options of the command that have no value.
const SWITCHES: [&str; 14] = [
    "--push",
    "--load",
    "--pull",
    "--no-cache",
    "--quiet",
    "-q",
    "--check",
    "--debug",
    "-D",
    "--rm",
    "--force-rm",
    "--squash",
    "--compress",
    "--disable-content-trust",
];

fn read_command(words: &[Word], source: &str, values: &Values<'_>) -> BuildCommand {
    let mut command = BuildCommand {
        context: None,
        file: None,
        arguments: Vec::new(),
        contexts: Vec::new(),
        is_complete: true,
    };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let text = word.text(source);
        if !text.starts_with('-') {
            // What expands to options, or to nothing, is no context; what is quoted and no list is one.
            let expands = matches!(text.as_bytes(), [b'$', ..]) && !text.starts_with("${{");
            let is_list = text.contains("[@]") || text.contains("[*]");
            if expands && values.word(word).is_none() || is_list {
                command.is_complete = false;
            } else {
                command.context = Some((values.word(word), word.span));
            }
            continue;
        }
        if text == "-" || SWITCHES.contains(&text) {
            continue;
        }
        let (option, value) = match text.split_once('=') {
            Some((option, _)) if option.starts_with("--") => {
                (option, Some(Value::Behind(word, option.len() + 1)))
            }
            _ => (text, rest.next().map(Value::Next)),
        };
        let Some(value) = value else { break };
        match option {
            "-f" | "--file" => command.file = Some(value.resolved(values)),
            "--build-arg" => command.hand(&value, source, values, false),
            "--build-context" => command.hand(&value, source, values, true),
            _ => {}
        }
    }
    command
}

/// The value of an option: the next word, or what stands behind `=`.
enum Value<'w> {
    Next(&'w Word),
    Behind(&'w Word, usize),
}

impl Value<'_> {
    /// What the value stands for, and where it stands.
    fn resolved(&self, values: &Values<'_>) -> (Option<String>, Span) {
        match *self {
            Self::Next(word) => (values.word(word), word.span),
            Self::Behind(word, skip) => {
                let value = values.word(word).and_then(|text| text.get(skip..).map(str::to_owned));
                (value, Span::new((word.span.start + skip as u32).min(word.span.end), word.span.end))
            }
        }
    }
}

impl BuildCommand {
    /// Takes up `NAME=value`. A value alone is no use without its name.
    fn hand(&mut self, value: &Value<'_>, source: &str, values: &Values<'_>, wants_value: bool) {
        let (resolved, span) = value.resolved(values);
        let written = span.text(source);
        let quotes = written.len() - written.trim_start_matches(['"', '\'']).len();
        let length = written[quotes..]
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            .count();
        let name = &written[quotes..quotes + length];
        // `--build-arg NAME` hands on the variable of the shell.
        let behind = written[quotes + length..].trim_start_matches(['"', '\'']);
        if !is_name(name) || !(behind.is_empty() || behind.starts_with('=')) {
            self.is_complete = false;
            return;
        }
        let start = span.start + quotes as u32;
        let value =
            resolved.as_deref().and_then(|text| text.split_once('=')).map(|(_, value)| value.to_owned());
        let handed = Handed { name: name.to_owned(), span: Span::new(start, start + length as u32), value };
        if wants_value { self.contexts.push(handed) } else { self.arguments.push(handed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(source: &str) -> (Option<String>, Option<String>, Vec<String>, Vec<String>, bool) {
        let options = vastlint_syntax::shell::ParseOptions { github_expressions: true };
        let script = vastlint_syntax::shell::parse_with(source, options);
        let assignments = Assignments::of(&script, source);
        let outside = |name: &str| (name == "GITHUB_WORKSPACE").then(|| ROOT.to_owned());
        let values = Values { source, assignments: &assignments, outside: &outside };
        let commands = script.simple_commands();
        let words = commands.last().map_or(&[][..], |command| &command.words);
        let skip = build_words(words, source).expect("it builds");
        let read = read_command(&words[skip..], source, &values);
        let named = |handed: Vec<Handed>| {
            handed
                .into_iter()
                .map(|one| one.value.map_or(one.name.clone(), |value| format!("{}={value}", one.name)))
                .collect()
        };
        (
            read.context.and_then(|(path, _)| path),
            read.file.and_then(|(path, _)| path),
            named(read.arguments),
            named(read.contexts),
            read.is_complete,
        )
    }

    #[test]
    fn build_commands_are_read() {
        let (context, file, arguments, contexts, complete) = command(
            "docker buildx build --platform \"$p\" --build-arg A=${{ matrix.a }} --build-arg \"B=$b\" --build-arg=C=1 \\
              --build-context base_image_source=../.. --build-context=x=\"$GITHUB_WORKSPACE/y\" -f Dockerfile.base \\
              -t ${{ env.FULL_IMAGE }} . --push",
        );
        assert_eq!(context.as_deref(), Some("."));
        assert_eq!(file.as_deref(), Some("Dockerfile.base"));
        assert_eq!(arguments, ["A", "B", "C=1"]);
        assert_eq!(contexts, ["base_image_source=../..", "x=$GITHUB_WORKSPACE/y"]);
        assert!(complete);
    }

    #[test]
    fn what_expands_is_not_known() {
        let (context, _, _, _, complete) = command("docker build ${TAGS} \"${flags[@]}\" \"$DIR\"");
        assert_eq!(context, None);
        assert!(!complete);
        assert_eq!(command("D=a/b; docker build \"$D\"").0.as_deref(), Some("a/b"));
    }

    #[test]
    fn paths_are_followed_to_the_root() {
        for (directory, path, expected) in [
            (ROOT, ".", Some("")),
            (ROOT, "external/a/", Some("external/a")),
            ("$GITHUB_WORKSPACE/external/a", "../..", Some("")),
            ("$GITHUB_WORKSPACE/external/a", "$GITHUB_WORKSPACE", Some("")),
            ("$GITHUB_WORKSPACE/external/a", "../../..", None),
            (ROOT, "https://example.com/a.git", None),
            (ROOT, "/tmp/a", None),
        ] {
            assert_eq!(in_repository(Some(directory), path).as_deref(), expected, "{directory} {path}");
        }
    }
}
