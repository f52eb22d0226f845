"""Detects from the kernel's record that another shell did the work of the judged one.

Three facts decide: the last program that the shell's own process executed, the code that it has
mapped, and whether a process below it executed a shell that was not asked for by
a typed line. A shell that executes itself, or the program that a script of its own leads to, is
itself.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import takewhile
from typing import BinaryIO

from simpsh.base.events import Event, Exec, Exit, Fork
from simpsh.base.phrases import command_words, shortened
from simpsh.base.record import Record
from simpsh.grade.sandbox.guarded_files import opened
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.process.proc import memory, memory_regions
from simpsh.trace.source.elf_file import ElfProblem, read_headers

SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/")
"""Folders of programs that no student wrote."""
_LONGEST = 60


class ShellRun(Record):
    """Facts about one run of a shell."""

    home: str
    """The folder or file with its own programs; empty for a shell of the system."""
    may_be_installed: bool
    """Whether an installed shell is what is to be judged, and no substitute."""
    typed: Sequence[str]
    """The lines that were typed at it."""
    shells: Mapping[int, str]
    """By the number of an Exec: the installed shell that was executed, or of which it is a copy."""
    mapped: str = ""
    """The installed shell whose code the shell's process had mapped; empty for none."""
    root: str = "P0"
    """The name of the shell's process in the events."""
    first_typed: float = 0.0
    """When a line was typed first, in nanoseconds of the events. A program that ended
    before, such as a script that looks for the interpreter, did no work for the shell."""


def substitute(events: Sequence[Event], run: ShellRun) -> str:
    """Return in a sentence which other shell did the work; empty if none did."""
    own: list[Exec] = []
    problem = judged = ""
    helpers = _Helpers(run)
    before = [event for event in events if event.ts < run.first_typed]
    over = {event.proc for event in before if isinstance(event.what, Exit)}
    # If several programs were handed the script, the last one reads it.
    handed_on = takewhile(
        lambda pair: any(_is_within(word, run.home) for word in pair[1].argv[1:]),
        (
            (event.seq, event.what)
            for event in before
            if isinstance(event.what, Exec) and event.proc == run.root
        ),
    )
    finders = [seq for seq, _ in handed_on][:-1]
    for event in events:
        what = event.what
        if event.proc in over or event.seq in finders:
            continue
        if isinstance(what, Fork):
            helpers.born(event.proc, what)
        if not isinstance(what, Exec):
            continue
        shell = run.shells.get(event.seq, "")
        shell = shell if is_called_as_shell(shell, what.argv) else ""
        if event.proc == run.root:
            problem = _problem_of(what, shell, own, run)
            judged = judged or shell
            own.append(what)
            continue
        # A shell that may be installed may execute itself.
        is_strange = shell and not (run.may_be_installed and shell == judged)
        if sentence := helpers.executed(event.proc, what, shell if is_strange else "", own[:1]):
            return sentence
    if not problem and run.mapped and not run.may_be_installed:
        return f"the code of another shell ran in the shell's process: {run.mapped}"
    return problem


