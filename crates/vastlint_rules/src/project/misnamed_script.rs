//! VL710: see `rules/project/misnamed-script.md`.

use vastlint_model::{Document, ShellRole};
use vastlint_syntax::shell::Script;

use super::missing_command_script::first_words;
use crate::on_instance::matches;
use crate::{Check, Context, Sink};

/// The check.
pub const CHECK: Check = Check::Shell(check);

fn check(context: &Context<'_>, document: &Document, script: &Script, sink: &mut Sink<'_>) {
    let named = matches!(
        document.shell_role(),
        Some(
            ShellRole::SupervisorScript | ShellRole::ProvisioningScript | ShellRole::ImageProvisioningScript
        )
    );
    let name = document.file_name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let layout = &context.contract.layout;
    let excepted = layout.kebab_exceptions.iter().any(|pattern| matches(pattern, name));
    if !named || !document.is_file() || is_kebab(stem) || excepted {
        return;
    }
    let better = stem.to_ascii_lowercase().replace(['_', ' '], "-");
    sink.report(
        document,
        script.shebang.unwrap_or_else(|| first_words(document)),
        format!("`{name}` is not named in lower-case words with hyphens"),
        "this file's name",
    )
    .why("names that differ only in case, underscores and hyphens are mistaken for each other in confs, URLs and portals")
    .help(format!("call it `{better}.sh`, and what refers to it, too"));
}

/// Lower-case words and numbers with hyphens between them; a version may have its dots.
pub(crate) fn is_kebab(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|character| {
                character == '.'
                    || character.is_ascii_digit()
                    || (character.is_alphanumeric() && character.is_lowercase())
            })
    };
    name.split('-').all(word)
}
