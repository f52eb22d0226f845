"""A claim: a Python expression about a finished run, such as `at(1).child.state == 'Z'`.

A name is a word of `Run`, a function of Python, or a process: `child`, and `child_2` for the second
one. An action of a process is the list of its events: `child.ends` is true if the child ended, and
`len(parent.forks())` counts. A part that asks for a process, a moment or a variable that the run
does not have is false; if this machine cannot observe it, the claim is unknown. `some` states
conditions about one process of a typed line, each with the reason for the reader.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from errno import errorcode
from functools import cache, partial
from itertools import product
from types import CodeType
from typing import Literal, NoReturn, TypeVar

from simpsh.base import events
from simpsh.base.event_kind import ENTRIES
from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.base.signal_names import by_name
from simpsh.base.targets import Actor, Kernel
from simpsh.base.wait_status import Continued, Exited, Killed, Stopped, WaitStatus, decode
from simpsh.course.claims.observation import (
    END,
    REAPER,
    Observation,
    PipeSide,
    ProcessLook,
    SearchResult,
    SeenDescriptor,
    SeenMoment,
    SeenOutcome,
    SeenPage,
    Unknown as Unknown,
    base_name,
    in_words,
    moment_name,
    quoted,
)

K = TypeVar("K")
V = TypeVar("V")


class NotThere(Exception):
    """The run never reached the moment, or has no such process, variable or descriptor."""


_CLOCKS = frozenset(
    (
        *("alarm", "setitimer", "timer_settime", "clock_nanosleep", "nanosleep", "poll", "ppoll"),
        *("select", "pselect6", "epoll_wait", "epoll_pwait", "rt_sigtimedwait", "futex"),
    )
)
"""The calls that wait for a clock, or set a timer; the seconds are the last argument."""
ANYONE = "anyone"
"""The word for every process."""


class Events(list[int]):
    """The indices of a process's events of one kind; a call with words selects some of them."""

    def __init__(self, select: Callable[..., Events]) -> None:  # type: ignore[explicit-any]  # words
        super().__init__()
        self._select = select

    def __call__(self, *words: object, **named: object) -> Events:
        """Return those that the words select."""
        return self._select(*words, **named)


Result = Observation | SearchResult | Mapping[str, Observation | SearchResult]
"""The result of a step: of a Run, of an Explore, or of a comparison of either."""


class Verdict(Record):
    """Whether a claim is true of a run, and why."""

    holds: bool | None
    """None if this machine, or this run, cannot decide."""
    because: str = ""
    """The contradicting facts: the values of the expression's parts, or the author's reason."""
    events: tuple[int, ...] = ()
    """Indices of the events that make it false."""
    is_fault: bool = False
    """Whether the expression itself is wrong: it raised an exception."""


# --- Words about one process at one moment -------------------------------------------------------


class Look:
    """A process at a moment: the fields of ProcessLook, and its variables by `[…]`."""

    def __init__(self, run: Run, name: str, moment: SeenMoment) -> None:
        self.run, self.name, self.moment = run, name, moment
        self.gone = name not in moment.looks
        """Whether it does not exist: not born yet, or already collected."""

    @property
    def look(self) -> ProcessLook:
        """The observed value; raises NotThere."""
        if self.gone:
            raise NotThere(f"there was no {self.name} at this moment")
        return self.moment.looks[self.name]

    def __getattr__(self, field: str) -> object:
        return getattr(self.look, field)

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.name} is a process: say what is true of it")

    def __getitem__(self, variable: str) -> object:
        return _entry(self.look.values, variable)

    @property
    def called(self) -> str:
        """The name without its number: `child` for `child 2`."""
        return base_name(self.name)

    @property
    def parent(self) -> Process:
        """Its parent at the moment."""
        return Process(self.run, self.look.parent)

    @property
    def asleep_in(self) -> str:
        """The system call in which it sleeps, such as `wait4`; empty if none."""
        return self.look.call

    @property
    def program(self) -> str:
        """The file name under which its program was executed, without the directory.

        The file may be a link to a multi-call binary: `sleep` of BusyBox or of uutils.
        """
        name = self.look.status.get("Name", "")
        called = os.path.basename(self.look.argv[0]) if self.look.argv else ""
        # The kernel keeps 15 bytes of the name; argv[0] can be any text.
        return called if called[:15] == name else name

    @property
    def fields(self) -> dict[str, int | str]:
        """The fields of /proc/PID/status: numbers (without kB) if possible, otherwise text."""
        fields: dict[str, int | str] = {}
        for name, text in self.look.status.items():
            number = re.fullmatch(r"([0-9]+)( [^ ]+)?", text)
            fields[name] = int(number[1]) if number else text
        return fields

    def blocks(self, signal: str) -> bool:
        """Return whether the signal is in its mask."""
        return self._has_bit(signal, "SigBlk")

    def ignores(self, signal: str) -> bool:
        """Return whether the signal is ignored: SIG_IGN."""
        return self._has_bit(signal, "SigIgn")

    def catches(self, signal: str) -> bool:
        """Return whether it has a handler for the signal."""
        return self._has_bit(signal, "SigCgt")

    def has_pending(self, signal: str) -> bool:
        """Return whether the signal is pending: sent, but not delivered yet."""
        return self._has_bit(signal, "SigPnd", "ShdPnd")

    def _has_bit(self, signal: str, *masks: str) -> bool:
        bit = 1 << _signal(signal) - 1
        return any(int(self.look.status[mask], 16) & bit for mask in masks)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The numbers of its open descriptors; empty for a zombie."""
        return tuple(sorted(self.look.descriptors))

    def fd(self, number: int) -> SeenDescriptor:
        """Return a descriptor by number."""
        return _entry(self.look.descriptors, number)

    def page(self, variable: str) -> SeenPage:
        """Return the page of memory of a variable that is an mmap."""
        return _entry(self.look.pages, variable)


class Moment:
    """The processes at a mark, at rest or in the end: by name, or one after the other."""

    def __init__(self, run: Run, name: str) -> None:
        if name not in run.seen.moments:
            raise NotThere(f"the run never came to {name}")
        self._run, self._seen = run, run.seen.moments[name]
        self.foreground = self._seen.foreground

    def __getattr__(self, word: str) -> Look:
        return Look(self._run, shown_name(word), self._seen)

    def __iter__(self) -> Iterator[Look]:
        return (Look(self._run, name, self._seen) for name in self._seen.looks)

    def __len__(self) -> int:
        return len(self._seen.looks)

    def process(self, name: str) -> Look:
        """Return a process whose name is no word of Python."""
        return Look(self._run, name, self._seen)

    def file(self, path: str) -> str:
        """Return the contents of a file in the demonstration's directory."""
        return _entry(self._seen.files, path)

    def holders(self, pipe: str, end: PipeSide) -> list[str]:
        """Return the processes that have a descriptor for an end of a pipe, given by its letter."""
        return [name for name, look in self._seen.looks.items() if look.holding(pipe, end)]


