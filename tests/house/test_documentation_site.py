"""The documentation site: built without a warning (of a link, too), and its search finds."""

import re
import shutil
import sys

import pytest

import simpsh
from simpsh.cli.command_line import SUBCOMMANDS
from simpsh.cli.option_parser import subcommand_of
from simpsh.shell.builtins import help_pages
from tests.course.site.driven_page import AXE, grave_findings
from tests.harness.sh import PROJECT, run_command
from tests.support.browser import Browser, Tab, served
from tests.support.needed_programs import is_installed
from tools.write_reference import reference_pages


@pytest.mark.long("Sphinx writes a hundred pages")
@pytest.mark.timeout(600)
def test_the_site_is_built_and_whole(tmp_path):
    # One test, because the build is slow; like `make docs`, without the course.
    site = tmp_path / "site"
    argv = [sys.executable, "-m", "tools.write_site", str(site)]
    done = run_command(argv, cwd=PROJECT, timeout=580)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    nothing_is_loaded_from_elsewhere(site)
    what_is_wider_than_the_page_is_scrolled_by_keys(site)
    the_reference_is_there(site)
    sessions_are_coloured(site)
    what_the_theme_leaves_out_is_there(site)
    if is_installed("chromium"):
        it_fits_and_its_search_finds(site, tmp_path)


def test_a_colon_in_the_text_of_a_variable_is_not_the_end_of_a_type(tmp_path):
    (tmp_path / "sample.py").write_text(_VARIABLES)
    directive = ".. automodule:: sample\n   :undoc-members:"
    (tmp_path / "index.md").write_text(f"# A\n\n```{{eval-rst}}\n{directive}\n```\n")
    for name in ("conf.py", "site.css"):
        shutil.copy(f"{PROJECT}/docs/{name}", tmp_path)
    (tmp_path / "favicon.svg").touch()
    argv = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", str(tmp_path)]
    done = run_command([*argv, str(tmp_path / "site")], env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "site/index.html").read_text()
    assert "<p>code of a signal: it was sent.</p>" in page
    assert "<p>the end of a pipe: empty for a file.</p>" in page


_VARIABLES = '''
CODES = (0,)
"""code of a signal: it was sent."""


class Delivery:
    code = 0
    """code of its signal: see CODES."""


class Pending:
    code = 0

    @property
    def end(self):
        """the end of a pipe: empty for a file."""
'''


def what_is_wider_than_the_page_is_scrolled_by_keys(site):
    page = (site / "index.html").read_text()
    assert '<p tabindex="0"><img ' in page
    assert '<div tabindex="0" class="table-wrapper' in page


def nothing_is_loaded_from_elsewhere(site):
    found = [
        (path.relative_to(site), link)
        for path in site.rglob("*.html")
        for link in re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="([^"]+)"', path.read_text())
        if re.match(r"[a-z]+:|//", link)
    ]
    assert found == []


def test_each_subcommand_has_a_page_with_its_options_and_each_page_of_help_a_section():
    pages = reference_pages()
    for name in SUBCOMMANDS:
        page = pages[f"reference/{name}.md"]
        for _, option in subcommand_of(name).declared():
            assert f"| `{option.typed}` |" in page, (name, option.typed)
    titles = re.findall(r"^## (.*)$", pages["reference/language.md"], re.MULTILINE)
    assert len(titles) == len(help_pages.pages())


def test_the_page_of_the_library_documents_each_public_name_once():
    page = reference_pages()["api.md"]
    documented = re.findall(r"^\.\. (?:auto|py:)\w+:: (?:simpsh\.)?(\w+)$", page, re.MULTILINE)
    assert sorted(documented) == sorted(simpsh.__all__)


def the_reference_is_there(site):
    recordings = (site / "reference/recordings.html").read_text()
    library = (site / "api.html").read_text()
    for name in ("Fork", "Exec", "WaitReturn"):
        assert f'id="simpsh.base.events.{name}"' in recordings
    for name in ("PidFd.open", "ExitInfo.status", "daemonize", "WaitStatus"):
        assert f'id="simpsh.{name}"' in library


def sessions_are_coloured(site):
    page = (site / "tutorial.html").read_text()
    assert '<span class="gp">&gt;&gt; </span>' in page
    assert "highlight-simpsh" in page


def what_the_theme_leaves_out_is_there(site):
    for path in site.glob("reference/*.html"):
        text = path.read_text()
        # Options have plain hyphens, captions are not headings, and blocks wider than a page can
        # be scrolled by keyboard.
        assert not re.search(r"[–—][a-z]", text), path
        assert 'role="heading"' not in text
        assert "<pre>" not in text
        assert '<meta name="description"' in text


def it_fits_and_its_search_finds(site, tmp_path):
    browser = Browser(tmp_path)
    try:
        tab = Tab(browser)
        with served(site) as address:
            for width, dark in ((360, "dark"), (1400, "light")):
                tab.resize(width, 800, is_phone=width < 400)
                tab.prefer(prefers_color_scheme=dark)
                for page in sorted(site.rglob("*.html")):
                    tab.open(f"{address}/{page.relative_to(site)}")
                    wide = tab.run("document.documentElement.scrollWidth - window.innerWidth")
                    assert wide <= 0, (page, width)
                    assert not AXE.exists() or grave_findings(tab) == [], (page, dark)
            tab.open(f"{address}/search.html?q=subreaper")
            tab.run(
                "new Promise(done => { const look = () => document.querySelector('ul.search p') ?"
                " done(true) : requestAnimationFrame(look); look(); })"
            )
            assert int(tab.run("document.querySelectorAll('ul.search li a').length")) >= 2
            assert "subreaper" in tab.run("document.querySelector('ul.search p').innerText").lower()
            assert tab.complaints() == []
    finally:
        browser.close()
