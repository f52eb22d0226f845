"""Run programs in two shells and report the differences: one alone, or many in one start.

A start of simpsh costs as much as a dozen small programs. Many programs run in subshells, each in
its own directory; the part of each is cut from the outputs.
"""

from collections.abc import Sequence

import pytest

from tests.harness.sh import (
    DASH,
    DidNotEnd,
    File,
    Outcome,
    Place,
    Shell,
    cut,
    differences,
    marked,
    run,
)

needs_dash = pytest.mark.needs("dash")


def compare(text: str, shell: Shell, place: Place, **options) -> list[str]:
    """Return the differences between dash and `shell` for a program.

    `$SELF` in the program is the command of the shell; `options` are passed to run().
    """
    try:
        expected, got = (
            run(each, text, place=place, extra={"SELF": " ".join(each.argv)}, **options)
            for each in (DASH, shell)
        )
    except DidNotEnd as late:
        return [str(late)]
    return differences(expected, got)


def together(programs: Sequence[str], before: str = "") -> str:
    """Return a script that runs `before` and each program in a subshell with its own directory."""
    names = " ".join(f"p{index}" for index in range(len(programs)))
    apart = (f"(cd p{index}\n{text}\n)" for index, text in enumerate(programs))
    return f"{before}mkdir {names}\n{marked(apart)}"


def outcomes(
    programs: Sequence[str], shell: Shell, place: Place, before: str = "", form: str = "-c"
) -> list[Outcome] | None:
    """Return the outcome of each program, or None if the shell did not finish."""
    try:
        whole = run(shell, together(programs, before), form=form, place=place, seconds=60)
    except DidNotEnd:
        return None
    found = cut(whole, len(programs))
    if found is None:
        return None
    return [
        Outcome(each.stdout, each.stderr, each.status, files_in(f"p{index}/", whole))
        for index, each in enumerate(found)
    ]


def files_in(folder: str, whole: Outcome) -> dict[str, File]:
    """Return the files of one program, by their path in its directory."""
    return {
        name.removeprefix(folder): file
        for name, file in whole.files.items()
        if name.startswith(folder)
    }