# --- Words about one process in the whole run ----------------------------------------------------


class Did:
    """The acts of a process, as an attribute: its events of a kind that pass a test.

    The test takes the event, and the words that a claim puts in brackets: `child.exits(3)`.
    """

    def __init__(  # type: ignore[explicit-any]  # the words are of any type
        self, kind: type, test: Callable[..., bool] = lambda _: True, *, is_of_child: bool = False
    ) -> None:
        """Take kind and test; `is_of_child` if the events name the process as the child."""
        self._kind, self._test, self._is_of_child = kind, test, is_of_child

    def __get__(self, process: Process, _: object) -> Events:
        return self._events(process)

    def _events(self, process: Process, *words: object, **named: object) -> Events:
        found = Events(partial(self._events, process))
        for index, event in enumerate(process.run.seen.events):
            if isinstance(event.what, self._kind):
                actor = getattr(event.what, "child", None) if self._is_of_child else event.proc
                if process.is_one(actor) and self._test(event.what, *words, **named):
                    found.append(index)
        return found


class Process:
    """A process of a run by its shown name; the empty name is any process."""

    def __init__(self, run: Run, name: str) -> None:
        self.run, self.name = run, name

    def __eq__(self, other: object) -> bool:
        return self.name == (other.name if isinstance(other, Process | Look) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return self.name or "any process"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.name} is a process, or a word that does not exist")

    def is_one(self, actor: Actor | str | None) -> bool:
        """Return whether an actor in the events is this process."""
        return not self.name or self.run.seen.name_of(actor) == self.name

    born = Did(events.Fork, lambda what: not what.thread, is_of_child=True)
    forks = Did(events.Fork, lambda what, child=None: not what.thread and _meant(child, what.child))
    execs = Did(
        events.Exec,
        lambda what, program="", *arguments: (
            _executes(what, program) and arguments in ((), tuple(what.argv[1:]))
        ),
    )
    """A successful exec; of a program, by its base name, with these arguments if any are given."""
    ends = Did(events.Exit)
    """Its end, for any reason; it is a zombie from then on."""
    exits = Did(events.Exit, lambda what, code=None: _has_status(what, "exited", code))
    killed = Did(events.Exit, lambda what, by="": _has_status(what, "killed", by or None))
    waits = Did(events.Wait)
    gets = Did(
        events.WaitReturn,
        lambda what, child=None, status=None: (
            what.child_pid > 0 and _meant(child, what.child) and _has_status(what, status)
        ),
    )
    """A wait returns a child: with a status word, or as `exited`, `killed`, `stopped` …"""
    collects = Did(
        events.Reap,
        lambda what, child=None: not isinstance(what.by, Kernel) and _meant(child, what.child),
    )
    """A wait collects a dead child, which removes the zombie."""
    collected = Did(events.WaitReturn, lambda what: _is_end(what), is_of_child=True)
    """A wait of the line returns its end, and it is gone."""
    vanishes = Did(events.Reap, lambda what: isinstance(what.by, Kernel), is_of_child=True)
    """Its end without a zombie: its parent ignores SIGCHLD."""
    adopted = Did(events.Reparent, lambda what, by=None: _meant(by, what.adopter))
    writes = Did(events.Write, lambda what, text="": what.count >= 0 and text in what.text)
    """A successful write whose data contain a text."""
    reads = Did(events.Read, lambda what, text="": what.count > 0 and text in what.text)
    sees_end_of_file = Did(events.Read, lambda what: what.count == 0)
    opens = Did(events.Open, lambda what, path="": what.fd >= 0 and path in what.path)
    """The opening of a file whose path contains a text."""
    gets_signal = Did(
        events.SignalDeliver,
        lambda what, name="": what.effect != "ignored" and _signal(name) in (0, what.signal),
    )
    """The delivery of a signal that it neither blocks nor ignores."""
    stops = Did(events.Stop, lambda what, by="": _signal(by) in (0, what.signal))
    continues = Did(events.Continue)
    calls = Did(
        object,
        lambda what, call="", *first: (
            _returns(what, call) and first == tuple(getattr(what, "args", ())[: len(first)])
        ),
    )
    """The return of a system call, by its C name such as `waitpid`, with these first arguments."""
    succeeds = Did(object, lambda what, call="": _returns(what, call) and not _error(what))
    fails = Did(
        object,
        lambda what, call="", errno=None: (
            _returns(what, call) and bool(_error(what)) and errno in (None, _error(what))
        ),
    )
    sets = Did(
        events.Assign,
        lambda what, variable=None, value=...: (
            what.variable[:1] not in ("$", "!")
            and variable in (None, what.variable)
            and (value is ... or what.value == value)
        ),
    )
    """The change of a variable to this value, or to any; no report of a shell about its words."""
    expands = Did(
        events.Assign,
        lambda what, name="", value=...: (
            what.variable[:1] == "$"
            and name in ("", what.variable[1:])
            and (value is ... or what.value == value)
        ),
    )
    """The shell of a line puts the value of a parameter into a word: `?` with the value `126`."""
    _arrivals = Did(events.Line, lambda what, numbers=(): what.line in numbers)
    _signals = Did(
        events.SignalSend,
        lambda what, name="", pids=None: (
            not what.errno
            and _signal(name) in (0, what.signal)
            and (pids is None or abs(what.target) in pids)
        ),
    )

    def reaches(self, code: str) -> Events:
        """Return its arrivals at a line with this code, before the line runs."""
        rows = enumerate(self.run.seen.source.split("\n"), 1)
        return self._arrivals({number for number, row in rows if code in row})

    def sends(self, signal: str = "", to: Process | None = None) -> Events:
        """Return the signals that it sends, with kill(2); a group is named by its leader."""
        lives = self.run.seen.chronicle.processes.values()
        return self._signals(
            signal,
            {life.pid for life in lives if to.is_one(life.label)} if to is not None else None,
        )

    # What it was.

    @property
    def end(self) -> Look:
        """The process at the end of the run."""
        return self.run.at(END).process(self.name)

    def __getitem__(self, variable: str) -> object:
        """Return the last value of a variable; an mmap's contents are read from memory."""
        if changes := self.sets(variable):
            return getattr(self.run.seen.events[changes[-1]].what, "value", None)
        if not self.name:
            raise NotThere(f"no process set {variable}")
        return self.end[variable]

    @property
    def pid(self) -> int:
        """Its pid; compare it with another value of the run, never with a number."""
        for life in self.run.seen.chronicle.processes.values():
            if life.label == self.name:
                return life.pid
        raise NotThere(f"there was no {self.name} in this run")

    @property
    def status(self) -> int:
        """Its exit code, or minus the number of the signal that killed it."""
        for index in self.ends:
            return os.waitstatus_to_exitcode(getattr(self.run.seen.events[index].what, "status", 0))
        raise NotThere(f"{self.name} did not end")

    @property
    def output(self) -> str:
        """Everything that it wrote to the output."""
        return self.run.seen.printed(self.name)

    def prints(self, text: str) -> bool:
        """Return whether a line of its output is exactly this (or these lines in a row)."""
        return f"\n{text}\n" in f"\n{self.output}\n"

    # What it was in a typed line.

    @property
    def made_by(self) -> Process:
        """The process that forked it."""
        for index in self.born:
            return Process(self.run, self.run.seen.events[index].proc)
        raise NotThere(f"no process of this run made {self.name}")

    @property
    def ancestors(self) -> list[Process]:
        """The process that forked it, the one that forked this one, and so on."""
        found: list[Process] = []
        one = self
        while one.born and (one := one.made_by) not in found:
            found.append(one)
        return found

    @property
    def executed(self) -> list[events.Exec]:
        """The programs that it executed, in order."""
        found = (event.what for event in self._own_events)
        return [what for what in found if isinstance(what, events.Exec)]

    @property
    def programs(self) -> list[str]:
        """The names of the programs that it executed, in order."""
        return [os.path.basename(what.argv[0]) for what in self.executed if what.argv]

    @property
    def argv(self) -> tuple[str, ...]:
        """The words of its last program; empty if it executed none."""
        return self.executed[-1].argv if self.executed else ()

    @property
    def inherited(self) -> tuple[int, ...]:
        """The descriptors that its last program had from its start."""
        if not self.executed:
            raise NotThere(f"{self.name} executed no program")
        return tuple(number for number, _ in (*self.executed[-1].files, *self.executed[-1].pipes))

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return in_words(self.name)

    def has_read(self, text: str) -> bool:
        """Return whether it has read a text, in one piece or byte by byte."""
        return text in "".join(
            event.what.text
            for event in self._own_events
            if isinstance(event.what, events.Read) and event.what.count > 0
        )

    def got(self, text: str) -> bool:
        """Return whether it has read a text, or its parent has, and passed it on.

        A process passes a text on to a copy, and to a program in an argument.
        """
        if self.has_read(text):
            return True
        if not self.born:
            return False
        is_passed = not self.executed or any(text in word for word in self.argv)
        return is_passed and self.made_by.got(text)

    def writes_into(self, file: str, text: str) -> list[int]:
        """Return its writes of a text into a file, by the last part of its path."""
        return [
            index
            for index, what, where in self._transfers(events.Write)
            if text in what.text and not what.pipe and os.path.basename(where) == file
        ]

    def pipes_written(self, text: str = "") -> set[str]:
        """Return the pipes and FIFOs into which it wrote a text."""
        return self._pipes(events.Write, text)

    def pipes_read(self, text: str = "") -> set[str]:
        """Return the pipes and FIFOs from which it read a text, in one piece or byte by byte."""
        return self._pipes(events.Read, text)

    @property
    def clock_seconds(self) -> float:
        """The seconds of all sleeps and timers since its birth that lead to its end."""
        seen = self.run.seen
        causes = seen.chronicle.before
        return sum(
            max(0.0, event.what.args[-1])
            for index, event in enumerate(seen.events)
            if isinstance(event.what, events.Call)
            and event.what.name in _CLOCKS
            and isinstance(event.what.args[-1], int | float)
            and any(causes(index, end) for end in self.ends)
            and not any(causes(index, birth) for birth in self.born)
        )

    @property
    def fills(self) -> set[str]:
        """The pipes and FIFOs at which it sleeps in a write at the end: they are full."""
        if self.end.gone or self.end.asleep_in != "write":
            return set()
        made = [each.what for each in self.run.seen.events if isinstance(each.what, events.Pipe)]
        inodes = {pipe.name: pipe.pipe for pipe in made}
        return {
            inodes.get(end.pipe, end.pipe) or end.target
            for end in self.end.look.descriptors.values()
            if end.access != "read" and (end.pipe or end.kind == "fifo")
        }

    def reads_file(self, file: str) -> list[int]:
        """Return its reads of data of a file, by the last part of its path."""
        return [
            index
            for index, what, where in self._transfers(events.Read)
            if not what.pipe and os.path.basename(where) == file
        ]

    @property
    def _own_events(self) -> list[events.Event]:
        return [event for event in self.run.seen.events if self.is_one(event.proc)]

    def _pipes(self, kind: type[events.Read | events.Write], text: str) -> set[str]:
        data: dict[str, str] = {}
        for _, what, where in self._transfers(kind):
            data[where] = data.get(where, "") + what.text
        fifos = self.run.seen.fifos
        return {
            where
            for where, all_of_it in data.items()
            if text in all_of_it and (where.isdecimal() or where in fifos)
        }

    def _transfers(
        self, kind: type[events.Read | events.Write]
    ) -> Iterator[tuple[int, events.Read | events.Write, str]]:
        """Yield its reads or writes of data: index, event, and the pipe's inode or the path."""
        open_files: dict[tuple[str, int], str] = {}
        for index, event in enumerate(self.run.seen.events):
            what = event.what
            if not self.is_one(event.proc):
                continue
            if isinstance(what, events.Exec):
                open_files |= {(event.proc, number): one.path for number, one in what.files}
            elif isinstance(what, events.Read | events.Write):
                if what.file is not None:
                    open_files[event.proc, what.fd] = what.file.path
                if isinstance(what, kind) and what.count > 0:
                    yield index, what, what.pipe or open_files.get((event.proc, what.fd), "")


