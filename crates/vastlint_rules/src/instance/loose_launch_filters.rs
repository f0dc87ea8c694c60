//! VL801: see `rules/instance/loose-launch-filters.md`.

use vastlint_model::Document;
use vastlint_syntax::yaml::{Entry, NodeId, Yaml};

use crate::contract::LaunchTemplates;
use crate::{Check, Context, Place, ProposedFix, Sink, indentation};

/// The check.
pub const CHECK: Check = Check::LaunchTemplate(check);

fn check(context: &Context<'_>, document: &Document, yaml: &Yaml, sink: &mut Sink<'_>) {
    let contract = &context.contract.instance.template;
    let Some(root) = yaml.root().filter(|&root| yaml.is_mapping(root)) else { return };
    let filters = yaml.entry(root, "extra_filters");
    // Filters as a text (JSON, or made elsewhere) are not read.
    if filters.is_some_and(|filters| !yaml.is_mapping(filters.value) && !yaml.is_null(filters.value)) {
        return;
    }
    let reader = Reader { document, yaml, contract, filters };
    reader.required_floors(root, sink);
    reader.memory(sink);
    reader.disk(root, sink);
}

struct Reader<'a> {
    document: &'a Document,
    yaml: &'a Yaml,
    contract: &'a LaunchTemplates,
    filters: Option<Entry>,
}

impl Reader<'_> {
    fn filter(&self, name: &str) -> Option<Entry> {
        self.yaml.entry(self.filters?.value, name)
    }

    /// The number below which a filter lets nothing through.
    fn floor(&self, filter: NodeId) -> Option<f64> {
        let operators = self.contract.floor_operators.iter();
        operators
            .filter_map(|operator| self.yaml.get(filter, operator))
            .find_map(|value| self.yaml.as_f64(value))
    }

    fn required_floors(&self, root: NodeId, sink: &mut Sink<'_>) {
        for name in &self.contract.required_floors {
            let filter = self.filter(name);
            if filter.is_some_and(|filter| self.floor(filter.value).is_some()) {
                continue;
            }
            let key = filter.or(self.filters).or_else(|| self.yaml.entries(root).first().copied());
            let Some(key) = key else { continue };
            let seen = match (filter, self.filters) {
                (Some(_), _) => "has no number as its floor",
                (None, Some(_)) => "does not filter for it",
                (None, None) => "the template has no `extra_filters`",
            };
            sink.report(
                self.document,
                self.yaml.span(key.key),
                format!("the template has no numeric floor of `{name}`"),
                seen,
            )
            .why("it may be launched on a card that the image's kernels were not built for, and fails there")
            .help(format!("write under `extra_filters`:\n  {name}:\n    gte: 750"));
        }
    }

    fn memory(&self, sink: &mut Sink<'_>) {
        for name in &self.contract.misnamed_memory_filters {
            let Some(filter) = self.filter(name) else { continue };
            let known = self.contract.memory_filters.join("` or `");
            sink.report(
                self.document,
                self.yaml.span(filter.key),
                format!("no offer has a field `{name}`"),
                "filters nothing",
            )
            .why("the filter is ignored, and the template is launched on cards that are too small")
            .help(format!("write `{known}`, in MB"));
        }
        for name in &self.contract.memory_filters {
            let Some(filter) = self.filter(name) else { continue };
            for bound in self.yaml.entries(filter.value) {
                self.memory_bound(name, *bound, sink);
            }
        }
    }

    fn memory_bound(&self, name: &str, bound: Entry, sink: &mut Sink<'_>) {
        let Some(text) = self.yaml.text(bound.value) else { return };
        let span = self.yaml.span(bound.value);
        let (message, seen) = match self.yaml.as_f64(bound.value) {
            None => (format!("`{name}` is compared with `{text}`, which is no number"), "no number"),
            Some(number) if number < self.contract.least_memory && number > 0.0 => {
                (format!("`{name}` is in MB, and `{text}` MB is next to nothing"), "meant in GB?")
            }
            Some(_) => return,
        };
        sink.report(self.document, span, message, seen)
            .why("the filter lets every card through, or none")
            .help("write the memory in MB as a plain number: `16384` for 16 GB");
    }

    /// A QA template that recommends a disk also has to find offers with one.
    fn disk(&self, root: NodeId, sink: &mut Sink<'_>) {
        let folder = self.document.path.rsplit('/').nth(1).unwrap_or_default();
        if !folder.ends_with(&self.contract.qa_suffix) {
            return;
        }
        let Some(wanted) = self.yaml.entry(root, "recommended_disk_space") else { return };
        let Some(gigabytes) = self.yaml.as_f64(wanted.value) else { return };
        let filter = self.filter("disk_space");
        let floor = filter.map(|filter| self.floor(filter.value));
        let message = match floor {
            Some(Some(floor)) if floor >= gigabytes => return,
            Some(Some(floor)) => format!("the template wants {gigabytes} GB of disk and filters for {floor}"),
            Some(None) => format!("the template wants {gigabytes} GB of disk and has no numeric floor of it"),
            None => format!("the template wants {gigabytes} GB of disk and does not filter for it"),
        };
        let finding = sink.report(self.document, self.yaml.span(wanted.value), message, "asked for here");
        finding
            .variant("disk")
            .why("the gate rents a machine whose disk is too small, and the test fails for a reason that is not the image's")
            .help(format!("write under `extra_filters`:\n  disk_space:\n    gte: {gigabytes}"))
            .fix(self.filter_for_disk(gigabytes, filter));
        if let Some(filter) = filter {
            finding.related(Place::new(self.document, self.yaml.span(filter.key)), "filtered for here");
        }
    }

    /// The disk that is recommended as the floor of the filter.
    fn filter_for_disk(&self, gigabytes: f64, filter: Option<Entry>) -> Option<ProposedFix> {
        let text = &self.document.text;
        let size = gigabytes.to_string();
        let operator = self.contract.floor_operators.first()?;
        let fix = |what: &str| ProposedFix::safe(format!("{what} `disk_space` of at least {size}"));
        if let Some(filter) = filter {
            let floor = self.yaml.get(filter.value, operator)?;
            self.yaml.as_f64(floor)?;
            return Some(fix("filter for a").replace(self.document, self.yaml.span(floor), size));
        }
        // Above the first of the other filters, written as it is.
        let first = *self.yaml.entries(self.filters?.value).first()?;
        let inner = *self.yaml.entries(first.value).first()?;
        let (blanks, deeper) = (
            indentation(text, self.yaml.span(first.key).start),
            indentation(text, self.yaml.span(inner.key).start),
        );
        let is_block = deeper.len() > blanks.len()
            && !blanks.is_empty()
            && text[..self.yaml.span(first.key).start as usize].ends_with(blanks)
            && text[..self.yaml.span(inner.key).start as usize].ends_with(deeper);
        let lines = format!("{blanks}disk_space:\n{deeper}{operator}: {size}");
        is_block.then(|| {
            fix("filter for a").insert_lines_above(self.document, self.yaml.span(first.key).start, &lines)
        })
    }
}
