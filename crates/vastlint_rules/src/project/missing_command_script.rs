//! VL701: see `rules/project/missing-command-script.md`.

use std::collections::{HashMap, HashSet};

use vastlint_model::{Document, ShellRole, Tree};
use vastlint_text::Span;

use crate::on_instance::{Instances, Owner, Started, Written, may_make, nearest, script_name, started};
use crate::{Check, Context, Place, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

/// A command whose script is not there.
pub(crate) struct Missing<'a> {
    pub(crate) started: Started<'a>,
    /// The script that was meant, as far as names tell: one that no conf starts.
    pub(crate) meant: Option<&'a Document>,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    for missing in all_missing(context, &instances) {
        report(&instances, &missing, sink);
    }
}

/// Every command of a conf that starts a script which the instance does not have.
pub(crate) fn all_missing<'a>(context: &Context<'a>, instances: &Instances<'a>) -> Vec<Missing<'a>> {
    let mut all = Vec::new();
    let mut used: HashSet<(Owner, String)> = HashSet::new();
    for document in &context.project.documents {
        let Tree::Supervisor(config) = &document.tree else { continue };
        let owner = instances.owner(document);
        if !instances.is_template(owner) {
            continue;
        }
        for started in started(document, config) {
            let Some(path) = started.words.first().map(|word| word.text.clone()) else { continue };
            if script_name(&path, instances.layout).is_some() && !path.contains("%(") {
                used.insert((owner, path));
                all.push((owner, started));
            }
        }
    }
    let mut written: HashMap<Owner, Vec<Written>> = HashMap::new();
    let mut scripts: HashMap<Owner, Vec<&Document>> = HashMap::new();
    let mut missing = Vec::new();
    for (owner, started) in all {
        let path = &started.words[0].text;
        let chain = instances.chain(owner);
        if instances.has(&chain, path) || !instances.is_known(&chain) {
            continue;
        }
        let made = chain.iter().any(|&owner| {
            let written = written.entry(owner).or_insert_with(|| instances.written(owner));
            may_make(written, path)
        });
        if made {
            continue;
        }
        // Scripts of the same owner that no conf starts.
        let free = scripts.entry(owner).or_insert_with(|| {
            let is_free = |script: &&Document| {
                let path = script.instance_path.as_deref().unwrap_or_default();
                !used.contains(&(owner, path.to_owned()))
            };
            supervisor_scripts(instances, owner).into_iter().filter(is_free).collect()
        });
        let name = path.rsplit('/').next().unwrap_or(path);
        let program = started.section.instance_name().unwrap_or_default();
        let by_name =
            |name: &str| nearest(name, free.iter().map(|script| (stem(script.file_name()), *script)));
        let meant = by_name(stem(name)).or_else(|| by_name(program));
        missing.push(Missing { started, meant });
    }
    missing
}

pub(crate) fn stem(name: &str) -> &str {
    name.strip_suffix(".sh").unwrap_or(name)
}

/// The supervisor scripts that an owner brings itself.
pub(crate) fn supervisor_scripts<'a>(instances: &Instances<'a>, owner: Owner) -> Vec<&'a Document> {
    let documents = instances.documents_of(owner).into_iter();
    documents
        .filter(|document| document.shell_role() == Some(ShellRole::SupervisorScript))
        .filter(|document| document.instance_path.is_some())
        .collect()
}

fn report(instances: &Instances<'_>, missing: &Missing<'_>, sink: &mut Sink<'_>) {
    let started = &missing.started;
    let path = &started.words[0].text;
    let program = started.section.instance_name().unwrap_or_default();
    let by_script = matches!(instances.owner(started.document), Owner::Script(_));
    let (seen, verb) = if by_script {
        ("neither this script nor the base image has it", "written")
    } else {
        ("no overlay of this image or of its parents ships this file", "shipped")
    };
    let finding = sink.report(
        started.document,
        started.span(0),
        format!("the program `{program}` starts `{path}`, which does not exist"),
        seen,
    );
    finding.why("the program goes to FATAL at boot, and its tab in the portal leads nowhere");
    let Some(meant) = missing.meant else {
        finding.help(if by_script {
            format!("write the script to `{path}` before supervisor is told of the conf")
        } else {
            format!("add it to the image's overlay: `ROOT{path}`")
        });
        return;
    };
    let at = meant.instance_path.as_deref().unwrap_or_default();
    finding
        .related(Place::new(meant, first_words(meant)), format!("this one is {verb}, and no conf starts it"))
        .help(format!("write `command={at}`, or rename the script to `{}`", file_name(path)))
        // Where the script has the program's name, there is nothing to choose.
        .fix((stem(meant.file_name()) == program).then(|| {
            ProposedFix::safe(format!("write `command={at}`")).replace(started.document, started.span(0), at)
        }));
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What stands for a document as a whole: the header of a conf, else its first line. A comment above a header is not what
/// the finding is known by.
pub(crate) fn first_words(document: &Document) -> Span {
    let header = match &document.tree {
        Tree::Supervisor(conf) => conf.sections.first().map(|section| section.header_span),
        _ => None,
    };
    document.first_line(header.unwrap_or_else(|| Span::new(0, document.text.len() as u32)))
}