_ENDS: Mapping[str, type[WaitStatus]] = {
    "exited": Exited,
    "killed": Killed,
    "stopped": Stopped,
    "continued": Continued,
}


def _is_end(what: events.WaitReturn) -> bool:
    """Return whether a wait returned an end, and collected it."""
    is_known = what.status is not None and not what.is_left
    return is_known and isinstance(decode(what.status or 0), Exited | Killed)


def _has_status(
    what: events.Exit | events.WaitReturn, status: str | int | None, value: str | int | None = None
) -> bool:
    """Return whether an event has a status word, or one of a kind: with a code or a signal."""
    if not isinstance(status, str):
        return status in (None, what.status)
    wanted = _signal(value) if isinstance(value, str) else value
    end = decode(what.status) if what.status is not None else None
    seen = end.code if isinstance(end, Exited) else getattr(end, "signal", 0)
    return type(end) is _ENDS[status] and wanted in (None, seen)


def _meant(process: Process | None, actor: Actor | str | None) -> bool:
    """Return whether `process` is an actor in the events; None means any process."""
    return process is None or process.is_one(actor)


def _executes(what: events.Exec, program: str) -> bool:
    return os.path.basename(program) in ("", *map(os.path.basename, (what.exe, *what.argv[:1])))


def _returns(what: events.What, call: str) -> bool:
    return bool(kernel_names(call) & names_of_end(what))


