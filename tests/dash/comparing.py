"""Run a program in two shells and report the differences."""

from __future__ import annotations

import pytest

from tests.dash.programs import Program
from tests.support.shells import DASH, DidNotEnd, Place, Shell, differences, run

needs_dash = pytest.mark.skipif(not DASH.is_installed(), reason="dash is not installed")


def compare(program: Program, shell: Shell, place: Place, form: str | None = None) -> list[str]:
    """Return the differences between dash and `shell` for a program.

    `form` overrides the program's own form. `$SELF` in the program is the command of the shell.
    """
    try:
        expected, got = (
            run(
                each,
                program.text,
                form=form or program.form,
                arguments=program.arguments,
                place=place,
                extra={"SELF": " ".join(each.argv)},
                seconds=program.seconds,
            )
            for each in (DASH, shell)
        )
    except DidNotEnd as late:
        return [str(late)]
    return differences(expected, got)
