"""Print how many lines of each spec file are compared literally: `python -m tests.spec`."""

from __future__ import annotations

from pathlib import Path

from tests.spec.session_text import is_wild
from tests.spec.spec_file import read_spec


def main() -> None:
    """Print a line for each file, and their sum."""
    total = [0, 0, 0]
    print("cases  literal  wildcard  file")
    for path in sorted(Path(__file__).parent.rglob("*.spec")):
        cases = read_spec(path.read_text()).cases
        lines = [line for case in cases for line in case.answer]
        wild = sum(map(is_wild, lines))
        counts = [len(cases), len(lines) - wild, wild]
        total = [sum(pair) for pair in zip(total, counts, strict=True)]
        print("{:5}  {:7}  {:8}".format(*counts), path.name, sep="  ")
    print("{:5}  {:7}  {:8}".format(*total), "all", sep="  ")


if __name__ == "__main__":
    main()
