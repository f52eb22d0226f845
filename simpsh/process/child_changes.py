"""What a child changes about itself between fork and exec: values, carried out in order.

    start = ChildStart(NewSession(), Directory("/tmp"), Signals(), Execute(("ls", "-l")))
    pid = start.fork()
    …
    start.require()  # raises ChangeFailed: cannot change the directory: /tmp: Permission denied

A change that fails ends the child. The child notes the change and its error in a page of memory
that it shares with its parent. This needs no descriptor that a program could inherit, and works
under a tracer. A process that reports its errors itself calls carry_out().
"""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.errors import SimpshError, defect_in_a_line
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGKILL, SIGPIPE, SIGTTOU, SIGXFSZ
from simpsh.kernel import descriptors, processes, signals
from simpsh.kernel.program_execution import execute, explanation, locate, search_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set
    from typing import NoReturn

CLOSED, NULL = -1, -2
"""Sources of a child's descriptor: none, or /dev/null."""
IGNORED_BY_PYTHON = frozenset((SIGPIPE, SIGXFSZ))
"""Python code gets errors instead of them; a program must get their default action."""
NOT_EXECUTED = 127
"""The exit status of a child that did not get as far as its program."""
_CHANGED, _FAILED, _NOT_FOUND = 1, 2, 3
"""The first byte of the page; then comes the message."""
_LONGEST_MESSAGE = 1024


class ChangeFailed(SimpshError):
    """A change of a child failed; the message has its name and the reason."""


class NotExecuted(ChangeFailed):
    """The program of a child cannot be executed; message and status are those of a shell."""

    def __init__(self, message: str, status: int = NOT_EXECUTED) -> None:
        super().__init__(message)
        self.status = status


class Change(Record):
    """One change of a child; `name` is what it does, for the message of an error."""

    name = ""

    def carry_out(self) -> None:
        """Change this process; raises OSError, ValueError, SimpshError."""
        raise NotImplementedError


class NewSession(Change):
    """Lead a session and a group, perhaps with a terminal; see setsid(2), TIOCSCTTY(2const)."""

    terminal: int = CLOSED
    name = "begin a session"

    def carry_out(self) -> None:
        """Begin the session."""
        processes.setsid()
        if self.terminal != CLOSED:
            import fcntl
            import termios

            fcntl.ioctl(self.terminal, termios.TIOCSCTTY, 0)


class NewGroup(Change):
    """Lead a group, perhaps in the foreground of the session's terminal; see setpgid(2)."""

    terminal: int = CLOSED
    name = "begin a process group"

    def carry_out(self) -> None:
        """Begin the group."""
        processes.setpgid(0, 0)
        if self.terminal != CLOSED:
            # A process that is not in the foreground yet would be stopped by this call.
            with signals.Blocked(SIGTTOU):
                processes.tcsetpgrp(self.terminal, os.getpid())


class Descriptors(Change):
    """Take descriptors: pairs of a number in the child, and its source in the parent."""

    given: tuple[tuple[int, int], ...]
    name = "take its descriptors"

    def carry_out(self) -> None:
        """Copy all sources, duplicate the copies, then close what must be closed."""
        free = 1 + max((number for number, _ in self.given), default=0)
        copies = {}
        # No dup2 overwrites a source that a later one copies: all are copied above first.
        for number, source in self.given:
            if source == NULL:
                opened = descriptors.open_file(os.devnull, os.O_RDWR if number else os.O_RDONLY)
                copies[number] = descriptors.move_above(opened, free)
            elif source != CLOSED:
                copies[number] = descriptors.dup_above(source, free)
        for number, copy in copies.items():
            descriptors.dup2(copy, number)
            descriptors.close(copy)
        for number, source in self.given:
            if source == CLOSED and descriptors.is_open(number):
                descriptors.close(number)


class OnlyDescriptors(Change):
    """Close all descriptors from 3 on, except these."""

    kept: tuple[int, ...] = ()
    name = "close other descriptors"

    def carry_out(self) -> None:
        """Close them."""
        descriptors.close_all_but(self.kept)


class Signals(Change):
    """Give signals their default action, and set the mask."""

    ignored: Set[int] = frozenset()
    left: Set[int] = frozenset()
    """The signals whose action stays as it is."""
    blocked: Set[int] | None = frozenset()
    """None leaves the mask as it is."""
    name = "set its signals"

    def carry_out(self) -> None:
        """Set the dispositions, then the mask."""
        if self.blocked:
            signals.sigprocmask(signals.SIG_BLOCK, self.blocked)
        signals.set_dispositions(
            dict.fromkeys(signals.CATCHABLE - self.left, signals.SIG_DFL)
            | dict.fromkeys(self.ignored, signals.SIG_IGN)
        )
        if self.blocked is not None:
            signals.sigprocmask(signals.SIG_SETMASK, self.blocked)