def _error(what: events.What) -> str:
    """Return the name of the error with which a call returned; empty for none."""
    return errorcode.get(getattr(what, "errno", 0), "")


def _signal(name: str) -> int:
    """Return the number of a signal; 0 for the empty name; raises ValueError."""
    signal = by_name(name) if name else 0
    if signal is None:
        raise ValueError(f"there is no signal called {name}")
    return signal


# --- Words about a run ---------------------------------------------------------------------------


class Run:
    """The words of a claim about a result; everything public is one."""

    def __init__(self, result: Result | SeenOutcome) -> None:
        self.result = result

    @property
    def seen(self) -> Observation:
        """The recorded run; raises NotThere if this is none, Unknown for an outcome."""
        if isinstance(self.result, Observation):
            return self.result
        if isinstance(self.result, SeenOutcome):
            raise Unknown("of this order only the output, the files and a hang are known")
        raise NotThere("this is not a single run: say row('…') of a comparison")

    def at(self, mark: int | str, number: int = 1) -> Moment:
        """Return a moment: the mark 1 for ①, `rest`, `end`; the `number`-th time."""
        return Moment(self, moment_of(mark, number))

    def row(self, label: str) -> Run:
        """Return a row of a comparison."""
        if not isinstance(self.result, Mapping):
            raise NotThere("this is not a comparison")
        return Run(_entry(self.result, label))

    def __getattr__(self, word: str) -> Process:
        if word.startswith("_"):
            raise AttributeError(word)
        return Process(self, shown_name(word))

    def process(self, name: str) -> Process:
        """Return a process whose name is no word of Python."""
        return Process(self, name)

    @property
    def processes(self) -> list[Process]:
        """All processes of the run, in order of birth."""
        return [Process(self, name) for name in self.seen.names]

    @property
    def anyone(self) -> Process:
        """Every process, for events."""
        return Process(self, "")

    @property
    def reaper(self) -> Process:
        """The new parent of orphans: the nearest subreaper, or init."""
        return Process(self, REAPER)

    @property
    def output(self) -> str:
        """Everything that the processes wrote, in the order of their writes."""
        return (self.result if isinstance(self.result, SeenOutcome) else self.seen).output

    @property
    def hangs(self) -> bool:
        """Whether no process can move any more, and the first has not ended; not a timeout."""
        return (self.result if isinstance(self.result, SeenOutcome) else self.seen).hangs

    @property
    def returns(self) -> bool:
        """Whether the first process ends by itself."""
        return not self.hangs

    def file(self, path: str) -> str:
        """Return the contents of a file at the end."""
        if isinstance(self.result, SeenOutcome):
            return _entry(self.result.files, path)
        return self.at(END).file(path)

    def value(self, variable: str) -> object:
        """Return the last value that any process assigned to a variable."""
        return self.anyone[variable]

    def before(self, first: Sequence[int], then: Sequence[int]) -> bool:
        """Whether a chain of causes leads from each of the first events to each of the second.

        Then every legal order has it.
        """
        causes = self.seen.chronicle.before
        pairs = [*product(first, then)]
        free = [(left, right) for left, right in pairs if not causes(left, right)]
        if free and self.seen.fifos and all(left < right for left, right in free):
            raise Unknown("a FIFO may force this order, which the record does not show")
        return bool(pairs) and not free

    def unordered(self, first: Events, then: Events) -> bool:
        """Whether no chain of causes leads from one of the events to another."""
        pairs = [*product(first, then)]
        causes = self.seen.chronicle.before
        return bool(pairs) and not any(causes(*sorted(pair)) for pair in pairs)

    # Words about a typed line.

    def ran(self, program: str, *arguments: str) -> list[Process]:
        """Return the processes that executed a program, with these arguments if any are given."""
        return [one for one in self.processes if one.execs(program, *arguments)]

    def still(self, program: str, *arguments: str) -> list[Process]:
        """Return those that still run it at the end."""
        return [
            one
            for one in self.ran(program, *arguments)
            if not one.end.gone and one.end.state != "Z" and one.programs[-1] == program
        ]

    def prints(self, text: str) -> bool:
        """Return whether a line of one process's output is exactly this."""
        return any(one.prints(text) for one in self.processes)

    def in_trap(self, signal: str, found: Sequence[int]) -> bool:
        """Whether events happen in a trap's action for a signal, or in a process it started.

        Known of the shell of the line and its copies, not of a shell that they execute.
        """
        return bool(found) and all(
            self._trap_at(index, self.seen.events[index].proc) == signal for index in found
        )

    def _trap_at(self, index: int, proc: str) -> str:
        """Return the signal whose trap a process, or an ancestor at a birth, runs; may be empty."""
        for before in reversed(range(index)):
            event = self.seen.events[before]
            if event.proc == proc:
                if isinstance(event.what, events.Assign) and event.what.variable == "!":
                    return str(event.what.value)
            elif isinstance(event.what, events.Fork) and event.what.child == proc:
                return self._trap_at(before, event.proc)
        return ""

    @property
    def shown(self) -> str:
        """The output in quotes, cut if it is long."""
        text = self.output.rstrip("\n")
        if draws_screen(text):
            return "a whole screen, with control sequences"
        messages = isinstance(self.result, Observation) and self.result.messages
        nothing = "only a message of the shell" if messages else "nothing"
        return quoted(text if len(text) <= 60 else f"{text[:60]}…") if text else nothing

    def together(self, one: Process, other: Process) -> bool:
        """Return whether two processes are no ancestors, and none begins because one has ended."""
        return (
            one not in [*other.ancestors, other]
            and other not in one.ancestors
            and not self.before(one.ends, other.born)
            and not self.before(other.ends, one.born)
        )

    @property
    def outputs(self) -> frozenset[str]:
        """For an Explore: all outputs that a legal order produces."""
        if isinstance(self.result, SearchResult):
            return frozenset(self.result.possible)
        raise NotThere("this is not a search of all orders: outputs are an Explore's")


