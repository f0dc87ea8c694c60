use vastlint_rules::Edition;

/// Where vastlint lives, for hooks.
pub(super) const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A `vastlint.toml` to begin with.
pub(super) fn configuration(edition: Edition, is_evident: bool) -> String {
    let why = if is_evident {
        "most of its build workflows have jobs that only this edition knows"
    } else if edition == Edition::default() {
        "the documented contract, exactly as written"
    } else {
        "what template repositories practise half a year after the documents"
    };
    let raw = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/");
    format!(
        r#"#:schema {raw}/v{VERSION}/docs/vastlint.schema.json

# vastlint holds this repository against the conventions of Vast.ai templates.
# Every option: {REPOSITORY}/blob/v{VERSION}/docs/configuration.md
# What it all comes to: `vastlint config show`.

# The state of the conventions to follow: {why}.
edition = "{edition}"

# The least severity that fails a run: error, warning or info.
# fail-severity = "warning"

# What is not read at all, as in `.gitignore`.
# exclude = ["/vendor/"]

# Levels of rules, by name or code: error, warning, info or off. `vastlint rules` lists them.
# [rules]
# undocumented-schedule = "info"

# Levels in some files.
# [[per-path]]
# paths = ["derivatives/*/provisioning_scripts/**"]
# rules = {{ bare-pip = "info" }}

# What this repository does otherwise than the edition says.
# [contract.workflow.jobs]
# extend-extra = ["gpu-test"]
"#
    )
}

/// The entry of the hook below `repos:`, each line behind `indentation`.
pub(super) fn hook(indentation: &str, line_end: &str) -> String {
    let text = format!(
        "- repo: {REPOSITORY}\n  rev: v{VERSION}\n  hooks:\n    # - id: vastlint-fix  # mends what is safe to mend\n    - id: vastlint\n"
    );
    text.lines().flat_map(|line| [indentation, line, line_end]).collect()
}

/// A workflow that checks every pull request.
pub(super) fn workflow() -> String {
    let action = REPOSITORY.replace("https://github.com/", "");
    format!(
        "# Holds the repository against the conventions of Vast.ai templates. It fails on what `vastlint.toml` says should fail.
name: vastlint

on:
  pull_request:
  push:
    branches: [main, master]

permissions: {{}}

jobs:
  vastlint:
    name: vastlint
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read
      security-events: write # code scanning
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - uses: {action}@v{VERSION}
"
    )
}
