//! VL303: see `rules/supervisor/not-one-program.md`.

use vastlint_model::Document;
use vastlint_syntax::supervisor::{Config, SectionKind};
use vastlint_text::Span;

use super::conf::{is_program_conf, programs};
use crate::{Check, Context, Place, Sink};

/// The check.
pub const CHECK: Check = Check::Supervisor(check);

fn check(_: &Context<'_>, document: &Document, config: &Config, sink: &mut Sink<'_>) {
    if !is_program_conf(document) || document.text.trim().is_empty() {
        return;
    }
    let file = document.file_name();
    let programs = programs(config);
    let Some(((first, section, _), others)) = programs.split_first() else {
        let whole = Span::new(0, document.text.len() as u32);
        let span =
            config.sections.first().map_or_else(|| document.first_line(whole), |section| section.header_span);
        if !span.is_empty() {
            sink.report(document, span, format!("`{file}` configures no program"), "no `[program:x]`")
                .why("supervisord includes the file and starts nothing because of it: the application never runs")
                .help("write `[program:my-app]`, with the name of the script, above the keys");
        }
        return;
    };
    for (name, other, _) in others {
        sink.report(
            document,
            other.header_span,
            format!("`{file}` configures a second program, `{name}`"),
            format!("belongs in `{name}.conf`"),
        )
        .related(Place::new(document, section.header_span), format!("`{first}` is the first"))
        .why("programs are looked for, switched off and replaced by the name of their file: this one is not found")
        .help(format!("move `[program:{name}]` into a file `{name}.conf`"));
    }
    for other in &config.sections {
        // Sections that supervisord does not know are another fault.
        if matches!(other.kind(), SectionKind::Program | SectionKind::Unknown) {
            continue;
        }
        sink.report(
            document,
            other.header_span,
            format!("`{file}` has a section `[{}]` beside the program `{first}`", other.name),
            "belongs elsewhere",
        )
        .related(Place::new(document, section.header_span), "the program")
        .why("what concerns all programs, or another one, is found by nobody in the conf of this one")
        .help(
            "leave `[program:x]` alone in its file; what concerns supervisord stands in `supervisord.conf`",
        );
    }
}
