"""`python -m tests.bench [NAME…] [--rounds N]`: times compared with installed shells.

`python -m tests.bench scripts` prints one table: twelve scripts in seven shells.
"""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile

from tests.bench import shell_scripts
from tests.bench.tables import CASES, Case
from tests.bench.timing import interleave, machine_line, table
from tests.support.shells import PROJECT

SCRIPTS = "scripts"
"""The name of the table of many shells."""


def measure(case: Case, rounds: int, *, quiet: bool = False) -> str:
    """Run one case and return its table."""

    def progress(number: int) -> None:
        if not quiet and sys.stderr.isatty():
            print(f"\r{case.title}: round {number + 1} of {rounds} ", end="", file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="simpsh-bench-") as directory:
        results = interleave(case.candidates(directory), rounds, progress)
    if not quiet and sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return table(case.title, results, case.against, case.goal)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = (*CASES, SCRIPTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)} (there are: {', '.join(known)})")
    # Stale or missing bytecode would be compiled at each start and hide everything else.
    sys.dont_write_bytecode = False
    compileall.compile_dir(os.path.join(PROJECT, "simpsh"), quiet=2)
    print(machine_line(), flush=True)
    for name in options.names or known:
        is_of_many = name == SCRIPTS
        made = _scripts(options.rounds) if is_of_many else measure(CASES[name], options.rounds)
        print("\n" + made, flush=True)
    return 0


def _scripts(rounds: int) -> str:
    def progress(name: str, number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{name}: round {number + 1} of {rounds} ", end="", file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="simpsh-bench-") as directory:
        made = shell_scripts.measure(directory, rounds, progress)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return made


if __name__ == "__main__":
    sys.exit(main())
