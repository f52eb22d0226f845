"""`python -m tests.bench [NAME…] [--rounds N]`: times beside other shells, those that are there."""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile

from tests.bench.tables import CASES, Case
from tests.bench.timing import interleave, machine_line, table
from tests.support.shells import PROJECT


def measure(case: Case, rounds: int) -> str:
    """Run one case and return its table."""

    def progress(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{case.title}: round {number + 1} of {rounds} ", end="", file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="simpsh-bench-") as directory:
        results = interleave(case.candidates(directory), rounds, progress)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return table(case.title, results, case.against, case.goal)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in CASES]
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)} (there are: {', '.join(CASES)})")
    # Stale or missing bytecode would be compiled at each start and hide everything else.
    sys.dont_write_bytecode = False
    compileall.compile_dir(os.path.join(PROJECT, "simpsh"), quiet=2)
    print(machine_line(), flush=True)
    for name in options.names or CASES:
        print("\n" + measure(CASES[name], options.rounds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
