use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use vastlint_diagnostic::Severity;
use vastlint_rules::Edition;

use crate::baseline::{BaselineArguments, BaselineOptions};
use crate::config::ConfigCommand;
use crate::configuration::{ConfigArguments, EDITION, FORMAT, edition_of_environment, variable};
use crate::escape::printable;
use crate::failure::Failure;
use crate::fix::FixArguments;
use crate::format::{Format, ListFormat};
use crate::ignores::IgnoreArguments;
use crate::init::InitOptions;
use crate::output::{OutputArguments, formats_help};
use crate::terminal::Color;
use crate::touched::TouchedArguments;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Cyan.on_default().bold())
    .usage(AnsiColor::Cyan.on_default().bold())
    .literal(AnsiColor::Green.on_default())
    .placeholder(AnsiColor::BrightBlack.on_default());

const USAGE: &str = "vastlint [check] [OPTIONS] [PATH]...
       vastlint baseline [--prune] [PATH]...
       vastlint explain RULE
       vastlint rules
       vastlint completions SHELL
       vastlint init [--pre-commit] [--workflow]
       vastlint config show|schema
       vastlint server";

const EXAMPLES: &str = "\
Examples:
  vastlint                                  check the repository around the current directory
  vastlint external/my-app                  report on one image (the whole repository is still read)
  vastlint --select VL301,run-without-strict-mode
                                            only these rules, by code or name
  vastlint --fix                            mend what can be mended safely, report the rest
  vastlint --diff --unsafe-fixes            show all that could be mended
  vastlint --add-ignores --reason known     pass over what is there today, by comments
  vastlint --format json > findings.json
  vastlint --output sarif=vastlint.sarif --output github
                                            for a workflow: SARIF for code scanning, annotations
  vastlint - --stdin-filename Dockerfile < Dockerfile
  vastlint explain VL301                    what a rule wants, why, and how to mend it
  vastlint --config rules.VL401=off         set a value of the configuration for this run

Exit status:
  0  nothing found that is as grave as --severity
  1  something found
  2  vastlint could not do its job

Environment: VASTLINT_CONFIG, VASTLINT_EDITION, VASTLINT_FORMAT do what the options do; options win.";

const COMPLETIONS: &str = "\
Examples:
  vastlint completions bash > ~/.local/share/bash-completion/completions/vastlint
  vastlint completions zsh > DIR/_vastlint        with DIR in $fpath, before `compinit`
  vastlint completions fish > ~/.config/fish/completions/vastlint.fish";

fn after_help() -> String {
    format!("{}\n{EXAMPLES}", formats_help())
}

/// A linter for Vast.ai template repositories: Dockerfiles, supervisor confs, shell scripts and workflows, and the
/// files inside them, held against the documented conventions
#[derive(Debug, Parser)]
#[command(name = "vastlint", version, styles = STYLES, override_usage = USAGE, after_help = after_help())]
struct CommandLine {
    /// Only for the help text: `with_command_first` names a command on every line that is parsed.
    #[command(flatten)]
    check: CheckOptions,
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) global: GlobalOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a repository, or some paths of it (what `vastlint` does by default)
    #[command(after_help = after_help())]
    Check(CheckOptions),
    /// Write the baseline: what is found today, so that only what is new fails
    Baseline(BaselineOptions),
    /// Explain a rule: what it wants, why, good and bad examples
    Explain {
        /// The rule, by code or name: `VL301`, `missing-command-script`
        rule: String,
    },
    /// Serve an editor over standard input and output (the Language Server Protocol)
    Server {
        /// Accepted for editors that add it; there is no other way of talking
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// List the rules
    Rules {
        /// How to write the list: text or json
        #[arg(long, value_enum, default_value_t, value_name = "FORMAT", hide_possible_values = true)]
        format: ListFormat,
    },
    /// Write the completions of a shell to standard output: bash, zsh, fish, elvish or powershell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Write a `vastlint.toml` that fits the repository
    Init(InitOptions),
    /// Show the configuration, or its schema
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// Options that stand before or after any command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// Conventions to hold the repository against [default: the configuration's, else 2026-02]
    #[arg(long, global = true, value_name = "EDITION", value_parser = edition_parser())]
    pub(crate) edition: Option<Edition>,
    #[command(flatten)]
    pub(crate) config: ConfigArguments,
    /// When to use colour: auto (heeds `NO_COLOR` and `CLICOLOR_FORCE`), always or never
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true
    )]
    pub(crate) color: Color,
}

impl GlobalOptions {
    /// The edition that the command line or the environment names, for what reads no configuration.
    pub(crate) fn chosen_edition(&self) -> Result<Option<Edition>, Failure<'static>> {
        match (self.edition, variable(EDITION)) {
            (None, Some(word)) => edition_of_environment(&word.to_string_lossy()).map(Some),
            (edition, _) => Ok(edition),
        }
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckOptions {
    /// Files and directories to report on; `-` reads a file from standard input [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    /// Report only these rules, by code or name, separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Do not report these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// The least severity that fails the run: error, warning or info [default: the configuration's, else warning]
    #[arg(long, value_name = "SEVERITY", value_parser = severity_parser(), hide_possible_values = true)]
    pub(crate) severity: Option<Severity>,
    /// The least severity that text, concise and grouped show: error, warning, info or all
    #[arg(long, value_name = "SEVERITY", value_parser = show_parser(), default_value = "warning", hide_possible_values = true)]
    pub(crate) show: Severity,
    /// Count the findings by rule instead of showing them
    #[arg(long)]
    pub(crate) statistics: bool,
    /// Say on standard error where the time went: by stage, and by rule
    #[arg(long)]
    pub(crate) timings: bool,
    /// Show findings only: no summary, no progress
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) fix: FixArguments,
    #[command(flatten)]
    pub(crate) ignores: IgnoreArguments,
    #[command(flatten)]
    pub(crate) touched: TouchedArguments,
    #[command(flatten)]
    pub(crate) baseline: BaselineArguments,
    /// Where the file from standard input belongs in the repository
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin_filename: Option<PathBuf>,
}

