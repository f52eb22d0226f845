"""Overseeing one run: a family traced from its first process's first line to everybody's end.

A process that comes to a mark is held there until everybody else is held, at rest or dead; then
all are looked at, and those at the mark go on. When nobody is held and nobody can move any more,
all are looked at again, and what you do is done: one act each time. When nothing is left to do,
whoever is left is ended.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from simpsh.course.line_telling import ADDRESSES, BEGIN, BROKE, LINE
from simpsh.course.looking import Told, call_of, files_in, look_at_all, state_words
from simpsh.course.naming import Naming, program_names
from simpsh.course.observation import END, REAPER, REST, YOU, Moment
from simpsh.course.staging import Press, Send
from simpsh.course.watched_calls import further_calls, is_noise
from simpsh.events import Assign, Event, Line, SignalSend, Start, Write
from simpsh.kernel import ptrace, signals
from simpsh.trace import proc_files
from simpsh.trace.closed_world import ClosedWorld
from simpsh.trace.rest import RestWatch
from simpsh.trace.tracer import Tracer

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.own_terminal import OwnTerminal
    from simpsh.course.staging import Staging
    from simpsh.trace.family import Member

_SHOWN_BYTES = 65536
_MOST_EVENTS, _MOST_KEPT = 20_000, 100_000
_PIECE = 65536
_KEPT_BYTES = 4 << 20


class _FamilyTracer(Tracer):
    """Looks at everybody for the last time before they are ended."""

    last_look: Callable[[], object] | None = None

    def end_everybody(self) -> None:
        look, self.last_look = self.last_look, None
        if look is not None:
            look()
        super().end_everybody()


class Overseer:
    """Follows the family of one demonstration; afterwards its attributes tell what was seen.

    Args:
        staging: what the lesson wants.
        output: where its output comes from: the read end of a pipe, or a terminal's master.
        output_target: what /proc shows for a descriptor that leads there.
        directory: the demonstration's own.
    """

    def __init__(
        self,
        staging: Staging,
        output: int,
        output_target: str,
        directory: str,
        terminal: OwnTerminal | None = None,
    ) -> None:
        self._staging = staging
        self._output = output
        self._targets = frozenset((output_target,))
        self._directory = directory
        self._terminal = terminal
        self._acts = list(staging.acts)
        self._told: dict[str, Told] = {}
        self.has_begun = False
        self._is_over = False
        self._noise: set[int] = set()
        self.events: list[Event] = []
        self.output = b""
        self.lines: dict[int, int] = {}
        """By the event's number in the log."""
        self.outputs: list[int] = []
        """The numbers of the events that wrote to the output."""
        self.moments: dict[str, Moment] = {}
        self.left: dict[str, str] = {}
        self.hangs = False
        self.breaks: list[str] = []
        """Exceptions that nobody caught, with the name of the process."""
        self.naming = Naming(
            staging.main,
            staging.fork_names,
            staging.births,
            uses_symbols=staging.names_programs,
        )
        self.tracer = self._make_tracer()
        self._rest = RestWatch(self.tracer)

    def _make_tracer(self) -> _FamilyTracer:
        tracer = _FamilyTracer(self._note, "io")
        tracer.last_look = self._look_last
        tracer.when_idle = self._idle
        tracer.most_events = _MOST_EVENTS
        tracer.family.naming = self._name
        tracer.lives.own_name = REAPER
        tracer.log.when_told = self._happened
        tracer.calls.when_marked = self._marked
        tracer.calls.others = further_calls(self._staging)
        tracer.calls.shown_bytes = _SHOWN_BYTES
        tracer.calls.read_memory = proc_files.memory
        return tracer

    @property
    def text(self) -> str:
        """The output, as text with lines that end as programs wrote them."""
        text = self.output.decode(errors="backslashreplace")
        return text.replace("\r\n", "\n") if self._terminal is not None else text

    @property
    def lacks(self) -> dict[str, str]:
        """What could not be seen, by topic, and why."""
        found = {}
        looks = [look for moment in self.moments.values() for look in moment.looks.values()]
        pages = [page for look in looks for page in look.pages.values()]
        if pages and not any(page.number for page in pages):
            found["page numbers"] = "page numbers are shown to root alone (CAP_SYS_ADMIN)"
        held = [one for look in looks for one in look.descriptors.values()]
        if held and not any(one.description for one in held):
            found["descriptions"] = "open file descriptions cannot be compared here (kcmp)"
        return found

    # -- following ------------------------------------------------------------------------------

    def follow(self, pid: int, deadline: float) -> None:
        """Follow the family of `pid`, just seized, until nobody of it is left."""
        tracer = self.tracer
        tracer.deadline = deadline
        self._rest.world = ClosedWorld(tracer, deadline, self._targets)
        tracer.root = tracer.family.add(pid, os.getpid())
        try:
            tracer.run()
        finally:
            tracer.end_everybody()
        self._drain()

    def _name(self, parent: int) -> str:
        mother = self.tracer.family.find(parent)
        told = self._told.get(mother.name) if mother is not None else None
        line = told.line if told is not None else 0
        name = self.naming.name(mother.name if mother is not None else "", line)
        self._told[name] = Told(told)
        return name

    def _note(self, event: Event) -> None:
        is_kept = len(self.events) < _MOST_KEPT and event.seq not in self._noise
        if self.has_begun and not self._is_over and is_kept:
            self.events.append(event)

    def _happened(self, event: Event) -> None:
        if is_noise(event):
            self._noise.add(event.seq)
            return
        told = self._told.get(event.proc)
        if told is not None and told.line:
            self.lines[event.seq] = told.line
        if isinstance(event.what, Write) and event.what.count > 0:
            target = proc_files.descriptor(event.pid, event.what.fd)
            if target in self._targets:
                self.outputs.append(event.seq)

    def _marked(self, member: Member, tid: int, report: bytes) -> None:
        """Take what a process tells of itself, and hold it if it has come to a mark."""
        told = self._told[member.name]
        kind, _, news = report.partition(b" ")
        if kind == BEGIN:
            self._begin(member)
        elif kind[:1] == LINE:
            told.line = int(kind[1:])
            self._learn(member, news)
            self.tracer.tell(member, Line(told.line), tid)
            if told.line in self._staging.marks and not self.tracer.is_overdue:
                self.tracer.family.held[tid] = self._staging.marks[told.line]
                return
        elif kind == BROKE:
            self.breaks.append(f"{member.name}: {news.decode(errors='backslashreplace')}")
        else:
            self._learn(member, news)
        ptrace.resume(tid)

    def _begin(self, member: Member) -> None:
        self.has_begun = True
        found = proc_files.descriptors(member.pid)
        argv = (self._staging.main,)
        self.tracer.tell(member, Start(member.parent, argv, found.pipes, found.files))

    def _learn(self, member: Member, news: bytes) -> None:
        values = json.loads(news) if news else {}
        told = self._told[member.name]
        told.addresses.update(values.pop(ADDRESSES, {}))
        for name, value in values.items():
            told.values[name] = value
            self.tracer.tell(member, Assign(name, value))

    # -- moments --------------------------------------------------------------------------------

    def _idle(self) -> None:
        # What waits for room in the output can go on once it is emptied.
        if self._drain() or not self.has_begun or not self._rest.look() or self._drain():
            return
        if self.tracer.family.held:
            self._pass_mark()
        else:
            self._come_to_rest()

    def _drain(self) -> bool:
        """Take what has been written to the output; tell whether there was anything."""
        taken = 0
        try:
            # Whoever prints without end must not keep us here, nor fill our memory.
            while taken < _KEPT_BYTES and (piece := os.read(self._output, _PIECE)):
                taken += len(piece)
                self.output += piece[: max(0, _KEPT_BYTES - len(self.output))]
        except OSError:
            # EAGAIN: nothing more for now. EIO: a terminal that nobody has open any more.
            pass
        return taken > 0

    def _pass_mark(self) -> None:
        """Look, and let those at the lowest mark go on."""
        held = self.tracer.family.held
        mark = min(held.values())
        self._look(mark)
        for tid in [tid for tid, theirs in held.items() if theirs == mark]:
            del held[tid]
            _quietly(lambda tid=tid: ptrace.resume(tid))  # type: ignore[misc]

    def _come_to_rest(self) -> None:
        """Nobody can move any more: look, and do what you do now; or let it end."""
        if REST not in self.moments:
            self.hangs = self._hangs()
        self._look(REST)
        while self._acts:
            if self._act(self._acts.pop(0)):
                return
        self.tracer.end_everybody()

    def shown_names(self) -> dict[str, str]:
        """Return what people are shown for the names that processes have here."""
        names = self.naming.names
        if self._staging.names_programs and not self._staging.births:
            return dict(program_names(self.events, names, self._staging.main))
        return {name: name for name in names}

    def _hangs(self) -> bool:
        """Tell whether the first process is there, and does not just ask for its next command."""
        root = self.tracer.root
        if root is None or root.pid not in self.tracer.family.living:
            return False
        asks = self._staging.reads_commands and call_of(root.pid) == "read"
        return not asks

    def _act(self, act: Send | Press) -> bool:
        """Do what you do; tell whether it could be done."""
        if isinstance(act, Press):
            if self._terminal is None:
                return False
            # No descriptor of anybody's: you write at the terminal's other side.
            self.tracer.log.tell(os.getpid(), YOU, Write(-1, len(act.keys), text=act.keys))
            self._terminal.press(act.keys)
            return True
        shown = self.shown_names()
        for member in self.tracer.family.living.values():
            if shown[member.name] == act.process:
                self.tracer.log.tell(os.getpid(), YOU, SignalSend(member.pid, act.signal))
                _quietly(lambda: signals.kill(member.pid, act.signal))  # noqa: B023 - called now
                return True
        return False

    def _look(self, mark: str) -> None:
        name, number = mark, 1
        while name in self.moments:
            number += 1
            name = f"{mark} {number}"
        looks = look_at_all(self.tracer, self._told, self._targets)
        foreground = 0
        if self._terminal is not None:
            foreground = self._terminal.foreground()
        files = files_in(self._directory)
        self.moments[name] = Moment(len(self.events) - 1, looks, foreground, files)

    def _look_last(self) -> None:
        self._look(END)
        self.left = state_words(self.tracer)
        # That those who are left are ended now is our doing, and no part of the run.
        self._is_over = bool(self.tracer.family.living)


def _quietly(request: Callable[[], object]) -> None:
    try:
        request()
    except ProcessLookupError:
        # It was killed meanwhile; its end will be reported.
        return