def draws_screen(text: str) -> bool:
    """Return whether an output places text on the screen, as editors and pagers do."""
    return any(sequence in text for sequence in ("\x1b[?1049h", "\x1b[H", "\x1b[2J"))


def moment_of(mark: int | str, number: int = 1) -> str:
    """Return the name of a moment, as `at` names it.

    >>> moment_of(1), moment_of("rest", 2)
    ('①', 'rest 2')
    """
    return moment_name(mark if isinstance(mark, str) else chr(ord("①") + mark - 1), number)


def shown_name(word: str) -> str:
    """Return the shown name of a process by its word: `child 2` for `child_2`."""
    base, _, number = word.rpartition("_")
    return f"{base} {number}" if base and number.isdecimal() else word


def _entry(table: Mapping[K, V], key: K) -> V:
    if key not in table:
        raise NotThere(f"there was no {key}")
    return table[key]


# --- Judging -------------------------------------------------------------------------------------


def verdict_of(proof: Proof, result: Result | SeenOutcome | Run) -> Verdict:
    """Judge a proof on a result; never raises."""
    run = result if isinstance(result, Run) else Run(result)
    if not isinstance(proof, str):
        return proof.judge(run)
    try:
        return _Evaluation(proof, run, {}).verdict()
    except SyntaxError as mistake:
        return Verdict(holds=None, because=mistake.msg, is_fault=True)


