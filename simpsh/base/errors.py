"""All exceptions, named after the user's situation.

SimpshError
├── SyntaxMistake        the line cannot be understood      status 2
│   └── IncompleteInput      … yet: more input may complete it
├── ExpansionProblem     a word cannot be expanded          status 1
│   └── AssignmentProblem    … or a variable cannot be changed  status 2
├── RedirectionProblem   a redirection failed               status 1
├── CommandProblem       a command cannot be started        status 126 or 127
├── UsageProblem         a builtin was misused              status 2
├── NotSupported         this system lacks a call
└── …                    others, defined by the tool that raises them
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.complaint import Complaint


class SimpshError(Exception):
    """A problem that is reported in one line: what, why, what to do."""

    status = 1
    """The exit status."""

    def complaint(self) -> Complaint:
        """Return the message as data: a sentence, and perhaps an excerpt of the input or usage."""
        # Imported when needed, because `import simpsh` loads only this module.
        from simpsh.base.complaint import Complaint

        return Complaint(str(self))


class naming:  # noqa: N801 - a statement's word
    """Convert an OSError in the block into a problem whose message begins with `name`."""

    def __init__(self, name: str, problem: type[SimpshError] = SimpshError) -> None:
        self._name, self._problem = name, problem

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, SimpshError | OutputError):
            raise self._problem(f"{self._name}: {error.strerror}") from error


class SyntaxMistake(SimpshError):
    """The text is not a command of the language; a caret marks the mistake."""

    status = 2

    def __init__(
        self, message: str, *, line: int = 1, column: int = 0, width: int = 1, text: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        """The line's number in the input, from 1."""
        self.column = column
        """Characters before the position in that line."""
        self.width = max(1, width)
        """Length of the part to mark, in characters."""
        self.text = text
        """The line, without its newline."""

    def complaint(self) -> Complaint:
        """Return the message with the line and a caret."""
        from simpsh.base.complaint import Complaint, Excerpt

        return Complaint(self.message, Excerpt(self.text, self.column, self.width))


class IncompleteInput(SyntaxMistake):
    """The text is an incomplete command; more input may complete it.

    The location is the innermost construct that is open.
    """

    def __init__(self, message: str, *, opened: tuple[str, ...] = (), **place: object) -> None:
        super().__init__(message, **place)  # type: ignore[arg-type] # of SyntaxMistake
        self.opened = opened
        """The open constructs, the innermost last, in words of zsh's prompts: `if`, `cmdsubst`."""


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
    """A builtin or option was used incorrectly."""

    status = 2

    def __init__(self, message: str, usage: str = "") -> None:
        super().__init__(message)
        self.usage = usage
        """Usage lines to print after the message."""

    def complaint(self) -> Complaint:
        """Return the message and the usage lines."""
        from simpsh.base.complaint import Complaint

        return Complaint(str(self), usage=self.usage)


class Interrupted(BaseException):
    """SIGINT reached the shell while it waited, read or expanded; the line is discarded.

    Like KeyboardInterrupt, this is not an Exception, so that error handlers do not catch it.
    """

    status = 130
    """The value of `$?`."""


class LineAbandoned(Interrupted):
    """A reported error that discards a line at the prompt; in a script, it would end the shell."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ListSuspended(LineAbandoned):
    """A foreground job was stopped: the rest of its list is discarded (POSIX XCU 2.11)."""

    has_rest = False
    """Whether the line may have further commands: it is more than one job."""


class OutputError(OSError):
    """The system refused to write output."""


class OutputClosed(OutputError, BrokenPipeError):
    """No process reads the output any more."""


class NotSupported(SimpshError, OSError):
    """This system lacks a feature; the message names the system call and what supports it."""


DEFECT_STATUS = 2
"""The status of a line that a defect or lack of memory has ended."""


_TOO_MANY = "Too many open files"
"""The words for EMFILE and ENFILE, in an error of the dynamic linker, too."""


def defect_in_a_line(problem: BaseException) -> str:
    """Return one line about an unexpected exception.

    The line reports a lack of memory or descriptors, or a defect of simpsh with its file and line.
    """
    if isinstance(problem, MemoryError):
        return "there is not enough memory"
    if isinstance(problem, OSError | ImportError) and _TOO_MANY in str(problem):
        # The error names the module that could not be opened.
        return f"{_TOO_MANY} (ulimit -n)"
    message = str(problem).partition("\n")[0]
    name = f"{type(problem).__name__}: {message}" if message else type(problem).__name__
    place = place_of(problem)
    return f"a defect of simpsh: {name} ({place})" if place else f"a defect of simpsh: {name}"


PLACE = "place_in_another_process"
"""The attribute with the place of an exception that another process sent."""


def place_of(problem: BaseException) -> str:
    """Return the file and line in which an exception was raised first; empty if unknown."""
    if (elsewhere := vars(problem).get(PLACE)) is not None:
        return str(elsewhere)
    frame = problem.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return ""
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}, line {frame.tb_lineno}"


class AskedToEnd(SystemExit):
    """A signal asked this process to end.

    A SystemExit, because event loops let no other exception of a signal handler pass.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(128 + signal)
        self.signal = signal
