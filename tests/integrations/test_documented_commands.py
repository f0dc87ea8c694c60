"""The commands that the documentation shows, run in the order of the page, each page from an empty home.

A `console` block holds commands behind `$ ` and what they print; a line `...` stands for any lines. A block with a title is
a file: it is written where the commands are run.
"""

import re
import subprocess

from conftest import ROOT, STRICT_MODE, edit, run

FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
# They change with every change of the fixtures.
COUNTS = re.compile(r"\d+ (?=files?, |documents? inside|images? in)|(?<= in )[\d.]+ m?s(?=, )|(?<=Dockerfile:)\d+:\d+(?=: )")


def steps(page):
    """Commands with what they print (a text) and files with their content, as (kind, command or path, text)."""
    for language, title, body in FENCE.findall((ROOT / "docs" / page).read_text()):
        if title:
            yield "file", title, body
        elif language == "console":
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, _, printed = command.partition("\n")
                yield "command", line, printed


def test_every_page_with_a_console_is_run():
    pages = {page.name for page in (ROOT / "docs").glob("*.md") if "```console" in page.read_text()}
    assert pages == {"adopt.md", "configuration.md", "index.md", "start.md"}


def follow(page, env, folder):
    """Follows a page to the letter in one shell, and compares what is printed with what the page says."""
    end = "---- end of command ----"
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env, cwd=folder,
    )

    def ask(command):
        # Parentheses would lose `cd`; the braces keep standard input from the commands. The status is kept for `echo $?`.
        shell.stdin.write(f"{{ {command}\n}} < /dev/null; status=$?; echo; echo '{end}'; (exit $status)\n")
        shell.stdin.flush()
        printed = []
        for line in shell.stdout:
            if line == f"{end}\n":
                # The last blank line is that of the `echo` above.
                return re.sub(r"(?:\A|\n)\n\Z", "\n", "".join(printed)).removeprefix("\n")
            printed.append(line)
        raise AssertionError(f"the shell ended at: {command}")

    ran = 0
    for kind, what, expected in steps(page):
        if kind == "file":
            ask(f"mkdir -p \"$(dirname '{what}')\" && cat > '{what}' << 'END-OF-FILE'\n{expected}END-OF-FILE")
            continue
        ran += 1
        printed = ask(what)
        lines = COUNTS.sub("N ", expected).splitlines()
        pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in lines)
        got = COUNTS.sub("N ", printed)
        assert re.fullmatch(pattern, got), f"{page}: {what}\nexpected:\n{expected}\ngot:\n{printed}"
    shell.stdin.close()
    shell.wait(timeout=60)
    return ran


def mistype(repository):
    """What the example of the documents is about: a conf names a script that is called otherwise."""
    conf = repository / "external/chat-server/ROOT/etc/supervisor/conf.d/chat-server.conf"
    edit(conf, "/chat-server.sh", "/chatserver.sh")


def test_the_five_minute_start(published, repository, tmp_path):
    mistype(repository)
    (repository / "vastlint.toml").unlink()
    repository.rename(tmp_path / "my-templates")
    assert follow("start.md", published, tmp_path) > 15


def test_the_front_page(venv, offering, repository):
    mistype(repository)
    env = {**offering, "PATH": f"{venv}:{offering['PATH']}"}
    assert follow("index.md", env, repository) == 1


def test_the_adoption_of_an_old_repository(venv, offering, repository, clean):
    for dockerfile in ["derivatives/pytorch/Dockerfile", "external/chat-server/Dockerfile"]:
        edit(repository / dockerfile, STRICT_MODE, "")
    run("git", "commit", "--quiet", "--all", "--message", "History", cwd=repository, env=clean)
    env = {**offering, "PATH": f"{venv}:{offering['PATH']}"}
    assert follow("adopt.md", env, repository) > 8


def test_the_configuration_that_is_shown(venv, offering, repository):
    (repository / "ci").mkdir()
    (repository / "ci/shared.toml").write_text('\n' * 5 + '[rules]\nmissing-start-message = "off"\n')
    (repository / "vastlint.toml").write_text('extends = "ci/shared.toml"\n\nedition = "2026-08"\n')
    env = {**offering, "PATH": f"{venv}:{offering['PATH']}"}
    assert follow("configuration.md", env, repository) == 1


def test_the_commands_for_other_ci_systems(venv, offering, repository):
    text = (ROOT / "docs/ci.md").read_text()
    # What stands before a pipe is vastlint's.
    commands = {re.split(r" \\?\|", command)[0] for command in re.findall(r"vastlint --[^`\n]*", text)}
    commands |= {f"vastlint {options}" for options in re.findall(r"`(--\w+ [^`\n]*)`", text)}
    assert len(commands) >= 7
    run("git", "clone", "--quiet", repository, repository.parent / "clone", env=offering)
    for command in sorted(commands):
        run("bash", "-c", command, cwd=repository.parent / "clone", env={**offering, "PATH": f"{venv}:{offering['PATH']}"})
    written = {path.name for path in (repository.parent / "clone").iterdir()}
    assert {"gl-code-quality-report.json", "vastlint.xml", "vastlint.sarif"} <= written