def holds(proof: Proof, result: Result | SeenOutcome | Run) -> bool:
    """Return whether a proof is true of a result; raises Unknown."""
    verdict = verdict_of(proof, result)
    if verdict.holds is None:
        raise Unknown(verdict.because)
    return verdict.holds


def value(expression: str, result: Result | Run, **bound: object) -> object:
    """Return the value of an expression; raises NotThere, Unknown."""
    run = result if isinstance(result, Run) else Run(result)
    return _Evaluation(expression, run, bound).value()


@cache
def parsed(expression: str) -> ast.expr:
    """Return an expression, which may have several lines; raises SyntaxError."""
    return ast.parse(f"({expression})", mode="eval").body


@cache
def _compiled(node: ast.expr) -> CodeType:
    return compile(ast.Expression(node), "<claim>", "eval")


_Answer = bool | Literal["unknown", "absent"]


class _World(dict[str, object]):
    """The names of an expression: bound ones, words of the run, and its processes."""

    def __init__(self, run: Run, bound: Mapping[str, object]) -> None:
        super().__init__(bound)
        self._run = run

    def __missing__(self, name: str) -> object:
        if hasattr(builtins, name):
            raise KeyError(name)
        return getattr(self._run, name)

    def bind(self, name: str, value: object) -> _World:
        """Return these names and another one."""
        return _World(self._run, {**self, name: value})


