"""What a shell knows: variables, options, positional parameters, the last status, traps, jobs.

`State` is data: nothing in it can run a command, so that `explain` may work on a copy. What acts
is handed on beside it: the launcher, and `Services` (builtin_registry.py). A subshell works on
the copy that fork made of it.
"""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.errors import AssignmentProblem, SyntaxMistake, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.record import Record, suppress
from simpsh.base.wait_status import WaitStatus
from simpsh.kernel import processes
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.shell.jobs.job_table import JobTable
from simpsh.shell.jobs.shell_signals import Traps
from simpsh.shell.language.characters import is_name, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.shell.language.syntax_tree import Command

    SavedVariables = dict[str, tuple[str | None, bool, bool]]
    """Of each name its value, whether it was exported, and whether it was readonly."""


def physical_directory() -> str:
    """Return the working directory's path without symbolic links; "" if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


class _Leaving(BaseException):
    """Like SystemExit no Exception: nothing that handles errors may keep the shell from ending."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ShellExit(_Leaving):
    """The shell – or the subshell that raises it – ends with this status."""


class ErrexitExit(ShellExit):
    """A command failed under `set -e`."""


class ErrorExit(ShellExit):
    """A script ends because of an error (POSIX XCU 2.8.1)."""


class SyntaxExit(ErrorExit):
    """Commands that `eval` or `.` reads cannot be understood; `command` keeps the script alive."""


class LoopJump(BaseException):
    """`break` or `continue`: the loops inside the one that is meant end."""

    def __init__(self, levels: int, *, is_continue: bool = False, status: int = 0) -> None:
        super().__init__(levels)
        self._levels = levels
        """How many loops are to be left, or the last of them continued."""
        self._is_continue = is_continue
        self.status = status
        """The status of a loop that is left."""

    def leaves(self) -> bool:
        """Return, to a loop, whether it ends; raise again if a loop around it is meant."""
        self._levels -= 1
        if self._levels:
            raise self
        return not self._is_continue


class TrapEntry(Record):
    """What was when the action of a trap began."""

    status: int
    """`$?`, which `exit` and `return` without an operand mean (POSIX XCU exit)."""
    return_depth: int


class FunctionReturn(_Leaving):
    """`return`: the function, or the file that `.` reads, ends with this status."""


class Options:
    """The options of `set`; each is on or off."""

    allexport: bool
    """Each variable that is given a value is exported."""
    emacs: bool
    errexit: bool
    explain: bool
    """What `xtrace` writes tells how the words of a command became its arguments."""
    hashall: bool
    """It has no effect: each program is looked for when it is first run."""
    ignoreeof: bool
    """`^D` does not leave the prompt."""
    monitor: bool
    """Job control: a process group for each job."""
    noclobber: bool
    """`>` does not overwrite a file: O_EXCL."""
    noexec: bool
    """A script is read and not run."""
    noglob: bool
    nolog: bool
    """Functions do not go into the history; it has no effect, as in dash and bash."""
    notify: bool
    """The user is told of jobs at once, as always here."""
    nounset: bool
    pipefail: bool
    typed: bool | None
    """Constructs are accepted that people type, such as `[[ ]]`; None: at the prompt alone."""
    verbose: bool
    """Lines are written to standard error as they are read."""
    vi: bool
    visible: bool | None
    """`echo`, `test` and the like are programs, to be seen as processes, but in files that the
    prompt reads. None: where a person watches."""
    xtrace: bool
    """Commands are written to standard error before they run."""

    LETTERS: Mapping[str, str] = {
        "a": "allexport",
        "b": "notify",
        "C": "noclobber",
        "e": "errexit",
        "f": "noglob",
        "h": "hashall",
        "m": "monitor",
        "n": "noexec",
        "u": "nounset",
        "v": "verbose",
        "x": "xtrace",
    }
    NAMES = tuple(name for name in __annotations__ if name.islower())

    __slots__ = NAMES

    def __init__(self, like: Options | None = None) -> None:
        for name in self.NAMES:
            setattr(self, name, name == "emacs" if like is None else getattr(like, name))
        if like is None:
            self.visible = self.typed = None

    @staticmethod
    def is_name_of(letter: str, rest: str) -> bool:
        """Return whether an option's word goes on with the name of another: `-oerrexit`.

        `-oe` remains `-o` and `-e`, as in dash and bash.
        """
        return letter == "o" and rest in Options.NAMES

    def switch(self, sign: str, letter: str, name: str = "") -> None:
        """Turn an option on, off where the sign is `+`; `name` is that of `-o`."""
        known = name if letter == "o" else self.LETTERS.get(letter, "")
        if known not in self.NAMES:
            shown = f"{sign}o {named(name)}" if letter == "o" else sign + letter
            raise UsageProblem(f"{shown}: no such option; 'set -o' lists them")
        setattr(self, known, sign == "-")
        if known in ("emacs", "vi") and sign == "-":
            # Keys can mean one thing only.
            setattr(self, "vi" if known == "emacs" else "emacs", False)
        if known == "explain":
            self.xtrace = self.explain
        elif known == "xtrace":
            self.explain = self.explain and self.xtrace

    def letters(self) -> str:
        """Return what `$-` shows of them."""
        return "".join(letter for letter, name in self.LETTERS.items() if getattr(self, name))


