"""Detects from the kernel's events that another shell did the work of the judged one.

Three facts decide: the last program that the shell's own process executed, the code that it has
mapped, and whether one of its descendants executed a shell that no typed line asks for. A shell may
execute itself, or the program that its own script starts.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import takewhile
from typing import BinaryIO

from simpsh.base.events import Event, Exec, Exit, Fork
from simpsh.base.file_facts import NO_FILE, is_file, is_folder, is_there, real_path
from simpsh.base.phrases import command_words, shorten
from simpsh.base.record import Record, changed
from simpsh.base.surroundings import search_folders
from simpsh.grade.assignments.program_names import files_of
from simpsh.grade.sandbox.guarded_files import opened
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.process.proc import CODE_VARIABLES, memory, memory_regions
from simpsh.trace.source.elf_file import ElfProblem, read_headers

SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/")
"""Folders of the system's programs."""
_LONGEST = 60
_WORDS_OF_CODE = 2
_ENDS_COMMAND = tuple("|&;<>)")
"""The first characters of words that may follow a shell without arguments, as `--` may."""


class ShellRun(Record):
    """Facts about one run of a shell."""

    home: str
    """The folder or file with its own programs; empty for a shell of the system."""
    may_be_installed: bool
    """Whether the judged shell may be an installed one."""
    typed: Sequence[str]
    """The typed lines."""
    shells: Mapping[int, str]
    """By the number of an Exec: the installed shell that was executed, itself or as a copy."""
    mapped: str = ""
    """The installed shell whose code the shell's process had mapped; empty for none."""
    root: str = "P0"
    """The name of the shell's process in the events."""
    started_with: Sequence[str] | None = None
    """The arguments of a program that nobody types to, which count as a typed line; else None."""
    first_typed: float = 0.0
    """When a line was typed first, in nanoseconds of the events. A program that ended before that,
    such as a script that looks for the interpreter, did no work for the shell."""
    may_become: Sequence[str] = ()
    """The names of the programs that its own process may execute."""
    is_program: bool = False
    """Whether it is no shell: then it may execute the named programs only."""


def substitute(events: Sequence[Event], run: ShellRun) -> str:
    """Return a sentence about another shell that did the work; empty if there is none."""
    executed: list[Exec] = []
    problem, judged, begun = "", "", None
    helpers = _Helpers(run)
    is_started = run.started_with is not None
    before = [event for event in events if event.ts < run.first_typed or is_started]
    # If several programs got the script as an argument, the last one reads it.
    with_script = takewhile(
        lambda pair: any(is_within(word, run.home) for word in pair[1].argv[1:]),
        (
            (event.seq, event.what)
            for event in before
            if isinstance(event.what, Exec) and event.proc == run.root
        ),
    )
    *finders, last = [0, *(seq for seq, _ in with_script)]
    ended = {
        event.proc
        for event in before
        if isinstance(event.what, Exit) and (event.seq < last or not is_started)
    }
    for event in events:
        what = event.what
        if event.proc in ended or event.seq in finders:
            continue
        if isinstance(what, Fork):
            helpers.note_birth(event.proc, what)
        if not isinstance(what, Exec):
            continue
        what, executed_as = as_loaded(what), what
        begun = begun or what
        is_of_start = event.proc == run.root and not helpers.is_named(what)
        own = run.home if is_of_start else ""
        if (variable := loaded_by(what, begun, own)) and not is_of(run.home, what):
            return f"{event.proc} executed {_show(what.exe, what.argv)}{with_code_by(variable)}"
        shell = run.shells.get(event.seq, "")
        if what is not executed_as:
            shell = installed_shell(what.exe)
        shell = shell if is_called_as_shell(shell, what.argv) else ""
        if event.proc == run.root:
            problem = _problem_of(what, shell, executed, run)
            judged = judged or shell
            executed.append(what)
            continue
        # A shell that may be installed may execute itself.
        is_strange = shell and not (run.may_be_installed and shell == judged)
        strange_shell = shell if is_strange else ""
        if sentence := helpers.note_exec(event.proc, what, strange_shell, executed[:1]):
            return sentence
    if not problem and run.mapped and not run.may_be_installed:
        return f"the code of another shell ran in the shell's process: {run.mapped}"
    return problem


