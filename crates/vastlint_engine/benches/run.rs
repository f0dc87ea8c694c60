//! Time of a whole run over the clean fixture repository: from the walk to the last rule.

use std::path::PathBuf;

use vastlint_engine::{Options, Progress, check};

fn main() {
    divan::main();
}

#[divan::bench]
fn clean_repository(bencher: divan::Bencher<'_, '_>) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clean");
    let options = Options { paths: vec![root], ..Options::default() };
    bencher.bench(|| check(&options, &Progress::default()).expect("the fixtures can be read"));
}
