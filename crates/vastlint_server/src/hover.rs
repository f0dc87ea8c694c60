//! What the conventions say about what stands at a place.

use std::fmt::Write as _;

use vastlint_model::{Document, Kind, ShellRole, Tree};
use vastlint_rules::lookup::{label_finds, name_matches, portal_labels, utility_at};
use vastlint_rules::{Contract, Rule, Setting, find};
use vastlint_syntax::dockerfile::InstructionKind;
use vastlint_text::Span;

use crate::definition::entry_at;
use crate::place::{Knowledge, Place, Target, nearest, yaml_place};
use crate::publish::page;

/// What is to be said about a place, as Markdown, and the bytes of the file that it is about.
pub(crate) struct Hover {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Says what it knows of a place, and which part of the file that is about.
type Finder = fn(&Place<'_>) -> Option<(String, Target)>;

/// What the conventions say about a byte of a file.
pub(crate) fn hover(knowledge: Knowledge<'_>, path: &str, byte: u32) -> Option<Hover> {
    let finders: [Finder; 7] =
        [rule_in_comment, conf_key, utility, portal_entry, in_dockerfile, in_workflow, variable];
    let places = knowledge.places(path, byte);
    let found = places.iter().find_map(|place| finders.iter().find_map(|find| find(place)))?;
    Some(Hover { text: found.0, span: found.1.span })
}

/// The pages of rules, each once.
pub(crate) fn rules(rules: impl Iterator<Item = &'static Rule>) -> Option<String> {
    let mut shown: Vec<&Rule> = Vec::new();
    for rule in rules {
        if shown.iter().all(|known| known.id != rule.id) {
            shown.push(rule);
        }
    }
    let pages: Vec<String> = shown.into_iter().map(rule_page).collect();
    (!pages.is_empty()).then(|| pages.join("\n\n---\n\n"))
}

/// The page of a rule.
pub(crate) fn rule_page(rule: &Rule) -> String {
    let body = rule.body.trim_start();
    let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
    let body = if first.starts_with("# ") { rest.trim_start() } else { body };
    let mut text = format!("**{} `{}`**: {}\n\n{body}", rule.id.code, rule.id.name, rule.summary);
    if let Some(page) = page(rule.id) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n\n[{}]({})", rule.id.name, page.as_str());
    }
    text
}

/// A rule that a comment names, so that a suppression tells what it suppresses.
fn rule_in_comment(place: &Place<'_>) -> Option<(String, Target)> {
    let start = vastlint_rules::line_start(&place.document.text, place.offset);
    let line = place.document.text[start as usize..].lines().next().unwrap_or_default();
    if !line.contains("vastlint:") {
        return None;
    }
    let (word, span) = place.dotted_word();
    Some((rule_page(find(word)?), place.target(span)))
}

fn conf_key(place: &Place<'_>) -> Option<(String, Target)> {
    let Tree::Supervisor(config) = &place.document.tree else { return None };
    let section = config.sections.iter().find(|section| place.is_at(section.span))?;
    section.program_name()?;
    let key = section.keys.iter().find(|key| place.is_at(key.span))?;
    Some((key_text(place.contract, &key.name), place.target(key.span)))
}

/// What the contract says about a key of a program.
pub(crate) fn key_text(contract: &Contract, name: &str) -> String {
    let conf = &contract.conf;
    let mut text = format!("**`{name}`** ");
    match conf.order.iter().position(|known| known == name) {
        Some(at) => {
            let _ = write!(text, "is key {} of {} in the conf of a program", at + 1, conf.order.len());
            if let Some(before) = at.checked_sub(1).and_then(|before| conf.order.get(before)) {
                let _ = write!(text, ", below `{before}`");
            }
        }
        None if conf.extra.iter().any(|known| known == name) => {
            text.push_str("is no key of the documented conf, but one that a program may need");
        }
        None if conf.known.iter().any(|known| known == name) => {
            text.push_str("is known to supervisord, and no key of the documented conf");
        }
        None => text.push_str("is not known to supervisord, which ignores it"),
    }
    text.push_str(".\n");
    if let Some(setting) = conf.settings.get(name) {
        text.push_str(&setting_text(setting));
    }
    match name {
        "command" => {
            let folder = &contract.layout.script_folder;
            let _ = write!(text, "\n- the script of the program, by its full path: `{folder}/<name>.sh`");
        }
        "environment" => {
            text.push_str(
                "\n- write `PROC_NAME=\"%(program_name)s\"`: the utilities name the log by it and look the program up in the portal",
            );
        }
        _ => {}
    }
    text
}

fn setting_text(setting: &Setting) -> String {
    let mut text = format!("\n- write `{}`", setting.value);
    let listed =
        |values: &[String]| values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    if !setting.accepts.is_empty() {
        let _ = write!(text, "; {} is right, too", listed(&setting.accepts));
    }
    if !setting.tolerates.is_empty() {
        let _ = write!(text, "; {} is no fault, but differs from the documents", listed(&setting.tolerates));
    }
    let _ = write!(text, "\n- without the key supervisord takes `{}`", setting.default);
    let _ = write!(text, "\n- with another value {}", setting.consequence);
    text
}

fn utility(place: &Place<'_>) -> Option<(String, Target)> {
    let utilities = &place.contract.script.utilities;
    let (file, span) = utility_at(place.document, utilities, place.offset)?;
    Some((utility_text(place.contract, &file), place.target(span)))
}

/// What the contract says about a utility.
pub(crate) fn utility_text(contract: &Contract, file: &str) -> String {
    let utilities = &contract.script.utilities;
    let mut text = format!("**`{file}`** ");
    if let Some(at) = utilities.order.iter().position(|known| known == file) {
        let _ = write!(text, "is utility {} of {}", at + 1, utilities.order.len());
        let names: Vec<String> = utilities.order.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "; they are sourced in the order {}.", names.join(", "));
    } else {
        let directory = &utilities.directory;
        let _ = writeln!(text, "is no utility that the conventions know; those in `{directory}` are.");
    }
    let is_in = |list: &[String]| list.iter().any(|known| known == file);
    let mut say = |what: &str| {
        let _ = write!(text, "\n- {what}");
    };
    if is_in(&utilities.logging) {
        say("without it the program has no log");
    }
    if is_in(&utilities.common) {
        say("every program sources it");
    }
    if file == utilities.environment {
        say("it exports the variables of the instance: what stands above it runs without them");
    }
    if is_in(&utilities.exits) {
        say(
            "it ends a program that is not wanted on this instance; an application sources one such utility or more",
        );
    }
    if file == utilities.portal {
        say("its argument is the label of the program's tab: without a tab of that label the program ends");
    }
    if is_in(&utilities.with_argument) && file != utilities.portal {
        say("it takes an argument");
    }
    text
}