class _Helpers:
    """The descendants that are another shell, or descend from one."""

    def __init__(self, run: ShellRun) -> None:
        # The words of the typed lines, for a shell without quoting and for one with it.
        self._lines = [line.split() for line in run.typed]
        for line in run.typed:
            with suppress(ValueError):
                self._lines.append(shlex.split(line))
        names = (os.path.basename(word) for words in self._lines for word in words)
        self._names = {name for name in names if name.isalpha()} | {*(run.started_with or ())}
        self._lines.append([*(run.started_with or ())])
        self._home = run.home
        self._is_strict = run.is_program
        self._reasons: dict[str, str] = {}
        """By process, a sentence about the shell that it or an ancestor has executed."""
        self._strange: dict[str, str] = {}
        """By process, a sentence about a program that it executed and that no line asked for."""
        self._disguised: dict[str, str] = {}
        """By process, a sentence about a program with a typed name or a typed line as argument."""

    def note_birth(self, parent: str, fork: Fork) -> None:
        """Note a new process."""
        if fork.thread:
            return
        # Children of such a program work for it. But a program that the process itself executes
        # next may be one that was typed.
        if problem := self._reasons.get(parent) or self._strange.get(parent):
            self._reasons[fork.child] = problem

    def note_exec(self, proc: str, execution: Exec, shell: str, first: Sequence[Exec]) -> str:
        """Note a program that a process executed; return a sentence if another shell did the work.

        `shell` is the name of the installed shell that was executed; empty if the program is no
        shell, or is a permitted one.
        `first` is the first program of the shell's process, if it has one yet.
        """
        argv = execution.argv
        script = next((word for word in argv[1:] if not word.startswith("-")), "")
        if (
            shell
            and not self._asks_for(execution)
            and not (_text_of(argv) is None and real_path(script).startswith(SYSTEM))
        ):
            shown = _show(shell, argv)
            if self._is_strict:
                return _not_named(f"{proc}, a child,", shown)
            self._reasons[proc] = f"another shell did its work: {proc}, a child, executed {shown}"
            return self._reasons[proc] if self._has_typed_word(_text_of(argv)) else ""
        if self._is_typed(execution):
            return self._reasons.get(proc, "") or self._disguised.get(proc, "")
        # The shell's own programs: its interpreter, and files in its folder.
        is_own = any(execution.exe == program.exe for program in first) or is_of(
            self._home, execution
        )
        if self._home and not is_own:
            shown = _show(execution.exe, argv)
            if self._is_strict:
                return _not_named(f"{proc}, a child,", shown)
            words = f"another program did its work: {proc}, a child, executed {shown}"
            self._strange[proc] = words
            if self._is_borrowed(argv):
                self._disguised[proc] = words
        return ""

    def _asks_for(self, execution: Exec) -> bool:
        """Return whether a line asks for this shell, by its name and by its file.

        A shell may be executed under the name of any word.
        """
        name = os.path.basename(execution.argv[0]) if execution.argv else ""
        is_it = real_path(execution.exe) in files_of(name)
        return is_it and is_asked_for(self._lines, execution, is_shell=True)

    def _has_typed_word(self, text: str | None) -> bool:
        """Return whether a text contains a typed word; true for None, an unknown text."""
        if text is None:
            return True
        return not self._names.isdisjoint(text.replace(";", " ").replace("/", " ").split())

    def is_named(self, execution: Exec) -> bool:
        """Return whether a line has the name of a program, or a name that leads to its file."""
        name = os.path.basename(execution.argv[0]) if execution.argv else ""
        file = real_path(execution.exe)
        return name in self._names or any(file in files_of(each) for each in self._names)

    def _is_borrowed(self, argv: Sequence[str]) -> bool:
        """Return whether a program that was not typed has a typed name or gets a typed line."""
        if argv and os.path.basename(argv[0]) in self._names:
            return True
        typed = {word for words in self._lines for word in words}
        lines = (word for word in argv[1:] if len(word.split()) > 1 and word not in typed)
        return any(self._has_typed_word(line) for line in lines)

    def _is_typed(self, execution: Exec) -> bool:
        """Return whether a program was typed, by its name and by its file.

        Any program can be given the name of another.
        """
        name = os.path.basename(execution.argv[0]) if execution.argv else ""
        if name not in self._names:
            return False
        # A program that is not installed may have any name.
        file = real_path(execution.exe)
        return file in (files_of(name) or {file} - files_of(os.path.basename(file)))


