"""Overseeing a prompt: what is seen from a typed line's beginning to the shell's next prompt.

Also known is when it will never come: everybody is at rest, or the shell sleeps in a pipe whose
writers do nothing but sleep. Then the others are ended, and the student is told.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from simpsh.course.line_telling import BEGIN
from simpsh.course.looking import state_words
from simpsh.course.naming import numbered, program_names
from simpsh.course.observation import END, REST, Observation
from simpsh.course.overseeing import Overseer
from simpsh.course.staging import Staging
from simpsh.course.supervising import observation_of
from simpsh.events import Exit, Write
from simpsh.kernel import ptrace, signals
from simpsh.kernel.syscall_table import NAMES
from simpsh.trace import proc_files
from simpsh.trace.rest import RestWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.events import Event
    from simpsh.trace.family import Member

DONE, LEAVING = b"D", b"E"
"""What the shell reports when a line is done, and when the line says that it is to be left."""
MAIN = "shell"
_SIGKILL = 9
_PATIENCE_SECONDS = 2.0
"""How long the shell may sleep in a pipe beside sleepers before that is called a hang."""
_SETTLING_SECONDS = 0.5
_ANNOUNCED = re.compile(r"\[\d+\]  \d+\n")
"""What a shell says of a job that it has put into the background."""
_TIMED = ("nanosleep", "clock_nanosleep")


class PromptOverseer(Overseer):
    """Follows a shell with a prompt, and delivers an Observation of each line.

    Args:
        terminal: the name of its terminal: what is written there is the output.
        directory: the shell's working directory at its start.
        deliver: is given each line and what was seen of it.
    """

    def __init__(
        self, terminal: str, directory: str, deliver: Callable[[str, Observation], object]
    ) -> None:
        self.staging = Staging(main=MAIN, opens=False, names_programs=True)
        super().__init__(self.staging, -1, terminal, directory)
        self._deliver = deliver
        self._line = ""
        self._known: dict[str, str] = {}
        """What those were called who are left of earlier lines, by symbol."""
        self._seen: Observation | None = None
        """What was seen of a line that was ended because it hangs."""
        self._patient = _PatientWatch(self.tracer)
        self._waits_since = 0.0
        self._is_done = False
        """Whether the shell is done with the line, and its children may not have settled yet."""
        self._settling_ends = 0.0

    def attend(self, pid: int) -> None:
        """Follow the shell, just seized, until it has ended."""
        tracer = self.tracer
        tracer.last_look = None
        tracer.when_idle = None
        tracer.root = tracer.family.add(pid, os.getpid())
        try:
            tracer.run()
            self._part()
        finally:
            tracer.end_everybody()

    @property
    def text(self) -> str:
        """What the line wrote to the terminal; not what the shell says of its jobs."""
        root = self.tracer.root
        own = root.name if root is not None else ""
        place = {event.seq: event for event in self.events}
        written = [place[seq] for seq in self.outputs if seq in place]
        return "".join(
            one.what.text
            for one in written
            if isinstance(one.what, Write)
            and not (one.proc == own and _ANNOUNCED.fullmatch(one.what.text))
        )

    def _note(self, event: Event) -> None:
        super()._note(event)
        root = self.tracer.root
        if isinstance(event.what, Exit) and root is not None and event.pid == root.pid:
            self.tracer.when_idle = self._part

    def _part(self) -> None:
        """The shell has ended: tell of the line that ended it, and end whoever outlived it."""
        if self.has_begun and not self._is_done:
            self._hand_over()
        self.tracer.end_everybody()

    # -- lines ----------------------------------------------------------------------------------

    def _marked(self, member: Member, tid: int, report: bytes) -> None:
        kind, _, text = report.partition(b" ")
        if member is self.tracer.root and kind == BEGIN:
            self._begin_line(member, text.decode("utf-8", "surrogateescape"))
        elif member is self.tracer.root and kind == DONE:
            self._end_line()
        elif member is self.tracer.root and kind == LEAVING:
            self.has_begun = False
        ptrace.resume(tid)

    def _begin_line(self, member: Member, line: str) -> None:
        self._line = line
        self.events, self.outputs, self.lines = [], [], {}
        self.moments, self.left, self.hangs, self._seen = {}, {}, False, None
        self._waits_since, self._is_done = 0.0, False
        self._begin(member)
        self.tracer.when_idle = self._idle

    def _end_line(self) -> None:
        """Let those settle that go on in the background, then deliver; the shell waits for that."""
        self.tracer.deadline = None
        self._is_done = True
        self._settling_ends = time.monotonic() + _SETTLING_SECONDS

    def _have_settled(self) -> bool:
        """Tell whether everybody but the shell is asleep or stopped; who computes has its time."""
        if time.monotonic() > self._settling_ends:
            return True
        root = self.tracer.root
        others = [m for m in self.tracer.family.living.values() if m is not root]
        # A state of `t` is a stop of ours, from which it goes on.
        return all(one.is_stopped or proc_files.state(one.pid) == "S" for one in others)

    def _hand_over(self) -> None:
        self.tracer.when_idle = None
        seen = self._seen or self._observe()
        self.has_begun, self._seen = False, None
        self._deliver(self._line, seen)

    def _observe(self) -> Observation:
        """Look at everybody, and put together what was seen of the line."""
        self._look(END)
        root = self.tracer.root
        words = state_words(self.tracer)
        self.left = {name: state for name, state in words.items() if not root or name != root.name}
        seen = observation_of(self, self.staging)
        there = {event.proc for event in seen.events} | seen.moments[END].looks.keys()
        names = tuple(name for name in seen.names if name in there)
        return replace(seen, names=names, source=self._line, problem="")

    def shown_names(self) -> dict[str, str]:
        """Name those of this line after what they execute; those of earlier lines as before."""
        shell, *others = self.naming.names
        there = {event.proc for event in self.events}
        there |= {member.name for member in self.tracer.family.living.values()}
        new = [one for one in others if one in there and one not in self._known]
        names = dict(program_names(self.events, [shell, *new], MAIN))
        self._known |= {one: names[one] for one in new}
        for one in others:
            if one in there and one not in names:
                names[one] = numbered(self._known[one].split(" ")[0], list(names.values()))
        # Those who are gone keep the tracer's word for them, and are not shown.
        return {one: names.get(one, one) for one in (shell, *others)}

    # -- hanging --------------------------------------------------------------------------------

    def _idle(self) -> None:
        if self._is_done:
            if self._have_settled():
                self._hand_over()
        elif self._seen is None and (self._rest.look() or self._waits_in_vain()):
            self.hangs = True
            self._look(REST)
            self._seen = self._observe()
            self.has_begun = False
            self._end_others()

    def _waits_in_vain(self) -> bool:
        """Tell whether the shell has slept in a pipe for a while, beside sleepers alone."""
        root = self.tracer.root
        if root is None or not self._reads_pipe(root) or not self._patient.look():
            self._waits_since = 0.0
            return False
        now = time.monotonic()
        self._waits_since = self._waits_since or now
        return now - self._waits_since > _PATIENCE_SECONDS

    def _reads_pipe(self, root: Member) -> bool:
        number, _, rest = proc_files.call_under_way(root.pid).partition(" ")
        if not number.isdigit() or NAMES.get(int(number)) != "read":
            return False
        return bool(proc_files.pipe_of(root.pid, int(rest.split()[0], 16)))

    def _end_others(self) -> None:
        """End everybody but the shell, which then comes back; if it does not, it is ended too."""
        for member in self.tracer.family.living.values():
            if member is not self.tracer.root:
                signals.kill(member.pid, _SIGKILL)
        self.tracer.deadline = time.monotonic() + _PATIENCE_SECONDS


class _PatientWatch(RestWatch):
    """Takes those for resting, too, whom nothing but time will wake."""

    def _reason(self, member: Member, tid: int, line: str) -> str | None:
        words = super()._reason(member, tid, line)
        number = line.partition(" ")[0]
        if words is None and number.isdigit() and NAMES.get(int(number)) in _TIMED:
            return "sleeps for a while"
        return words
