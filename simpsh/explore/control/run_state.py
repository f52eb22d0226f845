"""The state that the parts of one run share: processes, symbolic names, open descriptors.

Symbolic names replace values that differ from run to run: a pid becomes a birth path, a pipe its
maker's name and a number, a file in the directory its path there.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from simpsh.base.events import pipe_letter
from simpsh.base.phrases import command_words
from simpsh.base.process_names import child_name, parent_of
from simpsh.base.signal_names import SIGALRM, SIGCHLD
from simpsh.explore import flags
from simpsh.explore.control.held_process import DEAD, HeldProcess, ProgramImage
from simpsh.explore.control.program_knowledge import Knowledge, Place
from simpsh.explore.flags import Flag
from simpsh.explore.objects.code_place import Callers, CodePlace
from simpsh.explore.objects.held_call import path_of
from simpsh.explore.objects.kernel_state import EMPTY, Kernel, Learned
from simpsh.explore.objects.name_words import OUTSIDE_MARK, mark_of_process
from simpsh.explore.objects.symbolic_names import (
    INPUT,
    OUT,
    Fifo,
    File,
    Foreign,
    HeldEnd,
    LaterFile,
    Name,
    OwnFile,
    Pipe,
    Side,
    Stored,
    sides,
)
from simpsh.kernel.machine.registers import getregs, is_in_call
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracee_proc import signed, string_at

if TYPE_CHECKING:
    from simpsh.trace.source.call_sites import Image


_MOST_SITES = 4
"""The most lines to look at for the caller of a helper."""


class SourceLines:
    """The source lines of the held processes of one run."""

    def __init__(self, sites: CallSites, callers: Callers) -> None:
        self._sites, self._callers = sites, callers
        self._images: dict[str, Image | None] = {}

    def place(self, process: HeldProcess) -> CodePlace:
        """Return the source line of a stopped process's call, and the lines that led there."""
        life = process.life
        if life.was_vforked and life.is_released and not life.has_executed:
            return CodePlace()  # it is ending, and its parent uses the stack again
        if process.name not in self._images:
            image = self._sites.image_of(process.pid, proc.link(process.pid, "exe"))
            self._images[process.name] = image
        image = self._images[process.name]
        found = self._sites.find_all(image, process.pid, _MOST_SITES) if image is not None else ()
        return self._callers.place(found)

    def forget_image(self, process: HeldProcess) -> None:
        """Forget which program a process runs, because the process has called exec."""
        self._images.pop(process.name, None)


def ends_of(process: HeldProcess, number: int) -> tuple[Side, ...]:
    """Return which ends of a pipe a descriptor refers to."""
    return sides(int(proc.fdinfo(process.pid, number).get("flags", "0"), 8))


_AT_FDCWD = -100
_parent_of = cache(parent_of)
# A pid of three digits or more, not part of a longer number; a full stop may follow.
_NUMBER = re.compile(rb"(?<!\d)(?<!\d\.)[1-9]\d{2,6}(?!\.?\d)")
PRINTS_PIDS = "prints pids, which are shown as <P1>"
_PRINTS_OUTSIDE = "prints the pid of a process outside, which is shown as <outside>"


