//! The rules, their catalogue and the contract they hold a repository against.
//!
//! A rule is a page in `rules/<area>/<name>.md` (front matter: code, severities, conventions; body: what people read
//! and tests execute) and a module `<area>::<name>` here that exports `CHECK`. The catalogue is generated from the
//! pages; a page without its module does not compile.

mod asked_variables;
mod build_workflow;
mod callees;
mod command_edits;
mod contract;
mod cron;
mod edition;
mod environments;
mod evidence;
mod expressions;
mod external;
mod facts;
mod fix;
mod flow;
mod glob;
mod image_builds;
mod instruction_edits;
mod listening;
mod matrix_id;
mod names;
mod on_instance;
mod packages;
mod portals;
mod provisioned;
mod questions;
mod quoting;
mod script_lines;
mod sink;
mod stages;
mod step_writes;
mod strict_mode;
mod strict_mode_fix;
mod strict_mode_risk;
mod supervised;
mod tag_dates;
mod utilities;
mod values;
mod variables;
mod venvs;
mod workflow_values;
mod workflows;
mod yaml_edits;

pub mod dockerfile;
pub mod instance;
pub mod lookup;
pub mod portal;
pub mod project;
pub mod python;
pub mod shell;
pub mod supervisor;
pub mod workflow;

pub use contract::*;
pub use edition::{Edition, ParseEditionError};
pub use evidence::evident_edition;
pub use facts::Facts;
pub use fix::{DocumentEdit, ProposedFix, full_lines, indentation, line_start};
pub use names::nearest;
pub use sink::{Finding, Place, Sink};

use vastlint_diagnostic::{Applicability, Level, RuleId};
use vastlint_model::{Document, Project};
use vastlint_syntax::dockerfile::Dockerfile;
use vastlint_syntax::shell::Script;
use vastlint_syntax::supervisor::Config;
use vastlint_syntax::yaml::Yaml;

/// A rule: its page and its check.
#[derive(Debug)]
pub struct Rule {
    /// Code and name.
    pub id: RuleId,
    /// The folder of its page and module.
    pub area: &'static str,
    /// The rule in one line.
    pub summary: &'static str,
    /// Its level in each edition, in the order of [`Edition::ALL`].
    pub levels: [Level; Edition::ALL.len()],
    /// Why these levels, in one line.
    pub reason: &'static str,
    /// Cases that are graver or lighter than the rest.
    pub variants: &'static [Variant],
    /// What it looks at, in words.
    pub kinds: &'static [&'static str],
    /// Rows of the convention inventory that it enforces.
    pub conventions: &'static [&'static str],
    /// Sections of the source documents that state it.
    pub source: &'static [&'static str],
    /// How its findings can be mended by a program: of each kind there is at least one; none: not at all.
    pub fixes: &'static [Applicability],
    /// Where what it finds endangers whoever runs or rents the image: how much, from 0.1 to 10.0, as GitHub's code
    /// scanning grades it (from 9.0 critical, 7.0 high, 4.0 medium, below low).
    pub security_severity: Option<&'static str>,
    /// The page's Markdown.
    pub body: &'static str,
    /// What runs.
    pub check: Check,
}

/// A case of a rule with a level of its own.
#[derive(Debug)]
pub struct Variant {
    /// The case, in kebab case.
    pub name: &'static str,
    /// Its level in each edition, in the order of [`Edition::ALL`].
    pub levels: [Level; Edition::ALL.len()],
    /// Why it differs, in one line.
    pub reason: &'static str,
}

/// What a check may ask besides its own document.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The whole repository.
    pub project: &'a Project,
    /// What many rules ask about its scripts.
    pub facts: &'a Facts<'a>,
    /// The conventions' values.
    pub contract: &'a Contract,
}

