//! `vastlint completions`, and the definition of the command line for whoever writes manual pages.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::arguments;
use crate::exit::{Exit, print};

/// The one definition of all commands and flags: help, completions and manual pages are made of it.
#[must_use]
pub fn definition() -> clap::Command {
    arguments::definition()
}

/// Writes the completions of a shell.
pub(crate) fn run(shell: Shell) -> Exit {
    let mut command = with_rule_names(definition());
    let mut script = Vec::new();
    // Into memory first: the generator panics where it cannot write.
    clap_complete::generate(shell, &mut command, "vastlint", &mut script);
    print(Exit::Clean, |out| out.write_all(&script))
}

/// Lets shells complete the rules that `explain` takes. The help does not list them, and their parser suggests better.
fn with_rule_names(command: clap::Command) -> clap::Command {
    let names = vastlint_rules::catalogue().iter().flat_map(|rule| [rule.id.code, rule.id.name]);
    let parser = PossibleValuesParser::new(names);
    command.mut_subcommand("explain", |explain| explain.mut_arg("rule", |rule| rule.value_parser(parser)))
}
