"""Write the documentation site: the documents, the reference from the code, and the course.

`python -m tools.write_site DIR` builds DIR/index.html; with `--course` the lessons are checked and
become pages below DIR/course. The documents are copied first, so nothing is written among them.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lessons import CORE
from simpsh.cli.command_line import SUBCOMMANDS
from tools.write_reference import reference_pages

ROOT = Path(__file__).parent.parent
_LESSON = re.compile(r"\[([\w-]+)\]\(\.\./lessons/\w+/[\w-]+/lesson\.py\)")
_PAGES = "as web pages"

_LISTS = {"adr/README.md": "[0-9]*", "reference/commands.md": "\n".join(SUBCOMMANDS)}
"""Pages that list the pages below them."""
_COURSE = "# The course\n\nThe lessons as web pages: guess, then see a real run.\n"
"""Stands for the first page of the course in the sidebar and the search; the course replaces it."""
_FIRST_LIST = "```{toctree}\n:hidden:\n"


def lay_out(folder: Path, *, has_course: bool) -> None:
    """Copy the documents into an empty folder, and add the reference pages."""
    shutil.copytree(ROOT / "docs", folder, dirs_exist_ok=True)
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (folder / "CHANGELOG.md").write_text(changes.replace("](docs/", "]("), "utf-8")
    shutil.copy(ROOT / "simpsh/notebook/logo-svg.svg", folder / "favicon.svg")
    pages = reference_pages()
    for path, text in pages.items():
        page = folder / path
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    for name, below in _LISTS.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(f"\n```{{toctree}}\n:hidden:\n:glob:\n\n{below}\n```\n")
    link = _course_link("\\1") if has_course else r"*\1*"
    for name in ("lessons.md", "writing-lessons.md"):
        page = folder / name
        page.write_text(_LESSON.sub(link, page.read_text("utf-8")), "utf-8")
    if has_course:
        index = folder / "index.md"
        whole = index.read_text("utf-8")
        whole = whole.replace(_PAGES, _course_link("index", _PAGES))
        listed = f"{_FIRST_LIST}:caption: Course\n\ncourse/index\n```\n\n{_FIRST_LIST}"
        index.write_text(whole.replace(_FIRST_LIST, listed, 1), "utf-8")
        (folder / "course").mkdir()
        (folder / "course/index.md").write_text(_COURSE, "utf-8")


def _course_link(page: str, text: str = "") -> str:
    # In the repository a claim links to the file of its lesson, on the site to the lesson's page.
    return f'<a href="course/{page}.html">{text or page}</a>'


def write_site(folder: Path, *, has_course: bool) -> int:
    """Build the site, whole or not at all; return the exit status.

    A warning from Sphinx counts as an error. Keeps the output of `make try`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".site-") as made:
        source, site = Path(made, "docs"), Path(made, "site")
        lay_out(source, has_course=has_course)
        options = ["-b", "html", "-W", "--keep-going", "-j", "2"]
        steps = [[sys.executable, "-m", "sphinx", *options, str(source), str(site)]]
        if has_course:
            course = str(site / "course")
            steps.append([sys.executable, "-m", "simpsh", "lesson", "site", course])
        for step, (words, shows) in zip(steps, _STEPS, strict=False):
            _report(words)
            shutil.rmtree(site / "course", ignore_errors=True)
            with subprocess.Popen(step, stdout=subprocess.PIPE, text=True) as running:
                for line in running.stdout or ():
                    if shows(line):
                        _report(line.rstrip("\n"))
            if running.returncode:
                return running.returncode
        if (folder / "try").exists():
            (folder / "try").rename(site / "try")
        lead_to_the_documents(site)
        if has_course and not lead_to_the_tab(site):
            sys.stdout.write("no lesson leads to the machine in the tab: make try makes it\n")
        if folder.exists():
            folder.rename(Path(made, "before"))
        site.rename(folder)
    sys.stdout.write(f"open it in a browser: {folder.absolute().as_uri()}/index.html\n")
    return 0


_STEPS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("writing the documents: about two minutes", lambda line: "%] " in line),
    # The last line names a folder that is renamed afterwards.
    (
        "checking each lesson and writing its page: five minutes or more",
        lambda line: not line.startswith("open it in"),
    ),
)
"""For each step a sentence, and a filter that chooses which lines of its output are shown."""


def _report(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


TRAIL = '<nav class="trail" aria-label="Where this page is">'
_GLOSSARY = '<a class="button" href="glossary.html">Glossary</a>'


def lead_to_the_documents(site: Path) -> None:
    """Link the pages of the course to the documents and their search."""
    back = '<a href="../index.html">simpsh</a> › '
    more = (
        '<a class="button" href="../index.html">Documents</a> '
        '<a class="button" href="../search.html">Search</a>'
    )
    for page in site.glob("course/*.html"):
        text = page.read_text("utf-8").replace(TRAIL, TRAIL + back)
        page.write_text(text.replace(_GLOSSARY, f"{_GLOSSARY} {more}"), "utf-8")


_TASK = re.compile(
    r'(id="step-(\d+)">(?:(?!</section>).)*?<div class="task"><h3>.*?</h3>)', re.DOTALL
)
_AT_HOME = "<h3>Take it on your own machine</h3>"
_HERE = 'class="try-here"'
_WHERE = "on a Linux machine in this tab.</p>"
_FRONT = (
    f'<a {_HERE} href="try/index.html?lesson={CORE[0]}">Take the first lesson</a> '
    f'<a {_HERE} href="try/index.html">The shell with pictures</a> Nothing to install.'
)
"""The line below the title of the front page, if the site has the machine."""


def lead_to_the_tab(site: Path) -> bool:
    """Link the front page and pages of core lessons to the machine in the tab.

    Returns whether both the machine and pages of lessons exist.
    """
    if not (site / "try/index.html").exists():
        return False
    front = site / "index.html"
    if front.exists() and _HERE not in (text := front.read_text("utf-8")):
        front.write_text(text.replace("</h1>", f"</h1>\n<p>{_FRONT}</p>", 1), "utf-8")
    pages = [page for name in CORE if (page := site / f"course/{name}.html").exists()]
    for page in pages:
        text = page.read_text("utf-8")
        if _HERE not in text:
            link = f'<p><a {_HERE} href="../try/index.html?lesson={page.stem}'
            text = _TASK.sub(rf'\1{link}&amp;from=\2">Try it here</a>, {_WHERE}', text)
            whole = f'<h3>Try it here</h3>{link}">The whole lesson</a>, {_WHERE}'
            page.write_text(text.replace(_AT_HOME, whole + _AT_HOME), "utf-8")
    return bool(pages)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the documentation site.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--course", action="store_true", help="check the lessons, add their pages")
    words = parser.parse_args()
    sys.exit(write_site(words.folder, has_course=words.course))