class Directory(Change):
    """Work in a directory."""

    path: str
    name = "change the directory"

    def carry_out(self) -> None:
        """Call chdir(2)."""
        processes.chdir(self.path)


class DeathWith(Change):
    """Get a signal when the parent ends; end at once if it has ended already."""

    parent: int
    signal: int = SIGKILL
    name = "end with its parent"

    def carry_out(self) -> None:
        """Ask for the signal."""
        processes.set_pdeathsig(self.signal)
        if os.getppid() != self.parent:
            processes.exit_now(1)


class Step(Change):
    """A change that only its caller knows, such as entering a sandbox."""

    name: str
    take: Callable[[], object]

    def carry_out(self) -> None:
        """Take the step."""
        self.take()


class Execute(Change):
    """Execute a program, which is searched along the PATH of its environment."""

    argv: Sequence[str]
    environment: Mapping[str, str] | None = None
    """None for the environment of the child."""
    last: Callable[[], object] | None = None
    """Called when the program has been found: a filter does not concern the search."""
    name = "execute its program"

    def carry_out(self) -> None:
        """Find the program and execute it; raises NotExecuted."""
        environment = os.environ if self.environment is None else self.environment
        file, error = locate(self.argv[0], search_path(environment))
        if not error:
            if self.last is not None:
                self.last()
            error = execute(file, self.argv, environment)
        raise NotExecuted(*explanation(self.argv, file, error))


def standard(*sources: int) -> Descriptors:
    """Return the change that makes these the descriptors 0, 1 and 2."""
    return Descriptors(tuple(enumerate(sources)))


def detach(*kept: int) -> tuple[Change, ...]:
    """Return the changes of a helper that keeps nothing of its parent but these descriptors."""
    return (NewSession(), Directory("/"), standard(NULL, NULL, NULL), OnlyDescriptors(kept))


def carry_out(*changes: Change) -> None:
    """Carry out changes in this process, in order; raises ChangeFailed."""
    for change in changes:
        try:
            change.carry_out()
        except ChangeFailed:
            raise
        except (OSError, ValueError, SimpshError) as error:
            reason = str(error)
            if isinstance(error, OSError):
                # The number is 0 if the words are not the kernel's.
                reason = console.in_words(error) if error.errno else error.strerror or reason
            raise ChangeFailed(f"cannot {change.name}: {reason}") from error


class ChildStart:
    """The start of one child: its changes, and how far it came. Make it before the fork."""

    def __init__(self, *changes: Change) -> None:
        import mmap

        self.changes = changes
        # A program cannot reach it: execve unmaps it.
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    def fork(self, body: Callable[[], int] | None = None) -> int:
        """Fork a child that carries out the changes, then calls `body`; return its pid."""
        pid = processes.fork()
        if pid == 0:  # in the child
            self.become(body)
        return pid

    def become(self, body: Callable[[], int] | None = None) -> NoReturn:
        """Carry out the changes in a child, call `body`, and exit with its result."""
        status = NOT_EXECUTED
        try:
            self.carry_out()
            if body is not None:
                status = body()
        except NotExecuted as problem:
            console.complain(problem)
            status = problem.status
        except ChangeFailed:
            pass  # noted for the parent
        except Exception as error:  # noqa: BLE001 - a defect, which nothing else would report
            console.complain(defect_in_a_line(error))
        finally:
            processes.exit_now(status)

    def carry_out(self) -> None:
        """Carry out the changes in the child; raises ChangeFailed, which the parent learns, too."""
        try:
            for change in self.changes:
                if isinstance(change, Execute):
                    # After a successful execve, nothing can be noted.
                    self._page[0] = _CHANGED
                carry_out(change)
            self._page[0] = _CHANGED
        except BaseException as error:
            message = str(error) or type(error).__name__
            data = message.encode(errors="surrogateescape")[:_LONGEST_MESSAGE]
            self._page[1 : 1 + len(data)] = data
            self._page[0] = _NOT_FOUND if isinstance(error, NotExecuted) else _FAILED
            raise

    def failure(self) -> ChangeFailed | None:
        """Return what the child has noted: a change that failed, or NotExecuted; None for none."""
        if self._page[0] in (0, _CHANGED):
            return None
        kind = NotExecuted if self._page[0] == _NOT_FOUND else ChangeFailed
        message = self._page[1 : 1 + _LONGEST_MESSAGE].rstrip(b"\0")
        return kind(message.decode(errors="replace"))

    def require(self, otherwise: str = "the child ended before it was set up") -> None:
        """Raise ChangeFailed if the ended child had not carried out its changes; see failure().

        `otherwise` is the message if the child has noted nothing.
        """
        problem = self.failure() or (None if self._page[0] else ChangeFailed(otherwise))
        if problem is not None:
            raise problem