fn portal_entry(place: &Place<'_>) -> Option<(String, Target)> {
    let entry = entry_at(place)?;
    let portal = &place.contract.portal;
    let field = |index: usize| entry.fields.get(index).map_or("", |span| span.text(&place.document.text));
    let mut text = String::from("**A tab of the Instance Portal**: `host:port:port:path:label`\n");
    for (index, name, note) in [
        (0, "host", format!("always `{}`", portal.host)),
        (1, "first port", "the proxy listens on it".to_owned()),
        (2, "second port", format!("the application listens on it: {} higher", portal.offset)),
        (3, "path", "where the tab opens".to_owned()),
        (4, "label", "scripts look their program up by it, and people read it".to_owned()),
    ] {
        let _ = write!(text, "\n- {name} `{}`: {note}", field(index));
    }
    let _ = write!(text, "\n\nA list begins with `{}`.", portal.first_entry);
    let is_script = |document: &&Document| document.shell_role() == Some(ShellRole::SupervisorScript);
    let finds = |document: &&Document| {
        let labels = portal_labels(document, &place.contract.script);
        labels.iter().any(|(label, _)| label_finds(label, field(4)))
    };
    let scripts = place.project.documents.iter().filter(is_script).filter(finds).collect();
    let scripts = nearest(place, scripts, |document| document);
    if !scripts.is_empty() {
        let names: Vec<String> = scripts.iter().map(|script| format!("`{}`", script.file_name())).collect();
        let _ = write!(text, " This tab is looked up by {}.", names.join(", "));
    }
    Some((text, place.target(entry.span)))
}

fn in_dockerfile(place: &Place<'_>) -> Option<(String, Target)> {
    let Tree::Dockerfile(tree) = &place.document.tree else { return None };
    let source = &*place.document.text;
    let instruction = tree.instructions.iter().find(|instruction| place.is_at(instruction.span))?;
    match &instruction.kind {
        InstructionKind::Label(pairs) => {
            let pair = pairs.iter().find(|pair| place.is_at(pair.span))?;
            let key = pair.key.literal(source);
            let label = place.contract.dockerfile.labels.iter().find(|label| label.key == key)?;
            let text = format!("**`{key}`** is a label of every image; write `{}`.", label.example);
            Some((text, place.target(pair.span)))
        }
        InstructionKind::Env(pairs) | InstructionKind::Arg(pairs) => {
            let pair = pairs.iter().find(|pair| place.is_at(pair.key.span))?;
            let key = pair.key.literal(source);
            let variables = &place.contract.external.environment;
            let variable = variables.iter().find(|variable| variable.name == key)?;
            let need = if variable.required { "needs" } else { "should have" };
            let text = format!(
                "**`{key}`**: an external image {need} `ENV {key}={}`; without it {}.",
                variable.value, variable.why
            );
            Some((text, place.target(pair.key.span)))
        }
        _ => None,
    }
}

