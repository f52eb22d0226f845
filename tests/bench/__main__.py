"""`python -m tests.bench [--rounds N]`: twelve scripts in all installed shells; tracing."""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile

from tests.bench import shell_scripts, tracing_cost
from tests.bench.timing import machine_line
from tests.support.shells import PROJECT


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    # Stale or missing bytecode would be compiled at each start and hide everything else.
    sys.dont_write_bytecode = False
    compileall.compile_dir(os.path.join(PROJECT, "simpsh"), quiet=2)
    print(machine_line(), flush=True)

    def progress(name: str, number: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[K{name}: round {number + 1} of {rounds} ", end="", file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="simpsh-bench-") as directory:
        print("\n" + tracing_cost.measure(directory, rounds), flush=True)
        print("\n" + shell_scripts.measure(directory, rounds, progress))


if __name__ == "__main__":
    main()
