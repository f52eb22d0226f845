"""A job is a process group – without job control, the processes of one pipeline.

Its state is derived from its members' last statuses and is stored nowhere.
"""

from __future__ import annotations

from simpsh.language.printing import to_text
from simpsh.wait_status import Continued, Exited, Killed, Stopped, has_ended, shell_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from resource import struct_rusage

    from simpsh.jobs.watch import Watch
    from simpsh.language.printing import Node
    from simpsh.wait_status import WaitStatus

RUNNING, STOPPED, ENDED = "Running", "Stopped", "Ended"


class Process:
    """A child of the shell, and the last status it was seen with."""

    __slots__ = ("_text", "pid", "rusage", "status")

    def __init__(self, pid: int, text: str | Node) -> None:
        self.pid = pid
        self._text = text
        self.status: WaitStatus | None = None
        """None until the first wait that told of it: it runs."""
        self.rusage: struct_rusage | None = None
        """What it used, once it has ended."""

    @property
    def text(self) -> str:
        """The command that it runs, as it is shown."""
        return _written(self._text)

    @property
    def has_ended(self) -> bool:
        """Whether it is dead and collected."""
        return self.status is not None and has_ended(self.status)

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped and not continued since."""
        return isinstance(self.status, Stopped)


class Job:
    """The processes of one pipeline, started together."""

    __slots__ = (
        "_text",
        "is_foreground",
        "modes",
        "number",
        "pgid",
        "pipefail",
        "processes",
        "reported",
        "turn",
        "was_asked_for",
        "watch",
        "will_hear_hangup",
    )

    def __init__(self, processes: Sequence[Process], pgid: int | None, text: str | Node) -> None:
        self.processes = tuple(processes)
        self.pgid = pgid
        """Its process group; None without job control, when it shares the shell's."""
        self._text = text
        self.number: int | None = None
        """The number in `%1`; a foreground job gets one when it stops."""
        self.is_foreground = False
        self.modes: list[int | list[bytes | int]] | None = None
        """The terminal modes it was using when it stopped."""
        self.reported: tuple[str, WaitStatus | None] = (RUNNING, None)
        """The last state that the user was told of."""
        self.turn = 0
        """Rises when the job is started, stopped or resumed: the highest is `%+`."""
        self.watch: Watch | None = None
        """Where the steps of children that have not exec'ed yet are reported."""
        self.will_hear_hangup = True
        """Whether the shell hangs it up when it leaves; `disown -h` says no."""
        self.pipefail = False
        self.was_asked_for = False
        """Whether a `wait` has answered for it, so that `wait -n` must not."""

    @property
    def text(self) -> str:
        """The pipeline, as it is shown."""
        return _written(self._text)

    @property
    def state(self) -> str:
        """RUNNING, STOPPED (all living members are) or ENDED."""
        is_any_stopped = False
        for process in self.processes:
            status = process.status
            if status is None or isinstance(status, Continued):
                return RUNNING
            is_any_stopped |= isinstance(status, Stopped)
        return STOPPED if is_any_stopped else ENDED

    @property
    def decisive(self) -> WaitStatus | None:
        """The status that stands for the job: its last process's, or the stopped one's.

        With pipefail, that of the last process that failed.
        """
        statuses = [process.status for process in self.processes]
        if self.state == STOPPED:
            stopped = [status for status in statuses if isinstance(status, Stopped)]
            return stopped[-1]
        if self.pipefail:
            for status in reversed(statuses):
                if status is not None and shell_status(status) != 0:
                    return status
        return statuses[-1]

    @property
    def shell_status(self) -> int:
        """What `$?` becomes of it."""
        status = self.decisive
        return 0 if status is None else shell_status(status)

    @property
    def condition(self) -> tuple[str, WaitStatus | None]:
        """State and deciding status: what a notice is about."""
        state = self.state
        return state, None if state == RUNNING else self.decisive

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes' ids, from left to right."""
        return tuple(process.pid for process in self.processes)

    def resume(self) -> None:
        """Take its stopped members for running; SIGCONT is sent by the caller."""
        for process in self.processes:
            if process.is_stopped:
                process.status = Continued()


def _written(text: str | Node) -> str:
    return text if isinstance(text, str) else to_text(text)


def condition_words(state: str, status: WaitStatus | None) -> str:
    """Say a job's condition as `jobs` and the notices do.

    >>> condition_words(ENDED, Killed(15)), condition_words(ENDED, Exited(3))
    ('Terminated (SIGTERM)', 'Exit 3')
    """
    match status:
        case Exited(0) if state == ENDED:
            return "Done"
        case Exited(code) if state == ENDED:
            return f"Exit {code}"
        case Killed(signal, dumped_core):
            core = " (core dumped)" if dumped_core else ""
            return f"{signal.description} ({signal.name}){core}"
        case Stopped(signal):
            return f"Stopped ({signal.name})"
        case _:
            return state