class SymbolicNames:
    """The symbolic names of one run."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._workplace = knowledge.setup.workspace
        self._directory = self._workplace.directory
        self._inside = self._directory.rstrip("/") + "/"
        self._original = knowledge.program.directory
        self.by_pid: dict[int, HeldProcess] = {}
        self._pipes: dict[str, Name] = {knowledge.setup.output.target: OUT}
        source = knowledge.program.input
        if source is not None and source.is_recorded:
            self._pipes[knowledge.setup.input.target] = INPUT
        self._files: dict[tuple[int, int], File] = {}
        """The files whose names were changed, by device and inode."""
        self._marks: dict[bytes, bytes] = {b"%d" % os.getpid(): OUTSIDE_MARK}
        """The text that is shown for each decimal pid."""

    # -- processes, and pids in data

    def add_process(self, process: HeldProcess) -> None:
        """Map a process's pid to its name."""
        self.by_pid[process.pid] = process
        self._marks[b"%d" % process.pid] = mark_of_process(process.name)

    def add_outside(self, pid: int) -> None:
        """Record the pid of a process outside the run."""
        self._marks[b"%d" % pid] = OUTSIDE_MARK

    def output_text(self, data: bytes) -> bytes:
        """Return output for the user: a pid is `<P1>`, and the original directory has its path."""
        return at_home(_NUMBER.sub(self._mark, data), self._directory, self._original)

    def _mark(self, match: re.Match[bytes]) -> bytes:
        mark = self._marks.get(match[0])
        if mark is not None:
            words = _PRINTS_OUTSIDE if mark == OUTSIDE_MARK else PRINTS_PIDS
            self._knowledge.notes.add(words)
        return mark or match[0]

    # -- descriptors

    def add_pipe(self, process: HeldProcess, descriptor: int) -> None:
        """Name a pipe that this process has just made."""
        made = Pipe(process.name, process.count("pipes"))
        self._pipes[proc.link(process.pid, f"fd/{descriptor}")] = made
        letters = self._knowledge.letters
        letters.setdefault(made, pipe_letter(len(letters)))

    def object_of(self, process: HeldProcess, descriptor: int) -> Name | None:
        """Return the name of a descriptor's object; None if it is not open."""
        link = f"fd/{descriptor}"
        target = proc.link(process.pid, link)
        return self.at(process.pid, link, target) if target else None

    def open_names(self, process: HeldProcess, right: int = 0) -> Iterator[Name]:
        """Yield the names of the files and pipes that a process has open.

        With a `right`, such as S_IWUSR, yield only the files that are open for it.
        """
        held = tracee_proc.descriptors(process.pid)
        for number, file in held.files:
            link = f"fd/{number}"
            if not right or os.lstat(f"/proc/{process.pid}/{link}").st_mode & right:
                yield self.at(process.pid, link, file.path)
        if not right:
            pipes = (self.name_made(f"pipe:[{end.inode}]") for _, end in held.pipes)
            yield from filter(None, pipes)

    def name_made(self, target: str) -> Name | None:
        """Return the name of a pipe or socket that the run has made, by its target in /proc."""
        return self._pipes.get(target)

    def at(self, pid: int, link: str, target: str) -> Name:
        """Return the name of the object at a link in /proc, such as `fd/3`, with this target."""
        name = self._pipes.get(target)
        if name is not None:
            return name
        if not target.startswith("/"):
            return Foreign(target)
        if self._files and (facts := _regular(f"/proc/{pid}/{link}")):
            file = self._files.get((facts.st_dev, facts.st_ino))
            if file is not None:
                return file
        file = self.file(path_of(pid, link, target))
        return Fifo(file) if file in self._knowledge.fifos else file

    # -- paths

    def file(self, path: str) -> File:
        """Return the name of the file with this absolute path."""
        is_of_kernel = self._inside == "/" and path.startswith(("/dev/", "/proc/", "/sys/"))
        if path.startswith(self._inside) and not is_of_kernel:
            return OwnFile(path[len(self._inside) :] or ".")
        return OwnFile(".") if path == self._directory else File(path)

    def real(self, name: Name) -> str:
        """Return the path of a file from its symbolic name; empty for other objects."""
        match name:
            case OwnFile("."):
                return self._inside
            case OwnFile(path):
                return self._inside + path
            case File(path):
                return path
            case Name():
                return ""

    def path(self, process: HeldProcess, address: int, directory: int = _AT_FDCWD) -> Name:
        """Return the symbolic name of a call's path argument, relative to a directory.

        Symbolic links in its directories are followed; a link in its last component is not.
        """
        text = string_at(process.pid, address)
        is_relative = not text.startswith("/")
        if is_relative:
            base = "cwd" if signed(directory) == _AT_FDCWD else f"fd/{signed(directory)}"
            start = path_of(process.pid, base, proc.link(process.pid, base)) or "/"
            if not start.startswith("/"):
                # fstat(3) of a pipe, or a path below one: ENOTDIR.
                return self.at(process.pid, base, start)
            text = os.path.join(start, text) if text else start
        text = _with_pid(text, process.pid)
        if not self._workplace.is_private and self._workplace.is_copied:
            self._name_elsewhere(text, is_relative=is_relative)
        parent, last = os.path.split(text.rstrip("/") or "/")
        if last in ("", ".", ".."):
            return self.file(_without_links(text))
        return self.file(os.path.join(_without_links(parent), last))

    def _name_elsewhere(self, text: str, *, is_relative: bool) -> None:
        """Flag a path that leads to different files from the copy and from the original."""
        path, known = os.path.normpath(text), self._knowledge
        if (path + "/").startswith(self._inside):
            return
        original = self._original.rstrip("/") + "/"
        is_changed = path.startswith(original) and OwnFile(path[len(original) :]) in known.shared
        leaves = is_relative and text.startswith(self._inside)
        if is_changed or leaves or path.startswith(os.path.dirname(self._directory) + "/"):
            known.flag(flags.OTHER_WORLD.of("a path outside its directory"))

    def follow(self, name: File) -> File:
        """Return the name of the file that a call finds if it follows symbolic links."""
        path = self.real(name)
        if not os.path.islink(path):
            return name
        return self.file(_without_links(path))

    def count_links(self, name: Name) -> int:
        """Return the number of names of a regular file; 0 if there is none."""
        facts = _regular(self.real(name))
        return 0 if facts is None else facts.st_nlink

    def remember(self, file: File, path: str) -> None:
        """Record which file is at a path, before its name changes."""
        if facts := _regular(path):
            self._files[facts.st_dev, facts.st_ino] = file


