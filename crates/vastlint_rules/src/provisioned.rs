//! What a provisioning script puts on the instance, and what it does with it: the files that it writes and the
//! commands that it runs, on one time line.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, DocumentId, Kind, Origin, Project, ShellRole, Tree};
use vastlint_syntax::shell::Word;
use vastlint_text::Span;

use crate::Place;
use crate::flow::{State, joined, runs};
use crate::values::{Assignments, Values, functions, programs};

/// A provisioning script with the programs that it writes.
pub(crate) struct Provisioning<'p> {
    /// The script itself.
    pub(crate) document: &'p Document,
    /// The supervisor scripts that it writes, in source order.
    pub(crate) scripts: Vec<Written<'p>>,
    /// The confs that it writes, in source order.
    pub(crate) confs: Vec<Written<'p>>,
    project: &'p Project,
}

/// A file that a provisioning script writes.
#[derive(Clone, Copy)]
pub(crate) struct Written<'p> {
    /// The file.
    pub(crate) document: &'p Document,
    /// Where it stands on the instance.
    pub(crate) path: &'p str,
    moment: Moment<'p>,
}

/// A command that a provisioning script runs.
pub(crate) struct Deed<'p> {
    /// The words of what it runs, behind `sudo` and the like; `None` where a word is not known.
    pub(crate) words: Vec<Option<String>>,
    /// The folder it runs in, if that is known.
    pub(crate) directory: Option<String>,
    moment: Moment<'p>,
}

/// Where in the text of a provisioning script something happens.
#[derive(Clone, Copy)]
struct Moment<'p> {
    document: &'p Document,
    span: Span,
    /// It stands in a function, and so happens who knows when.
    in_function: bool,
}

impl<'p> Moment<'p> {
    fn place(self) -> Place<'p> {
        Place::new(self.document, self.document.first_line(self.span))
    }

    /// Where it stands in the file on disk.
    fn position(self) -> u32 {
        self.document.map.to_host(self.span).start
    }

    /// Whether it certainly happens before the other: not where one of them stands in a function.
    fn is_before(self, other: Self) -> bool {
        !self.in_function && !other.in_function && self.position() < other.position()
    }
}

impl<'p> Written<'p> {
    /// The command that writes it.
    pub(crate) fn place(self) -> Place<'p> {
        self.moment.place()
    }

    /// The document and the command in it that write it.
    pub(crate) fn site(self) -> (&'p Document, Span) {
        (self.moment.document, self.moment.span)
    }

    /// Whether it is certainly written before another file.
    pub(crate) fn is_before(self, other: Self) -> bool {
        self.moment.is_before(other.moment)
    }
}

impl<'p> Deed<'p> {
    /// The command.
    pub(crate) fn place(&self) -> Place<'p> {
        self.moment.place()
    }

    /// The document that holds the command, and its place in it.
    pub(crate) fn site(&self) -> (&'p Document, Span) {
        (self.moment.document, self.moment.span)
    }

    /// Whether it stands in a function, and so happens who knows when.
    pub(crate) fn is_in_function(&self) -> bool {
        self.moment.in_function
    }

    /// Whether it certainly happens before a file is written.
    pub(crate) fn is_before(&self, written: Written<'_>) -> bool {
        !self.moment.in_function
            && !written.moment.in_function
            && self.moment.position() < written.moment.position()
    }

    /// Whether it certainly happens before another deed.
    pub(crate) fn is_before_deed(&self, other: &Deed<'_>) -> bool {
        !self.moment.in_function
            && !other.moment.in_function
            && self.moment.position() < other.moment.position()
    }

    /// The program, where it is known: `chmod` of `/bin/chmod`.
    pub(crate) fn program(&self) -> Option<&str> {
        let program = self.words.first()?.as_deref()?;
        Some(program.rsplit('/').next().unwrap_or(program))
    }

    /// Whether an argument is the path of a file, seen from where the command runs.
    pub(crate) fn names(&self, path: &str) -> bool {
        let arguments = self.words.iter().skip(1).flatten();
        arguments.into_iter().any(|word| joined(self.directory.as_deref(), word).as_deref() == Some(path))
    }
}