class _Evaluation:
    """The evaluation of an expression about a run: a part of it may be absent or unknown."""

    def __init__(self, expression: str, run: Run, bound: Mapping[str, object]) -> None:
        self._node, self._run = parsed(expression), run
        self._world = _World(run, bound)
        self._reasons: list[str] = []
        self._events: Sequence[int] = ()
        """The events of the last part, if it is an action."""
        self._is_fault = False

    def verdict(self) -> Verdict:
        """Return whether the expression is true."""
        answer = self._judge(self._node, self._world)
        if answer == "unknown":
            return Verdict(holds=None, because="; ".join(self._reasons), is_fault=self._is_fault)
        if answer is not True:
            because = "; ".join(self._reasons) or self._values()
            return Verdict(holds=False, because=because, events=tuple(self._events))
        return Verdict(holds=True, because=self._values())

    def value(self) -> object:
        """Return the value of the expression; raises NotThere, Unknown."""
        node = self._node
        while isinstance(node, ast.IfExp):
            node = node.body if self._is_true(node.test) else node.orelse
        if isinstance(node, ast.BoolOp | ast.Compare | ast.UnaryOp):
            return self._is_true(node)
        return eval(_compiled(node), self._world)

    def _is_true(self, node: ast.expr) -> bool:
        answer = self._judge(node, self._world)
        if answer == "unknown":
            raise Unknown("; ".join(self._reasons))
        return answer is True

    def _judge(self, node: ast.expr, world: _World) -> _Answer:
        """Evaluate `and`, `or`, `not`, `any` and `all` over answers, all else as Python does."""
        try:
            match node:
                case ast.BoolOp(op, parts):
                    answers = (self._judge(part, world) for part in parts)
                    return _joined(answers, is_or=isinstance(op, ast.Or))
                case ast.UnaryOp(ast.Not(), operand):
                    answer = self._judge(operand, world)
                    return not answer if isinstance(answer, bool) else answer
                case ast.Call(ast.Name("any" | "all" as which), [ast.GeneratorExp(part, [each])]):
                    worlds = self._worlds(each, world)
                    answers = (self._judge(part, one) for one in worlds)
                    return bool(worlds) and _joined(answers, is_or=which == "any")
                case _:
                    found = eval(_compiled(node), world)
                    self._events = found if isinstance(found, Events) else ()
                    return bool(found)
        except Exception as problem:  # noqa: BLE001 - a claim is never an error
            return self._failed(problem)

    def _worlds(self, loop: ast.comprehension, world: _World) -> list[_World]:
        """Return the names for each round of a loop whose conditions hold."""
        worlds = [
            world.bind(ast.unparse(loop.target), one) for one in eval(_compiled(loop.iter), world)
        ]
        return [one for one in worlds if all(self._judge(test, one) is True for test in loop.ifs)]

    def _failed(self, problem: Exception) -> _Answer:
        if isinstance(problem, LookupError):
            problem = NotThere(f"there was no {problem.args[0]}")
        is_known = isinstance(problem, NotThere | Unknown)
        self._is_fault |= not is_known
        self._reasons.append(str(problem) if is_known else f"{type(problem).__name__}: {problem}")
        return "absent" if isinstance(problem, NotThere) else "unknown"

    def _values(self) -> str:
        """Return the value of each part: of a side of a comparison, or of a word."""
        values = {}
        for part in _parts(self._node):
            try:
                found = eval(_compiled(part), self._world)
            except Exception:  # noqa: BLE001 - it has no value by itself
                continue
            if isinstance(found, Events):
                words = f"happened {counted(len(found), 'time')}"
            else:
                words = f"was {quoted(found) if isinstance(found, str) else found}"
            values[ast.unparse(part)] = words
        return "; ".join(f"{source} {words}" for source, words in values.items())


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of an expression that have values of their own, without constants."""
    match node:
        case ast.BoolOp(_, parts):
            inner = parts
        case ast.UnaryOp(_, operand):
            inner = [operand]
        case ast.Compare(left, _, right):
            inner = [left, *right]
        case _:
            if any(isinstance(part, ast.Name) for part in ast.walk(node)):
                yield node
            return
    for part in inner:
        yield from _parts(part)


def _joined(answers: Iterable[_Answer], *, is_or: bool) -> _Answer:
    """Join answers by `or` or `and`: a part that is absent is not true."""
    is_unknown = False
    for answer in answers:
        if answer == "unknown":
            is_unknown = True
        elif (answer is True) is is_or:
            return is_or
    return "unknown" if is_unknown else not is_or


# --- Conditions about one process of a line ------------------------------------------------------


class Some(Record):
    """One process (or `p` and `q`, which may be one) meets all conditions; each has a reason."""

    names: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]
    """Expressions, each with the sentence for a line whose processes get no further."""
    in_some_order: bool = False
    """Whether it need hold in one run of a line only: nothing forces the opposite."""

    @property
    def calls(self) -> frozenset[str]:
        """The system calls that must be observed."""
        return frozenset[str]().union(*(calls_of(condition) for condition, _ in self.conditions))

    def judge(self, run: Run) -> Verdict:
        """Judge a run: the process that meets most conditions gives the reason."""
        try:
            processes = run.processes[1:] if self.names else []
        except Unknown as unseen:
            return Verdict(holds=None, because=str(unseen))
        furthest, why, doubt = -1, self.conditions[0][1], ""
        for group in product(processes, repeat=len(self.names)):
            bound = dict(zip(self.names, group, strict=True))
            unknown = ""
            for number, (condition, reason) in enumerate(self.conditions):
                verdict = _Evaluation(condition, run, bound).verdict()
                if verdict.holds is False:
                    if number > furthest:
                        furthest, why = number, filled(reason, run, bound)
                    break
                unknown = unknown or ("" if verdict.holds else verdict.because)
            else:
                if not unknown:
                    return Verdict(holds=True)
                doubt = unknown
        return Verdict(holds=None, because=doubt) if doubt else Verdict(holds=False, because=why)


def some(names: str, *conditions: tuple[str, str], in_some_order: bool = False) -> Some:
    """Return a proof: `some("p", ("p.ends", "no process has ended"), …)`.

    The conditions go from early to late. `some("p q", …)` is about two processes of the line, and
    `some("", …)` about none. A reason may quote values: `its parent is {p.parent}`.
    """
    return Some(tuple(names.split()), conditions, in_some_order)


Proof = str | Some
"""The condition of a sentence: an expression, or conditions about some processes."""


def filled(reason: str, run: Run, bound: Mapping[str, object]) -> str:
    """Return an author's reason with the values that it quotes."""

    def quote(match: re.Match[str]) -> str:
        try:
            return str(value(match[1], run, **bound))
        except Exception:  # noqa: BLE001 - a reason is never an error
            return "nothing"

    return re.sub(r"{([^}]+)}", quote, reason)


