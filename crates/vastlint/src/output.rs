//! Where findings go: `--format`, `--output`.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use vastlint_diagnostic::Severity;
use vastlint_engine::{Report, write_file};

use crate::escape::printable;
use crate::exit::{Exit, note, print};
use crate::failure::Failure;
use crate::format::{self, Format, Settings, statistics};
use crate::terminal::Terminal;

/// Columns of a text in a file.
const FILE_WIDTH: usize = 100;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OutputArguments {
    /// How to write what was found to standard output: a format from the list below [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Standard output's format where neither option names one.
    #[arg(skip)]
    pub(crate) fallback: Format,
    /// Write what was found to FILE, too; repeatable. Without FILE, or as `-`: to standard output
    #[arg(long, value_name = "FORMAT[=FILE]", conflicts_with_all = ["diff", "fix_only"])]
    output: Vec<Output>,
    /// Leave suppressed and known findings out of SARIF: GitHub shows them as open alerts
    #[arg(long)]
    omit_suppressed: bool,
}

/// One output: a format and a file, or standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Output {
    format: Format,
    file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(format) = Format::named(text) {
            return Ok(Self { format, file: None });
        }
        if let Some((name, file)) = text.split_once('=') {
            let format = Format::named(name).ok_or_else(|| format!("`{name}` is no format: {}", names()))?;
            return match file {
                "" => Err(format!("no file follows; `{name}` alone writes to standard output")),
                "-" => Ok(Self { format, file: None }),
                file => Ok(Self { format, file: Some(file.into()) }),
            };
        }
        let file = PathBuf::from(text);
        let Some(ending) = file.extension().and_then(|ending| ending.to_str()) else {
            return Err(format!("`{text}` is no format: {}", names()));
        };
        match Format::of_file(&file) {
            Some(format) => Ok(Self { format, file: Some(file) }),
            None => Err(format!(
                "`.{ending}` can be several formats: write FORMAT={text}, with one of {}",
                names()
            )),
        }
    }
}

fn names() -> String {
    Format::value_variants().iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

/// The formats, for the help text.
pub(crate) fn formats_help() -> String {
    let mut help = String::from("Formats:\n");
    for value in Format::value_variants().iter().filter_map(ValueEnum::to_possible_value) {
        let about = value.get_help().map(ToString::to_string).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(help, "  {:<12}{about}", value.get_name());
    }
    help
}

/// All outputs of a run, found to be possible.
#[derive(Debug)]
pub(crate) struct Outputs {
    stdout: Option<Format>,
    files: Vec<(Format, PathBuf)>,
    omit_suppressed: bool,
}

impl OutputArguments {
    /// Looks at the outputs before anything is checked: one on standard output, no file twice, every folder there.
    pub(crate) fn outputs(&self, statistics: bool) -> Result<Outputs, Failure<'static>> {
        let to_stdout = self.output.iter().filter(|output| output.file.is_none()).map(|output| output.format);
        let to_stdout: Vec<Format> = self.format.into_iter().chain(to_stdout).collect();
        if let [first, second, ..] = to_stdout[..] {
            let (first, second) = (first.name(), second.name());
            return Err(Failure::new(format!("both `{first}` and `{second}` would go to standard output"))
                .help(format!("give one of them a file: `--output {second}=FILE`")));
        }
        if statistics {
            return self.counts(&to_stdout);
        }
        let mut files: Vec<(Format, PathBuf)> = Vec::new();
        for output in &self.output {
            let Some(file) = &output.file else { continue };
            check_place(file)?;
            if files.iter().any(|(_, known)| place(known) == place(file)) {
                let name = file.display();
                return Err(Failure::new(format!("two outputs would be written to `{name}`"))
                    .help("give each of them a file of its own"));
            }
            files.push((output.format, file.clone()));
        }
        let stdout = to_stdout.first().copied().or(files.is_empty().then_some(self.fallback));
        Ok(Outputs { stdout, files, omit_suppressed: self.omit_suppressed })
    }

    /// Why nothing can be written where standard output is the mended file.
    pub(crate) fn fault_beside_stdin(&self) -> Option<Failure<'static>> {
        (!self.output.is_empty()).then(|| {
            Failure::new("`--output` cannot be used while standard input is mended: standard output is the mended file")
                .help("leave out `--fix` to report on standard input, or `--output`")
        })
    }

    /// Counts by rule know two forms, and one place.
    fn counts(&self, to_stdout: &[Format]) -> Result<Outputs, Failure<'static>> {
        let format = to_stdout.first().copied().unwrap_or(self.fallback);
        if self.output.iter().any(|output| output.file.is_some()) {
            return Err(Failure::new("`--statistics` goes to standard output only")
                .help("leave out `--output`, or `--statistics`"));
        }
        if !matches!(format, Format::Text | Format::Concise | Format::Grouped | Format::Json) {
            return Err(Failure::new(format!("`--statistics` cannot be written as `{}`", format.name()))
                .help("write it as text or json"));
        }
        Ok(Outputs { stdout: Some(format), files: Vec::new(), omit_suppressed: false })
    }
}

