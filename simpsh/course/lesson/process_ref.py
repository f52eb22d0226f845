"""A process of a lesson, by name: what happens to it, what it does, what it is and has.

No pid is ever written down: a process is called like the variable that fork's result went into; of
several forks in one place the second is `child 2`, and so on. What it does is a Happening:
`child.ends`, `parent.collects(child)`. What it is or has is a Fact, or an Expectation where it is
yes or no: `child.state == "Z"`. It is asked of a moment, `at("②", …)` or `at("rest", …)`; without
one, of the end of the run, where only those are left who outlived it. How it ended, and what it
wrote, is asked of the whole run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from simpsh.base import events
from simpsh.course.lesson.event_predicates import (
    StatusTest,
    T,
    errno_number,
    errno_of,
    happening,
    kernel_names,
    names_of_begin,
    names_of_end,
    return_code,
    signal_number,
    status_test,
)
from simpsh.course.lesson.expectation import (
    Expectation,
    Fact,
    Happening,
    NotThere,
    Scene,
    Unknown,
    Verdict,
    quoted,
)
from simpsh.course.lesson.observation import END, REAPER, ProcessLook
from simpsh.course.lesson.process_facts import (
    DescriptorFacts,
    entry,
    is_in_mask,
    page,
    status_field,
)

_PROGRAMS = frozenset(("cat", "echo", "head", "setsid", "sh", "sleep", "yes"))
"""Names that are programs' and no part that a process plays: they have no article."""


@dataclass(frozen=True, slots=True)
class LookFact:
    """An attribute of a process that is a Fact: what a look at it shows at a moment."""

    text: str
    """What is asked for, such as `state`."""
    get: Callable[[ProcessLook], object]
    """Takes it from what was seen of the process."""
    calls: frozenset[str] = frozenset()
    """The system calls that change it."""

    def __get__(self, process: Process, _: object) -> Fact:
        return process.fact(self.text, self.get, self.calls)


