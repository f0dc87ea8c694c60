"""The documentation site builds without a warning, and nothing in it leads nowhere or loads anything from elsewhere."""

import os
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from conftest import ROOT, run


class Page(HTMLParser):
    """What a page links to, what it loads, and the anchors it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.anchors = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.update(filter(None, [attributes.get("id"), attributes.get("name")]))
        if tag == "a" and attributes.get("href"):
            self.links.add(attributes["href"])
        elif tag == "link" and "stylesheet" in attributes.get("rel", ""):
            self.loads.add(attributes["href"])
        elif attributes.get("src"):
            self.loads.add(attributes["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    # A warning is a link or an anchor that leads nowhere, or a page that nothing leads to.
    # With `--quiet` it counts no warnings.
    run("mkdocs", "build", "--strict", "--config-file", ROOT / "packages/site/mkdocs.yml", "--site-dir", folder,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path.read_text()) for path in site.rglob("*.html") if path.name != "404.html"}


def target(page, link):
    """The file that a link of a page leads to."""
    path = (page.parent / unquote(link)).resolve() if link else page
    return path / "index.html" if path.is_dir() else path


def test_every_rule_has_a_page(pages, site):
    rules = {path.stem for path in (ROOT / "rules").glob("*/*.md")}
    assert len(rules) > 100
    missing = [rule for rule in rules if site / "rules" / rule / "index.html" not in pages]
    assert not missing


def test_no_link_leads_nowhere(pages):
    """In the pages as they are served, navigation included: MkDocs looks at the links in the texts only."""
    dead = []
    for page, content in pages.items():
        for link in content.links:
            if urlsplit(link).scheme in ("http", "https"):
                continue
            path, anchor = urldefrag(link)
            file = target(page, path)
            if not file.is_file() or (anchor and file in pages and anchor not in pages[file].anchors):
                dead.append(f"{page}: {link}")
    assert not dead


def test_nothing_is_loaded_from_elsewhere(pages, site):
    loads = {load for content in pages.values() for load in content.loads}
    assert loads and not [load for load in loads if urlsplit(load).netloc]
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*['\"]?https?:", style.read_text()), style
