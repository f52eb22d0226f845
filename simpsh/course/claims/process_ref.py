"""A process of a lesson, by name: its events, its properties and its resources.

Lessons never mention pids. A process has the name of the variable that stores the result of its
fork. If the same line forks several times, the second process is `child 2`, and so on; sentences
call it "the second `child`". Actions are Happenings: `child.ends`, `parent.collects(child)`.
Properties are Facts, or Expectations for yes-or-no questions: `child.state == "Z"`. They are judged
at a moment, `at("②", …)` or `at("rest", …)`; by default at the end of the run, when only the
surviving processes exist. Exit status and output belong to the whole run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from errno import errorcode as errno_names
from typing import TypeVar

from simpsh.base import events
from simpsh.base.event_kind import ENTRIES
from simpsh.base.record import Record
from simpsh.base.signal_names import LAST, Signal
from simpsh.base.targets import Actor, Kernel
from simpsh.base.wait_status import Continued, Exited, decode
from simpsh.course.claims.expectation import (
    Expectation,
    Fact,
    Happening,
    NotThere,
    Scene,
    Unknown,
    Verdict,
    quoted,
)
from simpsh.course.claims.observation import (
    END,
    REAPER,
    PipeSide,
    ProcessLook,
    SeenDescriptor,
    SeenPage,
    in_words,
    named,
)

T = TypeVar("T")
OfChild = TypeVar("OfChild", events.Fork, events.Reap)


class LookFact(Record):
    """An attribute of a process: a Fact that is read from one look at the process."""

    text: str
    """The name of the value, such as `state`."""
    get: Callable[[ProcessLook], object]
    calls: frozenset[str] = frozenset()
    """System calls that change the value."""

    def __get__(self, process: Process, _: object) -> Fact:
        return process.fact(self.text, self.get, self.calls)


class Process:
    """One process of a demonstration by its shown name, or a set of processes."""

    def __init__(self, name: str, is_one: Callable[[str], bool] | None = None) -> None:
        self.name = name
        self.called = in_words(name) if is_one is None else name
        """Its wording in sentences: `child`, the variable, or "the parent"."""
        self.is_one: Callable[[str], bool] = is_one or (lambda other: other == name)
        """Returns whether a process with this shown name is meant."""

    def __repr__(self) -> str:
        return f"<Process: {self.name}>"

    # -- birth, execution and end ---------------------------------------------------------------

    @property
    def is_born(self) -> Happening:
        """Match the fork that creates this process."""
        return self._undergoes("is born", events.Fork, lambda what: not what.thread)

    def forks(self, child: Process | None = None) -> Happening:
        """Match its creation of `child`, or of any process."""
        return self._does(
            f"{ENTRIES[events.Fork].verb}{_object(child)}",
            events.Fork,
            lambda what, scene, _: not what.thread and _is_meant(child, scene, what.child),
        )

    @property
    def starts_a_thread(self) -> Happening:
        """Match its creation of a thread."""
        return self._does("starts a thread", events.Fork, lambda what, *_: what.thread)

    def execs(self, program: str = "") -> Happening:
        """Match a successful exec by this process; of any program if `program` is empty.

        Only the base name of `program` counts: `ls` and `/bin/ls` are the same.
        """
        wanted = os.path.basename(program)
        return self._does(
            f"executes `{program}`" if program else ENTRIES[events.Exec].verb,
            events.Exec,
            lambda what, *_: wanted in ("", *map(os.path.basename, (what.exe, *what.argv[:1]))),
        )

    @property
    def ends(self) -> Happening:
        """Match its end, for any reason; it is a zombie from then on."""
        return self._does(ENTRIES[events.Exit].verb, events.Exit)

    def exits(self, code: int | None = None) -> Happening:
        """Match its end by exit(3) or by a return from main, with this code."""
        test = status_test("exited", code)
        text = f"exits with {code}" if code is not None else "exits"
        return self._does(text, events.Exit, lambda what, *_: test(what.status))

    def is_killed_by(self, signal: str = "") -> Happening:
        """Match its end by a signal."""
        test = status_test("killed", signal or None)
        text = f"is killed by {signal or 'a signal'}"
        return self._does(text, events.Exit, lambda what, *_: test(what.status))

    # -- waiting, collection and reparenting ----------------------------------------------------

    def waits(self) -> Happening:
        """Match the beginning of a wait call."""
        return self._does(ENTRIES[events.Wait].verb, events.Wait)

    def wait_returns(
        self, child: Process | None = None, status: str | int | None = None
    ) -> Happening:
        """Match a wait call that returns a child: `exited` … or a 16-bit status word."""
        test = status_test(status) if isinstance(status, str) else lambda word: word == status
        word = f"{status:#06x}" if isinstance(status, int) else status
        return self._does(
            f"gets{_object(child) or ' a child'}{f' as {word}' if word else ''} from a wait call",
            events.WaitReturn,
            lambda what, scene, _: (
                what.child_pid > 0
                and _is_meant(child, scene, what.child)
                and (status is None or (what.status is not None and test(what.status)))
            ),
        )

    @property
    def wait_finds_nobody(self) -> Happening:
        """Match a wait call with WNOHANG that returns 0: no child has changed its state."""
        return self._does(
            "waits without blocking, and no child has changed",
            events.WaitReturn,
            lambda what, *_: what.child_pid == 0,
        )

    def collects(self, child: Process | None = None) -> Happening:
        """Match a wait call that collects `child`, or any dead child, which removes the zombie."""
        return self._does(
            f"collects {child.called if child else 'a child'}",
            events.Reap,
            lambda what, scene, _: (
                not isinstance(what.by, Kernel) and _is_meant(child, scene, what.child)
            ),
        )

    @property
    def vanishes(self) -> Happening:
        """Match its end without a zombie: its parent ignores SIGCHLD."""
        return self._undergoes(
            "vanishes uncollected", events.Reap, lambda what: isinstance(what.by, Kernel)
        )

    def is_adopted(self, by: Process | None = None) -> Happening:
        """Match its reparenting after the death of its parent."""
        return self._does(
            f"is adopted{' by ' + by.called if by else ''}",
            events.Reparent,
            lambda what, scene, _: _is_meant(by, scene, what.adopter),
        )

    # -- reading and writing --------------------------------------------------------------------

    def writes(self, text: str = "") -> Happening:
        """Match a successful write whose data contain this text."""
        return self._does(
            f"writes{' ' + quoted(text) if text else ''}",
            events.Write,
            lambda what, *_: what.count >= 0 and text in what.text,
        )

    def reads(self, text: str = "") -> Happening:
        """Match a read that returns data containing this text."""
        return self._does(
            f"reads{' ' + quoted(text) if text else ''}",
            events.Read,
            lambda what, *_: what.count > 0 and text in what.text,
        )

    @property
    def sees_end_of_file(self) -> Happening:
        """Match a read that returns 0 bytes."""
        return self._does("sees end of file", events.Read, lambda what, *_: what.count == 0)

    def opens(self, path: str = "") -> Happening:
        """Match the opening of a file whose path contains this text."""
        return self._does(
            f"opens `{path}`" if path else "opens a file",
            events.Open,
            lambda what, *_: what.fd >= 0 and path in what.path,
        )

    # -- signals --------------------------------------------------------------------------------

    def sends(self, signal: str = "", to: Process | None = None) -> Happening:
        """Match a signal that it sends, with kill(2) or similar; a group is named by its leader."""
        number = _number("signal", _SIGNALS, signal)
        return self._does(
            f"sends {signal or 'a signal'}{' to ' + to.called if to else ''}",
            events.SignalSend,
            lambda what, scene, index: (
                not what.errno
                and number in (0, what.signal)
                and (to is None or to.is_one(_bearer(scene, abs(what.target), index)))
            ),
        )

    def receives(self, signal: str = "") -> Happening:
        """Match the delivery of a signal that it neither blocks nor ignores."""
        number = _number("signal", _SIGNALS, signal)
        return self._does(
            f"receives {signal or 'a signal'}",
            events.SignalDeliver,
            lambda what, *_: what.effect != "ignored" and number in (0, what.signal),
        )

    def stops(self, signal: str = "") -> Happening:
        """Match a stop by a signal."""
        number = _number("signal", _SIGNALS, signal)
        text = f"is stopped{' by ' + signal if signal else ''}"
        return self._does(text, events.Stop, lambda what, *_: number in (0, what.signal))

    @property
    def continues(self) -> Happening:
        """Match its continuation after a stop."""
        return self._does(ENTRIES[events.Continue].verb, events.Continue)

    # -- system calls, lines and variables ------------------------------------------------------

    def calls(self, call: str) -> Happening:
        """Match the return of a system call, by its C name such as `waitpid`, successful or not."""
        return self._comes_back(f"calls `{call}`", call)

    def begins(self, call: str) -> Happening:
        """Match the beginning of a wait call, or of another call that may block."""
        names = kernel_names(call)

        def has_begun(what: object, *_: object) -> bool:
            if isinstance(what, events.Wait):
                return what.syscall in names
            return isinstance(what, events.Call) and what.begins and what.name in names

        return self._does(f"begins `{call}`", object, has_begun, names)

    def succeeds(self, call: str) -> Happening:
        """Match a system call that returns without an error."""
        return self._comes_back(f"calls `{call}` with success", call, lambda errno: not errno)

    def fails(self, call: str, errno: str = "") -> Happening:
        """Match a system call that fails: `parent.fails("fork", "EAGAIN")`."""
        number = _number("error", _ERRORS, errno)
        return self._comes_back(
            f"gets {errno or 'an error'} from `{call}`",
            call,
            lambda number_seen: number_seen != 0 and number in (0, number_seen),
        )

    def reaches(self, code: str) -> Happening:
        """Match its arrival at a line with this code, before the line runs."""
        return self._does(
            f"reaches “{code}”",
            events.Line,
            lambda what, scene, _: what.line in scene.lines_with(code),
            topic="lines",
        )

    def sets(self, variable: str, value: object = ...) -> Happening:
        """Match a variable's change to this value, or to any."""
        return self._does(
            f"sets `{variable}`{'' if value is ... else f' to {value}'}",
            events.Assign,
            lambda what, *_: what.variable == variable and (value is ... or what.value == value),
            topic="values",
        )

    # -- what the kernel reports about it -------------------------------------------------------

    state = LookFact("state", lambda look: look.state)
    """The letter of proc(5): R S D T Z; `held` while the lesson holds the process at a mark."""

    @property
    def exists(self) -> Expectation:
        """Expect it to exist at the moment, perhaps as a zombie."""
        return self._is("is there", "is not there", lambda _: True)

    @property
    def is_gone(self) -> Expectation:
        """Expect it not to exist at the moment: not born yet, or already collected."""

        def judge(scene: Scene) -> Verdict:
            looks = scene.now().looks
            existing = [name for name in looks if self.is_one(name)]
            where = f"there, in state {looks[existing[0]].state}" if existing else "not there"
            return Verdict(holds=not existing, because=f"{self.called} was {where}")

        return Expectation(f"{self.called} is gone", judge)

    asleep_in = LookFact("system call", lambda look: look.call)
    """The system call in which it sleeps, such as `read`, `wait4`, `pause`; empty if none."""

    @property
    def pid(self) -> Fact:
        """Its pid; compare it with another fact, never with a number."""

        def get(scene: Scene) -> int:
            for process in scene.run.chronicle.processes.values():
                if self.is_one(process.label):
                    return process.pid
            raise NotThere(f"there was no process {self.called} in this run")

        return Fact(f"{self.called}'s pid", get)

    parent = LookFact("parent", lambda look: look.parent)
    """Its parent: `child.parent == parent`, `orphan.parent == reaper`."""

    group = LookFact("process group", lambda look: look.group)
    """Its process group; equal to the leader's pid."""

    session = LookFact("session", lambda look: look.session)
    """Its session; equal to the leader's pid."""

    terminal = LookFact("controlling terminal", lambda look: look.terminal)
    """Its controlling terminal; the empty text without one."""

    @property
    def in_foreground(self) -> Expectation:
        """Expect its group to be the foreground group of its terminal."""

        def judge(scene: Scene) -> Verdict:
            look = scene.look(self.name)
            holds = look.group == scene.now().foreground and bool(look.terminal)
            was = "was" if holds else "was not"
            return Verdict(holds=holds, because=f"{self.called}'s group {was} in the foreground")

        return Expectation(f"{self.called} is in the foreground", judge)

    threads = LookFact("number of threads", lambda look: int(look.status.get("Threads", "0")))

    program = LookFact("program", lambda look: _program_name(look))
    """The file name under which its program was executed, without the directory.

    The file may be a link to a multi-call binary: `sleep` of BusyBox or of uutils."""

    argv = LookFact("command line", lambda look: tuple(look.argv))
    """Its command line, as a tuple of words; empty for a zombie."""

    cwd = LookFact("working directory", lambda look: look.cwd, frozenset(("chdir", "fchdir")))
    """Its working directory, followed by `(deleted)` if that was removed."""

    umask = LookFact("umask", lambda look: look.umask, frozenset(("umask",)))
    """Its file mode creation mask."""

    def limit(self, name: str) -> Fact:
        """Return a soft limit by its name in /proc/PID/limits; -1 means unlimited."""
        return self.fact(
            f"limit {name}",
            lambda look: entry(look.limits, name, "limit"),
            frozenset(("prlimit64", "setrlimit")),
        )

    def field(self, name: str) -> Fact:
        """Return a field of /proc/PID/status: a number (without kB) if possible, otherwise text."""

        def get(look: ProcessLook) -> object:
            text = str(entry(look.status, name, "field"))
            words = text.split()
            return int(words[0]) if words and words[0].isdigit() and len(words) <= 2 else text

        return self.fact(name, get)

    def has_no_field(self, name: str) -> Expectation:
        """Expect no such field in /proc/PID/status: a zombie has no `VmRSS`."""
        return self._is(
            f"has no {name} in its status",
            f"has {name} in its status",
            lambda look: name not in look.status,
        )

    # -- signals: its mask and dispositions -----------------------------------------------------

    def blocks(self, signal: str) -> Expectation:
        """Expect the signal to be in its mask."""
        return self._in_mask("blocks", ("SigBlk",), signal, "sigprocmask")

    def ignores(self, signal: str) -> Expectation:
        """Expect the signal to be ignored: SIG_IGN."""
        return self._in_mask("ignores", ("SigIgn",), signal, "sigaction")

    def catches(self, signal: str) -> Expectation:
        """Expect a handler for the signal."""
        return self._in_mask("catches", ("SigCgt",), signal, "sigaction")

    def has_pending(self, signal: str) -> Expectation:
        """Expect the signal to be pending: sent, but not delivered yet."""
        return self._in_mask("has pending", ("SigPnd", "ShdPnd"), signal)

    # -- descriptors ----------------------------------------------------------------------------

    def descriptor(self, number: int) -> DescriptorFacts:
        """Return a descriptor by number: its target, access, offset, flags; whether it is open."""
        return DescriptorFacts(self, number)

    def holds(self, pipe: str, end: PipeSide) -> Expectation:
        """Expect a descriptor for one end of a pipe, given by its letter."""
        return self._is(
            f"holds the {end} end of pipe {pipe}",
            f"does not hold the {end} end of pipe {pipe}",
            lambda look: bool(look.holding(pipe, end)),
        )

    def holds_file(self, path: str) -> Expectation:
        """Expect a descriptor for a file with this path, or with these last parts of a path."""
        return self._is(
            f"has {path} open",
            f"does not have {path} open",
            lambda look: any(
                f"/{descriptor.target}".endswith(f"/{path.removeprefix('/')}")
                for descriptor in look.descriptors.values()
            ),
        )

    descriptors = LookFact("list of open descriptors", lambda look: tuple(sorted(look.descriptors)))
    """The numbers of its open descriptors, as a tuple; empty for a zombie."""

    # -- variables and memory -------------------------------------------------------------------

    def value(self, variable: str) -> Fact:
        """Return a variable of its current function; an mmap's contents are read from memory.

        Without a moment: the last value that was assigned.
        """

        def get(scene: Scene) -> object:
            if scene.moment == END:
                last = [new for _, *setter, new in scene.run.sets if tuple(setter) == wanted]
                if last:
                    return last[-1]
                if self.name not in scene.now().looks:
                    # The process has ended, and without reports of variables its last value is
                    # unknown.
                    scene.insist_on("values")
            values = scene.look(self.name).values
            if variable not in values:
                scene.insist_on("values")
            return entry(values, variable, "variable")

        wanted = (self.name, variable)
        return Fact(f"{self.called}'s variable `{variable}`", get)

    def address(self, variable: str) -> Fact:
        """Return the address of a variable that is an mmap."""
        return self.fact(f"address of “{variable}”", lambda look: page(look, variable).address)

    def page_number(self, variable: str) -> Fact:
        """Return the number of the physical page of an mmap; Unknown without root."""

        def page_number(look: ProcessLook) -> int:
            number = page(look, variable).number
            if not number:
                raise Unknown("page numbers are shown to root only (CAP_SYS_ADMIN)")
            return number

        return self.fact(f"physical page of “{variable}”", page_number)

    def shares_page(self, variable: str) -> Expectation:
        """Expect another process to use the same physical page; works without root."""
        return self._is(
            f"shares the page of {variable}",
            f"has the page of {variable} for itself",
            lambda look: page(look, variable).shared,
        )

    def owns_page(self, variable: str) -> Expectation:
        """Expect no other process to use this physical page."""
        return self._is(
            f"has the page of {variable} for itself",
            f"shares the page of {variable}",
            lambda look: not page(look, variable).shared,
        )

    # -- the whole run --------------------------------------------------------------------------

    @property
    def status(self) -> Fact:
        """Its exit code, or minus the number of the signal that killed it."""
        return Fact(
            f"{self.called}'s exit status",
            lambda scene: os.waitstatus_to_exitcode(self._word(scene)),
        )

    @property
    def status_word(self) -> Fact:
        """Its end as the 16-bit status word that wait stores."""
        return Fact(f"{self.called}'s status word", self._word)

    def prints(self, text: str) -> Expectation:
        """Expect a line of its output to be exactly this (or these lines in a row)."""

        def judge(scene: Scene) -> Verdict:
            printed = self._output_in(scene)
            holds = f"\n{text}\n" in f"\n{printed}\n"
            return Verdict(holds=holds, because=f"{self.called} printed {quoted(printed)}")

        return Expectation(f"{self.called} prints {quoted(text)}", judge)

    @property
    def output(self) -> Fact:
        """Everything that it wrote to the output."""
        return Fact(f"{self.called}'s output", self._output_in)

    # -- building happenings and facts ----------------------------------------------------------

    def _does(
        self,
        text: str,
        kind: type[T],
        test: Callable[[T, Scene, int], bool] = lambda *_: True,
        calls: frozenset[str] = frozenset(),
        topic: str = "",
    ) -> Happening:
        """Match events of a kind that happen to this process and pass a test."""

        def is_its_own(what: T, scene: Scene, index: int) -> bool:
            return self.is_one(scene.owner(index)) and test(what, scene, index)

        return Happening(f"{self.called} {text}", _finder(kind, is_its_own), calls, topic)

    def _undergoes(
        self, text: str, kind: type[OfChild], test: Callable[[OfChild], bool]
    ) -> Happening:
        """Match events of a kind that happen to another process and name this one as the child."""

        def is_about_it(what: OfChild, scene: Scene, _: int) -> bool:
            return _is_meant(self, scene, what.child) and test(what)

        return Happening(f"{self.called} {text}", _finder(kind, is_about_it))

    def _comes_back(
        self, text: str, call: str, test: Callable[[int], bool] = lambda _: True
    ) -> Happening:
        """Match the return of a system call of this process with an errno that passes a test."""
        names = kernel_names(call)
        return self._does(
            text,
            object,
            lambda what, *_: bool(names & names_of_end(what)) and test(getattr(what, "errno", 0)),
            names,
        )

    def fact(
        self, text: str, get: Callable[[ProcessLook], object], calls: frozenset[str] = frozenset()
    ) -> Fact:
        """Return a fact that is read from one look at the process; `calls` change it."""
        return Fact(f"{self.called}'s {text}", lambda scene: get(scene.look(self.name)), calls)

    def _is(
        self,
        text: str,
        if_not: str,
        test: Callable[[ProcessLook], bool],
        calls: frozenset[str] = frozenset(),
    ) -> Expectation:
        def judge(scene: Scene) -> Verdict:
            holds = test(scene.look(self.name))
            return Verdict(holds=holds, because=f"{self.called} {text if holds else if_not}")

        return Expectation(f"{self.called} {text}", judge, calls)

    def _in_mask(
        self, verb: str, fields: tuple[str, ...], signal: str, call: str = ""
    ) -> Expectation:
        bit = 1 << _number("signal", _SIGNALS, signal) - 1
        return self._is(
            f"{verb} {signal}",
            f"is not one that {verb} {signal}",
            lambda look: any(
                int(str(entry(look.status, name, "field")), 16) & bit for name in fields
            ),
            kernel_names(call) if call else frozenset(),
        )

    def _word(self, scene: Scene) -> int:
        for index, event in enumerate(scene.events):
            if isinstance(event.what, events.Exit) and self.is_one(scene.owner(index)):
                return event.what.status
        raise NotThere(f"{self.called} did not end")

    def _output_in(self, scene: Scene) -> str:
        run = scene.run
        return "".join(run.printed(name) for name in run.names if self.is_one(name))


