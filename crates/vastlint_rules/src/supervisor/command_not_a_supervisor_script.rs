//! VL316: see `rules/supervisor/command-not-a-supervisor-script.md`.

use vastlint_model::{Document, Tree};
use vastlint_syntax::supervisor::{Config, SectionKind};
use vastlint_text::Span;

use crate::on_instance::{Instances, Started, conf_stem, script_name, started};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Project(check);

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let instances = Instances::of(context);
    for document in &context.project.documents {
        let Tree::Supervisor(config) = &document.tree else { continue };
        if conf_stem(document, instances.layout).is_some() && instances.is_template(instances.owner(document))
        {
            check_conf(context, &instances, document, config, sink);
        }
    }
}

fn check_conf(
    context: &Context<'_>,
    instances: &Instances<'_>,
    document: &Document,
    config: &Config,
    sink: &mut Sink<'_>,
) {
    let layout = instances.layout;
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
            .help(help)
            .fix(start_script(context, instances, &command));
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

/// bash that is handed the program's own script and nothing else. The script has to be one that starts bash itself.
fn start_script(
    context: &Context<'_>,
    instances: &Instances<'_>,
    command: &Started<'_>,
) -> Option<ProposedFix> {
    let [shell, script] = &command.words[..] else { return None };
    let program = command.section.instance_name()?;
    let owner = instances.owner(command.document);
    let is_bash = matches!(&*shell.text, "bash" | "/bin/bash" | "/usr/bin/bash");
    let name = script_name(&script.text, instances.layout).and_then(|name| name.strip_suffix(".sh"));
    let starts_bash = |document: &Document| {
        let Tree::Shell(tree) = &document.tree else { return false };
        document.is_file()
            && instances.owner(document) == owner
            && context.project.files[document.file.index()].executable
            && tree.shebang.is_some_and(|shebang| document.slice(shebang).trim_end().ends_with("bash"))
    };
    let is_ready = context.project.at_instance_path(&script.text).any(starts_bash);
    if !is_bash || name != Some(program) || !is_ready {
        return None;
    }
    let before = Span::new(command.span(0).start, command.span(1).start);
    let message = format!("write `command={}`", script.text);
    Some(ProposedFix::safe(message).delete(command.document, before))
}
