"""Each case of docs/differences.md shows the real output of the shells."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.sh import BASH, DASH, PROJECT, SIMPSH, Place, run

SHELLS = {shell.name: shell for shell in (SIMPSH, DASH, BASH) if shell.is_installed()}

NEWER_DASH = "newer dash"
"""The dash of Debian 13 in the page, where it differs from the dash of Debian 12."""


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield each case's line with a shell and its output according to the page."""
    text = Path(PROJECT, "docs", "differences.md").read_text()
    for block in re.findall(r"^```compare\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for case in block.strip("\n").split("\n\n"):
            rows = case.split("\n")
            line = "\n".join(row for row in rows if not row.startswith("→ "))
            for row in rows:
                if row.startswith("→ "):
                    names, _, printed = row[2:].partition(": ")
                    yield from ((line, name, printed) for name in names.split(", "))


@pytest.mark.parametrize(
    "names",
    [
        ("simpsh",),
        pytest.param(
            ("dash", "bash"),
            marks=pytest.mark.long("80 lines in each of two other shells, which change seldom"),
        ),
    ],
)
def test_the_cases_of_the_page_are_what_the_shells_do(names):
    present = SHELLS.keys() & {*names}
    with Place() as place:
        is_newer = "dash" in present and run(DASH, "set -o pipefail", place=place).status == 0
        printed_by = {(line, name): printed for line, name, printed in cases()}
        if is_newer:
            for (line, name), printed in tuple(printed_by.items()):
                if name == NEWER_DASH:
                    printed_by[line, "dash"] = printed
        asked = [(*key, printed) for key, printed in printed_by.items() if key[1] in present]
        assert len(asked) > 60 * len(present)
        seen = [run(SHELLS[name], line, place=place).in_short for line, name, _ in asked]
    assert [
        f"{line!r} in {name}: {printed!r}, but it is {outcome!r}"
        for (line, name, printed), outcome in zip(asked, seen, strict=True)
        if outcome != printed
    ] == []
