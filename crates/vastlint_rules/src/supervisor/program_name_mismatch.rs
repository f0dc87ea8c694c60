//! VL315: see `rules/supervisor/program-name-mismatch.md`.

use std::collections::HashSet;

use vastlint_diagnostic::Applicability;
use vastlint_model::{Document, DocumentId, Tree};
use vastlint_syntax::supervisor::{Config, Section};
use vastlint_text::Span;

use crate::on_instance::{Instances, Owner, Started, conf_stem, is_embedded, script_name, started};
use crate::project::missing_command_script::all_missing;
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    // A command that was meant for another script is reported for that, and no name is to be told from it.
    let wrong: HashSet<(DocumentId, u32)> = all_missing(context, &instances)
        .iter()
        .map(|missing| (missing.started.document.id, missing.started.key.span.start))
        .collect();
    for document in &context.project.documents {
        let Tree::Supervisor(config) = &document.tree else { continue };
        let Some(stem) = conf_stem(document, instances.layout) else { continue };
        let owner = instances.owner(document);
        if instances.is_template(owner) {
            let sound = |started: &Started<'_>| !wrong.contains(&(document.id, started.key.span.start));
            let commands = started(document, config).into_iter().filter(sound).collect();
            check_conf(&Conf { document, config, stem, owner, commands }, &instances, sink);
        }
    }
}

struct Conf<'a> {
    document: &'a Document,
    config: &'a Config,
    /// The file's name without its suffix.
    stem: &'a str,
    owner: Owner,
    commands: Vec<Started<'a>>,
}

fn check_conf(conf: &Conf<'_>, instances: &Instances<'_>, sink: &mut Sink<'_>) {
    let sections: Vec<(&Section, &str)> =
        conf.config.sections.iter().filter_map(|section| Some((section, section.program_name()?))).collect();
    // Of several programs, one can have the file's name.
    let named = sections.iter().any(|(_, name)| *name == conf.stem);
    let mut seen = HashSet::new();
    for (index, (section, name)) in sections.iter().enumerate() {
        if !seen.insert(*name) || name.contains("%(") {
            continue;
        }
        let command = conf.commands.iter().find(|command| std::ptr::eq(command.section, *section));
        let script = command.and_then(|command| {
            let path = &command.words.first()?.text;
            script_name(path, instances.layout)?.strip_suffix(".sh").filter(|stem| !stem.contains("%("))
        });
        let file_differs = !named && index == 0;
        match script {
            Some(script) if script != *name => {
                script_differs(conf, section, name, command, script, file_differs, sink);
            }
            _ if file_differs => file_name_differs(conf, section, name, script, sink),
            _ => {}
        }
    }
}

/// What the names are for.
const WHY: &str = "the program's log, `supervisorctl` and the portal go by the program's name: whoever looks for one of the three by \
                   the name of another does not find it";

fn script_differs(
    conf: &Conf<'_>,
    section: &Section,
    name: &str,
    command: Option<&Started<'_>>,
    script: &str,
    file_differs: bool,
    sink: &mut Sink<'_>,
) {
    // Two of three agree: the third is the odd one.
    let program_is_odd = script == conf.stem;
    let message = if program_is_odd {
        format!("the program `{name}` stands in `{0}.conf` and starts `{0}.sh`", conf.stem)
    } else {
        format!("the program `{name}` starts `{script}.sh`")
    };
    let (span, seen) = match command {
        Some(command) if !program_is_odd => (command.span(0), "a script of another name"),
        _ => (section.name_span, "another name"),
    };
    let help = if program_is_odd {
        format!("write `[program:{script}]`")
    } else if file_differs {
        format!("give all three one name: `{name}.conf`, `[program:{name}]`, `{name}.sh`")
    } else {
        format!("rename the script to `{name}.sh` and start that")
    };
    let finding = sink.report(conf.document, span, message, seen);
    finding.why(WHY).help(help);
    if program_is_odd {
        finding.fix(rename_program(conf, section, name, script));
    }
}

/// Whoever calls the program by its old name has to learn the new one.
fn rename_program(conf: &Conf<'_>, section: &Section, name: &str, script: &str) -> Option<ProposedFix> {
    let is_taken = conf.config.sections.iter().any(|other| other.program_name() == Some(script));
    let start = section.name_span.end.checked_sub(name.len() as u32)?;
    let span = Span::new(start, section.name_span.end);
    (!is_taken && conf.document.slice(span) == name).then(|| {
        ProposedFix::new(Applicability::Unsafe, format!("write `[program:{script}]`")).replace(
            conf.document,
            span,
            script,
        )
    })
}

fn file_name_differs(
    conf: &Conf<'_>,
    section: &Section,
    name: &str,
    script: Option<&str>,
    sink: &mut Sink<'_>,
) {
    let message = format!("the program `{name}` stands in `{}.conf`", conf.stem);
    let written = is_embedded(conf.document) || matches!(conf.owner, Owner::Script(_));
    let verb = if written { "write the conf to" } else { "rename the file to" };
    let help = match script {
        Some(_) => format!("{verb} `{name}.conf`"),
        None => format!("{verb} `{name}.conf`, or the program to `[program:{}]`", conf.stem),
    };
    sink.report(conf.document, section.name_span, message, "the file has another name").why(WHY).help(help);
}
