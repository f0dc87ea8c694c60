//! Independent readers of what the formats write.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A workflow command, as GitHub's documentation describes it: `::name key=value,key=value::data`, with `%0A`, `%0D`
/// and `%25` in the data, and `%3A` and `%2C` as well in the values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WorkflowCommand {
    pub(crate) name: String,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) data: String,
}

impl WorkflowCommand {
    pub(crate) fn property(&self, key: &str) -> &str {
        let mut found = self.properties.iter().filter(|(known, _)| known == key);
        let value = found.next().unwrap_or_else(|| panic!("{self:?} lacks {key}"));
        assert!(found.next().is_none(), "{self:?} has {key} twice");
        &value.1
    }
}

/// Reads a log as the runner does: line by line, also where only a carriage return ends one. Every line has to be a
/// command.
pub(crate) fn workflow_commands(log: &str) -> Vec<WorkflowCommand> {
    log.split(['\n', '\r']).filter(|line| !line.is_empty()).map(workflow_command).collect()
}

fn workflow_command(line: &str) -> WorkflowCommand {
    let rest = line.strip_prefix("::").unwrap_or_else(|| panic!("no command: {line:?}"));
    let (head, data) = rest.split_once("::").unwrap_or_else(|| panic!("no end: {line:?}"));
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("no value: {line:?}"));
        let value = value.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        (key.to_owned(), value.replace("%25", "%"))
    });
    WorkflowCommand {
        name: name.to_owned(),
        properties: properties.collect(),
        data: data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%"),
    }
}

/// What a Markdown parser sees in a page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The text of the cells of each table, row by row, the head first.
    pub(crate) tables: Vec<Vec<Vec<String>>>,
    pub(crate) html: Vec<String>,
    pub(crate) links: Vec<String>,
    pub(crate) headings: Vec<String>,
    /// Elements that are none of these, nor a paragraph.
    pub(crate) others: Vec<String>,
}

pub(crate) fn markdown(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading = None;
    for event in Parser::new_ext(text, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(Tag::Table(_)) => page.tables.push(Vec::new()),
            Event::Start(Tag::TableHead | Tag::TableRow) => page.tables.last_mut().unwrap().push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                page.tables.last_mut().unwrap().last_mut().unwrap().push(String::new());
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => page.headings.extend(heading.take()),
            Event::Start(Tag::Link { dest_url, .. }) => page.links.push(dest_url.to_string()),
            Event::Start(Tag::Paragraph | Tag::HtmlBlock) | Event::End(_) | Event::SoftBreak => {}
            Event::Html(html) | Event::InlineHtml(html) => {
                if html.as_ref() == "<br>" {
                    push(&mut page, heading.as_mut(), "\n");
                }
                page.html.push(html.trim().to_owned());
            }
            Event::Text(text) => push(&mut page, heading.as_mut(), &text),
            other => page.others.push(format!("{other:?}")),
        }
    }
    page
}

/// Adds text to the open cell or heading.
fn push(page: &mut Page, heading: Option<&mut String>, text: &str) {
    if let Some(heading) = heading {
        heading.push_str(text);
    } else if let Some(cell) = page.tables.last_mut().and_then(|table| table.last_mut()?.last_mut()) {
        cell.push_str(text);
    }
}