class _Helpers:
    """The descendants that are another shell, or come from one."""

    def __init__(self, run: ShellRun) -> None:
        # The typed lines, in words: for a shell that knows quotes, and for one that does not.
        self._lines = [line.split() for line in run.typed]
        for line in run.typed:
            with suppress(ValueError):
                self._lines.append(shlex.split(line))
        names = (os.path.basename(word) for words in self._lines for word in words)
        self._all = {name for name in names if name.isalpha()}
        self._home = run.home
        self._reasons: dict[str, str] = {}
        """By process, a sentence that names the shell that it or an ancestor has executed."""
        self._strange: dict[str, str] = {}
        """By process: which other program it executed that no line asked for, in a sentence."""
        self._disguised: dict[str, str] = {}
        """Those of them that have the name of what was typed, or were handed a line of it."""

    def born(self, parent: str, what: Fork) -> None:
        """Note a process that was made."""
        if what.thread:
            return
        # The children of such a program do its work; the program that it becomes may be its input.
        if problem := self._reasons.get(parent) or self._strange.get(parent):
            self._reasons[what.child] = problem

    def executed(self, proc: str, what: Exec, shell: str, first: Sequence[Exec]) -> str:
        """Note a program that a process executed; return a sentence if that was another's work.

        `shell` is which shell the program is, empty for none and for one that is no substitute;
        `first` is the program of the shell's process, if it has one yet.
        """
        argv = what.argv
        script = next((word for word in argv[1:] if not word.startswith("-")), "")
        if (
            shell
            and not self._asks_for(argv)
            and not (_text_of(argv) is None and os.path.realpath(script).startswith(SYSTEM))
        ):
            shown = _shown(shell, argv)
            self._reasons[proc] = f"another shell did its work: {proc}, a child, executed {shown}"
            return self._reasons[proc] if self._has_typed_word(_text_of(argv)) else ""
        if self._is_typed(what):
            return self._reasons.get(proc, "") or self._disguised.get(proc, "")
        # The shell's own programs: its interpreter, and its neighbours.
        is_own = (
            any(what.exe == execution.exe for execution in first)
            or _is_within(what.exe, self._home)
            or any(_is_within(word, self._home) for word in argv[1:] if "/" in word)
        )
        if self._home and not is_own:
            shown = _shown(what.exe, argv)
            words = f"another program did its work: {proc}, a child, executed {shown}"
            self._strange[proc] = words
            if self._is_borrowed(argv):
                self._disguised[proc] = words
        return ""

    def _asks_for(self, argv: Sequence[str]) -> bool:
        """Return whether a line has these words in this order, the program by its short name.

        A shell that does not know an operator may leave out words between them.
        """
        name = os.path.basename(argv[0]) if argv else ""
        for rest in map(iter, self._lines):
            has_name = any(os.path.basename(word) == name for word in rest)
            if has_name and all(word in rest for word in argv[1:]):
                return True
        return False

    def _has_typed_word(self, text: str | None) -> bool:
        """Return whether a text contains a typed word; None, an unknown text, counts as if."""
        if text is None:
            return True
        return not self._all.isdisjoint(text.replace(";", " ").replace("/", " ").split())

    def _is_borrowed(self, argv: Sequence[str]) -> bool:
        """Return whether a program that was not typed has a typed name, or is handed a line."""
        if argv and os.path.basename(argv[0]) in self._all:
            return True
        whole = {word for words in self._lines for word in words}
        lines = (word for word in argv[1:] if len(word.split()) > 1 and word not in whole)
        return any(self._has_typed_word(line) for line in lines)

    def _is_typed(self, what: Exec) -> bool:
        """Return whether a program was typed, by its name and by its file.

        Any program can be given the name of another.
        """
        name = os.path.basename(what.argv[0]) if what.argv else ""
        files = _files_of(name) if name in self._all else frozenset()
        return name in self._all and (not files or os.path.realpath(what.exe) in files)


def _problem_of(what: Exec, shell: str, before: Sequence[Exec], run: ShellRun) -> str:
    """Return why the program that the shell's process has become is no solution."""
    if not before:
        if not shell or run.may_be_installed:
            return ""
        if len(what.argv) > 1:
            return f"an installed shell runs what is judged: {_shown(shell, what.argv)}"
        return f"the program that is judged is {shell}, or a copy of it"
    first = before[0]
    is_itself = what.exe == first.exe and set(first.argv[1:]) <= set(what.argv[1:])
    if is_itself and (run.may_be_installed or not shell):
        return ""
    if shell:
        return f"the shell's process executed another shell, {_shown(shell, what.argv)}"
    if _is_within(what.exe, run.home) or any(_is_within(word, run.home) for word in what.argv[1:]):
        return ""
    return f"the shell's process executed another program, {_shown(what.exe, what.argv)}"


def _is_within(path: str, home: str) -> bool:
    if not home:
        return False
    home = os.path.realpath(home)
    target = os.path.realpath(os.path.join(home, path))
    return target.startswith(f"{home}/") or target == home


def _shown(program: str, argv: Sequence[str]) -> str:
    return f"{program} ({shortened(command_words(argv), _LONGEST)})"


def _text_of(argv: Sequence[str]) -> str | None:
    """Return the text after -c of a shell; None if it reads its lines from elsewhere."""
    for index, word in enumerate(argv[1:], 1):
        if word.startswith("-") and not word.startswith("--") and "c" in word:
            return " ".join(argv[index + 1 :])
        if not word.startswith(("-", "+")):
            return None
    return None


@cache
def _files_of(name: str) -> frozenset[str]:
    """Return the files that the programs of this name lead to; empty if there is none."""
    folders = f"{os.environ.get('PATH', '')}:{STANDARD_PATH}".split(":")
    paths = (os.path.join(folder, name) for folder in folders if os.path.isabs(folder))
    return frozenset(os.path.realpath(path) for path in paths if os.access(path, os.X_OK))