def _problem_of(execution: Exec, shell: str, before: Sequence[Exec], run: ShellRun) -> str:
    """Return why the shell's process may not execute this program; empty if it may."""
    if not before:
        if run.is_program and is_borrowed_copy(execution.exe, run.home):
            return f"the program that is judged is a copy of {installed_twin(execution.exe)}"
        if not shell or run.may_be_installed:
            return ""
        if len(execution.argv) > 1:
            return f"an installed shell runs what is judged: {_show(shell, execution.argv)}"
        return f"the program that is judged is {shell}, or a copy of it"
    first = before[0]
    is_itself = execution.exe == first.exe and set(first.argv[1:]) <= set(execution.argv[1:])
    if is_itself and (run.may_be_installed or not shell):
        return ""
    if shell and not run.is_program:
        return f"the shell's process executed another shell, {_show(shell, execution.argv)}"
    words = (execution.exe, *execution.argv[1:])
    if not shell and any(is_within(word, run.home) for word in words):
        return ""
    if not shell and _loads_own_code(execution, before[0], run.home):
        return ""
    if any(real_path(execution.exe) in files_of(name) for name in run.may_become):
        return ""
    if run.is_program:
        return _not_named("your program", _show(execution.exe, execution.argv))
    return f"the shell's process executed another program, {_show(execution.exe, execution.argv)}"


def _loads_own_code(execution: Exec, start: Exec, home: str) -> bool:
    """Return whether a variable of an interpreter names code of the submission, and no other."""
    given = [it.partition("=") for it in execution.variables if it not in start.variables]
    read = [[*_code_paths(value)] for name, _, value in given if _reads(execution, name)]
    return any(read) and all(is_within(path, home) for paths in read for path in paths)


def _code_paths(value: str) -> Iterator[str]:
    """Yield the paths of code in the value of a variable."""
    for word in value.replace(":", " ").split():
        # An option without a path, such as -w, names only code of the system.
        if not word.startswith("-") or "/" in word or "." in word:
            yield word[word.find("/") :] if word.startswith("-") and "/" in word else word


def is_within(path: str, home: str) -> bool:
    """Return whether a path, relative to `home`, is that of a file in it, or is its own.

    Any word could be the name of a file that does not exist.
    """
    if not home:
        return False
    home = real_path(home)
    target = real_path(os.path.join(home, path))
    return target == home or (target.startswith(f"{home}/") and is_there(target))


def is_of(home: str, execution: Exec) -> bool:
    """Return whether a program is one of the submission's own, or is given one of its files."""
    if is_within(execution.exe, home) and not is_borrowed_copy(execution.exe, home):
        return True
    return any(is_within(word, home) for word in execution.argv[1:])


def _not_named(process: str, shown: str) -> str:
    # What it did is not known; that it was executed is in the record.
    return f"{process} executed {shown}, which the task does not name"


def _show(program: str, argv: Sequence[str]) -> str:
    return f"{program} ({shorten(command_words(argv), _LONGEST)})"


def _text_of(argv: Sequence[str]) -> str | None:
    """Return the text after a shell's option -c; None if it reads its lines from elsewhere."""
    for index, word in enumerate(argv[1:], 1):
        if word.startswith("-") and not word.startswith("--") and "c" in word:
            return " ".join(argv[index + 1 :])
        if not word.startswith(("-", "+")):
            return None
    return None


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
def _find_installed() -> dict[bytes, str]:
    """Return the shells' files by the hashes of the pages of their code."""
    shells: dict[bytes, str] = {}
    for path in _paths():
        if (opened_file := _open(path)) is None:
            continue
        with opened_file as file:
            first, size = _code(file)
            shell = real_path(path)
            for offset in range(first, first + size, _PAGE):
                shells.setdefault(_hash(os.pread(file.fileno(), _PAGE, offset)), shell)
    return shells


def _paths() -> Iterator[str]:
    folders = (*search_folders(), *STANDARD_PATH.split(":"), "/usr/local/bin")
    for folder in dict.fromkeys(filter(os.path.isabs, folders)):
        yield from (os.path.join(folder, name) for name in _NAMES)
    if is_file("/etc/shells"):
        with open("/etc/shells", encoding="utf-8", errors="replace") as file:
            yield from (line.strip() for line in file if line.startswith("/"))


def know_programs() -> None:
    """Read the shells and programs of the system, for all judges that are forked later."""
    with suppress(OSError):
        _find_installed()
        _installed_programs()


