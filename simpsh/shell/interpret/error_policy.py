"""What the error of a command does: the one table (POSIX XCU 2.8.1, with the choices of dash)."""

from __future__ import annotations

from simpsh.base.errors import (
    ExpansionProblem,
    OutputError,
    RedirectionProblem,
    SimpshError,
    UsageProblem,
    defect_in_a_line,
)
from simpsh.process.error_words import error_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.shell.builtins.builtin_registry import Builtin

    Place = Mapping[type[Exception], str]

GO_ON = "go on"
"""The command has the status of the error; the next one runs."""
JUDGE = "judge"
"""As GO_ON, but `set -e` ends the shell."""
END_SCRIPT = "end the script"
"""A script ends. At the prompt, as in bash, the line goes on."""
END_LINE = "end the line"
"""A script ends. At the prompt, the rest of the line is not run."""

_OF_WORDS: Place = {ExpansionProblem: END_LINE}
COMMAND = _OF_WORDS
"""Words, assignments and redirections of a command; its start."""
SPECIAL: Place = {**_OF_WORDS, RedirectionProblem: END_SCRIPT}
"""The same of a special built-in."""
COMPOUND: Place = {**_OF_WORDS, RedirectionProblem: JUDGE}
"""The words and redirections of a compound command itself."""
BUILTIN: Place = {}
"""A built-in; an expression in `[[ ]]` or `(( ))`; a job that cannot be started."""
ENDING_BUILTIN: Place = {OutputError: GO_ON, Exception: END_SCRIPT}
"""A built-in of ENDING_SCRIPTS. As in dash, a write error does not end a script."""
LINE: Place = {ExpansionProblem: END_SCRIPT}
"""A line, if no command in it handles the error."""


def consequence(problem: Exception, place: Place) -> str:
    """Return what an error at a place of the table does.

    >>> consequence(ExpansionProblem("x"), COMPOUND), consequence(OSError(), BUILTIN)
    ('end the line', 'go on')
    """
    return next((place[kind] for kind in type(problem).__mro__ if kind in place), GO_ON)


def message_of(problem: Exception, builtin: Builtin | None) -> object:
    """Return the message for an error, perhaps of a built-in."""
    if builtin is None:
        return problem
    if isinstance(problem, UsageProblem):
        return f"{builtin.name}: {problem}; usage: {builtin.usage}"
    if isinstance(problem, SimpshError):
        return f"{builtin.name}: {problem}"
    if isinstance(problem, OSError):
        return f"{builtin.name}: {error_words(problem)}"
    return f"{builtin.name}: {defect_in_a_line(problem)}"
