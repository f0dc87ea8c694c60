use crate::reports::{diagnostic, expect, label, one, rendered, report, span, terminal};

#[test]
fn try_out() {
    let mut r = report(&[("external/my-app/ROOT/etc/supervisor/conf.d/my-app.conf", "[program:my-app]\nenvironment=PROC_NAME=\"%(program_name)s\"\ncommand=/opt/supervisor-scripts/myapp.sh\nautostart=true\n"), ("external/my-app/ROOT/opt/supervisor-scripts/my-app.sh", "#!/bin/bash\n")]);
    let l = label(&r, 0, "/opt/supervisor-scripts/myapp.sh", "no overlay of this image or of its parents ships this file");
    let mut d = diagnostic(l);
    d.message = "supervisor will start a script that does not exist".into();
    d.why = "the program would go to FATAL at boot and the portal would show a dead tab".into();
    d.help = "write `command=/opt/supervisor-scripts/my-app.sh`".into();
    d.rule = vastlint_diagnostic::RuleId { code: "VL301", name: "missing-command-script" };
    d.related.push(span(1, 0, 0, "this one is shipped, and no conf starts it"));
    d.related.push(label(&r, 0, "program:my-app", "the program"));
    r.diagnostics.push(d);
    println!("{}", rendered(&r, &terminal(100)));
    let mut t = terminal(80); t.color = true;
    println!("{}", rendered(&r, &t));
    t.color = false; t.unicode = false;
    println!("{}", rendered(&r, &t));
    let src = "FROM x\r\n\r\nRUN a \\\r\n  b \\\r\n  c \\\r\n  d \\\r\n  e \\\r\n  f \\\r\n  g\r\nX\r\n";
    println!("{}", one(src, "RUN a \\\r\n  b \\\r\n  c \\\r\n  d \\\r\n  e \\\r\n  f \\\r\n  g", "all this", 80));
    println!("{}", one(src, "b \\\r\n  c", "all this", 80));
    println!("{}", one("", "", "all this", 80));
    println!("{}", one("\n", "", "all this", 80));
    println!("{}", one("\tx\t日本語 \u{1b}[31m y\u{202e} z\n", "y", "why", 80));
    println!("{}", one("\tx\t日本語 \u{1b}[31m y\u{202e} z\n", "日本語", "why", 80));
    let long = format!("{}NEEDLE{}", "abc ".repeat(100_000), " def".repeat(100_000));
    println!("{}", one(&long, "NEEDLE", "here it is, and this is a longer text that has to be wrapped somehow", 80));
    let long = format!("RUN {}", "abcd".repeat(200));
    println!("{}", one(&long, "abcd", "first", 80));
    println!("{}", one(&long, &"abcd".repeat(200), "all of it", 80));
    println!("{}", one(&format!("RUN {}\n", "ab cd ".repeat(10)), &"d ab cd ", "a long message for the very place that it is, and it goes on and on", 80));
}
