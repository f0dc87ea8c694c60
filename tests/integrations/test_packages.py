"""Every package is built, installed into a clean place, and run there."""

import json
import re
import shutil
import signal
import subprocess
import time

import pytest
from conftest import ROOT, VERSION, run, try_out


def test_the_wheel_needs_no_compiler(venv, offering):
    try_out(venv / "vastlint", offering)
    installed = run(venv / "pip", "show", "--files", "vastlint-templates", env=offering)
    assert installed.count("licenses/LICENSE-") == 2


def test_the_source_distribution_builds(tmp_path):
    run("maturin", "sdist", "--out", tmp_path, cwd=ROOT / "packages/pypi")
    run("tar", "--extract", "--file", tmp_path / f"vastlint_templates-{VERSION}.tar.gz", "--directory", tmp_path)
    # All of its files are there and cargo accepts them; compiling them again would tell nothing new.
    manifest = tmp_path / f"vastlint_templates-{VERSION}/crates/vastlint/Cargo.toml"
    metadata = json.loads(run("cargo", "metadata", "--quiet", "--format-version", "1", "--offline", "--manifest-path",
                              manifest))
    assert {"vastlint", "vastlint_rules"} <= {package["name"] for package in metadata["packages"]}
    assert (manifest.parent.parent / "vastlint_rules/rules/contracts/2026-02.toml").is_file()


def test_the_crates_can_be_published(tmp_path):
    packaged = ROOT / "target/package"
    run("cargo", "package", "--quiet", "--workspace", "--exclude", "vastlint_docs", "--locked", "--allow-dirty",
        "--no-verify", cwd=ROOT)
    # What crates.io would hand out is compiled, and nothing else: the catalogue of rules has to be within. All of it in one
    # workspace, with the settings of ours, so that what it depends on is not compiled again.
    crates = sorted(path.name for path in (ROOT / "crates").iterdir() if path.name != "vastlint_docs")
    for crate in crates:
        # Files in crates are of 2006: cargo would take them for those of an earlier run.
        run("tar", "--extract", "--touch", "--file", packaged / f"{crate}-{VERSION}.crate", "--directory", tmp_path)
    patches = "".join(f'{crate} = {{ path = "{crate}-{VERSION}" }}\n' for crate in crates)
    (tmp_path / "Cargo.toml").write_text(
        f'[workspace]\nresolver = "3"\nmembers = ["vastlint*"]\n[profile.dev]\ndebug = "line-tables-only"\n'
        f"[patch.crates-io]\n{patches}"
    )
    shutil.copy(ROOT / "Cargo.lock", tmp_path)
    run("cargo", "check", "--quiet", "--package", "vastlint", "--target-dir", ROOT / "target", cwd=tmp_path)


@pytest.fixture(scope="session")
def archives(stripped, tmp_path_factory):
    """The npm packages, as `npm publish` would send them."""
    folder = tmp_path_factory.mktemp("npm")
    run("node", ROOT / "packages/npm/pack.mjs", folder, f"linux-x64={stripped}")
    return [folder / name for name in run("npm", "pack", "--silent", "./linux-x64", "./launcher", cwd=folder).split()]


@pytest.fixture
def npm(archives, clean, tmp_path):
    """A project into which the npm packages were installed."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text("{}")
    run("npm", "install", "--silent", "--offline", "--save-dev", *archives, cwd=project, env=clean)
    return project


def test_the_npm_packages_carry_the_command(npm, clean):
    try_out(npm / "node_modules/.bin/vastlint", clean)
    assert run("npx", "--offline", "vastlint", "--version", cwd=npm, env=clean) == f"vastlint {VERSION}\n"


def test_the_npm_package_says_what_is_missing(npm, clean):
    shutil.rmtree(npm / "node_modules/vastlint-templates-linux-x64")
    message = run(npm / "node_modules/.bin/vastlint", env=clean, status=2)
    assert "vastlint-templates-linux-x64 is not installed" in message and "optional" in message


def test_a_signal_to_the_npm_launcher_ends_the_command(npm, clean):
    # It waits for standard input, as a language server does.
    launcher = subprocess.Popen(
        [npm / "node_modules/.bin/vastlint", "-", "--stdin-filename", "Dockerfile"],
        env=clean, stdin=subprocess.PIPE, cwd=npm,
    )
    children = f"/proc/{launcher.pid}/task/{launcher.pid}/children"
    deadline = time.monotonic() + 20
    while not (child := open(children).read().split()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert child, "the command was not started"
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(timeout=20) == 128 + signal.SIGTERM
    launcher.stdin.close()


@pytest.fixture
def debian(tmp_path):
    """The root of a file system into which the Debian package was unpacked."""
    run("cargo-deb", "deb", "--quiet", "--locked", "--package", "vastlint", "--profile", "dev", "--no-build", "--fast",
        "--output", tmp_path / "vastlint.deb", cwd=ROOT)
    run("dpkg-deb", "--extract", tmp_path / "vastlint.deb", tmp_path / "root")
    fields = run("dpkg-deb", "--field", tmp_path / "vastlint.deb")
    assert f"Version: {VERSION}-1\n" in fields and re.search(r"^Depends: libc6 ", fields, re.MULTILINE)
    return tmp_path / "root"


def test_the_debian_package_is_complete(debian, clean):
    try_out(debian / "usr/bin/vastlint", clean)
    for path in [
        "usr/share/bash-completion/completions/vastlint",
        "usr/share/zsh/vendor-completions/_vastlint",
        "usr/share/fish/vendor_completions.d/vastlint.fish",
        "usr/share/doc/vastlint/copyright",
        "usr/share/man/man1/vastlint.1.gz",
        "usr/share/man/man1/vastlint-explain.1.gz",
    ]:
        assert (debian / path).is_file(), path
    text = run("mandoc", "-T", "utf8", debian / "usr/share/man/man1/vastlint.1.gz", env=clean)
    assert "--staged" in re.sub(".\b", "", text)


def test_manual_pages_are_well_formed():
    pages = sorted((ROOT / "target/packages/man").glob("*.1"))
    assert len(pages) >= 5
    # The generator gives no date and writes an empty line between paragraphs; neither is an error.
    run("mandoc", "-T", "lint", "-W", "error", *pages)


# What people copy from.
SHOWN = [ROOT / "README.md", ROOT / "action.yml", ROOT / "pyproject.toml", *(ROOT / "docs").glob("*.md"),
         *(ROOT / "packages").glob("**/*.md")]


def test_one_version_everywhere():
    """pre-commit, the action and the documents name the version that Cargo.toml has."""
    named = set()
    for path in SHOWN:
        found = re.findall(r'vastlint(?:-templates)?(?:==|@v| )(\d+\.\d+\.\d+)|rev: v(\S+)|default: "(\d\S+)"', path.read_text())
        named.update((path.name, version) for groups in found for version in groups if version)
    assert {"action.yml", "pyproject.toml", "start.md", "github.md", "ci.md"} <= {name for name, _ in named}
    assert {version for _, version in named} == {VERSION}


def test_nobody_is_told_to_install_the_other_vastlint():
    """On PyPI it is another project."""
    told = [line for path in SHOWN for line in path.read_text().splitlines()
            if re.search(r"(pip|pipx|uv tool|npm) install.* vastlint(?![-\w])", line)]
    assert told == []
