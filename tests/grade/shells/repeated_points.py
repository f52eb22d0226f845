"""Which points does each shell get, run after run? A table; the status is 0 if all are as told.

    python -m tests.grade.shells.repeated_points [--busy N] [SHELL ...]

SIMPSH_ROUNDS is how often each shell is examined (1 unless told); --busy N keeps N processes
computing meanwhile. Without names, all shells are examined that are installed or can be built.
"""

from __future__ import annotations

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from simpsh.grade.reports.rubric import Rubric
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    check_shell,
    examine,
)
from tests.grade.shells.honest_shells import HONEST_SHELLS, INSTALLED_SHELLS
from tests.trace.traced_runs import burning

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "1"))
_SECONDS = 20


def points_of(argv: Sequence[str], status: str = "") -> tuple[float, dict[str, str]]:
    """Return the points of a shell; and what was the case instead of each check it did not pass."""
    how = ExaminationOptions(seconds=_SECONDS, may_be_installed=True, status=status)
    marks = [examine(check_shell(argv), one, Rubric(), how) for one in BEHAVIOURS]
    lost = {
        f"{mark.id}.{check.key}": check.instead
        for mark in marks
        for check in mark.checks
        if not check.is_passed
    }
    return sum(mark.points for mark in marks), lost


def table(names: Sequence[str], folder: Path) -> bool:
    """Print a line for each shell, with the points of each run; return whether all is as it was."""
    is_steady = True
    for shell in (*INSTALLED_SHELLS, *HONEST_SHELLS):
        if names and shell.name not in names:
            continue
        try:
            argv = shell.command(folder)
        except pytest.skip.Exception as lack:
            print(f"{shell.name:28}{lack}", flush=True)
            continue
        start, runs = monotonic(), []
        print(f"{shell.name:28}", end="", flush=True)
        for _ in range(ROUNDS):
            runs.append(points_of(argv, shell.status))
            print(f"{runs[-1][0]:>5g}", end="", flush=True)
        seen = {key: words for _, lost in runs for key, words in lost.items()}
        is_steady &= all(set(lost) == set(shell.lacks) for _, lost in runs)
        print(f"   {(monotonic() - start) / ROUNDS:.1f} s each", flush=True)
        for key, words in seen.items():
            print(f"    {key}: {words}", flush=True)
    return is_steady


def main() -> int:
    """Print the table for the shells that are asked for."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, burning(asked.busy):
        return 0 if table(asked.names, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
