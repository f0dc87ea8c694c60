"""The completions, asked for in the shells they are for."""

from conftest import COMMAND, run

import pytest


@pytest.fixture
def script(tmp_path):
    def write(shell, name):
        path = tmp_path / name
        path.write_text(run(COMMAND, "completions", shell))
        return path

    return write


def test_bash(script, clean):
    complete = f"""
        source {script("bash", "vastlint.bash")}
        ask() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vastlint vastlint "${{@: -1}}" "${{@: -2:1}}"; echo "${{COMPREPLY[*]}}"; }}
        ask vastlint ex
        ask vastlint explain missing-com
        ask vastlint --severity ""
        ask vastlint check --stag
    """
    answers = run("bash", "--norc", "-c", complete, env=clean).splitlines()
    assert answers == ["explain", "missing-command-script", "error warning info", "--staged"]


def test_zsh(script, clean):
    # What zsh offers can only be seen on a terminal; here it compiles the script and registers it.
    path = script("zsh", "_vastlint")
    ask = f"fpath=({path.parent} $fpath); autoload -Uz compinit && compinit -u -d {path.parent}/dump && print $_comps[vastlint]"
    assert run("zsh", "-f", "-c", ask, env=clean) == "_vastlint\n"
    run("zsh", "-f", "-n", path, env=clean)


def test_fish(script, clean):
    path = script("fish", "vastlint.fish")

    def ask(line):
        answers = run("fish", "--no-config", "-c", f"source {path}; complete --do-complete '{line}'", env=clean)
        return [answer.split("\t")[0] for answer in answers.splitlines()]

    assert ask("vastlint ex") == ["explain"]
    assert ask("vastlint check --severity ") == ["error", "info", "warning"]


def test_elvish(script, clean, tmp_path):
    path = script("elvish", "vastlint.elv")
    # Elvish has its module for the command line only on a terminal; the two names that completions use stand in for it.
    (tmp_path / "edit.elv").write_text(
        "var completion: = (ns [&arg-completer=[&]])\nfn complex-candidate {|text &display=''| put $text }\n"
    )
    (tmp_path / "ask.elv").write_text(
        f"use ./edit\neval &ns=(ns [&edit:=$edit:]) (slurp < {path})\n"
        "$edit:completion:arg-completer[vastlint] vastlint '' | each {|word| echo $word }\n"
    )
    answers = run("elvish", "-norc", tmp_path / "ask.elv", env=clean).splitlines()
    assert {"check", "explain", "--staged"} <= set(answers)


def test_powershell():
    # No PowerShell can be had here; the script has to name every command.
    text = run(COMMAND, "completions", "powershell")
    for command in ["check", "baseline", "explain", "rules", "completions"]:
        assert f"'vastlint;{command}'" in text