def processes(*names: str) -> tuple[Process, ...]:
    """Return the processes of a lesson: `parent, child = processes("parent", "child")`."""
    return tuple(Process(name) for name in names)


def programs(*names: str) -> tuple[Process, ...]:
    """Return processes of a shell line that are called after their programs: `echo`, `echo 2`."""
    return tuple(Process(named(name, "program")) for name in names)


def anyone_but(*exceptions: Process) -> Process:
    """Return all processes except these, for events: `anyone_but(shell).prints("2")`."""
    but = f" but {' and '.join(process.called for process in exceptions)}" if exceptions else ""
    return Process(
        f"any process{but}",
        lambda name: bool(name) and not any(process.is_one(name) for process in exceptions),
    )


def everyone_called(name: str | Process) -> Process:
    """Return all processes called `name`, such as child, child 2, …, for events and counts."""
    shown = named(name if isinstance(name, str) else name.name)
    return Process(f"any {shown.words}", lambda other: named(other).base == shown.base)


anyone = anyone_but()
"""Every process of the demonstration, for events."""
reaper = Process(REAPER)
"""The new parent of orphans: the nearest subreaper, or init."""


def _finder(kind: type[T], test: Callable[[T, Scene, int], bool]) -> Callable[[Scene], list[int]]:
    """Return a function that finds the events of a kind that pass a test."""
    return lambda scene: [
        index
        for index, event in enumerate(scene.events)
        if isinstance(event.what, kind) and test(event.what, scene, index)
    ]


