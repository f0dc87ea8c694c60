//! VL316: see `rules/supervisor/command-not-a-supervisor-script.md`.

use vastlint_model::{Document, Tree};
use vastlint_syntax::supervisor::{Config, SectionKind};

use crate::contract::Layout;
use crate::on_instance::{Instances, conf_stem, script_name, started};
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    for document in &context.project.documents {
        let Tree::Supervisor(config) = &document.tree else { continue };
        if conf_stem(document, instances.layout).is_some() && instances.is_template(instances.owner(document))
        {
            check_conf(instances.layout, document, config, sink);
        }
    }
}

fn check_conf(layout: &Layout, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    for command in started(document, config) {
        let program = command.section.instance_name().unwrap_or_default();
        let Some((first, rest)) = command.words.split_first() else { continue };
        // A command that supervisord cannot split, or whose path only it knows.
        if command.section.kind() != SectionKind::Program || first.text.contains("%(") {
            continue;
        }
        let is_script =
            |path: &str| script_name(path, layout).and_then(|name| name.strip_suffix(".sh")).is_some();
        let wanted = format!("command={}/{program}.sh", layout.script_folder);
        if !is_script(&first.text) {
            let inside = rest.iter().find(|word| is_script(&word.text));
            let (seen, help) = match inside {
                Some(script) => (
                    "stands before the script",
                    format!("write `command={}`; the script is executable and names its shell", script.text),
                ),
                None => (
                    "no script of that folder",
                    format!("move the command into a script and write `{wanted}`"),
                ),
            };
            sink.report(
                document,
                command.span(0),
                format!("the program `{program}` starts `{}`, not a script of `{}`", first.text, layout.script_folder),
                seen,
            )
            .why("only such a script sources the utilities: without them there is no log in the portal, no instance environment, and nobody can switch the program off")
            .help(help);
        } else if !rest.is_empty() {
            sink.report(
                document,
                command.span(1),
                format!("the program `{program}` hands arguments to its script"),
                "no argument is expected",
            )
            .why("what the program is started with is looked for in the script; here it is overlooked, and a second copy of the program cannot share it")
            .help(format!("write `command={}` and put the arguments into the script", first.text));
        }
    }
}
