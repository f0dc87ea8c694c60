"""Adds to the navigation what has too many pages to be listed by hand, and colours what vastlint prints."""

import re
from pathlib import Path

AREA = re.compile(r"^## (.+)$")
RULE = re.compile(r"^\| (VL\d+) \| \[([^\]]+)\]\(([^)]+)\)")

LINK = re.compile(r"(?<=\]\()(?:\.\./)+[^)#]+")
CODE = re.compile(r"`[^`]+`")
CONSOLE = re.compile(r'(<span class="go">)( *)(error|warning|info|why|help|fix|see)(?=:)')
CLASSES = {"error": "console-error", "warning": "console-warning"}


def on_config(config):
    docs = Path(config["docs_dir"])
    listed = {page for section in config["nav"] for pages in section.values() for page in pages}
    for section in config["nav"]:
        if "Reference" in section:
            section["Reference"] += sorted(page.name for page in docs.glob("*.md") if page.name not in listed)
        if "Rules" in section:
            section["Rules"] = rules(docs)
        if "Develop" in section:
            section["Develop"] += [
                {"Parsers": pages(docs, "syntax")},
                {"Decisions": pages(docs, "decisions")},
            ]
    return config


def rules(docs):
    """The index, then the rules by area, as the generated index lists them."""
    areas = []
    for line in (docs / "rules/README.md").read_text(encoding="utf-8").splitlines():
        if area := AREA.match(line):
            areas.append({area[1]: []})
        elif rule := RULE.match(line):
            code, name, page = rule.groups()
            next(iter(areas[-1].values())).append({f"{code} {name}": f"rules/{page}"})
    return ["rules/README.md", "rules/by-convention.md", "rules/by-document.md", *areas]


def pages(docs, folder):
    return [f"{folder}/{page.name}" for page in sorted((docs / folder).glob("*.md"))]


def on_page_markdown(markdown, page, config, **_):
    """What GitHub reads otherwise: in a table it wants `a\\|b` where Python-Markdown, which knows that it is in code, wants
    `a|b`; and a link out of `docs/` leads to a file of the repository."""

    def outside(link):
        docs = Path(config["docs_dir"]).resolve()
        target = (docs / page.file.src_uri).parent.joinpath(link[0]).resolve()
        inside = target.is_relative_to(docs)
        return link[0] if inside or not target.exists() else f"{config['repo_url']}/blob/main/{target.relative_to(docs.parent)}"

    markdown = LINK.sub(outside, markdown)
    lines = markdown.split("\n")
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and line.startswith("|"):
            lines[number] = CODE.sub(lambda code: code[0].replace("\\|", "|"), line)
    return "\n".join(lines)


def on_page_content(html, **_):
    def coloured(match):
        line, indent, word = match.groups()
        return f'{line}{indent}<span class="{CLASSES.get(word, "console-note")}">{word}</span>'

    return CONSOLE.sub(coloured, html)