def _is_meant(process: Process | None, scene: Scene, actor: Actor | str | None) -> bool:
    """Return whether `process` matches an actor in the events; None matches any process."""
    return process is None or process.is_one(scene.run.name_of(actor))


def _object(process: Process | None) -> str:
    return f" {process.called}" if process is not None else ""


def _program_name(look: ProcessLook) -> str:
    name = look.status.get("Name", "")
    called = os.path.basename(look.argv[0]) if look.argv else ""
    # The kernel keeps 15 bytes of the name; argv[0] can be any text.
    return called if called[:15] == name else name


def _bearer(scene: Scene, pid: int, index: int) -> str:
    """Return the shown name of the process that had `pid` at the event with this index."""
    bearer = scene.run.chronicle.bearer(pid, index)
    return bearer.label if bearer is not None else ""


# Lookups in one look at a process: an entry of a table, a page of memory, a descriptor.


_CLOSE = frozenset(("close",))
_SETS_FLAGS = frozenset(("fcntl", "ioctl"))


def entry(table: Mapping[str, object], name: str, kind: str) -> object:
    """Return an entry of a table; raises NotThere if it is absent."""
    if name not in table:
        raise NotThere(f"there was no {kind} {name}")
    return table[name]


def page(look: ProcessLook, variable: str) -> SeenPage:
    """Return the page of a variable that is an mmap; raises NotThere for other variables."""
    seen_page = look.pages.get(variable)
    if seen_page is None:
        raise NotThere(f"{variable} had no page of memory of its own: is it an mmap?")
    return seen_page


