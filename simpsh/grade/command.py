"""`simpsh grade`: a shell here and now, or a class; which does the command line want?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str]) -> int:
    """Do what the words after `grade` say, and return the exit status.

    Raises:
        SimpshError: what was asked for cannot be done.
        UsageProblem: the words make no sense.
    """
    if words and words[0] == "shell":
        from simpsh.grade.shell_command import main as shell

        return shell(words[1:])
    from simpsh.grade.class_command import main as of_class

    return of_class(words)