def installed_shell(path: str) -> str:
    """Return the installed shell that a file is, or is a copy of; empty for none.

    Raises OSError: that cannot be known.
    """
    if (opened_file := _open(path)) is None:
        return ""
    with opened_file as file:
        return _shell_with(*_code(file), lambda offset: os.pread(file.fileno(), _PAGE, offset))


class _Programs(Record):
    """The programs of the system."""

    by_size: Mapping[int, Sequence[str]]
    """By the size of their code."""
    loaders: frozenset[str]
    """The dynamic loaders that they name."""


@cache
def _installed_programs() -> _Programs:
    by_size: dict[int, list[str]] = {}
    loaders: set[str] = set()
    folders = map(os.scandir, filter(is_folder, STANDARD_PATH.split(":")))
    paths = {real_path(entry.path) for folder in folders for entry in folder if entry.is_file()}
    waiting = sorted(paths)
    for path in waiting:
        with suppress(OSError), open(path, "rb") as file:
            by_size.setdefault(_extent(file)[1], []).append(path)
            if (loader := real_path(_loader_of(file))) not in loaders | {""}:
                loaders.add(loader)
                waiting.append(loader)
    return _Programs(by_size, frozenset(loaders))


def _extent(file: BinaryIO) -> tuple[int, int]:
    """Return the offset and size of a program's code; of a script, this is the whole file."""
    first, size = _code(file)
    return (first, size) if size else (0, os.fstat(file.fileno()).st_size)


def _loader_of(file: BinaryIO) -> str:
    with suppress(ElfProblem):
        file.seek(0)
        return read_headers(file, with_sections=False).loader
    return ""


@cache
def installed_twin(path: str) -> str:
    """Return the program of the system of which a file is a copy, perhaps a changed one.

    It has as much code, and much of the same. Empty for none. Raises OSError: that cannot be known.
    """
    if (opened_file := _open(path)) is None:
        return ""
    found = {}
    with opened_file as program:
        first, size = _extent(program)
        length = os.fstat(program.fileno()).st_size
        for twin in _installed_programs().by_size.get(size, ()) if size else ():
            with suppress(OSError), open(twin, "rb") as other:
                begin, _ = _extent(other)
                count, equal = _equal_pages(program, first, other, begin, size)
                if equal * _ENOUGH > count:
                    # Programs with the same code may differ in their data.
                    found[_equal_pages(program, 0, other, 0, length)[1]] = twin
    return found[max(found)] if found else ""


def _equal_pages(
    one: BinaryIO, first: int, other: BinaryIO, begin: int, size: int
) -> tuple[int, int]:
    """Return how many pages of two files were compared, and how many are equal."""
    pages = [
        os.pread(file.fileno(), min(_PAGE, place + size - at), at)
        for file, place in ((one, first), (other, begin))
        for at in _sampled(place, size)
    ]
    count = len(pages) // 2
    return count, sum(map(bytes.__eq__, pages[:count], pages[count:]))


def as_loaded(execution: Exec) -> Exec:
    """Return the execution of what a dynamic loader loads if it is executed itself, see ld.so(8).

    The path is empty if no argument is a program that can be read, or if options come before it:
    they may load further code.
    """
    loaders = _installed_programs().loaders
    file = real_path(execution.exe)
    with suppress(OSError):
        file = file if file in loaders else installed_twin(file)
    if file not in loaders:
        return execution
    for place, word in enumerate(execution.argv[1:], 1):
        with suppress(OSError), open(word, "rb") as loaded:
            if place == 1 and real_path(_loader_of(loaded)) in loaders:
                return changed(execution, exe=real_path(word), argv=execution.argv[place:])
    return changed(execution, exe="")


def loaded_by(execution: Exec, start: Exec | None, home: str = "") -> str:
    """Return the variable by which a program of the system loads other code; empty for none.

    `start` is the execution with which the run began: its variables are the judge's own. Code in
    `home` is the submission's own: an interpreter may load it when it starts what is judged.
    """
    if not real_path(execution.exe).startswith(SYSTEM):
        return ""
    for variable in execution.variables:
        name, _, value = variable.partition("=")
        given = "" if start is None or variable in start.variables else value
        if not given or not _reads(execution, name):
            continue
        for path in _code_paths(given):
            if not (real_path(path).startswith(SYSTEM) or is_within(path, home)):
                return name
    return ""


