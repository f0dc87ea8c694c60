"""What the tests share: the command that was built, its wheel, and places that know nothing of this source tree."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ROOT / "target/debug/vastlint"
VERSION = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]

STRICT_MODE = "    set -euo pipefail && \\\n"


def run(*command, status=0, **options):
    """Runs a command, which has to end with `status`; its standard output and standard error, as one text."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=300,
        check=False,
        **options,
    )
    assert done.returncode == status, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def machine(folder):
    """The environment of a machine that has Debian's programs, an empty home in `folder`, and no Rust."""
    home = folder / "home"
    home.mkdir()
    keep = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "NODE_EXTRA", "SSL_"))}
    path = "/usr/bin:/bin"
    assert not shutil.which("cargo", path=path) and not shutil.which("rustc", path=path), "Rust is in /usr/bin"
    return {
        **keep,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": path,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
    }


def with_wheel(env, wheels):
    """The same, and pip finds the wheel as if it were on the package index."""
    links = [os.environ.get("PIP_FIND_LINKS"), str(wheels)]
    return {**env, "PIP_FIND_LINKS": " ".join(filter(None, links))}


@pytest.fixture
def clean(tmp_path):
    """A machine of its own for the test."""
    return machine(tmp_path)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder with the wheel, and nothing else in it."""
    folder = tmp_path_factory.mktemp("wheels")
    # The command that the tests have built already; a release builds another profile by the same definition.
    run("maturin", "build", "--profile", "dev", "--strip", "--locked", "--compatibility", "linux", "--out", folder,
        cwd=ROOT / "packages/pypi")
    return folder


@pytest.fixture(scope="session")
def stripped(tmp_path_factory):
    """The command without what debuggers read: a third of the size."""
    command = tmp_path_factory.mktemp("command") / "vastlint"
    run("strip", "-o", command, COMMAND)
    return command


@pytest.fixture
def offering(clean, wheels):
    """A machine of its own for the test, on which pip finds the wheel."""
    return with_wheel(clean, wheels)


@pytest.fixture(scope="session")
def venv(wheels, tmp_path_factory):
    """The folder of programs of a fresh virtual environment, made without Rust, with the wheel installed."""
    folder = tmp_path_factory.mktemp("venv")
    env = with_wheel(machine(folder), wheels)
    run("/usr/bin/python3", "-m", "venv", folder, env=env)
    run(folder / "bin/pip", "install", "--quiet", "--only-binary", ":all:", f"vastlint-templates=={VERSION}", env=env)
    return folder / "bin"


@pytest.fixture
def repository(clean, tmp_path):
    """The clean fixtures as a git repository with one commit."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "fixtures/clean", folder)
    run("git", "init", "--quiet", "--initial-branch", "main", cwd=folder, env=clean)
    run("git", "add", "--all", cwd=folder, env=clean)
    run("git", "commit", "--quiet", "--message", "Templates", cwd=folder, env=clean)
    return folder


@pytest.fixture
def published(offering, tmp_path):
    """An environment in which the repository of vastlint, as far as pre-commit needs it, is where the documents say."""
    upstream = tmp_path / "upstream"
    upstream.mkdir()
    for name in [".pre-commit-hooks.yaml", "pyproject.toml"]:
        shutil.copy(ROOT / name, upstream)
    for command in [["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Release"],
                    ["tag", f"v{VERSION}"]]:
        run("git", *command, cwd=upstream, env=offering)
    run("git", "config", "--global", f"url.{upstream}.insteadOf", "https://github.com/vastlint/vastlint", env=offering)
    return offering


def edit(file, old, new):
    text = file.read_text()
    assert old in text, f"{file} holds no {old!r}"
    file.write_text(text.replace(old, new, 1))


def try_out(command, env):
    """What every installed vastlint has to do: say its version, pass what is clean, fail what is broken, refuse nonsense."""
    assert run(command, "--version", env=env) == f"vastlint {VERSION}\n"
    run(command, ROOT / "fixtures/clean", env=env)
    findings = run(command, "--quiet", "--format", "concise", ROOT / "fixtures/broken", env=env, status=1)
    assert len(findings.splitlines()) > 30
    assert "unexpected argument" in run(command, "--no-such-option", env=env, status=2)