class Process:
    """One process of a demonstration, or several that are meant together.

    Args:
        name: as it is shown; the first process is `parent` unless Run(main=…) says otherwise.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def called(self) -> str:
        """How a sentence speaks of it.

        >>> Process("child").called, Process("child 2").called, Process("echo").called
        ('the child', 'child 2', 'echo')
        """
        is_part = self.name.replace(" ", "").isalpha() and self.name not in _PROGRAMS
        return f"the {self.name}" if is_part else self.name

    def is_one(self, name: str) -> bool:
        """Return whether a process of the run, by shown name, is meant."""
        return name == self.name

    def __repr__(self) -> str:
        return f"<Process: {self.name}>"

    # -- birth, execution and end ---------------------------------------------------------------

    @property
    def is_born(self) -> Happening:
        """A process forks it."""
        return happening(
            f"{self.called} is born",
            events.Fork,
            lambda what, scene, _: not what.thread and _is_meant(self, scene, what.child),
        )

    def forks(self, child: Process | None = None) -> Happening:
        """It makes another process."""
        return self._does(
            f"forks{_object(child)}",
            events.Fork,
            lambda what, scene, _: not what.thread and _is_meant(child, scene, what.child),
        )

    @property
    def starts_a_thread(self) -> Happening:
        """It makes a thread of itself."""
        return self._does("starts a thread", events.Fork, lambda what, *_: what.thread)

    def execs(self, program: str = "") -> Happening:
        """It replaces its program, successfully: by this one, `ls` or `/bin/ls`."""
        return self._does(
            f"executes {program}" if program else "executes a program",
            events.Exec,
            lambda what, *_: _is_program(what, program),
        )

    @property
    def ends(self) -> Happening:
        """It ends, in whatever way; it is a zombie from then on."""
        return self._does("ends", events.Exit)

    def exits(self, code: int | None = None) -> Happening:
        """It ends by exit(3) or a return from main, with this code."""
        test = status_test("exited", code)
        text = f"exits with {code}" if code is not None else "exits"
        return self._does(text, events.Exit, lambda what, *_: test(what.status))

    def is_killed_by(self, signal: str = "") -> Happening:
        """A signal ends it."""
        test = status_test("killed", signal or None)
        text = f"is killed by {signal or 'a signal'}"
        return self._does(text, events.Exit, lambda what, *_: test(what.status))

    # -- waiting, collection and adoption -------------------------------------------------------

    def waits(self) -> Happening:
        """It begins to wait for a child, by one of the wait calls."""
        return self._does("waits", events.Wait)

    def wait_returns(
        self, child: Process | None = None, status: str | int | None = None
    ) -> Happening:
        """A wait call of its comes back with a child.

        Args:
            child: which one; any if None.
            status: `exited`, `killed`, `stopped`, `continued`, or the status word, 16 bits.
        """
        test = status_test(status) if isinstance(status, str) else None
        how = "" if status is None else f" as {status if test else f'{status:#06x}'}"
        return self._does(
            f"gets{_object(child) or ' a child'}{how} from a wait call",
            events.WaitReturn,
            lambda what, scene, _: (
                what.child_pid > 0
                and _is_meant(child, scene, what.child)
                and _is_status(what.status, status, test)
            ),
        )

    @property
    def wait_finds_nobody(self) -> Happening:
        """A wait call with WNOHANG comes back with 0: it has children, and none has changed."""
        return self._does(
            "waits without blocking, and no child has changed",
            events.WaitReturn,
            lambda what, *_: what.child_pid == 0,
        )

    def collects(self, child: Process | None = None) -> Happening:
        """It collects a dead child by one of the wait calls: the zombie is gone."""
        return self._does(
            f"collects {child.called if child else 'a child'}",
            events.Reap,
            lambda what, scene, _: what.by != "kernel" and _is_meant(child, scene, what.child),
        )

    @property
    def is_collected(self) -> Happening:
        """Its parent or adopter collects it; or the kernel does, since no process had to."""
        return happening(
            f"{self.called} is collected",
            events.Reap,
            lambda what, scene, _: _is_meant(self, scene, what.child),
        )

    @property
    def vanishes(self) -> Happening:
        """It ends without having become a zombie: its parent ignores SIGCHLD."""
        return happening(
            f"{self.called} vanishes uncollected",
            events.Reap,
            lambda what, scene, _: what.by == "kernel" and _is_meant(self, scene, what.child),
        )

    def is_adopted(self, by: Process | None = None) -> Happening:
        """Its parent has died and it gets another one."""
        return self._does(
            f"is adopted{' by ' + by.called if by else ''}",
            events.Reparent,
            lambda what, scene, _: _is_meant(by, scene, what.adopter),
        )

    # -- reading and writing --------------------------------------------------------------------

    def writes(self, text: str = "") -> Happening:
        """A write of its succeeds, with this text in it."""
        return self._does(
            f"writes{' ' + quoted(text) if text else ''}",
            events.Write,
            lambda what, *_: what.count >= 0 and text in what.text,
        )

    def reads(self, text: str = "") -> Happening:
        """A read of its brings something, with this text in it."""
        return self._does(
            f"reads{' ' + quoted(text) if text else ''}",
            events.Read,
            lambda what, *_: what.count > 0 and text in what.text,
        )

    @property
    def sees_end_of_file(self) -> Happening:
        """A read of its comes back with nothing: 0 bytes."""
        return self._does("sees end of file", events.Read, lambda what, *_: what.count == 0)

    def opens(self, path: str = "") -> Happening:
        """It opens a file whose path contains this."""
        return self._does(
            f"opens {path or 'a file'}",
            events.Open,
            lambda what, *_: what.fd >= 0 and path in what.path,
        )

    # -- signals --------------------------------------------------------------------------------

    def sends(self, signal: str = "", to: Process | None = None) -> Happening:
        """It sends a signal, by kill(2) or the like; to a group if its leader is meant."""
        number = signal_number(signal)
        return self._does(
            f"sends {signal or 'a signal'}{' to ' + to.called if to else ''}",
            events.SignalSend,
            lambda what, scene, index: (
                not what.errno
                and number in (0, what.signal)
                and (to is None or to.is_one(_bearer(scene, abs(what.target), index)))
            ),
        )

    def receives(self, signal: str = "", sender: Process | None = None) -> Happening:
        """A signal is delivered to it: it is not blocked, nor ignored by the kernel."""
        number = signal_number(signal)
        return self._does(
            f"receives {signal or 'a signal'}{' from ' + sender.called if sender else ''}",
            events.SignalDeliver,
            lambda what, scene, index: (
                what.effect != "ignored"
                and number in (0, what.signal)
                and (sender is None or sender.is_one(_bearer(scene, what.sender, index)))
            ),
        )

    def stops(self, signal: str = "") -> Happening:
        """A signal stops it."""
        number = signal_number(signal)
        text = f"is stopped{' by ' + signal if signal else ''}"
        return self._does(text, events.Stop, lambda what, *_: number in (0, what.signal))

    @property
    def continues(self) -> Happening:
        """It continues after a stop."""
        return self._does("continues", events.Continue)

    # -- system calls, lines and variables ------------------------------------------------------

    def calls(self, call: str) -> Happening:
        """A system call of its comes back, successful or not; by its C name, such as `waitpid`."""
        return self._comes_back(f"calls {call}", call)

    def begins(self, call: str) -> Happening:
        """It begins a wait call, or another one that is told twice because it may block."""
        names = kernel_names(call)
        return self._does(
            f"begins {call}", object, lambda what, *_: bool(names & names_of_begin(what)), names
        )

    def succeeds(self, call: str) -> Happening:
        """A system call of its comes back without an error."""
        return self._comes_back(f"calls {call} with success", call, lambda errno: not errno)

    def fails(self, call: str, errno: str = "") -> Happening:
        """A system call of its fails: `parent.fails("fork", "EAGAIN")`."""
        number = errno_number(errno) if errno else 0
        return self._comes_back(
            f"fails to {call}{', ' + errno if errno else ''}",
            call,
            lambda found: found != 0 and number in (0, found),
        )

    @property
    def begins_a_session(self) -> Happening:
        """It becomes the leader of a session of its own: setsid(2)."""
        return self._does("begins a session", events.SetSid)

    def reaches(self, code: str) -> Happening:
        """It comes to a line of the demonstration that contains this code; before it runs."""
        return self._does(
            f"reaches “{code}”",
            events.Line,
            lambda what, scene, _: what.line in scene.lines_with(code),
            topic="lines",
        )

    def sets(self, variable: str, value: object = ...) -> Happening:
        """A variable of its gets a new value: this one, or any."""
        return self._does(
            f"sets {variable}{'' if value is ... else f' to {value}'}",
            events.Assign,
            lambda what, *_: what.variable == variable and (value is ... or what.value == value),
            topic="values",
        )

    # -- what the kernel says of it -------------------------------------------------------------

    state = LookFact("state", lambda look: look.state)
    """The letter of proc(5): R S D T Z; `held` for one that the lesson holds at a mark."""

    @property
    def exists(self) -> Expectation:
        """It is there at the moment, be it as a zombie."""
        return self._is("is there", "is not there", lambda _: True)

    @property
    def is_gone(self) -> Expectation:
        """It is not there at the moment: not born yet, or collected."""

        def judge(scene: Scene) -> Verdict:
            scene.insist_on("looks")
            looks = scene.now().looks
            found = [name for name in looks if self.is_one(name)]
            where = f"there, in state {looks[found[0]].state}" if found else "not there"
            return Verdict(holds=not found, because=f"{self.called} was {where}")

        return Expectation(f"{self.called} is gone", judge)

    asleep_in = LookFact("system call", lambda look: look.call)
    """The system call that it sleeps in: `read`, `wait4`, `pause` …; empty if in none."""

    @property
    def pid(self) -> Fact:
        """Its pid, once and for all; compare it with another fact, never with a number."""
        return Fact(f"{self.called}'s pid", self._pid)

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
        """Its group is the one that its terminal listens to."""

        def judge(scene: Scene) -> Verdict:
            look = scene.look(self.name)
            holds = look.group == scene.now().foreground and bool(look.terminal)
            was = "was" if holds else "was not"
            return Verdict(holds=holds, because=f"{self.called}'s group {was} in the foreground")

        return Expectation(f"{self.called} is in the foreground", judge)

    threads = LookFact("number of threads", lambda look: look.threads)
    """How many threads it has."""

    program = LookFact("program", lambda look: _program_name(look))
    """The file name under which its program was executed, without its directory.

    The file may be a link to one that is many programs: `sleep` of BusyBox or of uutils.
    """

    argv = LookFact("command line", lambda look: tuple(look.argv))
    """Its command line, as a tuple of words; empty for a zombie."""

    cwd = LookFact("working directory", lambda look: look.cwd, frozenset(("chdir", "fchdir")))
    """Its working directory; `(deleted)` stands behind one that is gone."""

    umask = LookFact("umask", lambda look: look.umask, frozenset(("umask",)))
    """Its file mode creation mask."""

    def limit(self, name: str) -> Fact:
        """A soft limit, `NPROC`, `NOFILE` …; -1 is none."""
        return self.fact(
            f"limit {name}",
            lambda look: entry(look.limits, name, "limit"),
            frozenset(("prlimit64", "setrlimit")),
        )

    def field(self, name: str) -> Fact:
        """A field of /proc/PID/status: a number if it is one (without kB), else its text."""
        return self.fact(name, lambda look: status_field(look, name))

    def has_no_field(self, name: str) -> Expectation:
        """A field is not in /proc/PID/status: a zombie has no `VmRSS`."""
        return self._is(
            f"has no {name} in its status",
            f"has {name} in its status",
            lambda look: name not in look.status,
        )

    # -- signals: its mask and dispositions -----------------------------------------------------

    def blocks(self, signal: str) -> Expectation:
        """The signal is in its mask."""
        return self._in_mask("blocks", ("SigBlk",), signal, "sigprocmask")

    def ignores(self, signal: str) -> Expectation:
        """The signal is ignored: SIG_IGN."""
        return self._in_mask("ignores", ("SigIgn",), signal, "sigaction")

    def catches(self, signal: str) -> Expectation:
        """It has a handler for the signal."""
        return self._in_mask("catches", ("SigCgt",), signal, "sigaction")

    def has_pending(self, signal: str) -> Expectation:
        """The signal was sent and is not delivered yet."""
        return self._in_mask("has pending", ("SigPnd", "ShdPnd"), signal)

    # -- descriptors ----------------------------------------------------------------------------

    def descriptor(self, number: int) -> DescriptorFacts:
        """Return a descriptor by number: its target, access, offset, flags; whether it is open."""
        return DescriptorFacts(self.name, self.called, number)

    def holds(self, pipe: str, end: str) -> Expectation:
        """One of its descriptors is an end, `read` or `write`, of a pipe by letter."""
        return self._is(
            f"holds the {end} end of pipe {pipe}",
            f"does not hold the {end} end of pipe {pipe}",
            lambda look: any(
                one.pipe == pipe and one.access in (end, "both")
                for one in look.descriptors.values()
            ),
        )

    def holds_file(self, path: str) -> Expectation:
        """One of its descriptors leads to a file whose path ends like this."""
        return self._is(
            f"has {path} open",
            f"does not have {path} open",
            lambda look: any(one.target.endswith(path) for one in look.descriptors.values()),
        )

    def holds_nothing(self) -> Expectation:
        """It has no descriptor at all, as a zombie."""
        return self._is(
            "has no open descriptor", "has open descriptors", lambda look: not look.descriptors
        )

    descriptors = LookFact("descriptors", lambda look: tuple(sorted(look.descriptors)))
    """The numbers of its open descriptors, as a tuple."""

    # -- variables and memory -------------------------------------------------------------------

    def value(self, variable: str) -> Fact:
        """A variable of the function that it is in; an mmap's contents are read in memory.

        Without a moment: what it was set to last.
        """

        def get(scene: Scene) -> object:
            if scene.moment == END:
                told = [new for _, who, name, new in scene.run.sets if (who, name) == wanted]
                if told:
                    return told[-1]
                if self.name not in scene.now().looks:
                    # The process has ended: a run that tells no variables cannot say its value.
                    scene.insist_on("values")
            values = scene.look(self.name).values
            if variable not in values:
                scene.insist_on("values")
            return entry(values, variable, "variable")

        wanted = (self.name, variable)
        return Fact(f"{self.called}'s {variable}", get)

    def address(self, variable: str) -> Fact:
        """The address of a variable that is an mmap."""
        return self.fact(f"address of “{variable}”", lambda look: page(look, variable).address)

    def page_number(self, variable: str) -> Fact:
        """The page of physical memory behind an mmap; needs root, else Unknown."""

        def found(look: ProcessLook) -> int:
            number = page(look, variable).number
            if not number:
                raise Unknown("page numbers are shown to root only (CAP_SYS_ADMIN)")
            return number

        return self.fact(f"physical page of “{variable}”", found)

    def shares_page(self, variable: str) -> Expectation:
        """Another process uses the same page of physical memory; told without root, too."""
        return self._is(
            f"shares the page of {variable}",
            f"has the page of {variable} for itself",
            lambda look: page(look, variable).shared,
        )

    def owns_page(self, variable: str) -> Expectation:
        """No other process uses that page of physical memory."""
        return self._is(
            f"has the page of {variable} for itself",
            f"shares the page of {variable}",
            lambda look: not page(look, variable).shared,
        )

    # -- the whole run --------------------------------------------------------------------------

    @property
    def status(self) -> Fact:
        """How it ended: its exit code, or minus the signal that killed it."""
        return Fact(f"{self.called}'s exit status", lambda scene: return_code(self._word(scene)))

    @property
    def status_word(self) -> Fact:
        """How it ended, as the 16 bits that wait stores."""
        return Fact(f"{self.called}'s status word", self._word)

    def prints(self, text: str) -> Expectation:
        """A line of its output is exactly this (or these lines, if there are several)."""
        return self._prints(quoted(text), lambda printed: f"\n{text}\n" in f"\n{printed}\n")

    def prints_only(self, text: str) -> Expectation:
        """All of its output is this, and a newline; nothing at all if the text is empty."""
        wanted = f"{text}\n" if text else ""
        return self._prints(f"{quoted(text)} and nothing else", lambda found: found == wanted)

    @property
    def output(self) -> Fact:
        """Everything that it wrote into the output."""
        return Fact(f"{self.called}'s output", self._printed)

    # -- how all of these are found -------------------------------------------------------------

    def _does(
        self,
        text: str,
        kind: type[T],
        test: Callable[[T, Scene, int], bool] = lambda *_: True,
        calls: frozenset[str] = frozenset(),
        topic: str = "events",
    ) -> Happening:
        """Return a kind of event of its own; see happening()."""
        return happening(
            f"{self.called} {text}",
            kind,
            lambda what, scene, index: test(what, scene, index) and self.is_one(scene.owner(index)),
            calls,
            topic,
        )

    def _comes_back(
        self, text: str, call: str, test: Callable[[int], bool] = lambda _: True
    ) -> Happening:
        """Return the end of a system call of its, with an errno that the test accepts."""
        names = kernel_names(call)
        return self._does(
            text,
            object,
            lambda what, *_: bool(names & names_of_end(what)) and test(errno_of(what)),
            names,
        )

    def fact(
        self,
        text: str,
        get: Callable[[ProcessLook], object],
        calls: frozenset[str] = frozenset(),
    ) -> Fact:
        """Return what a look at it shows at a moment; `calls` change it."""
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

    def _pid(self, scene: Scene) -> int:
        for process in scene.run.chronicle.processes.values():
            if self.is_one(process.label):
                return process.pid
        scene.insist_on("events")
        raise NotThere(f"there was no process “{self.name}” in this run")

    def _in_mask(
        self, verb: str, fields: tuple[str, ...], signal: str, call: str = ""
    ) -> Expectation:
        number = signal_number(signal)
        return self._is(
            f"{verb} {signal}",
            f"is not one that {verb} {signal}",
            lambda look: is_in_mask(look, fields, number),
            kernel_names(call) if call else frozenset(),
        )

    def _word(self, scene: Scene) -> int:
        for index, event in enumerate(scene.events):
            if isinstance(event.what, events.Exit) and self.is_one(scene.owner(index)):
                return event.what.status
        scene.insist_on("events")
        raise NotThere(f"{self.called} did not end")

    def _prints(self, what: str, test: Callable[[str], bool]) -> Expectation:
        def judge(scene: Scene) -> Verdict:
            printed = self._printed(scene)
            return Verdict(holds=test(printed), because=f"{self.called} printed {quoted(printed)}")

        return Expectation(f"{self.called} prints {what}", judge)

    def _printed(self, scene: Scene) -> str:
        scene.insist_on("events")
        run = scene.run
        return "".join(run.printed(name) for name in run.names if self.is_one(name))


class _Several(Process):
    """Every process that a test on its name accepts."""

    def __init__(self, name: str, is_one: Callable[[str], bool]) -> None:
        super().__init__(name)
        self._is_one = is_one

    @property
    def called(self) -> str:
        """How a sentence speaks of them."""
        return self.name

    def is_one(self, name: str) -> bool:
        """Return whether a process of the run, by shown name, is meant."""
        return self._is_one(name)


def processes(*names: str) -> tuple[Process, ...]:
    """Return the processes of a lesson: `parent, child = processes("parent", "child")`."""
    return tuple(Process(name) for name in names)


def anyone_but(*exceptions: Process) -> Process:
    """Return every process with exceptions, for events: `anyone_but(shell).prints("2")`."""
    but = f" but {' and '.join(one.called for one in exceptions)}" if exceptions else ""
    return _Several(
        f"anyone{but}",
        lambda name: bool(name) and not any(one.is_one(name) for one in exceptions),
    )


def everyone_called(name: str) -> Process:
    """Return all namesakes: child, child 2, child 3 and so on, for events and counts."""

    def is_one(other: str) -> bool:
        first, _, number = other.rpartition(" ")
        return other == name or (first == name and number.isdigit())

    return _Several(f"any {name}", is_one)


anyone: Process = anyone_but()
"""Every process of the demonstration, for events."""
reaper = Process(REAPER)
"""The process that adopts the orphans: the nearest subreaper, or init."""


def _is_meant(one: Process | None, scene: Scene, name: str) -> bool:
    """Return whether a process, by its name in the events, is meant; None means any process."""
    return one is None or one.is_one(scene.run.name_of(name))


def _object(process: Process | None) -> str:
    return f" {process.called}" if process is not None else ""


def _program_name(look: ProcessLook) -> str:
    name = look.status.get("Name", "")
    called = os.path.basename(look.argv[0]) if look.argv else ""
    # The kernel keeps 15 bytes of the name; argv[0] is any text.
    return called if called[:15] == name else name


def _is_program(what: events.Exec, program: str) -> bool:
    wanted = program.rsplit("/", 1)[-1]
    names = (what.exe, *what.argv[:1])
    return not program or any(wanted == name.rsplit("/", 1)[-1] for name in names)


def _is_status(word: int | None, status: str | int | None, test: StatusTest | None) -> bool:
    if status is None:
        return True
    return word is not None and (test(word) if test is not None else word == status)


def _bearer(scene: Scene, pid: int, index: int) -> str:
    """Return the shown name of the process that had a pid at the time of an event."""
    found = scene.run.chronicle.bearer(pid, index)
    return found.label if found is not None else ""