/// The file by its folder's real name, so that two names of one file are seen.
fn place(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = file.canonicalize().ok();
    real.unwrap_or_else(|| {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        file.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
    })
}

/// Tells now what would fail only after the run.
fn check_place(file: &Path) -> Result<(), Failure<'static>> {
    let cannot = |why: &str| Failure::new(format!("cannot write `{}`: {why}", file.display()));
    if file.is_dir() {
        return Err(cannot("it is a folder").help("name a file in it"));
    }
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(cannot("its folder does not exist")
                .help(format!("make it first: `mkdir -p {}`", folder.display())))
        }
        _ => Ok(()),
    }
}

/// What is said about a run besides its findings.
pub(crate) struct Run<'a> {
    pub(crate) report: &'a Report,
    /// How it ends if all can be written.
    pub(crate) exit: Exit,
    pub(crate) show: Severity,
    pub(crate) statistics: bool,
}

impl Outputs {
    /// Whether somebody reads along who wants a summary.
    pub(crate) fn wants_summary(&self) -> bool {
        self.stdout.is_none_or(|format| !format.is_for_programs())
    }

    /// Writes all outputs. One that cannot be written keeps none of the others from being written.
    pub(crate) fn write(&self, run: &Run<'_>) -> Exit {
        let settings = Settings { show: run.show, omit_suppressed: self.omit_suppressed };
        let mut notices = Vec::new();
        let mut exit = run.exit;
        for (format, file) in &self.files {
            let terminal = Terminal { color: false, unicode: true, width: FILE_WIDTH };
            let mut content = Vec::new();
            // Memory does not fail, but for bugs in the format, which the failure tells.
            let written = format::write(*format, &mut content, run.report, settings, &terminal);
            match written.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", file.display())))
            {
                Ok(notice) => {
                    notices.extend(notice);
                    if let Err(error) = write_file(file, &content) {
                        exit = Failure::from_engine(&error).report();
                    }
                }
                Err(failure) => exit = failure.report(),
            }
        }
        if let Some(format) = self.stdout {
            let write = |out: &mut dyn Write| {
                notices.extend(findings(out, format, run, settings)?);
                Ok(())
            };
            if print(exit, write) == Exit::Failure {
                exit = Exit::Failure;
            }
        }
        self.warn(run.report, &mut notices);
        notices.dedup();
        for notice in notices {
            note(&format!("note: {}\n", printable(&notice)));
        }
        exit
    }

    /// What GitHub makes of suppressed findings is not what anybody wants who suppressed them.
    fn warn(&self, report: &Report, notices: &mut Vec<String>) {
        let held = report.suppressed.len() + report.baselined.len();
        let formats = self.files.iter().map(|(format, _)| *format).chain(self.stdout);
        let in_github = std::env::var_os("GITHUB_ACTIONS").is_some();
        if in_github
            && held > 0
            && !self.omit_suppressed
            && formats.into_iter().any(|one| one == Format::Sarif)
        {
            notices.push(format!(
                "SARIF: code scanning shows {held} suppressed or known findings as open alerts; `--omit-suppressed` leaves them out"
            ));
        }
    }
}

/// Writes what goes to standard output.
fn findings(
    out: &mut dyn Write,
    format: Format,
    run: &Run<'_>,
    settings: Settings,
) -> io::Result<Option<String>> {
    let terminal = Terminal::stdout();
    if run.statistics {
        return statistics::write(out, run.report, format, &terminal).map(|()| None);
    }
    format::write(format, out, run.report, settings, &terminal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str) -> Result<(Format, Option<PathBuf>), String> {
        text.parse::<Output>().map(|output| (output.format, output.file))
    }

    #[test]
    fn an_output_is_a_format_and_a_file() {
        for (text, format, file) in [
            ("sarif", Format::Sarif, None),
            ("sarif=-", Format::Sarif, None),
            ("sarif=a/b.json", Format::Sarif, Some("a/b.json")),
            ("json=a=b", Format::Json, Some("a=b")),
            ("a/b.sarif", Format::Sarif, Some("a/b.sarif")),
            ("b.sarif.json", Format::Sarif, Some("b.sarif.json")),
            ("b.md", Format::Markdown, Some("b.md")),
            ("./json.ndjson", Format::Jsonl, Some("./json.ndjson")),
        ] {
            assert_eq!(output(text), Ok((format, file.map(PathBuf::from))), "{text}");
        }
    }

    #[test]
    fn what_is_no_output_says_why() {
        for (text, message) in [
            ("out.json", "`.json` can be several formats: write FORMAT=out.json, with one of text, concise"),
            ("out.xml", "`.xml` can be several formats"),
            ("sarf", "`sarf` is no format: text, concise"),
            ("sarf=x.sarif", "`sarf` is no format"),
            ("sarif=", "no file follows"),
            ("", "`` is no format"),
        ] {
            let error = output(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