def _reads(execution: Exec, variable: str) -> bool:
    """Return whether a program reads a variable that names code."""
    options = execution.argv[1:]
    if variable == "ENV" and not all(word[:1] == "-" and "c" not in word for word in options):
        return False  # only an interactive shell reads it; see sh(1)
    readers, file = CODE_VARIABLES[variable], real_path(execution.exe)
    if not readers or file in frozenset().union(*map(files_of, readers)):
        return True
    # An interpreter of one's own, such as pyenv's, is not among the programs of the system.
    name = os.path.basename(file).rstrip(".0123456789")
    return not file.startswith(SYSTEM) and name in readers


def with_code_by(variable: str) -> str:
    """Return the end of a sentence about a program that loads other code by a variable."""
    return f", whose variable {variable} names code outside the system's folders"


def is_asked_for(lines: Iterable[Sequence[str]], execution: Exec, *, is_shell: bool) -> bool:
    """Return whether a line has the words of an execution in this order, the program by its name.

    Other words may be between them, such as those of an operator that the submission does not know.
    But a shell takes its code from the two words after its name, and without words from its input.
    """
    argv = execution.argv
    name = os.path.basename("".join(argv[:1]))
    code = argv[1 : 1 + _WORDS_OF_CODE]
    for words in lines:
        for place in (at for at, word in enumerate(words) if os.path.basename(word) == name):
            rest = words[place + 1 :]
            following = iter(rest)
            is_so = all(word in following for word in argv[1:])
            is_alone = not rest or rest[0] == "--" or rest[0].startswith(_ENDS_COMMAND)
            has_code = is_alone if not code else tuple(rest[: len(code)]) == tuple(code)
            if is_so and (has_code or not is_shell):
                return True
    return False


def is_borrowed_copy(path: str, home: str) -> bool:
    """Return whether a file of the submission is a copy of a program of the system."""
    with suppress(OSError):
        return is_within(path, home) and bool(installed_twin(path))
    return False


def _sampled(first: int, size: int) -> range:
    """Return where the pages begin that are compared."""
    return range(first, first + size, _PAGE * max(1, size // (_PAGE * _MOST_LOOKED_AT)))


def _shell_with(first: int, size: int, page_at: Callable[[int], bytes]) -> str:
    """Return the installed shell that has enough of the sampled pages; empty for none."""
    pages = [page_at(start) for start in _sampled(first, size)]
    # Skip pages that repeat one byte, which any program may have.
    hashes = [_hash(page) for page in pages if page.strip(page[:1])]
    counts = Counter(shell for digest in hashes if (shell := _find_installed().get(digest)))
    shell, count = next(iter(counts.most_common(1)), ("", 0))
    return shell if count * _ENOUGH > len(hashes) else ""


def is_installed(path: str) -> bool:
    """Return whether a file is an installed shell, not only a copy of one."""
    return bool(path) and real_path(path) in map(real_path, _paths())


def is_called_as_shell(shell: str, argv: Sequence[str]) -> bool:
    """Return whether an installed shell with these arguments is a shell: busybox may be `ls`."""
    if os.path.basename(shell) not in _BOXES:
        return True
    names = [os.path.basename(word).lstrip("-") for word in argv]
    while names and names[0] in _BOXES:
        names = names[1:]
    return bool(names) and names[0] in _APPLETS


def shell_mapped_by(pid: int) -> str:
    """Return the installed shell whose code is in a process's memory; empty if there is none.

    It compares memory instead of file names, because code may have been copied.
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


def _open(path: str) -> BinaryIO | None:
    """Open a program, which a submission may have chosen; None if there is none that can be read.

    Raises OSError: that cannot be known.
    """
    for _ in range(2):
        try:
            return opened(os.open(path, os.O_PATH | os.O_CLOEXEC))
        except OSError as error:
            if error.errno not in {*NO_FILE, errno.EINVAL, errno.EISDIR}:
                raise
    return None


def _code(file: BinaryIO) -> tuple[int, int]:
    """Return the offset and size of the code in an ELF file of this machine; 0 if none."""
    with suppress(ElfProblem):
        for span in read_headers(file, with_sections=False).code[:1]:
            return (span.offset, span.size) if span.size <= _MOST_CODE else (0, 0)
    return 0, 0


def _hash(page: bytes) -> bytes:
    return hashlib.blake2b(page, digest_size=16).digest()
