"""`python -m tests.bench.whole_class [COUNT [SYSTEM …]]`: from an export to marks, timed.

It makes the export of a class of COUNT students (30) in the form of each course system, and runs
the three commands of the guide on it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.timing import machine_line
from tests.grade.confinement import accepted
from tests.grade.exports.course_exports import EXPORTS, class_of
from tests.grade.two_children import IN_C, ONE_WAIT, RIGHT
from tests.support.shells import run_command, simpsh_command

TEXTS = [(".py", RIGHT), (".c", IN_C), (".py", ONE_WAIT)]


def measure(system: str, count: int, folder: Path) -> list[tuple[str, float, float]]:
    """Return each command's name, its seconds, and the seconds of processors."""
    export, roster = EXPORTS[system](folder, class_of(TEXTS, count))
    of = ("--roster", str(roster)) if roster else ()
    column = ("--column", "771") if system == "canvas" else ()
    commands = {
        "open": (str(export), *of),
        "judge": (*accepted(), "-q", "--exercise", "two-children"),
        "publish": column,
    }
    times = []
    for name, words in commands.items():
        start, before = time.monotonic(), os.times()
        done = run_command([*simpsh_command(), "class", name, *words], cwd=folder, timeout=3600)
        assert done.returncode == 0, done.stdout + done.stderr
        spent, after = time.monotonic() - start, os.times()
        used = sum(after[2:4]) - sum(before[2:4])
        times.append((name, spent, used))
    return times


def main(words: list[str]) -> None:
    """Print a row for each system."""
    count = int(words[0]) if words else 30
    print(machine_line(), flush=True)
    for system in words[1:] or EXPORTS:
        with tempfile.TemporaryDirectory(prefix="simpsh-bench-") as folder:
            times = measure(system, count, Path(folder))
        row = "   ".join(f"{name} {spent:6.1f} s ({used:.1f})" for name, spent, used in times)
        whole = sum(spent for _, spent, _ in times)
        print(f"{system:<11} {row}   in all {whole:.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