class LocalScope:
    """What is local to a function: how it was outside, and is again when the function ends."""

    __slots__ = ("called_at", "function", "options", "variables")

    def __init__(self, function: str, called_at: tuple[str | None, int]) -> None:
        self.function = function
        self.called_at = called_at
        """The file, as in State.file, and the line."""
        self.variables: SavedVariables = {}
        self.options: Options | None = None

    def keep_options(self, state: State) -> None:
        """Make the options local: the function changes a copy."""
        if self.options is None:
            self.options, state.options = state.options, Options(state.options)

    def leave(self, state: State) -> None:
        """Make everything again what it was."""
        if self.variables:
            state.restore(self.variables)
        if self.options is not None:
            state.options = self.options


class OptionPlace:
    """How far `getopts` has come: the next word, and the next letter in it.

    Assigning to OPTIND makes a new one, as POSIX has it of starting over.
    """

    __slots__ = ("letter", "word")

    def __init__(self, optind: str = "1") -> None:
        self.word = max(1, int(optind)) if optind != "1" and is_number(optind) else 1
        """The number of the next word to look at, from 1."""
        self.letter = 0
        """The place of the next letter within it; 0 before the word was looked at."""


class State:
    """Everything that a shell knows."""

    runs_file = False
    """At the prompt: whether the command comes from a file, such as one that `.` reads."""
    captured: bytearray | None = None
    """What `echo` and `printf` write for `$( )` and pipes; None: to standard output."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        is_interactive: bool = False,
        ignored_at_start: frozenset[int] = frozenset(),
    ) -> None:
        self.is_interactive = is_interactive
        self.has_prompt = is_interactive
        """Whether this shell, or the one that it is a copy of, serves a person at a prompt."""
        self.options = Options()
        self.variables: dict[str, str] = {}
        self.exported: set[str] = set()
        self.readonly: set[str] = set()
        self.aliases: dict[str, str] = {}
        # What `hash` lists: the files found, by the PATH along which, and the name.
        self.hashed: dict[tuple[str, str], str] = {}
        self.unnamed: dict[str, str] = {}
        """Entries of the environment whose names are no shell names; they are passed on."""
        self.script_name = "simpsh"
        """`$0`."""
        self.file: str | None = None
        """The script being read, for messages; None at the prompt, for -c and standard input."""
        self.line = 0
        """The line being run, for messages; 0 at the prompt."""
        self.line_number = 1
        """The line being run, at the prompt too."""
        self.option_place = OptionPlace()
        """How far `getopts` has come."""
        self.positional: list[str] = []
        self.shell_pid = processes.getpid()
        """`$$`: the same in a subshell."""
        self.parent_pid = processes.getppid()
        self.last_status = 0
        self.last_wait: WaitStatus | None = None
        """What the last wait returned; after a pipeline, of the process whose status is `$?`."""
        self.last_waited = 0
        """The child that it was about."""
        self.last_substitution: int | None = None
        """The status of the last command substitution of the command being expanded."""
        self.last_background: int | None = None
        """`$!`."""
        self.functions: dict[str, Command] = {}
        self.function_origins: dict[str, tuple[str | None, bool]] = {}
        """`file` and `runs_file` when each function was defined."""
        self.loop_depth = 0
        """How many loops are around the command being run, in its function."""
        self.return_depth = 0
        """How many functions, and files that `.` reads, are being run."""
        self.locals: list[LocalScope] = []
        """One for each function being run, the innermost last."""
        self.is_condition = 0
        """Above 0 while a failure does not end the shell under `set -e`."""
        self.traps = Traps(ignored_at_start)
        self.trap_entry: TrapEntry | None = None
        """Set while the action of a trap is run."""
        self.jobs = JobTable()
        self.verbosity = 0
        """How much is narrated, from 0 to 3."""
        self.lines_run = 0
        """How many lines were run that the user typed."""
        self.warned_at_line = -2
        """At which of them the user was told that jobs are left: the next exit is meant."""
        self.history: list[str] = []
        """The lines typed before, oldest first; the prompt adds to it."""
        self.is_line_in_history = False
        """Whether the last of them is the line being run."""
        self._import(environment)

    # ----------------------------------------------------------------------- variables

    @property
    def shows_utilities(self) -> bool:
        """Whether `echo`, `test` and the like run as programs.

        Commands of a file run as in a script, unless they are narrated.
        """
        return bool(self.options.visible) and (not self.runs_file or self.verbosity > 0)

    def _import(self, environment: Mapping[str, str]) -> None:
        for name, value in environment.items():
            if is_name(name):
                self.variables[name] = value
                self.exported.add(name)
            else:
                self.unnamed[name] = value
        # IFS from the environment could make a script read other words than its author wrote.
        own = {"IFS": " \t\n", "PPID": str(self.parent_pid), "OPTIND": "1"}
        self.variables |= own
        self.exported -= own.keys()
        self.variables["PS4"] = self.variables.get("PS4", "+ ")
        self.unset("LINENO")
        self.variables["PWD"] = self.logical_directory()
        self.exported.add("PWD")
        # As in other shells: programs are found without a PATH, until `unset PATH`.
        self.variables.setdefault("PATH", STANDARD_PATH)
        if environment.get("LC_CTYPE") == "C.UTF-8":
            # The interpreter adds it in the C locale (PEP 538); programs are not to notice.
            try:
                with open("/proc/self/environ", "rb") as file:
                    given = file.read()
            except OSError:
                return
            if b"\0LC_CTYPE=" not in b"\0" + given:
                self.unset("LC_CTYPE")

    def logical_directory(self) -> str:
        """Return the working directory as PWD has it if that is right, else as the kernel has it.

        A directory that was removed has no name any more: then the last one that was known, or "".
        """
        known = self.variables.get("PWD", "")
        if not known.startswith("/") or not {".", ".."}.isdisjoint(known.split("/")):
            known = ""
        # That name is gone, is no longer ours to look at, or was wrong from the first.
        with suppress(OSError):
            if known and os.path.samefile(known, "."):
                return known
        return physical_directory() or known

    def environment(self, assignments: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
        """Return the environment for a program: exported variables and its own assignments."""
        variables = self.variables
        environment = {name: variables[name] for name in self.exported if name in variables}
        environment.update(self.unnamed)
        environment.update(assignments)
        return environment

    def assign(self, name: str, value: str) -> None:
        """Set a variable; raise AssignmentProblem if it is readonly, or kept by the shell."""
        if name in self.readonly or name == "PPID":
            self.must_be_changeable(name)
        self.variables[name] = value
        if self.options.allexport:
            self.exported.add(name)
        if name == "OPTIND":
            self.option_place = OptionPlace(value)

    def set_positional(self, words: list[str]) -> None:
        """Give the positional parameters other values; `getopts` starts over, as in dash."""
        self.positional = words
        self.option_place = OptionPlace()

    def must_be_changeable(self, name: str) -> None:
        """Raise AssignmentProblem for a variable that is readonly, or kept by the shell."""
        if name in self.readonly:
            raise AssignmentProblem(f"{name}: is read only")
        if name == "PPID":
            raise AssignmentProblem("PPID: this variable is the shell's own and cannot be changed")

    def unset(self, name: str) -> None:
        """Remove a variable, exported or not; raise as assign()."""
        self.must_be_changeable(name)
        if name == "OPTIND":
            self.option_place = OptionPlace()
        self.variables.pop(name, None)
        self.exported.discard(name)

    def save(self, name: str, saved: SavedVariables) -> None:
        """Keep in `saved` what a variable is now, unless that is kept there already."""
        if name not in saved:
            value = self.variables.get(name)
            saved[name] = value, name in self.exported, name in self.readonly

    def restore(self, saved: SavedVariables) -> None:
        """Make variables again what they were when they were saved."""
        for name, (value, is_exported, is_readonly) in saved.items():
            self.variables.pop(name, None)
            if value is not None:
                self.variables[name] = value
            (self.exported.add if is_exported else self.exported.discard)(name)
            (self.readonly.add if is_readonly else self.readonly.discard)(name)

    def parameter(self, name: str) -> str | None:
        """Return what `$name` is – a variable, a positional or special parameter – or None."""
        value = self.variables.get(name)
        if value is not None:
            return value
        if name.isdigit():
            index = int(name)
            if index == 0:
                return self.script_name
            return self.positional[index - 1] if index <= len(self.positional) else None
        special = _SPECIAL.get(name)
        return None if special is None else special(self)

    def home(self, user: str) -> str | None:
        """Return a user's home directory; of the user `""`, $HOME. See getpwnam(3)."""
        if not user:
            return self.variables.get("HOME")
        import pwd

        try:
            return pwd.getpwnam(user).pw_dir
        except (KeyError, ValueError, UnicodeEncodeError):
            return None

    # ------------------------------------------------------------------------ messages

    @property
    def where(self) -> str:
        """What stands before an error message: `simpsh: `, in a script with file and line."""
        if self.file is not None:
            return f"simpsh: {self.file}: line {self.line}: "
        return f"simpsh: line {self.line}: " if self.line else "simpsh: "

    def complain(self, message: object) -> None:
        """Write one error line to standard error, as far as it can be written to.

        A mistake in the text of a command also shows its place.
        """
        if isinstance(message, SyntaxMistake):
            from simpsh.base.complaint import Complaint, Excerpt

            self.at_line(message.line)
            excerpt = Excerpt(message.text, message.column, message.width)
            message = Complaint(message.message, excerpt)
        console.complain(message, self.where)

    @property
    def is_at_prompt(self) -> bool:
        """Whether the command being run was typed at a prompt, and is in no file."""
        return self.has_prompt and not self.runs_file

    @property
    def is_typed(self) -> bool:
        """Whether the constructs are accepted that people type."""
        typed = self.options.typed
        return self.is_at_prompt if typed is None else typed

    def at_line(self, line: int) -> None:
        """Note which line is being run, for `$LINENO` and, but at the prompt, for messages."""
        self.line_number = line
        if not self.is_interactive:
            self.line = line

    # ------------------------------------------------------------------ copies of a shell

    def become_subshell(self) -> None:
        """Make this state that of a forked copy of the shell (POSIX XCU 2.12)."""
        self.is_interactive = False
        self.options.monitor = False
        self.trap_entry = None
        self.jobs.clear()
        self.traps.reset_in_child()


def _random() -> str:
    return str(int.from_bytes(os.urandom(2), "big") >> 1)


_SPECIAL: dict[str, Callable[[State], str | None]] = {
    "?": lambda state: str(state.last_status),
    "$": lambda state: str(state.shell_pid),
    "!": lambda state: None if state.last_background is None else str(state.last_background),
    "#": lambda state: str(len(state.positional)),
    "LINENO": lambda state: str(state.line_number),
    "RANDOM": lambda state: _random() if state.is_typed else None,
    "-": lambda state: state.options.letters() + ("i" if state.is_interactive else ""),
}
