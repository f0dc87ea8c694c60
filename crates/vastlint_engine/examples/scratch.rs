//! scratch
use vastlint_engine::*;
fn main() {
    let mut args = std::env::args().skip(1);
    let edition = args.next().unwrap().parse().ok();
    let paths = args.map(Into::into).collect();
    let report = check(&Options { paths, edition, ..Default::default() }, &Progress::default()).unwrap();
    for d in &report.diagnostics {
        let (s, _) = report.position(&d.primary);
        println!(
            "{}:{}:{}: {} {} {} | {}",
            report.file(d.primary.file).path,
            s.line,
            s.column,
            d.severity,
            d.rule.code,
            d.message,
            d.primary.message
        );
    }
    eprintln!("{:?}", report.summary);
}
