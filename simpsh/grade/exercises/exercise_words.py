"""The words of claims about a student's program, besides the words of lessons; see claim.py.

A word is a fact of the run. `failure` judges the claims of a check, and makes its sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from simpsh.base.events import Call, Close, Dup, Exit, Line, SignalDeliver, WaitReturn, Write
from simpsh.base.phrases import ending_words, listed
from simpsh.base.record import Record
from simpsh.base.targets import Member
from simpsh.base.wait_status import Continued, Exited, Stopped, WaitStatus, decode
from simpsh.course.claims.claim import (
    Look,
    NotThere,
    Process,
    Run,
    Unknown,
    filled,
    moment_of,
    value,
    verdict_of,
)
from simpsh.course.claims.observation import END, GAP, REST, YOU, Observation, SeenMoment
from simpsh.grade.exercises.exercise import PROGRAM, Claim

_RANDOM_FILE = "/proc/sys/kernel/random/uuid"
RANDOM = f"read n <{_RANDOM_FILE}; n=$((0x${{n%%-*}}))"
"""Shell code that sets n to a number that nobody can know before; see random(4)."""
EXITS_AT_RANDOM = f"{RANDOM}; exit $((n % 90 + 5))"
"""Shell code that ends with a status which a program learns from wait(2) alone."""
_MOST_NAMES = 4
_LOCK_EX = 2
_SET_A_LOCK = (6, 7, 37, 38)
"""F_SETLK, F_SETLKW, F_OFD_SETLK and F_OFD_SETLKW of fcntl(2)."""

WAKES_UP: tuple[Claim, ...] = (
    ("is_woken", "your program did not sleep until something happened"),
    (
        "P0.ends",
        "what your program waits for came {comes}, and it sleeps on in {at('end').P0.asleep_in}",
        "rests",
    ),
    ("P0.status == 0", "{ending(P0)}", "P0.ends"),
)
"""The program notices what it waits for, however early that comes, and ends. For trials with the
order AT_BIRTH, BEFORE_SLEEP or CHILDREN_LATE."""


def prints(lines: str) -> Claim:
    """Return the claim that the program prints these lines, an expression, among others.

    In the expression, `%` formats values: a reason cannot contain braces.
    """
    return f"not missing({lines})", f"{{printed()}}; missing: {{missing({lines})}}", "P0.writes()"


def reported(*children: str) -> Claim:
    """Return the claim that the program's waits give it the status of these children.

    A claim about lines that are computed from statuses needs it: without statuses, there are none.
    """
    names = ", ".join(children)
    reason = f"no wait gave your program the status of {{unreported({names})}}"
    return f"not unreported({names})", reason, "P0.gets()"


def ends_as(child: str) -> Claim:
    """Return the claim that the program ends with the exit status of a process, an expression."""
    return f"P0.status == {child}.status", f"{{ending(P0)}}; {{ending({child})}}", "P0.ends"


def draws(child: str) -> Claim:
    """Return the claim that a process runs RANDOM, so that the given file was not replaced."""
    reason = f"{child} did not execute the file that the task gave"
    return f"{child}.opens({_RANDOM_FILE!r})", reason


def failure(claims: Iterable[Claim], seen: Observation) -> tuple[str, int]:
    """Return the reason of the first claim that a run does not fulfil, and an event that shows it.

    The reason is empty if all hold; the event is -1 if there is none.
    """
    run = ProgramRun(seen)
    for expression, reason, *shown in claims:
        verdict = verdict_of(expression, run)
        if verdict.holds is None:
            return f"not shown: {verdict.because}", -1
        if not verdict.holds:
            events = [*verdict.events[:1]]
            if not events and shown:
                with suppress(NotThere, Unknown, LookupError):
                    found = value(shown[0], run)
                    events = [*found] if isinstance(found, Sequence) else []
            words = filled(reason, run, {}) or verdict.because
            return words, events[-1] if events else -1
    return "", -1


def end_of(seen: Observation, process: str = PROGRAM) -> int:
    """Return the event of a process's end; -1 if it never ended."""
    return next(iter(Run(seen).process(process).ends), -1)


def no_cause(of: str) -> str:
    """Return a sentence for a missing cause; `of` is a clause: `made your program wait`."""
    return (
        f"nothing was seen that {of}. What simpsh can see: the end of a child, bytes and end of "
        "file of a pipe, a signal that a process sends and a handler or sigwait takes"
    )


