"""The effects of a line at the prompt: each process, and each failure, with its role.

Only a shell at a prompt has a LineRecord. While a line runs, notes are kept, which are plain
tuples; acts_of() makes acts of them when somebody asks. A child of the shell leaves its notes in a
page of shared memory.
"""

from __future__ import annotations

import os
import time

from simpsh.base.failed_call import behind
from simpsh.base.record import Mutable, Record, changed, fresh, suppress
from simpsh.base.roles import BACKGROUND, EARLIER
from simpsh.base.wait_status import (
    Continued,
    Exited,
    WaitStatus,
    decode,
    encode,
    has_ended,
    shell_status,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap
    from collections.abc import Sequence
    from typing import Any

    from simpsh.base.roles import Role

    Note = tuple[Any, ...]  # type: ignore[explicit-any] # plain values of many types
    """Its kind, nanoseconds of CLOCK_MONOTONIC, a pid, and further facts."""


class FailedCall(Record):
    """A system call that failed."""

    call: str
    errno: int
    """0 if no call failed; then `call` is SYNTAX, EXPANSION, CANCELLED and the like."""
    args: tuple[str | int, ...] = ()
    """Its first arguments: the path and the flags of open, the pid and the signal of kill."""


class Act(Mutable):
    """A process of the line, or a built-in or an expansion that failed in a process."""

    pid: int
    words: tuple[str, ...]
    """The program and its arguments; () for a copy of the shell."""
    text: object
    """The command: a text, or a tree."""
    role: Role | None
    parent: int
    index: int = 0
    """Which member of its pipeline it is, from 0."""
    count: int = 1
    pipefail: bool = False
    born: int = 0
    """0 for a built-in, which has no process of its own."""
    ended: int = 0
    status: WaitStatus | None = None
    """None while the process runs."""
    waiter: int = 0
    """The process that waited for it."""
    failed: FailedCall | None = None
    hint: str = ""
    """The hint that was printed below its message."""

    @property
    def is_process(self) -> bool:
        """Whether it had a process of its own."""
        return self.born > 0

    @property
    def job(self) -> tuple[int, int]:
        """The facts that its pipeline shares: the parent, and the time of birth."""
        return self.parent, self.born - self.index

    @property
    def number(self) -> int:
        """Its status as `$?` shows it; 0 while it runs."""
        return 0 if self.status is None else shell_status(self.status)

    @property
    def roles(self) -> list[str]:
        """The kinds of its role, innermost first."""
        kinds, role = [], self.role
        while role is not None:
            kinds.append(role[0])
            role = role[1]
        return kinds


class Stretch(Record):
    """A part of a session: its start in the session's record (--truth), and its times."""

    text: str
    """The command line, or the cell of a notebook."""
    offset: int
    """The size of the record at the start, in bytes."""
    began_ns: int
    """By CLOCK_MONOTONIC."""
    ended_ns: int
    sign: int = 0
    """The child that the shell made right after the stretch; 0 for none."""
    tools: tuple[int, ...] = ()
    """Children of the shell that do not belong to the stretch, such as `timeline`."""


class Line(Mutable):
    """A line of the prompt: its notes, and what a tracer recorded of it."""

    text: str = ""
    notes: list[Note] = fresh(list)
    is_cut: bool = False
    """Whether there were more notes than are kept."""
    stretch: Stretch | None = None
    """Its part of the session's record; None if the session has none."""
    recording: int = -1
    """The shell's descriptor of the file for a recording by `trace`; -1 for none."""

    @property
    def has_run(self) -> bool:
        """Whether it has started a process, for `timeline`."""
        is_traced = self.stretch is not None or self.recording >= 0
        return is_traced or any(note[0] == "born" for note in self.notes)


_MOST, _KEPT = 2000, 500
"""How many notes are kept of a line, and how many of its beginning."""
_MOST_LATE = 64
_SIZE, _HEAD = 1 << 20, 8
"""The size of the children's page, and of a note's head: its length and its checksum."""


class LineRecord:
    """The notes about the present line, and about the line before."""

    def __init__(self, file: int, session_record: str = "") -> None:
        """Begin; all processes share the offset of `file`, a memfd. -1: none could be made.

        `session_record` is the file of the kernel's record of this session; empty for none.
        """
        self._file = file
        self._page: mmap.mmap | None = None
        if file >= 0:
            import mmap

            self._page = mmap.mmap(-1, _SIZE)
        self.session_record = session_record
        self.present, self.before, self.ran = Line(), Line(), Line()
        self.is_passed_over = True
        """Whether the present line only shows the one before: `why`, `status`, `timeline`."""
        self.lesson = ""
        """The lesson that `why` named; F1 opens it."""
        self.late: list[Note] = []
        """The births and ends of the last background processes."""
        self.is_paused = False
        """Whether a prompt is being expanded, whose commands belong to no line."""
        self._births: dict[int, Note] = {}
        """The births of this process's children that it has not collected."""
        self._began = self._taken = 0
        """When the line began; how much of the page was read."""
        self._shell = self._pid = os.getpid()
        self.own = {self._pid}
        """The pids of the shell and, in a copy of it, of the copies down to this process."""

    def begin(self, text: str) -> None:
        """Begin a line."""
        self._collect()
        if self._page is not None and not self._births:
            # An orphan may be writing: the checksum shows that its note is overwritten.
            end = min(os.lseek(self._file, 0, os.SEEK_CUR), _SIZE)
            self._page[:end] = bytes(end)
            self._taken = os.lseek(self._file, 0, os.SEEK_SET)
        present, self._began = self.present, time.monotonic_ns()
        if present.stretch is not None and not present.stretch.ended_ns:
            present.stretch = changed(present.stretch, ended_ns=self._began)
        if self.is_passed_over and present.recording < 0:
            # Background processes have ended meanwhile.
            self.before.notes += present.notes
        else:
            self.before = present
            if present.has_run:
                if self.ran.recording >= 0:
                    os.close(self.ran.recording)
                self.ran = present
        self.present, self.is_passed_over, self.lesson = Line(text.rstrip()), False, ""
        if self.session_record:
            with suppress(FileNotFoundError):
                size = os.stat(self.session_record).st_size
                self.present.stretch = Stretch(self.present.text, size, self._began, 0)

    @property
    def last(self) -> Line:
        """The last line that did more than show the one before."""
        return self.before if self.is_passed_over else self.present

    def pass_over(self) -> Line:
        """Return the line to show; if it is the one before, the present line does not count."""
        self._collect()
        self.is_passed_over |= not self.present.notes and self.present.recording < 0
        return self.last

    def recording_of(self, line: Line) -> str:
        """Return the path of the recording of a line; empty if `trace` made none.

        A copy of the shell does not have the descriptor.
        """
        path = f"/proc/{self._shell}/fd/{line.recording}"
        return path if line.recording >= 0 and os.stat(path).st_size else ""

    def become_child(self) -> None:
        """Continue in a forked child, whose notes go to the page."""
        self._pid = os.getpid()
        self.own = {*self.own, self._pid}

    @property
    def is_copy(self) -> bool:
        """Whether this process is a child of the shell."""
        return self._pid != self._shell

    # ------------------------------------------------------------------------- the page

    def _collect(self) -> None:
        """Take the children's notes out of the page."""
        if self._page is None:
            return
        import marshal
        import zlib

        end = min(os.lseek(self._file, 0, os.SEEK_CUR), _SIZE)
        self.present.is_cut |= end == _SIZE
        while self._taken < end:
            begin = self._taken + _HEAD
            size = int.from_bytes(self._page[begin - 8 : begin - 4])
            data = self._page[begin : begin + size]
            if not size or zlib.crc32(data) != int.from_bytes(self._page[begin - 4 : begin]):
                break  # it is being written, or its writer was killed
            self.present.notes.append(marshal.loads(data))
            self._taken = begin + size

    def _leave(self, note: Note) -> None:
        """Write a note of a child into the page.

        All processes share the file's offset: lseek moves it for one after the other, so each note
        has a place of its own. No write(2) is made, which ulimit -f would refuse.
        """
        import marshal
        import zlib

        data = marshal.dumps(note)
        end = os.lseek(self._file, _HEAD + len(data), os.SEEK_CUR)
        if self._page is not None and end <= _SIZE:
            head = len(data).to_bytes(4) + zlib.crc32(data).to_bytes(4)
            self._page[end - len(data) - _HEAD : end] = head + data

    def _add(self, *note: object) -> None:
        notes = self.present.notes
        if self.is_copy:
            self._leave(note)
            return
        if len(notes) >= _MOST:
            del notes[_KEPT : _MOST // 2]
            self.present.is_cut = True
        notes.append(note)

    # -------------------------------------------------------------------- what is noted

    def born(self, ns: int, pid: int, role: Role | None, text: object, *facts: object) -> None:
        """Note a process: its words, its index, the count of members, and pipefail."""
        if self.is_paused:
            return
        birth = self._births[pid] = ("born", ns, pid, self._pid, role, text, *facts)
        self._add(*birth)

    def ended(self, pid: int, status: WaitStatus) -> None:
        """Note what a wait of this process returned."""
        birth = self._births.get(pid)
        if birth is None:
            return
        ended = "ended", time.monotonic_ns(), pid, encode(status), self._pid
        role = birth[4]
        if not self.is_copy:
            if birth[1] < self._began:
                birth = *birth[:4], (EARLIER, role), *birth[5:]
                self._add(*birth)
            if birth[4] is not role or (role is not None and role[0] == BACKGROUND):
                self.late = [*self.late[-_MOST_LATE:], birth, ended]
        if has_ended(status):
            del self._births[pid]
        self._add(*ended)

    def program(self, words: tuple[str, ...]) -> None:
        """Note that this process is about to execute a program in its place."""
        self._add("program", time.monotonic_ns(), self._pid, words)

    def failed(
        self,
        status: int,
        words: Sequence[str],
        role: Role | None,
        hint: str = "",
        problem: BaseException | None = None,
        pid: int = 0,
    ) -> None:
        """Note a failure in this process or a child, its hint, and the call that caused it."""
        now, call = time.monotonic_ns(), behind(problem)
        if not self.is_paused:
            self._add("failed", now, pid or self._pid, status, tuple(words), role, hint, call)

    # ------------------------------------------------------------------------- reading

    def acts(self, line: Line) -> list[Act]:
        """Return the acts of a line, in the order of their begin."""
        self._collect()
        return acts_of(line.notes, self.own)

    def copies(self) -> dict[int, Any]:  # type: ignore[explicit-any] # of a note
        """Return the commands of the living children that began as copies, by pid."""
        return {pid: birth[5] for pid, birth in self._births.items() if not birth[6]}


def acts_of(notes: Sequence[Note], shells: set[int]) -> list[Act]:
    """Return the acts that notes report.

    A child's note about its own failure belongs to its act; a built-in has an act of its own.
    """
    acts: list[Act] = []
    by_pid: dict[int, Act] = {}
    for kind, ns, pid, *facts in sorted(notes, key=lambda note: note[1]):
        act = by_pid.get(pid)
        match kind, facts:
            case "born", [parent, role, text, words, index, count, pipefail]:
                # An orphan of an earlier line may have a child.
                if parent in shells or parent in by_pid:
                    act = Act(pid, words, text, role, parent, index, count, pipefail, ns)
                    by_pid[pid] = act
                    acts.append(act)
            case "ended", [word, waiter] if act is not None:
                status = decode(word)
                act.status = None if isinstance(status, Continued) else status
                act.ended, act.waiter = ns, waiter
            case "program", [words] if act is not None:
                act.words = words
            case "failed", [number, words, role, hint, call] if act is not None or pid in shells:
                if act is None or words != act.words:
                    act = Act(pid, words, " ".join(words), role, pid, status=Exited(number))
                    act.ended = ns
                    acts.append(act)
                # A process without a program ends with this status, also if nobody waits for it.
                act.status = act.status or Exited(number)
                act.failed = FailedCall(*call) if call else act.failed
                act.hint = hint or act.hint
    return acts
