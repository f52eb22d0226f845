"""Run a program in two shells and report the differences."""

import pytest

from tests.harness.sh import DASH, DidNotEnd, Place, Shell, differences, run

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