class Names(tuple[str, ...]):
    """Names of processes; as text, the first few of them."""

    __slots__ = ()

    def __str__(self) -> str:
        if len(self) > _MOST_NAMES:
            return f"{', '.join(self[:_MOST_NAMES])} …"
        return listed(self)


class Report(Record):
    """What one wait of the program returned."""

    child: str
    pid: int
    word: int

    @property
    def change(self) -> WaitStatus:
        """The change of state."""
        return decode(self.word)

    @property
    def kind(self) -> str:
        """The kind of the change: `ended`, `stopped` or `continued`."""
        if isinstance(self.change, Stopped):
            return "stopped"
        return "continued" if isinstance(self.change, Continued) else "ended"

    @property
    def code(self) -> int:
        """The exit status; -1 if a signal ended or stopped the child."""
        return self.change.code if isinstance(self.change, Exited) else -1

    @property
    def signal(self) -> int:
        """The signal that ended or stopped the child; 0 for none."""
        return int(getattr(self.change, "signal", 0))


class ProgramRun(Run):
    """The words of a claim about a run of a student's program; everything public is one."""

    # -- ends and waits ---------------------------------------------------------------------------

    @property
    def left(self) -> Names:
        """The children of the program that it did not collect."""
        # Use the kernel's events: a wait without a pointer for the status collects, too.
        lives = self.seen.chronicle.processes.items()
        return Names(name for name, it in lives if it.parent == Member(PROGRAM) != it.collector)

    @property
    def uncollected(self) -> Names:
        """The descendants that their own parents did not collect."""
        lives = self.seen.chronicle.processes.items()
        return Names(
            name
            for name, it in lives
            if isinstance(it.parent, Member) and it.collector != it.parent
        )

    def ending(self, process: Process) -> str:
        """Return how a process ended: `your program exits with status 3`."""
        called = "your program" if process == PROGRAM else process.name
        for index in process.ends:
            what = self.seen.events[index].what
            if isinstance(what, Exit):
                return f"{called} {ending_words(what.status)}"
        return f"{called} never ended"

    @property
    def reports(self) -> list[Report]:
        """What the program's waits returned, with a status."""
        return [
            Report(str(event.what.child), event.what.child_pid, event.what.status)
            for event in self.seen.events
            if isinstance(event.what, WaitReturn)
            and self.seen.name_of(event.proc) == PROGRAM
            and event.what.child_pid > 0
            and event.what.status is not None
        ]

    @property
    def ends(self) -> list[Report]:
        """Those of the reports that are about the end of a child."""
        return [report for report in self.reports if report.kind == "ended"]

    def unreported(self, *children: Process) -> Names:
        """Return the children whose status no wait gave to the program."""
        known = {report.child for report in self.ends}
        return Names(child.name for child in children if child.name not in known)

    # -- sleeping ---------------------------------------------------------------------------------

    @property
    def _moments(self) -> list[SeenMoment]:
        return list(self.seen.moments.values())

    @property
    def is_woken(self) -> bool:
        """Whether the program slept when no process could move, or the user sent a signal."""
        is_sent = any(event.proc == YOU for event in self.seen.events)
        return is_sent or any(m.mark == REST and PROGRAM in m.looks for m in self._moments)

    @property
    def comes(self) -> str:
        """When that came which the program waits for, in words."""
        return "right before it slept" if GAP in self.seen.moments else "early"

    @property
    def rests(self) -> Sequence[int]:
        """The events after which no process could move."""
        return self.seen.rests

    def slept_in(self, process: Process) -> Names:
        """Return the calls in which a process slept at some moment."""
        looks = [moment.looks.get(process.name) for moment in self._moments]
        return Names(
            dict.fromkeys(look.call for look in looks if look is not None and look.state == "S")
        )

    def handled(self, process: Process, signal: str) -> list[int]:
        """Return the deliveries of a signal that called a handler of a process."""
        happened = self.seen.events
        found = [(index, happened[index].what) for index in process.gets_signal(signal)]
        return [n for n, what in found if isinstance(what, SignalDeliver) and not what.effect]

    def lifetime(self, process: Process) -> float:
        """Return how many seconds a process lived."""
        if not process.ends:
            raise NotThere(f"{process.name} did not end")
        first, last = (self.seen.events[index].ts for index in (process.born[0], process.ends[0]))
        return (last - first) / 1e9

    @property
    def survivors(self) -> list[Look]:
        """The processes that are alive at the end."""
        return [look for look in self.at(END) if look.look.state != "Z"]

    @property
    def survivor(self) -> Look:
        """The only process that is alive at the end."""
        if len(self.survivors) != 1:
            raise NotThere("no process, or several, remained")
        return self.survivors[0]

    # -- output and files -------------------------------------------------------------------------

    def said(self, process: Process) -> list[str]:
        """Return the lines that a process printed, without blanks at their ends."""
        return [line.strip() for line in self.seen.printed(process.name).splitlines()]

    def missing(self, lines: Sequence[str]) -> list[str]:
        """Return those lines that the program did not print; raises Unknown if output was cut."""
        printed = self.said(self.process(PROGRAM))
        if missing := [line for line in lines if line not in printed]:
            self._insist_on_output()
        return missing

    def _insist_on_output(self) -> None:
        if self.seen.unseen_output:
            raise Unknown(self.seen.unseen_output)

    def printed(self) -> str:
        """Return what the program printed, in words; a status word is recognized."""
        lines = self.said(self.process(PROGRAM))
        numbers = {word.strip(".,:;()") for line in lines for word in line.split()}
        for report in self.ends:
            if report.code > 0 and str(report.word) in numbers:
                return (
                    f"it printed {report.word} for {report.code}: that is the whole status word, "
                    "use WEXITSTATUS or, in Python, os.waitstatus_to_exitcode"
                )
        return f"it printed {', '.join(map(repr, lines))}" if lines else "it printed nothing"

    def output_until(self, mark: str, number: int = 1) -> list[str]:
        """Return the lines that all processes had printed at a moment."""
        name = moment_of(mark, number)
        if name not in self.seen.moments:
            raise NotThere(f"the run never came to {name}")
        until = self.seen.moments[name].index
        written = (self.seen.events[index].what for index in self.seen.outputs if index <= until)
        return "".join(what.text for what in written if isinstance(what, Write)).splitlines()

    @property
    def uses_stdout(self) -> bool:
        """Whether a process wrote to standard output; after `>&2`, 1 is standard error."""
        is_error = False
        for index, event in enumerate(self.seen.events):
            match event.what:
                case Dup(newfd=1, errno=0):
                    is_error = event.what.oldfd == 2
                case Write(fd=1) if index in self.seen.outputs and not is_error:
                    return True
        self._insist_on_output()
        return False

    def saves(self, text: str) -> list[int]:
        """Return the writes of a line to a file; the data of pwrite(2) are not recorded."""
        sizes = (len(text), len(text) + 1)
        return [
            index
            for index, event in enumerate(self.seen.events)
            if (
                isinstance(event.what, Write)
                and not event.what.pipe
                and event.what.text.strip() == text
                and index not in self.seen.outputs
            )
            or (
                isinstance(event.what, Call)
                and event.what.name == "pwrite64"
                and event.what.result in sizes
            )
        ]

    @property
    def is_locked(self) -> bool:
        """Whether a process took an exclusive lock of a file."""
        for event in self.seen.events:
            match event.what:
                case Call(name="flock", args=(_, int(how), *_), errno=0, begins=False):
                    if how & _LOCK_EX:
                        return True
                case Call(name="fcntl", args=(_, int(how), *_), errno=0, begins=False):
                    if how in _SET_A_LOCK:
                        return True
                case _:
                    pass
        return False

    def last_closes(self, process: Process) -> list[int]:
        """Return the descriptors' closes that are the last acts of a process before its end."""
        closed: list[int] = []
        for index, event in enumerate(self.seen.events):
            if self.seen.name_of(event.proc) == process.name and not isinstance(event.what, Line):
                if isinstance(event.what, Exit):
                    break
                closed = [*closed, index] if isinstance(event.what, Close) else []
        return closed

    # -- programs ---------------------------------------------------------------------------------

    def runner(self, program: str) -> Process:
        """Return the process, not the program itself, that executed this program last."""
        for process in reversed(self.processes[1:]):
            if any(program in (it.argv[0], it.argv[-1]) for it in process.executed):
                return process
        raise NotThere(f"no process executed {program}")

    def is_fed_by(self, reader: Process, writer: Process) -> bool:
        """Return whether the output of one program is a pipe to the input of the other."""
        end = dict(writer.executed[-1].pipes).get(1)
        other = dict(reader.executed[-1].pipes).get(0)
        return end is not None and other is not None and end.is_write and end.other == other

    def further_ends(self, process: Process) -> list[str]:
        """Return the ends of pipes above 2 that a process had when it executed a program."""
        return [
            f"{number} ({'write' if end.is_write else 'read'} end)"
            for what in process.executed
            for number, end in what.pipes
            if number > 2
        ]
