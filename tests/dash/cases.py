"""The cases: small programs, many in one run of a shell, with the same outcome in simpsh and dash.

Each line of a file is a case; a line that begins with `> ` continues the previous line, and a line
that begins with `#` is a comment. `eval` reads each case in a subshell with its own directory, so a
syntax error ends only its case. The function `p` prints the number of its arguments and each of
them.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.dash.comparing import differences, outcomes
from tests.harness.sh import DASH, Outcome, Place, Shell

FOLDER = Path(__file__).parent / "cases"
SIZE = 60

PREPARATION = """\
p() { printf '[%s]' "$#" "$@"; }
set -- one 'two  three' ''
A=a B='b  c' C='*' E= N=7
"""


@dataclass(frozen=True)
class Case:
    group: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.group}:{self.line}: {self.text}"


def read(path: Path) -> list[Case]:
    cases: list[Case] = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.startswith("> "):
            cases[-1] = replace(cases[-1], text=f"{cases[-1].text}\n{line[2:]}")
        elif line and not line.startswith("#"):
            cases.append(Case(path.stem, number, line))
    return cases


def all_cases() -> list[Case]:
    return [case for path in sorted(FOLDER.glob("*.sh")) for case in read(path)]


def batches(cases: Sequence) -> list[Sequence]:
    return [cases[first : first + SIZE] for first in range(0, len(cases), SIZE)]


def complaints(
    cases: Sequence[Case], shell: Shell, place: Place, form: str = "-c"
) -> Iterator[str]:
    """Yield a report for each case whose outcome differs from dash."""
    texts = [f"eval {shlex.quote(case.text)}" for case in cases]
    expected = outcomes(texts, DASH, place, PREPARATION, form)
    got = outcomes(texts, shell, place, PREPARATION, form)
    if (expected is None or got is None) and len(cases) > 1:
        for case in cases:
            yield from complaints([case], shell, place, form)
        return
    if expected is None or got is None:
        yield f"{cases[0]}\n  did not come to its end, in dash or in {shell.name}"
        return
    for case, wanted, seen in zip(cases, expected, got, strict=True):
        if (wanted.status, seen.status) == (2, 1) and wanted.stderr and seen.stderr:
            # If both report an error, accept 1 for 2: docs/differences.md lists these errors, and
            # the hand-written programs check them.
            wanted = Outcome(wanted.stdout, wanted.stderr, 1, wanted.files)
        differing = differences(wanted, seen)
        if differing:
            yield f"{case}\n  " + "\n  ".join(differing)
