"""The action of `action.yml`: its scripts, run one after the other as GitHub's runner would run them.

Only the upload to code scanning is not run; the file that it would get is looked at.
"""

import json
import re

import pytest
import yaml
from conftest import ROOT, STRICT_MODE, VERSION, edit, run

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
DOCKERFILE = "derivatives/pytorch/Dockerfile"


class Runner:
    """As much of GitHub's runner as the action uses."""

    def __init__(self, folder, workspace, env):
        self.temp = folder / "runner-temp"
        self.temp.mkdir()
        self.workspace = workspace
        self.env = env
        self.summary = ""
        self.log = ""
        self.uploaded = None

    def value(self, expression):
        """An expression of names, `||`, `==` and `!=`."""
        if comparison := re.fullmatch(r"(.+?) (==|!=) '(.*)'", expression):
            left, operator, right = comparison.groups()
            return (self.value(left) == right) == (operator == "==")
        if " || " in expression:
            first, rest = expression.split(" || ", 1)
            return self.value(first) or self.value(rest)
        kind, name, *rest = expression.split(".")
        if kind == "inputs":
            return self.inputs[name]
        assert kind == "steps" and rest[0] == "outputs", expression
        return self.outputs.get(name, {}).get(rest[1], "")

    def text(self, template):
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: self.value(found[1]), template)

    def use(self, **inputs):
        """Runs the action; whether it succeeded."""
        self.inputs = {name: given["default"] for name, given in ACTION["inputs"].items()}
        assert inputs.keys() <= self.inputs.keys()
        self.inputs |= inputs
        self.outputs = {}
        for number, step in enumerate(ACTION["runs"]["steps"]):
            if "if" in step and not self.value(step["if"]):
                continue
            if "uses" in step:
                assert step["uses"].startswith("github/codeql-action/upload-sarif@")
                self.uploaded = json.loads(open(self.text(step["with"]["sarif_file"])).read())
                continue
            if not self.run(number, step):
                return False
        return True

    def run(self, number, step):
        script, output, summary = (self.temp / f"{kind}-{number}" for kind in ["script", "output", "summary"])
        # What GitHub puts into a script before a shell sees it could be code: the values come by the environment.
        assert step["shell"] == "bash" and "${{" not in step["run"]
        script.write_text(step["run"])
        output.touch()
        summary.touch()
        env = {
            **self.env,
            **{name: self.text(value) for name, value in step.get("env", {}).items()},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
        }
        folder = self.workspace / self.text(step.get("working-directory", "."))
        bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script]
        ended = run("bash", "-c", 'status=0; "$@" || status=$?; echo "status $status"', "-", *bash, cwd=folder, env=env)
        printed, _, status = ended.rpartition("status ")
        self.log += printed
        self.summary += summary.read_text()
        if "id" in step:
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return int(status) == 0


@pytest.fixture
def runner(tmp_path, repository, offering, venv):
    runner = Runner(tmp_path, repository, offering)
    runner.installed = str(venv / "vastlint")
    return runner


def test_it_installs_the_version_that_it_belongs_to(runner, tmp_path):
    assert runner.use()
    command = runner.outputs["install"]["command"]
    assert run(command, "--version") == f"vastlint {VERSION}\n"
    assert runner.uploaded["version"] == "2.1.0"
    assert runner.uploaded["runs"][0]["results"] == []
    assert runner.outputs["check"]["status"] == "0"


def test_findings_are_annotated_summarised_uploaded_and_fail_the_job(runner):
    edit(runner.workspace / DOCKERFILE, STRICT_MODE, "")
    assert not runner.use(command=runner.installed)
    assert runner.outputs["check"]["status"] == "1"
    assert "[VL102 run-without-strict-mode]" in runner.log
    annotation = re.search(r"^::warning .*VL102.*$", runner.log, re.MULTILINE)[0]
    assert f"file={DOCKERFILE},line=13" in annotation
    assert "VL102" in runner.summary and DOCKERFILE in runner.summary
    (result,) = runner.uploaded["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == DOCKERFILE


def test_what_is_suppressed_is_no_alert(runner):
    edit(runner.workspace / DOCKERFILE, STRICT_MODE, "")
    edit(runner.workspace / DOCKERFILE, "RUN \\\n", "# vastlint: ignore[VL102] on purpose\nRUN \\\n")
    assert runner.use(command=runner.installed)
    assert runner.uploaded["runs"][0]["results"] == []


def test_the_inputs_do_what_they_say(runner, clean):
    edit(runner.workspace / DOCKERFILE, STRICT_MODE, "")
    quiet = {"command": runner.installed, "annotations": "false", "summary": "false", "upload-sarif": "false"}
    assert not runner.use(**quiet)
    assert "::warning" not in runner.log and runner.summary == "" and runner.uploaded is None
    assert runner.use(**quiet, severity="error")
    assert runner.use(**quiet, paths="external\n\nprovisioning_scripts\n")
    assert not runner.use(**quiet, paths=f"external\n{DOCKERFILE}")
    assert not runner.use(**quiet, **{"working-directory": "derivatives"})
    assert not runner.use(**quiet, **{"changed-since": "HEAD"})
    run("git", "commit", "--quiet", "--all", "--message", "x", cwd=runner.workspace, env=clean)
    assert runner.use(**quiet, **{"changed-since": "HEAD"})
    (runner.workspace / "vastlint.toml").write_text('edition = "2026-02"\nfail-severity = "error"\n')
    assert runner.use(**quiet) and not runner.use(**quiet, severity="warning")
    runner.log = ""
    runner.use(**quiet, edition="2026-08")
    assert "edition 2026-08" in runner.log


def test_a_run_that_could_not_be_made_fails_and_uploads_nothing(runner):
    for inputs, message in [
        ({"edition": "1999"}, "1999"),
        ({"paths": "no/such/folder"}, "no/such/folder"),
        ({"changed-since": "no-such-branch"}, "no-such-branch"),
    ]:
        runner.log = ""
        assert not runner.use(command=runner.installed, **inputs)
        assert message in runner.log
    assert runner.uploaded is None


def test_no_input_is_code(runner):
    mark = runner.workspace.parent / "mark"
    for code in [f"$(touch {mark})", f"`touch {mark}`", f"; touch {mark} #", f'" ; touch {mark} ; "', f"--config={mark}"]:
        for name in ["paths", "changed-since", "edition", "severity", "annotations", "summary"]:
            runner.use(**{"command": runner.installed, name: code})
    assert not runner.use(version=f"$(touch {mark})")
    assert not mark.exists()
