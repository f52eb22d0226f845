"""Claims about a typed line: what it did, whatever program or construct did it.

A task at the prompt asks for several things by name; each is an `Asked`. Processes are selected by
what they did in this run, never by the name that a picture shows. A value that can be typed is
asked for its origin: the line runs once more with other values, exit statuses or without a signal.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import combinations
from typing import TypeVar, cast

from simpsh.base.events import (
    Assign,
    Exec,
    Exit,
    Fork,
    Read,
    SignalDeliver,
    SignalSend,
    WaitReturn,
    What,
    Write,
)
from simpsh.base.record import Record
from simpsh.base.signal_names import by_name
from simpsh.base.targets import File
from simpsh.base.wait_status import Exited, Killed, decode
from simpsh.course.claims.claim import Proof, Run, Verdict, calls_of
from simpsh.course.claims.observation import END, Observation, ProcessLook, SeenOutcome, quoted

W = TypeVar("W", bound=What)

SHELLS = ("sh", "bash", "dash", "simpsh")


class Variation(Record):
    """How a line is varied to learn where its values come from."""

    redrawn: Mapping[str, str] = {}
    """Replacements for what a regular expression's group matches; `{}` is a drawn number."""
    alters_statuses: bool = False
    """Whether a drawn exit status replaces each status above 0 that a wait returns."""
    withheld: str = ""
    """A signal that is not delivered."""
    is_fresh: bool = False
    """Whether the line runs once more as it is, in a new shell and directory: nothing of an earlier
    line is left there."""

    def __bool__(self) -> bool:
        return bool(self.redrawn or self.alters_statuses or self.withheld or self.is_fresh)

    @property
    def signal(self) -> int:
        """The number of the withheld signal; 0 for none."""
        return by_name(self.withheld) or 0

    def apply(self, line: str) -> tuple[str, tuple[str, ...]]:
        """Return the line with drawn values, and the value of each pattern; "" if unmatched."""
        drawn = []
        numbers = random.sample(range(20, 100), len(self.redrawn))
        for number, (pattern, replacement) in zip(numbers, self.redrawn.items(), strict=True):
            value = replacement.format(number)
            changed, count = re.subn(pattern, partial(_with_group, value=value), line)
            drawn.append(value if count else "")
            line = changed
        return line, tuple(drawn)


def a_word(word: str) -> Variation:
    """Return the variation that draws another word for the first one of these in a line."""
    return Variation({rf"(?s)\A.*?\b({word})\b": "w{}"})


def _with_group(match: re.Match[str], value: str) -> str:
    """Return the matched text with another value in its group."""
    begin, end = match.span(1)
    return match.string[match.start() : begin] + value + match.string[end : match.end()]


class TaskClaims(Record):
    """The sub-claims of a task, by name, and how its line is varied."""

    claims: Mapping[str, Proof]
    variation: Variation = Variation()
    at_prompt_only: bool = False
    """Whether the run at the prompt alone is judged: no other run has the prompt's terminal."""

    @property
    def calls(self) -> frozenset[str]:
        """Further system calls that must be observed."""
        return frozenset[str]().union(*map(calls_of, self.claims.values()))