def _regular(path: str) -> os.stat_result | None:
    """Return the facts about a regular file; a link in /proc is followed. None if it is none."""
    with suppress(OSError):
        facts = os.stat(path) if path.startswith("/proc/") else os.lstat(path)
        if stat.S_ISREG(facts.st_mode):
            return facts
    return None


def at_home(data: bytes, copy: str, original: str) -> bytes:
    """Replace the working copy's path in `data` with the path of the original directory.

    >>> at_home(b"/dev/shm/x/copy/prog.py", "/dev/shm/x/copy", "/home/anna")
    b'/home/anna/prog.py'
    """
    return data.replace(os.fsencode(copy), os.fsencode(original)) if original else data


_OWN_NAMES = {
    "/proc/self": "",
    "/proc/thread-self": "",
    "/dev/fd": "/fd",
    "/dev/stdin": "/fd/0",
    "/dev/stdout": "/fd/1",
    "/dev/stderr": "/fd/2",
}


def _without_links(path: str) -> str:
    """Resolve symbolic links; return the path unchanged if a link cannot be read (/proc/1/root)."""
    try:
        return os.path.realpath(path)
    except OSError:
        return path


def _with_pid(path: str, pid: int) -> str:
    """Return a path in which a process's pid replaces `self`.

    >>> _with_pid("/proc/self/maps", 7), _with_pid("/dev/stdin", 7), _with_pid("/tmp", 7)
    ('/proc/7/maps', '/proc/7/fd/0', '/tmp')
    """
    for name, target in _OWN_NAMES.items():
        if path == name or path.startswith(name + "/"):
            return f"/proc/{pid}{target}{path[len(name) :]}"
    return path


_GROUP = ""
"""The target of a signal to a group in Knowledge.aimed."""