/// A check, by the subject it looks at. Embedded documents are documents: no check asks where one came from.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Raised by the engine itself.
    Engine,
    /// Every document of any kind.
    Document(fn(&Context<'_>, &Document, &mut Sink<'_>)),
    /// Every Dockerfile.
    Dockerfile(fn(&Context<'_>, &Document, &Dockerfile, &mut Sink<'_>)),
    /// Every shell document, files and embedded ones.
    Shell(fn(&Context<'_>, &Document, &Script, &mut Sink<'_>)),
    /// Every supervisor conf, files and embedded ones.
    Supervisor(fn(&Context<'_>, &Document, &Config, &mut Sink<'_>)),
    /// Every launch template.
    LaunchTemplate(fn(&Context<'_>, &Document, &Yaml, &mut Sink<'_>)),
    /// Every workflow.
    Workflow(fn(&Context<'_>, &Document, &Yaml, &mut Sink<'_>)),
    /// The repository, once.
    Project(fn(&Context<'_>, &mut Sink<'_>)),
}

mod generated {
    include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
}

/// Every rule, by code.
#[must_use]
pub fn catalogue() -> &'static [Rule] {
    generated::RULES
}

/// The rule of a code or a name, ASCII case ignored.
#[must_use]
pub fn find(name_or_code: &str) -> Option<&'static Rule> {
    catalogue().iter().find(|rule| {
        rule.id.name.eq_ignore_ascii_case(name_or_code) || rule.id.code.eq_ignore_ascii_case(name_or_code)
    })
}

/// The documentation site.
pub const DOCUMENTATION: &str = "https://vastlint.github.io/vastlint/";

/// The page of a rule on the documentation site.
#[must_use]
pub fn rule_url(rule: RuleId) -> String {
    format!("{DOCUMENTATION}rules/{}/", rule.name)
}

impl Rule {
    /// The same as [`Rule::text`], with the examples without what tells the tests about them.
    #[must_use]
    pub fn page(&self) -> String {
        let text = self.text();
        let mut page = String::with_capacity(text.len());
        for line in text.trim_end().lines() {
            let opens = line.starts_with("```");
            page.push_str(if opens { line.split_once(' ').map_or(line, |(fence, _)| fence) } else { line });
            page.push('\n');
        }
        page
    }

    /// The page's Markdown for people: a line above each `fixed` block says whose work it is.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.body.len() + 64);
        for line in self.body.split_inclusive('\n') {
            let mut words = line.split_whitespace();
            if words.next().is_some_and(|fence| fence.starts_with("```")) && words.next() == Some("fixed") {
                text.push_str(match self.fixes {
                    [Applicability::Unsafe] => "`vastlint --fix --unsafe-fixes` makes of it:\n\n",
                    _ => "`vastlint --fix` makes of it:\n\n",
                });
            }
            text.push_str(line);
        }
        text
    }

    /// Which fixes it has, in a sentence without full stop; none if it has no fix.
    #[must_use]
    pub const fn fixes_in_words(&self) -> Option<&'static str> {
        match self.fixes {
            [] => None,
            [Applicability::Safe] => Some("safe, by `--fix`"),
            [Applicability::Unsafe] => {
                Some("unsafe, by `--fix --unsafe-fixes`: it may change what the file does")
            }
            _ => Some(
                "safe ones by `--fix`; others, which may change what the file does, with `--unsafe-fixes`",
            ),
        }
    }

    /// The rule's level in an edition.
    #[must_use]
    pub const fn level(&self, edition: Edition) -> Level {
        self.levels[edition as usize]
    }

    /// Whether the rule, or a case of it, reports anything in an edition.
    #[must_use]
    pub fn is_on_somewhere(&self, edition: Edition) -> bool {
        let levels = self.variants.iter().map(|variant| &variant.levels);
        levels.chain([&self.levels]).any(|levels| levels[edition as usize] != Level::Off)
    }

    /// The level of a case of the rule in an edition; the rule's own where there is no such case.
    #[must_use]
    pub fn variant_level(&self, variant: Option<&str>, edition: Edition) -> Level {
        let case = variant.and_then(|name| self.variants.iter().find(|variant| variant.name == name));
        case.map_or(self.level(edition), |variant| variant.levels[edition as usize])
    }
}