class LineRun:
    """One run of a typed line, as the functions of a task see it."""

    def __init__(self, run: Observation, scene: Run) -> None:
        self.run = run
        self._scene = scene
        self._by_kind: dict[object, Sequence[tuple[int, str, What]]] = {}
        self.shell = run.names[0] if run.names else ""
        """The name of the shell at whose prompt the line was typed."""
        family = {self.shell}
        for event in run.events:
            if isinstance(event.what, Fork) and event.proc in family:
                family.add(event.what.child)
        self.others = tuple(name for name in run.names[1:] if name in family)
        """The processes of the line, without those that an earlier line has left."""
        self._left_before = {*run.names} - family

    @property
    def runs(self) -> list[LineRun]:
        """This run, and those of the line in other orders."""
        return [LineRun(run, self._scene) for run in (self._scene.runs or (self.run,))]

    @property
    def varied(self) -> LineRun | None:
        """The varied run; None before it is made, and of the varied run itself."""
        self._scene.on_varied()
        varied = self._scene.varied
        return LineRun(varied, self._scene) if varied is not None else None

    @property
    def output(self) -> str:
        """Everything that the line printed, without the shell's own messages."""
        if not self._left_before:
            return self.run.output
        return "".join(what.text for what in self._written)

    @property
    def _written(self) -> list[Write]:
        events = (self.run.events[index] for index in self.run.outputs)
        return [
            event.what
            for event in events
            if isinstance(event.what, Write) and event.proc not in self._left_before
        ]

    @property
    def lines(self) -> list[str]:
        """The lines that were printed."""
        return self.output.splitlines()

    @property
    def written_rows(self) -> list[str]:
        """The lines of each single write to the output: other writes may come between."""
        return [row for what in self._written for row in what.text.splitlines()]

    def events(self, kind: type[W], name: str = "") -> Iterator[tuple[int, str, W]]:
        """Yield index, process and value of the line's events of a kind, of one process or all."""
        if kind not in self._by_kind:
            # Claims compare each process with each other one, and a line may have a hundred.
            self._by_kind[kind] = [
                (index, event.proc, event.what)
                for index, event in enumerate(self.run.events)
                if isinstance(event.what, kind) and event.proc not in self._left_before
            ]
        found = cast(Sequence[tuple[int, str, W]], self._by_kind[kind])
        return (each for each in found if not name or each[1] == name)

    def first(self, kind: type[What], name: str) -> int | None:
        """Return the index of a process's first event of a kind."""
        return next((index for index, *_ in self.events(kind, name)), None)

    # -- processes ------------------------------------------------------------------------------

    def execs(self, name: str = "") -> list[tuple[int, str, Sequence[str]]]:
        """Return each exec: index, process, command line."""
        return [(index, proc, what.argv) for index, proc, what in self.events(Exec, name)]

    def programs(self, name: str) -> list[str]:
        """Return the names of the programs that a process executed, in order."""
        return [os.path.basename(argv[0]) for _, _, argv in self.execs(name) if argv]

    def ran(self, program: str, *arguments: str) -> list[str]:
        """Return the processes that executed a program, with these arguments if any are given."""
        return list(
            dict.fromkeys(
                proc
                for _, proc, argv in self.execs()
                if os.path.basename(argv[0]) == program
                and (not arguments or tuple(argv[1:]) == arguments)
            )
        )

    def parent(self, name: str) -> str:
        """Return the process that forked a process."""
        birth = self._births.get(name)
        return self.run.events[birth].proc if birth is not None else ""

    def birth(self, name: str) -> int:
        """Return the index of the fork of a process; -1 for the shell."""
        return self._births.get(name, -1)

    @cached_property
    def _births(self) -> dict[str, int]:
        """The indices of the forks of the line's processes, by name."""
        return {what.child: index for index, _, what in reversed([*self.events(Fork)])}

    def ancestors(self, name: str) -> list[str]:
        """Return its parent at birth, the parent of that, and so on."""
        found: list[str] = []
        while (name := self.parent(name)) and name not in found:
            found.append(name)
        return found

    def children(self, name: str) -> list[str]:
        """Return the processes that a process forked."""
        return [what.child for _, _, what in self.events(Fork, name) if not what.thread]

    def is_shell(self, name: str) -> bool:
        """Return whether a process is a copy of the shell, or last executed a shell."""
        programs = self.programs(name)
        return not programs or programs[-1] in SHELLS

    def pid(self, name: str) -> int:
        """Return its pid; 0 if there was no such process."""
        lives = self.run.chronicle.processes.values()
        return next((life.pid for life in lives if life.label == name), 0)

    def look(self, name: str, moment: str = END) -> ProcessLook | None:
        """Return how a process was at a moment; None if it did not exist."""
        return self.run.looks_at(moment).get(name)

    def status(self, name: str) -> int | None:
        """Return its wait status; None if it has not ended."""
        return next((what.status for _, _, what in self.events(Exit, name)), None)

    def is_killed_by(self, name: str, signal: str) -> bool:
        """Return whether this signal ended a process."""
        status = self.status(name)
        end = decode(status) if status is not None else None
        return isinstance(end, Killed) and int(end.signal) == by_name(signal)

    def looks(self, names: Sequence[str]) -> dict[str, ProcessLook]:
        """Return how those of the processes were that existed at the end."""
        looks = {name: self.look(name) for name in names}
        return {name: look for name, look in looks.items() if look is not None}

    def living(self, program: str = "", *arguments: str) -> list[str]:
        """Return the processes that existed at the end, of a program if one is given."""
        names = self.ran(program, *arguments) if program else self.others
        looks = {name: self.look(name) for name in names}
        return [
            name
            for name, look in looks.items()
            if look is not None
            and look.state != "Z"
            and (not program or self.programs(name)[-1] == program)
        ]

    def processes_like(self, program: str) -> list[str]:
        """Return processes that ran a program, or were killed before they could execute it.

        A signal may end a child between fork and exec, or while it is still `nohup`.
        """
        killed = [name for name in self.others if self._was_killed(name)]
        launchers = {name for _, name, argv in self.execs() if program in argv}
        early = (name for name in killed if not self.programs(name) or name in launchers)
        return list(dict.fromkeys((*self.ran(program), *early)))

    def _was_killed(self, name: str) -> bool:
        status = self.status(name)
        return status is not None and isinstance(decode(status), Killed)

    # -- data -----------------------------------------------------------------------------------

    def writers(self, text: str) -> list[str]:
        """Return the processes that wrote a text, somewhere."""
        return list(
            dict.fromkeys(
                proc for _, proc, what in self.events(Write) if text in what.text and what.count > 0
            )
        )

    def writers_into(self, file: str, text: str) -> list[str]:
        """Return the processes that wrote a text into a file that they had open from exec on."""
        return list(
            dict.fromkeys(
                self.run.name_of(proc)
                for proc, what, target in _writes_into_files(self.run)
                if text in what.text and os.path.basename(target.path) == file
            )
        )

    def pipe_of(self, index: int) -> str:
        """Return the pipe of a read or write: its inode, or the path of a FIFO; else ""."""
        event = self.run.events[index]
        if not isinstance(event.what, Read | Write) or event.what.pipe:
            return getattr(event.what, "pipe", "")
        fd, found = event.what.fd, None
        for earlier in self.run.events[: index + 1]:
            what = earlier.what
            if earlier.proc == event.proc and isinstance(what, Exec):
                found = dict(what.files).get(fd)
            elif earlier.proc == event.proc and isinstance(what, Read | Write) and what.fd == fd:
                found = what.file or found
        return found.path if found is not None and found.kind == "fifo" else ""

    def readers(self, text: str) -> list[str]:
        """Return the processes that read a text."""
        data: dict[str, str] = {}
        for _, proc, what in self.events(Read):
            if what.count > 0:
                # A shell reads byte by byte.
                data[proc] = data.get(proc, "") + what.text
        return [name for name, read in data.items() if text in read]

    def reads(self, text: str) -> list[tuple[int, str, Read]]:
        """Return the reads that complete a text, in one piece or byte by byte."""
        found, data = [], dict[tuple[str, int], str]()
        for index, proc, what in self.events(Read):
            before = "" if what.file is not None else data.get((proc, what.fd), "")
            data[proc, what.fd] = together = before + what.text * (what.count > 0)
            if text in together:
                found.append((index, proc, what))
                data[proc, what.fd] = ""
        return found

    def first_write(self, text: str) -> int | None:
        """Return the index of the first write of a text to the terminal or pipe."""
        return next((i for i, _, what in self.events(Write) if text in what.text), None)

    def printers(self, text: str) -> list[str]:
        """Return the processes that wrote a text to the visible output."""
        return list(
            dict.fromkeys(
                self.run.events[index].proc
                for index in self.run.outputs
                if text in getattr(self.run.events[index].what, "text", "")
                and self.run.events[index].proc not in self._left_before
            )
        )

    def is_passed_on(self, text: str, *, by_all: bool = False) -> bool:
        """Return whether a process printed a text that came from a read, so it was not typed.

        `by_all`: each process that printed it had it from a read.
        """
        have_read = [self._has_read(name, text) for name in self.printers(text)]
        return all(have_read) if by_all else any(have_read)

    def _has_read(self, name: str, text: str) -> bool:
        """Return whether a process or, before it passed the text on, its parent read a text.

        A process passes a text on to a copy, and to a program in an argument.
        """
        if name in self.readers(text):
            return True
        execs = self.execs(name)
        is_given = not execs or any(text in word for word in execs[-1][2])
        return is_given and bool(parent := self.parent(name)) and self._has_read(parent, text)

    def instead_of_saying(self, word: str) -> str:
        """Return what happened instead of printing a word that another process says.

        The task redraws the first such word of the line, with a_word(): then that one is printed.
        """
        if word not in self.lines:
            return f"printed: {shown_output(self)}"
        varied = self.varied
        if varied is None or (varied.run.drawn[0] or word) in varied.lines:
            return ""
        return f"with another word the line printed {shown_output(varied)}: it was typed"

    def is_from_file(self, text: str, file: str) -> bool:
        """Return whether each process that printed a text had it from this file in the end."""
        printers = self.printers(text)
        return bool(printers) and all(self._has_of_file(one, text, file, ()) for one in printers)

    def _has_of_file(self, name: str, text: str, file: str, asked: tuple[str, ...]) -> bool:
        """Return whether a process read a text of a file, itself or through pipes."""
        if name in asked:
            return False
        data: dict[tuple[str, str], str] = {}
        open_files: dict[int, str] = {}
        for event in self.run.events:
            what = event.what
            if event.proc == name and isinstance(what, Exec):
                open_files = {number: os.path.basename(one.path) for number, one in what.files}
            elif event.proc == name and isinstance(what, Read) and what.count > 0:
                if what.file is not None:
                    open_files[what.fd] = os.path.basename(what.file.path)
                place = what.pipe, "" if what.pipe else open_files.get(what.fd, "")
                data[place] = data.get(place, "") + what.text
        read = [place for place, all_of_it in data.items() if text in all_of_it]
        if ("", file) in read:
            return True
        execs = self.execs(name)
        is_given = not execs or any(text in word for word in execs[-1][2])
        sources = [self.parent(name)] * is_given + [
            writer
            for _, writer, what in self.events(Write)
            if text in what.text and what.pipe and (what.pipe, "") in read
        ]
        return any(
            source and self._has_of_file(source, text, file, (*asked, name)) for source in sources
        )

    def file(self, path: str) -> str | None:
        """Return the contents of a file at the end; None if it does not exist."""
        moment = self.run.moments.get(END)
        return moment.files.get(path) if moment is not None else None

    def assigned(self, name: str, variable: str) -> list[str]:
        """Return the values that a shell or its copy assigned to a variable, in order."""
        return [
            str(what.value) for _, _, what in self.events(Assign, name) if what.variable == variable
        ]

    def became(self, variable: str, value: str) -> str:
        """Return another value that the shell gave its own variable, which had this one; or "".

        An assignment for one command is undone without a report of the value before.
        """
        last = ""
        for _, _, what in self.events(Assign, self.shell):
            if what.variable == f"{variable} before" and last and what.value != value:
                return str(what.value)
            if what.variable == variable:
                last = str(what.value)
        return last if last != value else ""

    def sends(self, signal: str = "") -> list[tuple[int, str, SignalSend]]:
        """Return the successful sends of a signal, of any if none is given."""
        number = by_name(signal) if signal else 0
        return [
            (index, proc, what)
            for index, proc, what in self.events(SignalSend)
            if not what.errno and (what.signal == number if signal else what.signal)
        ]

    def receives(self, name: str, signal: str) -> list[int]:
        """Return when a process, or any if no name is given, receives a signal."""
        return [
            index
            for index, _, what in self.events(SignalDeliver, name)
            if what.signal == by_name(signal)
        ]

    # -- orders ---------------------------------------------------------------------------------

    def is_before(self, first: int | None, then: int | None) -> bool:
        """Return whether one event comes before another one in every order."""
        if first is None or then is None:
            return False
        forced = self.run.chronicle.before(first, then)
        return forced or (len(self.runs) > 1 and first < then)

    def is_caused(self, first: int | None, then: int | None) -> bool:
        """Return whether a chain of causes leads from one event to another."""
        if first is None or then is None:
            return False
        return self.run.chronicle.before(first, then)

    def together(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return the pairs of processes of which none is born because the other one ended."""
        pairs = []
        for one, other in combinations(names, 2):
            if one in self.ancestors(other) or other in self.ancestors(one):
                continue
            ends = self.first(Exit, one), self.first(Exit, other)
            births = self._births.get(one), self._births.get(other)
            if not (self.is_caused(ends[0], births[1]) or self.is_caused(ends[1], births[0])):
                pairs.append((one, other))
        return pairs

    def collected(self, name: str) -> tuple[int, str] | None:
        """Return when a process was collected by a wait of this family, and by which process."""
        return next(
            (
                (index, proc)
                for index, proc, what in self.events(WaitReturn)
                if what.child == name
                and self.first(Exit, name) is not None
                and what.status is not None
                and not what.is_left
                and isinstance(decode(what.status), Exited | Killed)
            ),
            None,
        )


Find = Callable[[LineRun], str]
"""Returns what happened instead, in words; empty if what is asked happened."""


class LineClaim(Record):
    """A function that judges a typed line."""

    find: Find
    calls: frozenset[str] = frozenset()
    """Further system calls that must be observed."""
    of_varied: bool = False
    """Whether the function also judges the varied run, as a run of its own."""

    def judge(self, run: Run) -> Verdict:
        """Judge a run of the line; an outcome is unknown."""
        if isinstance(run.result, SeenOutcome):
            return Verdict(holds=None, because="of this order only the output is known")
        instead = self.find(LineRun(run.seen, run))
        if not instead and self.of_varied:
            run.on_varied()
            instead = self.find(LineRun(run.varied, run)) if run.varied is not None else ""
        return Verdict(holds=not instead, because=instead)


def asked(find: Find, *calls: str, of_varied: bool = False) -> LineClaim:
    """Return a proof from a function that returns what happened instead."""
    return LineClaim(find, frozenset(calls), of_varied)


def printed(text: str, or_drawn: Callable[[Sequence[str]], str] | None = None) -> LineClaim:
    """Expect exactly this output; in the varied run, that which `or_drawn` makes of the values."""

    def find(line: LineRun) -> str:
        wanted = text
        if line.run.drawn and or_drawn is not None:
            wanted = or_drawn(line.run.drawn)
        if line.output == wanted:
            return ""
        if line.run.drawn:
            return f"with other values the line still printed {shown_output(line)}: it was typed"
        return f"printed: {shown_output(line)}"

    return LineClaim(find, of_varied=or_drawn is not None)


def _writes_into_files(run: Observation) -> Iterator[tuple[str, Write, File]]:
    """Yield the writes into files that are open from exec on, or that a process opens."""
    open_files: dict[tuple[str, int], File] = {}
    for event in run.events:
        what = event.what
        if isinstance(what, Exec):
            open_files |= {(event.proc, number): one for number, one in what.files}
        elif isinstance(what, Write) and what.count > 0 and not what.pipe:
            if what.file is not None:
                open_files[event.proc, what.fd] = what.file
            if (event.proc, what.fd) in open_files:
                yield event.proc, what, open_files[event.proc, what.fd]


def files_written(run: Observation) -> list[str]:
    """Return the paths of the regular files that a line's processes wrote, in order."""
    return list(
        dict.fromkeys(one.path for *_, one in _writes_into_files(run) if one.kind == "file")
    )


def shown_output(line: LineRun | None) -> str:
    """Return the output in quotes, cut if it is long."""
    if line is None:
        return "nothing"
    text = line.output.rstrip("\n")
    if draws_screen(text):
        return "a whole screen, with control sequences"
    nothing = "only a message of the shell" if line.run.messages else "nothing"
    return quoted(text if len(text) <= 60 else f"{text[:60]}…") if text else nothing


def draws_screen(text: str) -> bool:
    """Return whether an output places text on the screen, as editors and pagers do."""
    return any(sequence in text for sequence in ("\x1b[?1049h", "\x1b[H", "\x1b[2J"))


def prints(text: str) -> LineClaim:
    """Expect a text somewhere in the output; a text that ends in a newline is a whole line."""

    def find(line: LineRun) -> str:
        rows = [*line.lines, *line.written_rows]
        is_there = text[:-1] in rows if text.endswith("\n") else text in line.output
        return "" if is_there else f"printed: {shown_output(line)}"

    return asked(find)


def prints_the_status(
    status: int, of: Callable[[LineRun], Sequence[str]] = lambda line: line.run.names
) -> LineClaim:
    """Expect a line with this number, which comes from a wait status, of certain children: `$?`.

    The task has the variation `alters_statuses`. A value that it redraws is such a status, too.
    """

    def find(line: LineRun) -> str:
        if str(status) not in line.lines:
            return f"printed: {shown_output(line)}"
        varied = line.varied
        if varied is None:
            return ""
        seen = {value for value in varied.run.drawn if value} | {
            str(end.code)
            for _, _, what in varied.events(WaitReturn)
            if what.status is not None
            and what.child in of(varied)
            and isinstance(end := decode(what.status), Exited)
            and end.code
        }
        if not seen:
            return "it ran again, and no child had such a status there"
        if not seen & set(varied.lines):
            return f"the line prints {status} whatever `$?` is"
        return ""

    return asked(find)


def runs(program: str, *arguments: str) -> LineClaim:
    """Expect some process to execute a program."""
    command = " ".join((program, *arguments))

    def find(line: LineRun) -> str:
        return "" if line.ran(program, *arguments) else f"no process executed `{command}`"

    return asked(find)


def stays(program: str, *arguments: str) -> LineClaim:
    """Expect a process to run a program when the line is done."""
    command = " ".join((program, *arguments))

    def find(line: LineRun) -> str:
        if line.living(program, *arguments):
            return ""
        return f"no `{command}` was left" if line.ran(program) else f"no process ran `{command}`"

    return asked(find)


def is_ignored(mask: str, signal: str) -> bool:
    """Return whether a mask of /proc/PID/status has a signal."""
    number = by_name(signal) or 0
    return bool(mask) and bool(int(mask, 16) >> (number - 1) & 1)


def reads_own_status(line: LineRun, name: str) -> bool:
    """Return whether a process read its own /proc/PID/status."""
    return name in line.readers(f"\nPid:\t{line.pid(name)}\n")