# --- What an expression needs and names ----------------------------------------------------------

_CALLS: Mapping[str, frozenset[str]] = {
    "cwd": frozenset(("chdir", "fchdir")),
    "umask": frozenset(("umask",)),
    "offset": frozenset(("lseek",)),
    "descriptors": frozenset(("close",)),
    "has": frozenset(("fcntl", "ioctl")),
    "blocks": frozenset(("rt_sigprocmask",)),
    "ignores": frozenset(("rt_sigaction",)),
    "catches": frozenset(("rt_sigaction",)),
    "opens": frozenset(("open", "openat")),
    "clock_seconds": _CLOCKS,
}
"""The calls that change what a word says."""
_OF_A_CALL = frozenset(("calls", "succeeds", "fails"))


def calls_of(proof: Proof) -> frozenset[str]:
    """Return the system calls that must be observed to judge a proof: its words name them."""
    if not isinstance(proof, str):
        return proof.calls
    found = set[str]()
    for node in _nodes(proof):
        match node:
            case ast.Attribute(_, word) if word in _CALLS:
                found |= _CALLS[word]
            case ast.Call(ast.Attribute(_, word), [ast.Constant(str(call)), *_]) if (
                word in _OF_A_CALL
            ):
                found |= kernel_names(call)
    return frozenset(found)


def rows_in(proof: Proof) -> list[str]:
    """Return the rows of a comparison that an expression names: `row('…')`."""
    calls = (node for node in _nodes(proof) if isinstance(node, ast.Call))
    return [
        str(ast.literal_eval(call.args[0]))
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "row" and call.args
    ]


def names_in(proof: Proof) -> set[str]:
    """Return the names that a proof uses, such as `outputs`."""
    return {node.id for node in _nodes(proof) if isinstance(node, ast.Name)}


def _nodes(proof: Proof) -> Iterator[ast.AST]:
    """Yield the nodes of an expression; none of another proof, or if it cannot be parsed."""
    with suppress(SyntaxError):
        yield from ast.walk(parsed(proof)) if isinstance(proof, str) else ()


_KERNEL_NAMES = {
    "fork": ("fork", "vfork", "clone", "clone3"),
    "wait": ("wait4",),
    "wait3": ("wait4",),
    "waitpid": ("wait4",),
    "open": ("open", "openat"),
    "pipe": ("pipe", "pipe2"),
    "dup2": ("dup2", "dup3"),
    "exec": ("execve", "execveat"),
    "execv": ("execve",),
    "execvp": ("execve",),
    "sigaction": ("rt_sigaction",),
    "signal": ("rt_sigaction",),
    "sigprocmask": ("rt_sigprocmask",),
    "sigsuspend": ("rt_sigsuspend",),
    "sigwaitinfo": ("rt_sigtimedwait",),
    "lockf": ("fcntl",),
    "tcsetpgrp": ("ioctl",),
    "sleep": ("clock_nanosleep", "nanosleep"),
    "poll": ("poll", "ppoll"),
    "select": ("select", "pselect6"),
    "unlink": ("unlink", "unlinkat"),
    "killpg": ("kill",),
}


def kernel_names(call: str) -> frozenset[str]:
    """Return the system calls that a function of the C library makes.

    >>> sorted(kernel_names("waitpid")), sorted(kernel_names("lseek"))
    (['wait4'], ['lseek'])
    """
    return frozenset(_KERNEL_NAMES.get(call, (call,)))


def names_of_end(what: events.What) -> frozenset[str]:
    """Return the system calls whose return this event can represent; empty for other events."""
    none: frozenset[str] = frozenset()
    if isinstance(what, events.Call):
        return none if what.begins else frozenset((what.name,))
    if isinstance(what, events.Fork | events.SignalSend):
        return frozenset((what.syscall,))
    entry = ENTRIES.get(type(what))
    return frozenset(call.name for call in entry.calls if call.follow != "both") if entry else none
