"""The blocks of documents, fenced and indented, which tests run.

A block that no test runs has a comment before it, `<!-- not run: … -->`, with the reason. A block
of the kind `simpsh`, which may be followed by options of the shell, is a session at a prompt, in
the form of session_text.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

from tests.harness.sh import PROJECT
from tests.spec.session_text import Case, read_cases

BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why_not>.*) -->\n+)?"
    r"(?:^(?P<fence> *(?:`{3,}|~{3,}))(?P<kind>.*)\n(?P<text>(?:.*\n)*?)(?P=fence) *$"
    r"|(?:(?<=\n\n)|^#.*\n)(?P<drawn>(?: {4,}.*\n)(?:(?:\n+)? {4,}.*\n)*))",
    re.MULTILINE,
)


class Block(NamedTuple):
    """One block of a document; `drawn` is the kind of an indented block."""

    document: Path
    line: int
    kind: str
    heading: str
    text: str
    why_not: str

    def cases(self) -> list[Case]:
        """Read the block as a session."""
        return read_cases(self.text.splitlines(), self.line + 1)


def blocks_of(document: Path) -> list[Block]:
    text = document.read_text()
    found = []
    for match in BLOCK.finditer(text):
        before = text[: match.start("kind" if match["fence"] else "drawn")]
        heading = "".join(re.findall(r"^#+ (.*)", before, re.MULTILINE)[-1:])
        kind, words = (
            (match["kind"], match["text"]) if match["fence"] else ("drawn", match["drawn"])
        )
        line = before.count("\n") + 1
        found.append(Block(document, line, kind, heading, dedent(words), match["why_not"] or ""))
    return found


def asked_for(document: str, kind: str = "sh", under: str = "") -> list[Block]:
    """Return the blocks of a kind that tests run, below a heading that begins with `under`."""
    there = blocks_of(Path(PROJECT, "docs", document))
    of_kind = [one for one in there if (one.kind, one.why_not) == (kind, "")]
    return [one for one in of_kind if one.heading.startswith(under)]


def shown_in(document: str, kind: str = "sh", under: str = "") -> list[str]:
    """Return the texts of asked_for(). Pass literals: test_documents looks for the arguments."""
    return [block.text for block in asked_for(document, kind, under)]


def sessions(document: Path) -> list[Block]:
    """Return the blocks that are sessions at a prompt."""
    return [block for block in blocks_of(document) if "simpsh" in block.kind.split()[:1]]