class DescriptorFacts:
    """One descriptor at a moment: `child.descriptor(3).offset == 35`."""

    def __init__(self, process: Process, number: int) -> None:
        self._process = process
        self.number = number
        self.text = f"{process.called}'s descriptor {number}"
        self.target = self._fact("target", lambda descriptor: descriptor.target)
        """The object it refers to: `output`, `pipe A`, a path, or the text of the link in /proc."""
        self.access = self._fact("access", lambda descriptor: descriptor.access)
        """`read`, `write` or `both`."""
        self.offset = self._fact("offset", lambda descriptor: descriptor.offset, "lseek")
        """The offset of the next read or write."""
        self.is_open = Expectation(f"{self.text} is open", self._is_open, _CLOSE)
        self.is_closed = Expectation(
            f"{self.text} is closed", lambda scene: self._is_open(scene).negate(), _CLOSE
        )
        """The process exists and does not have this descriptor."""
        self.closes_on_exec = self.has_flag("O_CLOEXEC")
        """FD_CLOEXEC is set, a flag of this descriptor only."""

    def has_flag(self, name: str) -> Expectation:
        """Expect a flag of open(2), such as O_NONBLOCK or O_APPEND (flags of the description)."""
        flag: object = getattr(os, name, None)
        if not isinstance(flag, int):
            raise ValueError(f"open(2) has no flag {name}")  # noqa: TRY004 - its value is wrong

        def judge(scene: Scene) -> Verdict:
            holds = self._find(scene).flags & flag == flag
            return Verdict(
                holds=holds, because=f"{self.text} {'had' if holds else 'did not have'} {name}"
            )

        return Expectation(f"{self.text} has {name}", judge, _SETS_FLAGS)

    def shares_offset_with(self, other: DescriptorFacts) -> Expectation:
        """Expect both to refer to one open file description, and so to one offset; see kcmp(2)."""

        def judge(scene: Scene) -> Verdict:
            mine, its = self._find(scene).description, other._find(scene).description
            if not mine or not its:
                raise Unknown("open file descriptions cannot be compared here (kcmp)")
            holds = mine == its
            descriptions = (
                "the same open file description" if holds else "two open file descriptions"
            )
            return Verdict(holds=holds, because=f"{self.text} and {other.text} were {descriptions}")

        return Expectation(f"{self.text} shares its offset with {other.text}", judge)

    def _is_open(self, scene: Scene) -> Verdict:
        holds = self.number in scene.look(self._process.name).descriptors
        return Verdict(holds=holds, because=f"{self.text} was {'open' if holds else 'closed'}")

    def _find(self, scene: Scene) -> SeenDescriptor:
        descriptor = scene.look(self._process.name).descriptors.get(self.number)
        if descriptor is None:
            raise NotThere(f"{self._process.called} had no descriptor {self.number}")
        return descriptor

    def _fact(self, text: str, get: Callable[[SeenDescriptor], object], *calls: str) -> Fact:
        return Fact(
            f"{text} of {self.text}", lambda scene: get(self._find(scene)), frozenset(calls)
        )


# Questions about an event: its system call, its error, its status word.


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


StatusTest = Callable[[int], bool]
_KINDS = ("exited", "killed", "stopped", "continued")


def status_test(kind: str, value: int | str | None = None) -> StatusTest:
    """Return a test for status words: of this kind, with this exit code or signal.

    Raises ValueError for an unknown kind.
    """
    if kind not in _KINDS:
        raise ValueError(f"a child is {', '.join(_KINDS)}; it is never {kind}")

    def test(word: int) -> bool:
        status = decode(word)
        if type(status).__name__.lower() != kind:
            return False
        if value is None or isinstance(status, Continued):
            return True
        return (status.code if isinstance(status, Exited) else status.signal.name) == value

    return test


_SIGNALS = {Signal(number).name: number for number in range(1, LAST + 1)}
_ERRORS = {name: number for number, name in errno_names.items()}


def _number(kind: str, numbers: Mapping[str, int], name: str) -> int:
    """Return the number of a name such as `SIGTERM`; 0 for the empty name; raises ValueError."""
    if name and name not in numbers:
        raise ValueError(f"there is no {kind} called {name}")
    return numbers.get(name, 0)
