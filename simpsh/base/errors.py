"""What can go wrong, named after the situation the user is in.

SimpshError
├── SyntaxMistake        the line cannot be understood      status 2
│   ├── IncompleteInput      … yet: more input may complete it
│   ├── TooDeep              … because it is nested too deeply
│   └── LeftOut              … because simpsh leaves this construct out on purpose
├── ExpansionProblem     a word cannot be expanded          status 1
│   └── AssignmentProblem    … or a variable cannot be changed  status 2
├── RedirectionProblem   a redirection failed               status 1
├── CommandProblem       a command cannot be started        status 126 or 127
├── UsageProblem         a builtin was misused              status 2
├── NotSupported         this system lacks a call
└── …                    further ones beside the tool that raises them
"""

from __future__ import annotations


class SimpshError(Exception):
    """A problem that is answered in one line: what, why, what to do."""

    status = 1
    """The exit status that the shell answers with."""


class naming:  # noqa: N801 - a statement's word
    """Say what the system refuses in the block as a problem in one line: of what, and why."""

    def __init__(self, what: str, problem: type[SimpshError] = SimpshError) -> None:
        self._what, self._problem = what, problem

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, SimpshError):
            raise self._problem(f"{self._what}: {error.strerror}") from error


class SyntaxMistake(SimpshError):
    """The text is no command of the language; the place is kept for a caret under it."""

    status = 2

    def __init__(
        self, message: str, *, line: int = 1, column: int = 0, width: int = 1, text: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        """The physical line of the input, from 1."""
        self.column = column
        """Characters before the spot in that line."""
        self.width = max(1, width)
        """Characters that the spot is wide."""
        self.text = text
        """That line, without its newline."""


class IncompleteInput(SyntaxMistake):
    """The text ends in the middle of a command; more input may complete it."""


class TooDeep(SyntaxMistake):
    """The text nests more deeply than the parser can follow."""


class LeftOut(SyntaxMistake):
    """The construct is left out of simpsh on purpose."""


class ExpansionProblem(SimpshError):
    """A word cannot be expanded."""


class AssignmentProblem(ExpansionProblem):
    """A variable cannot be changed: it is readonly."""

    status = 2


class RedirectionProblem(SimpshError):
    """A redirection failed; its command is not run."""

    is_reported = False
    """Whether the message was printed, on the command's own standard error."""


class CommandProblem(SimpshError):
    """A command cannot be started; `status` is 126 (found) or 127 (not found)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class UsageProblem(SimpshError):
    """A builtin or option was used in a way it does not have."""

    status = 2


class Interrupted(BaseException):
    """SIGINT reached the shell while it waited, read or expanded; the line is given up.

    No Exception, for the reason that KeyboardInterrupt is none: nothing that handles errors may
    swallow it.
    """

    status = 130
    """What `$?` is then."""


class LineAbandoned(Interrupted):
    """At the prompt: a mistake that would end a script gives the line up; it is told already."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class OutputError(OSError):
    """The system refused to write output."""


class OutputClosed(OutputError, BrokenPipeError):
    """No process can read the output any more."""


class NotSupported(SimpshError, OSError):
    """This system lacks what was asked for; the message names the call and what has it."""


DEFECT_STATUS = 2
"""The status of a line that a defect, or a lack of memory, has ended."""


def defect_in_a_line(problem: BaseException) -> str:
    """Return one line about an exception that no code expected.

    The process lacks memory or descriptors, or simpsh has a defect; the line names its place.
    """
    if isinstance(problem, MemoryError):
        return "there is not enough memory"
    if isinstance(problem, OSError | ImportError):
        # Imported here because `import simpsh` loads only this module.
        from simpsh.base import descriptor_limit

        if descriptor_limit.is_met(problem):
            return descriptor_limit.limit_words()
    message = str(problem).partition("\n")[0]
    what = f"{type(problem).__name__}: {message}" if message else type(problem).__name__
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return f"a defect of simpsh: {what}"
    file = place.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"a defect of simpsh: {what} ({file}, line {place.tb_lineno})"


class AskedToEnd(SystemExit):
    """A signal asked this process to end.

    A SystemExit, because an event loop lets no other exception of a signal handler pass.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(128 + signal)
        self.signal = signal
