//! `bash -n` as the judge of what is a script.

use std::io::Write;
use std::process::{Command, Stdio};

use vastlint_syntax::SyntaxError;
use vastlint_syntax::shell::{self, Context, Redirection, RedirectionTarget, Visitor};
use vastlint_text::Span;

use crate::corpus;

/// What bash says about a script, warnings included; nothing if it is content. `None` without bash.
pub(crate) fn complaint(text: &str) -> Option<String> {
    let mut child = Command::new("bash")
        .args(["-n", "/dev/stdin"])
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let text = text.to_owned();
    let writer = std::thread::spawn(move || {
        // bash stops reading at the first fault.
        let _ = input.write_all(text.as_bytes());
    });
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() || !stderr.is_empty());
    Some(stderr)
}

/// Our errors, but for what bash looks at only when the script runs.
fn errors(text: &str) -> Vec<SyntaxError> {
    struct Bodies(Vec<Span>);
    impl<'t> Visitor<'t> for Bodies {
        fn enter_redirection(&mut self, redirection: &'t Redirection, _: Context) {
            if let RedirectionTarget::Heredoc(heredoc) = &redirection.target
                && !heredoc.quoted
            {
                self.0.push(heredoc.body);
            }
        }
    }
    let script = shell::parse(text);
    let mut bodies = Bodies(Vec::new());
    script.walk(&mut bodies);
    let lazy = |error: &SyntaxError| bodies.0.iter().any(|body| body.contains_span(error.span));
    script.errors.into_iter().filter(|error| !lazy(error)).collect()
}

#[test]
fn reports_an_error_where_bash_does() {
    let mut compared = 0;
    let mut faulty = 0;
    let mut differences = Vec::new();
    for sample in corpus::all() {
        let Some(complaint) = complaint(&sample.text) else {
            println!("bash is not there: nothing compared");
            return;
        };
        compared += 1;
        faulty += usize::from(!complaint.is_empty());
        let errors = errors(&sample.text);
        if errors.is_empty() != complaint.is_empty() {
            differences.push(format!("{}\n  bash: {complaint}\n  ours: {errors:?}", sample.name));
        }
    }
    println!("{compared} scripts compared with bash, {faulty} of them faulty");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The fixtures with each line left out in turn: most of them are faulty then, in many ways.
#[test]
fn judges_damaged_scripts_as_bash_does() {
    let mut compared = 0;
    let mut faulty = 0;
    let mut differences = Vec::new();
    for sample in corpus::fixtures().into_iter().filter(|sample| sample.name.contains("/valid/")) {
        let lines: Vec<&str> = sample.text.split_inclusive('\n').collect();
        for index in 0..lines.len() {
            let mut less = lines.clone();
            less.remove(index);
            let text = less.concat();
            let Some(complaint) = complaint(&text) else { return };
            compared += 1;
            faulty += usize::from(!complaint.is_empty());
            let errors = errors(&text);
            if errors.is_empty() != complaint.is_empty() {
                let line = lines[index];
                differences.push(format!(
                    "{} without {line:?}\n  bash: {complaint}\n  ours: {errors:?}",
                    sample.name
                ));
            }
        }
    }
    println!("{compared} damaged scripts compared with bash, {faulty} of them faulty");
    assert!(differences.is_empty(), "{} differ\n{}", differences.len(), differences.join("\n"));
}
