//! VL625: see `rules/workflow/undashed-tag-date.md`.

use std::collections::HashSet;

use vastlint_model::Document;
use vastlint_syntax::shell::{SimpleCommand, Word};
use vastlint_syntax::yaml::Yaml;
use vastlint_text::Span;

use crate::tag_dates::{Date, dates};
use crate::{Check, Context, ProposedFix, Sink};

/// The check.
pub const CHECK: Check = Check::Workflow(check);

fn check(context: &Context<'_>, document: &Document, _yaml: &Yaml, sink: &mut Sink<'_>) {
    let Some(_build) = context.build(document) else { return };
    let contract = &context.contract.workflow;
    let Some(flow) = context.flow(document) else { return };
    let mut seen = HashSet::new();
    for derived in flow.references(&contract.image) {
        for Date { script, command, format } in dates(flow, &derived.origins) {
            let written = format.trim_start_matches('+').replace("%F", "%Y-%m-%d");
            let is_documented = written.contains(&contract.tag.date_format);
            if is_documented || !seen.insert((script.document.id, command.span.start)) {
                continue;
            }
            sink.report(
                script.document,
                command.span,
                format!("the date in the tag is written as `{format}`"),
                format!("must be `+{}`", contract.tag.date_format),
            )
            .why("tags are sorted, compared and cleaned up by their date as text; another form is taken for something else")
            .help(format!("write `date -u +{}`", contract.tag.date_format))
            .fix(dashed(script.document, command, &contract.tag.date_format));
        }
    }
}

/// The date in the documented form, where all of year, month and day stand there and nothing between them but a
/// separator.
fn dashed(document: &Document, command: &SimpleCommand, documented: &str) -> Option<ProposedFix> {
    let source = &*document.text;
    let is_format = |word: &&Word| word.literal(source).is_some_and(|text| text.starts_with('+'));
    let word = command.arguments().iter().find(is_format)?;
    let written = word.text(source);
    let fields: Vec<(usize, char)> = written
        .match_indices('%')
        .filter_map(|(at, _)| Some((at, written[at + 1..].chars().next()?)))
        .collect();
    let is_date = |field: char| matches!(field, 'Y' | 'y' | 'm' | 'd' | 'D' | 'b' | 'j' | 'F');
    let of_date: Vec<(usize, char)> = fields.into_iter().filter(|(_, field)| is_date(*field)).collect();
    let mut letters: Vec<char> = of_date.iter().map(|(_, field)| field.to_ascii_lowercase()).collect();
    letters.sort_unstable();
    let is_whole = letters == ['d', 'm', 'y'] && !of_date.iter().any(|(_, field)| *field == 'D')
        || matches!(of_date[..], [(_, 'D')]);
    let (first, last) = (of_date.first()?.0, of_date.last()?.0 + 2);
    // Nothing but single separators stands between the fields.
    let between =
        written[first..last].replace("%Y", "").replace("%y", "").replace("%m", "").replace("%d", "");
    let is_tight = between.replace("%D", "").chars().all(|c| matches!(c, '.' | '-' | '/' | '_'));
    if !is_whole || !is_tight {
        return None;
    }
    let span = Span::new(word.span.start + first as u32, word.span.start + last as u32);
    let whole = format!("{}{documented}{}", &written[..first], &written[last..]);
    let fix = ProposedFix::safe(format!("write `{}`", whole.trim_matches(['"', '\''])));
    Some(fix.replace(document, span, documented))
}