_NAMES = (
    *("bash", "rbash", "sh", "dash", "ash", "busybox", "toybox", "mksh", "lksh", "ksh", "ksh93"),
    *("oksh", "loksh", "zsh", "yash", "posh", "fish", "tcsh", "csh", "rc", "es", "elvish", "nu"),
)
_BOXES = ("busybox", "toybox")
"""Multi-call programs, which are a shell under some names only."""
_APPLETS = ("sh", "ash", "bash", "hush")
_MOST_CODE = 32 << 20
_PAGE = 4096
_MOST_LOOKED_AT = 64
_ENOUGH = 4  # one of four sampled pages


@cache
def _installed() -> dict[bytes, str]:
    """Return the shells' files by the hashes of the pages of their code."""
    shells: dict[bytes, str] = {}
    for path in _paths():
        with suppress(OSError), _opened(path) as file:
            first, size = _code(file)
            shell = os.path.realpath(path)
            for offset in range(first, first + size, _PAGE):
                shells.setdefault(_hash(os.pread(file.fileno(), _PAGE, offset)), shell)
    return shells


def _paths() -> Iterator[str]:
    path = f"{os.environ.get('PATH', '')}:{STANDARD_PATH}:/usr/local/bin"
    for folder in dict.fromkeys(filter(os.path.isabs, path.split(":"))):
        yield from (os.path.join(folder, name) for name in _NAMES)
    with suppress(OSError), open("/etc/shells", encoding="utf-8", errors="replace") as file:
        yield from (line.strip() for line in file if line.startswith("/"))


def installed_shell(path: str) -> str:
    """Return the installed shell that a file is, or is a copy of; empty if it is none."""
    with suppress(OSError), _opened(path) as file:
        return _shell_with(*_code(file), lambda offset: os.pread(file.fileno(), _PAGE, offset))
    return ""


def _shell_with(first: int, size: int, page_at: Callable[[int], bytes]) -> str:
    """Return the installed shell that shares enough of some sampled pages; empty for none."""
    step = _PAGE * max(1, size // (_PAGE * _MOST_LOOKED_AT))
    pages = [page_at(start) for start in range(first, first + size, step)]
    # Skip pages that repeat one byte, which any program may have.
    hashes = [_hash(page) for page in pages if page.strip(page[:1])]
    counts = Counter(shell for digest in hashes if (shell := _installed().get(digest)))
    shell, count = next(iter(counts.most_common(1)), ("", 0))
    return shell if count * _ENOUGH > len(hashes) else ""


def is_installed(path: str) -> bool:
    """Return whether a file is an installed shell itself, and no copy of one."""
    return bool(path) and os.path.realpath(path) in map(os.path.realpath, _paths())


def is_called_as_shell(shell: str, argv: Sequence[str]) -> bool:
    """Return whether an installed shell that is executed so is a shell: busybox may be `ls`."""
    if os.path.basename(shell) not in _BOXES:
        return True
    names = [os.path.basename(word).lstrip("-") for word in argv]
    while names and names[0] in _BOXES:
        names = names[1:]
    return bool(names) and names[0] in _APPLETS


def shell_mapped_by(pid: int) -> str:
    """Return the installed shell whose code is in a process's memory; empty if there is none.

    It compares memory and not the names of files, because code may have been copied.
    """
    for region in memory_regions(pid):
        # The kernel's own page is beyond the offsets of pread(2).
        if "x" in region.permissions and region.name != "[vsyscall]":
            size = min(region.end - region.first, _MOST_CODE)
            if shell := _shell_with(
                region.first, size, lambda address: memory(pid, address, _PAGE)
            ):
                return shell
    return ""


def _opened(path: str) -> BinaryIO:
    # The submission chooses the file, so open it safely.
    return opened(os.open(path, os.O_PATH | os.O_CLOEXEC))


def _code(file: BinaryIO) -> tuple[int, int]:
    """Return the offset and size of the code in an ELF file of this machine; 0 if none."""
    with suppress(ElfProblem):
        for span in read_headers(file).code[:1]:
            return (span.offset, span.size) if span.size <= _MOST_CODE else (0, 0)
    return 0, 0


def _hash(page: bytes) -> bytes:
    return hashlib.blake2b(page, digest_size=16).digest()