class RunState:
    """One run of the program, between its start and its end."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.names = SymbolicNames(knowledge)
        self._target = knowledge.setup.output
        self.processes: dict[str, HeldProcess] = {}
        self.kernel = Kernel(EMPTY, Learned())
        """The kernel's state by the rules: now, or before the step that is being made."""
        self.processors: set[int] = set()
        """The processors that the program may use outside the exploration."""
        self._argv: tuple[str, ...] = ()
        """The argv of the program."""
        self.at_call: HeldProcess | None = None
        """The process that has just arrived at a call."""
        self.lines = SourceLines(knowledge.sites, knowledge.callers)
        self.now = 0
        """The nanoseconds that have passed; only sleeps and waits with a timeout take time."""
        self.alarms: dict[str, int] = {}
        """When each process's alarm goes off, if computing takes no time."""
        self.clock = 0
        """The part of this time that has passed as long as the program was a single process."""
        self.clock_reads = 0
        """How often the clock was read, in nanoseconds or seconds."""
        self.output: bytes = b""
        self.inodes: dict[tuple[int, int], int] = {}
        """The inode that is shown for the device and inode of a file."""
        self.left_late: set[Name] = set()
        """The pipes whose read end an exec after vfork has closed; a free run closes it slightly
        later."""
        self.touched: Counter[Name] = Counter()
        """The number of changes and attempted changes of each file; after any of them, the next
        run needs a fresh directory."""

    # -- processes

    def add(self, pid: int, name: str, parent: HeldProcess | None) -> HeldProcess:
        """Add a new process, which begins as a copy of its parent."""
        if parent is None:
            self._argv = proc.argv(pid)
            start = self.knowledge.clock_start
            process = HeldProcess(pid, name, ProgramImage(pid), clock_shown=start)
        else:
            process = parent.child(pid, name)
        self.processes[name] = process
        self.names.add_process(process)
        return process

    def children_of(self, name: str) -> list[HeldProcess]:
        """Return the children of a process, in the order of their births."""
        return [each for each in self.processes.values() if _parent_of(each.name) == name]

    def is_gone(self, name: str, process: HeldProcess) -> bool:
        """Return whether a process has been reaped, perhaps in the current step of `process`."""
        if self.processes[name].state != DEAD:
            return False
        result = process.result
        is_collected = isinstance(result, tuple) and result[:1] == (name,)
        return is_collected or not (name in self.kernel.zombies or name in self.kernel.procs)

    def has_children(self, process: HeldProcess) -> bool:
        """Return whether a process has children that it has not reaped.

        If the process lets its children vanish, no wait reports their ends, so all children count.
        """
        children = self.children_of(process.name)
        if process.signals.lets_children_vanish:
            return bool(children)
        return any(not self.is_gone(each.name, process) for each in children)

    def name_of_newborn(self, process: HeldProcess) -> str:
        """Return the name of the child that a process is about to make."""
        return child_name(process.name, len(self.children_of(process.name)) + 1)

    def may_come(self, process: HeldProcess) -> frozenset[int]:
        """Return the signals whose handlers may run asynchronously in a process.

        SIGCHLD comes from children that are not reaped yet, unless a process sends it by kill.
        """
        known = self.knowledge
        caught = process.signals.caught & known.sent
        aimed = (known.aimed.get(each, set()) for each in (process.name, _GROUP))
        caught &= {SIGCHLD, SIGALRM}.union(*aimed)
        if SIGCHLD not in caught or known.kills_by_sigchld or self.has_children(process):
            return caught
        return caught - {SIGCHLD}

    @property
    def is_renewed(self) -> bool:
        """Whether each run begins with a fresh directory, even if earlier runs changed nothing."""
        return self.knowledge.setup.workspace.is_copied

    @property
    def is_alone(self) -> bool:
        """Whether the program is still a single process, so that its calls cannot be noticed."""
        return len(self.processes) == 1 and not self.knowledge.timers_matter

    @property
    def living(self) -> list[HeldProcess]:
        """The processes that have not ended."""
        return [process for process in self.processes.values() if process.state != DEAD]

    # -- time

    def wait_until(self, moment: int) -> None:
        """Advance the time to `moment`, unless that is in the past."""
        self.now = max(self.now, moment)
        if self.is_alone:
            self.clock = self.now

    # -- flags

    def flag(self, flag: Flag, process: HeldProcess | None = None) -> None:
        """Add a flag against COMPLETE, with the place of `process`, by default of the last call."""
        process = process or self.at_call
        place = Place()
        if process is not None and self.knowledge.flags.get(flag, place) == place:
            argv = proc.argv(process.pid)
            place = Place(
                self.lines.place(process),
                process.call if is_in_call(getregs(process.pid)) else "",
                "" if argv == self._argv else command_words(argv),
            )
        self.knowledge.flag(flag, place)

    # -- output and descriptors

    def wrote(self, data: bytes) -> None:
        """Record the bytes of a write to a terminal, because they may arrive later."""
        if self._target.is_terminal:
            self.output += data

    def drain(self) -> None:
        """Record the bytes that a step has written to the output."""
        data = self._target.drain()
        if data and not self._target.is_terminal:
            self.output += self.names.output_text(data)

    def share_offsets(self, parent: HeldProcess, child: HeldProcess) -> None:
        """Record that two processes share the offsets of the files that are open at the fork."""
        names = self.names.open_names(parent)
        files = {name for name in names if isinstance(name, Stored) and not name.is_device}
        for process in (parent, child):
            process.files.shared = parent.files.shared | files
        # Until both have closed such a file, it cannot be executed.
        self.knowledge.opened_to_write.update(self.names.open_names(parent, stat.S_IWUSR))

    def look_at_ends(self, process: HeldProcess) -> None:
        """Find the pipe ends and locked files that a held process has open, if they may differ."""
        if not process.files.are_stale:
            return
        held = tracee_proc.descriptors(process.pid)
        process.files.keep({number for number, _ in held.files})
        ends = {end for _, end in self._find_held(process, held)}
        if self.knowledge.renamed:
            names = {
                self.names.at(process.pid, f"fd/{number}", file.path) for number, file in held.files
            }
            renamed = self.knowledge.renamed
            ends |= {(each, "n") for each in names if each in renamed or type(each) is LaterFile}
        process.files.set_ends(ends)

    def give_up_next(self, process: HeldProcess) -> None:
        """Make an ending process close the next of its descriptors."""
        process.give_up_next(self._find_held(process, tracee_proc.descriptors(process.pid)))

    def _find_held(
        self, process: HeldProcess, held: tracee_proc.Descriptors
    ) -> Iterator[tuple[int, HeldEnd]]:
        """Yield each descriptor of a pipe, FIFO or lock, with its object and end."""
        for number, end in held.pipes:
            name = self.names.name_made(f"pipe:[{end.inode}]")
            if isinstance(name, Pipe):
                yield number, (name, end.end)
        for number, file in held.files:
            made = self.names.name_made(file.path)
            if made is None and self.knowledge.fifos:
                fifo = self.names.at(process.pid, f"fd/{number}", file.path)
                if isinstance(fifo, Fifo):
                    yield from ((number, (fifo, side)) for side in ends_of(process, number))
        for number, description in process.files.descriptions.items():
            yield number, (description, "o")
