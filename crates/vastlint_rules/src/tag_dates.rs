//! The dates that go into the tags of images.

use vastlint_syntax::shell::SimpleCommand;

use crate::workflow_values::{Flow, Origins, StepScript};

/// A command that gives the day.
pub(crate) struct Date<'f, 'a> {
    pub(crate) script: &'f StepScript<'a>,
    pub(crate) command: &'a SimpleCommand,
    /// Its format, with the `+`.
    pub(crate) format: String,
}

/// The `date` commands that give a day to a value, in a form that is written out. `date +%s` gives an age, no day.
pub(crate) fn dates<'f, 'a>(flow: &'f Flow<'a>, origins: &Origins) -> Vec<Date<'f, 'a>> {
    let mut dates: Vec<Date<'f, 'a>> = Vec::new();
    for (script, command) in flow.commands(origins) {
        let source = &*script.document.text;
        if command.name(source).as_deref() != Some("date") {
            continue;
        }
        let formats = command.arguments().iter().filter_map(|word| word.literal(source));
        let format = formats.into_iter().find(|word| word.starts_with('+'));
        let Some(format) = format.filter(|format| is_day(format)) else { continue };
        if dates.iter().all(|date| !std::ptr::eq(date.command, command)) {
            dates.push(Date { script, command, format: format.into_owned() });
        }
    }
    dates.sort_by_key(|date| (date.script.job, date.command.span.start));
    dates
}

fn is_day(format: &str) -> bool {
    ["%Y", "%y", "%m", "%d", "%F", "%D", "%j", "%b"].iter().any(|field| format.contains(field))
}