/// Every provisioning script of the repository that writes supervisor scripts or confs: templates of their own and
/// the helpers of single images.
pub(crate) fn provisionings(project: &Project) -> impl Iterator<Item = Provisioning<'_>> {
    project
        .documents
        .iter()
        .filter(|document| document.is_file() && is_provisioning(document))
        .map(|document| Provisioning::of(project, document))
        .filter(|provisioning| !provisioning.scripts.is_empty() || !provisioning.confs.is_empty())
}

fn is_provisioning(document: &Document) -> bool {
    matches!(document.shell_role(), Some(ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript))
}

impl<'p> Provisioning<'p> {
    fn of(project: &'p Project, document: &'p Document) -> Self {
        let embedded = project.embedded_deep(document.id);
        // The functions of each script that writes: looked for once.
        let mut bodies: HashMap<DocumentId, Vec<Span>> = HashMap::new();
        let mut of_kind = |kind: Kind| {
            let written = embedded.iter().filter(|document| document.kind == kind);
            written.filter_map(|document| written_file(project, document, &mut bodies)).collect()
        };
        Self {
            document,
            scripts: of_kind(Kind::Shell(ShellRole::SupervisorScript)),
            confs: of_kind(Kind::SupervisorConf),
            project,
        }
    }

    /// The commands that the script runs, in source order: its own, and those that it hands to another shell.
    pub(crate) fn deeds(&self) -> Vec<Deed<'p>> {
        let mut deeds = deeds_of(self.document);
        for inner in self.project.embedded_deep(self.document.id) {
            // What it hands to `bash -c` has its role; what it writes has another.
            if is_provisioning(inner) {
                deeds.extend(deeds_of(inner));
            }
        }
        deeds.sort_by_key(|deed| deed.moment.position());
        deeds
    }
}

fn written_file<'p>(
    project: &'p Project,
    document: &'p Document,
    bodies: &mut HashMap<DocumentId, Vec<Span>>,
) -> Option<Written<'p>> {
    let path = document.instance_path.as_deref()?;
    let Origin::Embedded { host, place } = document.origin else { return None };
    let bodies = bodies.entry(host).or_insert_with(|| match &project.document(host).tree {
        Tree::Shell(script) => functions(script).into_iter().map(|(_, body)| body).collect(),
        _ => Vec::new(),
    });
    let in_function = bodies.iter().any(|body| body.contains_span(place));
    let moment = Moment { document: project.document(host), span: place, in_function };
    Some(Written { document, path, moment })
}

fn deeds_of(document: &Document) -> Vec<Deed<'_>> {
    let Tree::Shell(script) = &document.tree else { return Vec::new() };
    let source = &document.text;
    let assignments = Assignments::of(script, source);
    // Variables of the instance stay as they are written: the same name is the same place.
    let outside = |name: &str| Some(format!("${{{name}}}"));
    let values = Values { source, assignments: &assignments, outside: &outside };
    let functions: HashSet<&str> = functions(script).into_iter().map(|(name, _)| name.text(source)).collect();
    let known = |word: &Word| values.word(word);
    let mut deeds = Vec::new();
    for run in runs(script, &values, State::default()) {
        for words in programs(run.command, source) {
            // `retry chmod +x app.sh` with a function of the script does what it is given, too.
            let wrapped = words.first().is_some_and(|first| functions.contains(first.text(source)));
            for words in [Some(words), words.get(1..).filter(|_| wrapped)].into_iter().flatten() {
                deeds.push(Deed {
                    words: words.iter().map(known).collect(),
                    directory: run.state.directory.clone(),
                    moment: Moment { document, span: run.command.span, in_function: run.in_function },
                });
            }
        }
    }
    deeds
}