fn edition_parser() -> impl TypedValueParser<Value = Edition> {
    PossibleValuesParser::new(Edition::ALL.map(Edition::name)).try_map(|name| name.parse::<Edition>())
}

fn severity_parser() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::name)).map(|name| named_severity(&name))
}

fn show_parser() -> impl TypedValueParser<Value = Severity> {
    let names = Severity::ALL.map(Severity::name).into_iter().chain(["all"]);
    PossibleValuesParser::new(names).map(|name| named_severity(&name))
}

/// The severity of a name; `all` is the least of them.
fn named_severity(name: &str) -> Severity {
    Severity::ALL.into_iter().find(|severity| severity.name() == name).unwrap_or(Severity::Info)
}

/// Reads the command line, program name included.
pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let mut definition = CommandLine::command();
    let matches = definition.try_get_matches_from_mut(with_command_first(arguments))?;
    let mut parsed =
        CommandLine::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))?;
    if let Some(Command::Check(check)) = &mut parsed.command
        && check.output.format.is_none()
        && let Some(format) = format_of_environment(&mut definition)?
    {
        check.output.fallback = format;
    }
    let command = parsed.command.unwrap_or(Command::Check(parsed.check));
    Ok(Arguments { command, global: parsed.global })
}

/// The one definition of all flags.
pub(crate) fn definition() -> clap::Command {
    CommandLine::command()
}

/// The output format that the environment asks for.
fn format_of_environment(definition: &mut clap::Command) -> Result<Option<Format>, clap::Error> {
    let Some(name) = variable(FORMAT) else { return Ok(None) };
    let name = name.to_string_lossy();
    Format::from_str(&name, false).map(Some).map_err(|_| {
        let names: Vec<_> = Format::value_variants().iter().filter_map(Format::to_possible_value).collect();
        let names: Vec<_> = names.iter().map(PossibleValue::get_name).collect();
        let message = format!(
            "there is no format `{}` (${FORMAT}); formats are {}",
            printable(&name),
            names.join(", ")
        );
        definition.error(ErrorKind::InvalidValue, message)
    })
}

/// Names of commands, for telling a mistyped command from a path.
pub(crate) fn command_names() -> Vec<String> {
    CommandLine::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// Moves the command in front of the options, and names `check` where no command is named. So options may stand
/// before the command, and clap needs only one definition of each.
fn with_command_first(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let root = CommandLine::command();
    let mut index = 1;
    while let Some(argument) = arguments.get(index).and_then(|argument| argument.to_str()) {
        if matches!(argument, "-h" | "--help" | "-V" | "--version") {
            return arguments;
        }
        if argument == "--" || argument == "-" || !argument.starts_with('-') {
            break;
        }
        index += if takes_next(&root, argument) { 2 } else { 1 };
    }
    let named = arguments.get(index).is_some_and(|argument| is_command(&root, argument));
    let command = if named { arguments.remove(index) } else { OsString::from("check") };
    arguments.insert(1.min(arguments.len()), command);
    arguments
}

fn is_command(root: &clap::Command, argument: &OsStr) -> bool {
    argument == "help" || root.get_subcommands().any(|command| argument == command.get_name())
}

/// Whether the argument is an option whose value is the next argument.
fn takes_next(root: &clap::Command, argument: &str) -> bool {
    let Some(long) = argument.strip_prefix("--") else { return false };
    root.get_arguments().any(|known| {
        known.get_long() == Some(long) && known.get_action().takes_values() && !known.is_require_equals_set()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;

    fn parsed(line: &str) -> Arguments {
        parse(line.split(' ').map(OsString::from).collect()).unwrap()
    }

    fn checked(line: &str) -> CheckOptions {
        match parsed(line).command {
            Command::Check(options) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn check_is_the_command_where_none_is_named() {
        assert_eq!(checked("vastlint").paths, Vec::<PathBuf>::new());
        assert_eq!(checked("vastlint a b").paths, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(checked("vastlint check check").paths, [PathBuf::from("check")]);
        assert_eq!(checked("vastlint ./rules").paths, [PathBuf::from("./rules")]);
        assert_eq!(checked("vastlint -- rules").paths, [PathBuf::from("rules")]);
        assert_eq!(checked("vastlint - --stdin-filename x").paths, [PathBuf::from("-")]);
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        for line in ["vastlint --format json x", "vastlint --format json check x", "vastlint x --format=json"]
        {
            let options = checked(line);
            assert_eq!(
                (options.output.format, options.paths),
                (Some(Format::Json), vec![PathBuf::from("x")]),
                "{line}"
            );
        }
        for line in ["vastlint --edition 2026-08 rules", "vastlint rules --edition 2026-08"] {
            let arguments = parsed(line);
            assert!(matches!(arguments.command, Command::Rules { .. }));
            assert_eq!(arguments.global.edition, Some(Edition::E2026_08), "{line}");
        }
        assert!(matches!(parsed("vastlint --color never explain VL101").command, Command::Explain { .. }));
    }

    #[test]
    fn lists_are_split_and_joined() {
        let options = checked("vastlint --select VL101,b --select c --ignore d");
        assert_eq!(
            (options.select, options.ignore),
            (vec!["VL101".into(), "b".into(), "c".into()], vec!["d".into()])
        );
        assert_eq!(checked("vastlint --show all").show, Severity::Info);
        assert_eq!(checked("vastlint --severity info").severity, Some(Severity::Info));
    }
}
