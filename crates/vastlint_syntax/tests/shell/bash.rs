//! `bash -n` as the judge of what is a script.

use std::io::Write;
use std::process::{Command, Stdio};

use vastlint_syntax::shell;

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
        let errors = shell::parse(&sample.text).errors;
        if errors.is_empty() != complaint.is_empty() {
            differences.push(format!("{}\n  bash: {complaint}\n  ours: {errors:?}", sample.name));
        }
    }
    println!("{compared} scripts compared with bash, {faulty} of them faulty");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