fn in_workflow(place: &Place<'_>) -> Option<(String, Target)> {
    if place.document.kind != Kind::Workflow {
        return None;
    }
    let workflow = &place.contract.workflow;
    if let Some((yaml, here)) = yaml_place(place) {
        let span = yaml.span(here.node);
        let said = match (&here.keys[..], here.is_key) {
            (["jobs", name], true) => job_text(place.contract, name),
            (["jobs", _, "needs"], false) => {
                yaml.text(here.node).and_then(|name| job_text(place.contract, name))
            }
            (["on", "workflow_dispatch", "inputs", name], true) => input_text(place.contract, name),
            (["env", name], true) => {
                let known = |names: &[String]| names.iter().any(|known| known == name);
                let variable = workflow.environment.iter().find(|variable| known(&variable.names));
                variable.map(|variable| {
                    let (example, consequence) = (&variable.example, &variable.consequence);
                    format!("**`{name}`** is a variable of every build workflow: `{example}`.\n\n- without it {consequence}")
                })
            }
            _ => None,
        };
        if let Some(text) = said {
            return Some((text, place.target(span)));
        }
    }
    let (word, span) = place.dotted_word();
    let name = word.strip_prefix("secrets.")?;
    let secrets = &workflow.secrets;
    let is_in = |list: &[String]| list.iter().any(|known| known == name);
    let what = if is_in(&secrets.required) {
        "nothing can be built without it"
    } else if is_in(&secrets.optional) {
        "it may be left out"
    } else if is_in(&secrets.given) {
        "GitHub gives it by itself"
    } else {
        return None;
    };
    Some((format!("**`{name}`** is a secret of the build workflows: {what}."), place.target(span)))
}

/// What the contract says about a job of a build workflow.
pub(crate) fn job_text(contract: &Contract, name: &str) -> Option<String> {
    let workflow = &contract.workflow;
    let pipeline: Vec<String> = workflow.jobs.pipeline.iter().map(|job| format!("`{job}`")).collect();
    let pipeline = pipeline.join(", ");
    let mut text = if let Some(at) = workflow.jobs.pipeline.iter().position(|job| job == name) {
        format!("**`{name}`** is job {} of a build workflow: {pipeline}.\n", at + 1)
    } else if workflow.jobs.extra.iter().any(|job| job == name) {
        format!("**`{name}`** is a job that may stand among those of a build workflow: {pipeline}.\n")
    } else {
        return None;
    };
    if workflow.preflight.job == name {
        let decision = &workflow.preflight.decision;
        let _ = write!(text, "\n- it decides whether to build; its output `{decision}` says so");
    }
    if workflow.build.gated.iter().any(|job| job == name) {
        let preflight = &workflow.preflight;
        let _ = write!(
            text,
            "\n- it runs only if `needs.{}.outputs.{} == 'true'`",
            preflight.job, preflight.decision
        );
    }
    for steps in workflow.steps.iter().filter(|steps| steps.job == name) {
        let names: Vec<String> = steps.steps.iter().map(|step| format!("*{}*", step.name)).collect();
        let _ = write!(text, "\n- its steps: {}", names.join(", "));
    }
    Some(text)
}

/// What the contract says about an input of a build workflow.
pub(crate) fn input_text(contract: &Contract, name: &str) -> Option<String> {
    let inputs = &contract.workflow.inputs;
    let input = inputs.iter().find(|input| input.names.iter().any(|known| name_matches(known, name)))?;
    let mut text = format!("**`{name}`**: {}\n", input.purpose);
    let _ = write!(text, "\n- `required: {}`", input.required);
    if let Some(kind) = &input.kind {
        let _ = write!(text, "\n- `type: {kind}`");
    }
    if let Some(default) = &input.default {
        let _ = write!(text, "\n- `default: {default}`");
    }
    if let Some(variable) = &input.default_from {
        let _ = write!(text, "\n- its default is the value of `env.{variable}`");
    }
    if input.without_default {
        text.push_str("\n- it has no default");
    }
    Some(text)
}

/// Variables that the conventions speak of, wherever they stand.
fn variable(place: &Place<'_>) -> Option<(String, Target)> {
    let (word, span) = place.word_of_name();
    let matrix = &place.contract.workflow.matrix_id;
    let text = if word == matrix.variable {
        let filters: Vec<String> = matrix.filters.iter().map(|filter| format!("`{filter}`")).collect();
        let jobs: Vec<String> = matrix.jobs.iter().map(|job| format!("`{job}`")).collect();
        let key = &place.contract.workflow.build.matrix_key;
        format!(
            "**`{word}`** tells the entries of the build matrix apart in names of files and artifacts: the value of the matrix, through {}.\n\n- derived in the job {}\n- write `{word}=$(echo \"${{{{ matrix.{key} }}}}\" | {})`",
            filters.join(" and "),
            jobs.join(" or "),
            matrix.filters.join(" | "),
        )
    } else if word == "PORTAL_CONFIG" {
        let portal = &place.contract.portal;
        format!(
            "**`PORTAL_CONFIG`** lists the tabs of the Instance Portal: `host:port:port:path:label`, separated by `|`.\n\n- it begins with `{}`\n- the second port is {} higher than the first",
            portal.first_entry, portal.offset
        )
    } else if let Some(value) = place.contract.shell.directory_values.get(word) {
        format!("**`{word}`** is `{value}` on an instance, unless the renter says otherwise.")
    } else {
        return None;
    };
    Some((text, place.target(span)))
}
