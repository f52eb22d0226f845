"""The state of a shell: variables, options, positional parameters, the last status, traps, jobs.

`State` is data and cannot run a command, so `explain` can work on a copy. The launcher and the
`Services` (builtin_registry.py), which run commands, are passed as separate arguments.
"""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.errors import AssignmentProblem, SyntaxMistake, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.record import Record, suppress
from simpsh.kernel import processes
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.shell.jobs.job_table import JobTable
from simpsh.shell.jobs.shell_signals import Traps
from simpsh.shell.language.characters import is_name, is_number
from simpsh.shell.subshell_trial import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.base.line_record import LineRecord
    from simpsh.base.roles import Role
    from simpsh.shell.language.syntax_tree import Command
    from simpsh.shell.subshell_trial import Trial

    SavedVariables = dict[str, tuple[str | None, bool, bool]]
    """For each name its value, whether it was exported, and whether it was readonly."""


def physical_directory() -> str:
    """Return the working directory's path without symbolic links; "" if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


class _Leaving(BaseException):
    """Like SystemExit not an Exception: an error handler must not keep the shell from ending."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ShellExit(_Leaving):
    """The shell, or the subshell that raises this, ends with this status."""


class ErrexitExit(ShellExit):
    """A command failed under `set -e`."""


class ErrorExit(ShellExit):
    """A script ends because of an error (POSIX XCU 2.8.1)."""


class SyntaxExit(ErrorExit):
    """A syntax error in the text of `eval` or `.`; `command` keeps the script running."""


class LoopJump(BaseException):
    """`break` or `continue`."""

    def __init__(self, levels: int, *, is_continue: bool = False, status: int = 0) -> None:
        super().__init__(levels)
        self._levels = levels
        """The operand: how many loops to leave; `continue` leaves all but the last."""
        self._is_continue = is_continue
        self.status = status
        """The status of a loop that is left."""

    def leaves(self) -> bool:
        """Return whether the loop that catches this ends; raise it again for an outer loop."""
        self._levels -= 1
        if self._levels:
            raise self
        return not self._is_continue


class TrapEntry(Record):
    """The state at the beginning of a trap's action."""

    status: int
    """`$?`, the status of `exit` and `return` without an operand (POSIX XCU exit)."""
    return_depth: int


class FunctionReturn(_Leaving):
    """`return`: the function, or the file of `.`, ends with this status."""


class Options:
    """The options of `set`; each is on or off."""

    allexport: bool
    """An assignment exports the variable."""
    emacs: bool
    errexit: bool
    hashall: bool
    """No effect: PATH is searched whenever a program runs."""
    ignoreeof: bool
    """`^D` does not leave the prompt."""
    monitor: bool
    """Job control: a process group for each job."""
    noclobber: bool
    """`>` does not overwrite a file: O_EXCL."""
    noexec: bool
    """Commands of a script are parsed but not run."""
    noglob: bool
    nolog: bool
    """No effect, as in dash and bash."""
    notify: bool
    """No effect: job changes are always reported immediately."""
    nounset: bool
    pipefail: bool
    typed: bool | None
    """Typed constructs such as `[[ ]]` are accepted; None: only at the prompt."""
    verbose: bool
    """Input lines are printed to standard error."""
    vi: bool
    visible: bool | None
    """`echo`, `test` and the like run as programs, so that their processes can be seen; not in
    files that the prompt reads. None: at the prompt."""
    xtrace: bool
    """Commands are printed to standard error before they run."""

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
        """Return whether the rest of a word names an option: `-oerrexit`, but not `-oe`."""
        return letter == "o" and rest in Options.NAMES

    def switch(self, sign: str, letter: str, name: str = "") -> None:
        """Turn an option on, or off if the sign is `+`; `name` is the operand of `-o`."""
        option = name if letter == "o" else self.LETTERS.get(letter, "")
        if option not in self.NAMES:
            shown = f"{sign}o {named(name)}" if letter == "o" else sign + letter
            raise UsageProblem(f"{shown}: no such option; 'set -o' lists them")
        setattr(self, option, sign == "-")
        if option in ("emacs", "vi") and sign == "-":
            setattr(self, "vi" if option == "emacs" else "emacs", False)

    def letters(self) -> str:
        """Return the letters of the options that are on, for `$-`."""
        return "".join(letter for letter, name in self.LETTERS.items() if getattr(self, name))


class LocalScope:
    """The variables and options that a function has made local, with their outer values."""

    __slots__ = ("options", "variables")

    def __init__(self) -> None:
        self.variables: SavedVariables = {}
        self.options: Options | None = None

    def copy(self) -> LocalScope:
        """Return an equal scope."""
        scope = LocalScope()
        scope.variables, scope.options = self.variables.copy(), self.options
        return scope

    def keep_options(self, state: State) -> None:
        """Make the options local."""
        if self.options is None:
            self.options, state.options = state.options, Options(state.options)

    def leave(self, state: State) -> None:
        """Restore the outer values."""
        if self.variables:
            state.restore(self.variables)
        if self.options is not None:
            state.options = self.options


class GetoptsPosition:
    """The position of `getopts`; an assignment to OPTIND creates a new one (POSIX XCU getopts)."""

    __slots__ = ("letter", "word")

    def __init__(self, optind: str = "1") -> None:
        self.word = max(1, int(optind)) if optind != "1" and is_number(optind) else 1
        """The number of the next word, from 1."""
        self.letter = 0
        """The index of the next letter in the current word; 0 if the next word begins."""


class State:
    """The state of one shell."""

    runs_file = False
    """At the prompt: whether the command comes from a file, such as one that `.` reads."""
    is_inside = False
    """Whether a subshell runs in this process: traps wait for its end."""
    trial: Trial | None = None
    """The trial of the subshell that runs in this process."""
    role: Role | None = None
    """The role of the command that is running."""
    record: LineRecord | None = None
    """The record of the typed lines; None unless at the prompt."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        is_interactive: bool = False,
        ignored_at_start: frozenset[int] = frozenset(),
    ) -> None:
        self.is_interactive = is_interactive
        self.has_prompt = is_interactive
        """Whether this shell, or the shell that forked it, has a prompt."""
        self.options = Options()
        self.variables: dict[str, str] = {}
        self.exported: set[str] = set()
        self.readonly: set[str] = set()
        self.aliases: dict[str, str] = {}
        self.hashed: dict[tuple[str, str], str] = {}
        """The table of `hash`: maps the value of PATH and a name to a file."""
        self.unnamed: dict[str, str] = {}
        """Entries of the environment whose names are not shell names; always exported."""
        self.script_name = "simpsh"
        """`$0`."""
        self.file: str | None = None
        """The script being read, for messages; None at the prompt, for -c and standard input."""
        self.line = 0
        """The line being run, for messages; 0 at the prompt."""
        self.line_number = 1
        """The line being run, at the prompt too."""
        self.getopts_position = GetoptsPosition()
        self.positional: list[str] = []
        self.shell_pid = processes.getpid()
        """`$$`: the same in a subshell."""
        self.parent_pid = processes.getppid()
        self.last_status = 0
        self.last_substitution: int | None = None
        """The status of the last command substitution of the command being expanded."""
        self.last_background: int | None = None
        """`$!`."""
        self.functions: dict[str, Command] = {}
        self.function_origins: dict[str, tuple[str | None, bool]] = {}
        """`file` and `runs_file` when each function was defined."""
        self.loop_depth = 0
        """The number of loops around the current command, within its function."""
        self.return_depth = 0
        """The number of functions and sourced files that are running."""
        self.locals: list[LocalScope] = []
        """One scope for each running function, the innermost last."""
        self.is_condition = 0
        """Above 0 while `set -e` ignores failures."""
        self.traps = Traps(ignored_at_start)
        self.trap_entry: TrapEntry | None = None
        """Set while the action of a trap runs."""
        self.jobs = JobTable()
        self.is_narrated = False
        """Whether jobs are narrated."""
        self.lines_run = 0
        """The number of typed lines that were run."""
        self.warned_at_line = -2
        """The number of the line that warned about stopped jobs; `exit` in the next line leaves."""
        self.history: list[str] = []
        """The typed lines, oldest first; the prompt appends to it."""
        self.is_line_in_history = False
        """Whether the last entry is the line being run."""
        self._import(environment)

    @property
    def shows_utilities(self) -> bool:
        """Whether `echo`, `test` and the like run as programs; those of a file are built-ins."""
        return bool(self.options.visible) and not self.runs_file

    def _import(self, environment: Mapping[str, str]) -> None:
        for name, value in environment.items():
            if name:  # execve(2) accepts an entry without a name, but Python's function does not
                (self.variables if is_name(name) else self.unnamed)[name] = value
                self.exported.add(name)
        # An inherited IFS could change how a script splits words.
        initial = {"IFS": " \t\n", "PPID": str(self.parent_pid), "OPTIND": "1"}
        self.variables |= initial
        for name in initial:
            self.exported.discard(name)
        self.variables["PS4"] = self.variables.get("PS4", "+ ")
        self.unset("LINENO")
        self.variables["PWD"] = self.logical_directory()
        self.exported.add("PWD")
        self.variables.setdefault("PATH", STANDARD_PATH)
        if environment.get("LC_CTYPE") == "C.UTF-8":
            # Python adds LC_CTYPE in the C locale (PEP 538); programs must not inherit it.
            try:
                with open("/proc/self/environ", "rb") as file:
                    inherited = file.read()
            except OSError:
                return
            if b"\0LC_CTYPE=" not in b"\0" + inherited:
                self.unset("LC_CTYPE")

    def logical_directory(self) -> str:
        """Return PWD if it names the working directory, else the kernel's path.

        If the directory was removed, return its last known path, or "".
        """
        path = self.variables.get("PWD", "")
        if not path.startswith("/") or not {".", ".."}.isdisjoint(path.split("/")):
            path = ""
        with suppress(OSError):
            if path and os.path.samefile(path, "."):
                return path
        return physical_directory() or path

    def environment(self, assignments: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
        """Return the environment of a program: exported variables and its own assignments."""
        variables = {**self.unnamed, **self.variables} if self.unnamed else self.variables
        # Sorted, because the order of a set differs from run to run.
        environment = {name: variables[name] for name in sorted(self.exported) if name in variables}
        environment.update(assignments)
        return environment

    def assign(self, name: str, value: str) -> None:
        """Set a variable; raise AssignmentProblem if it is readonly, or is PPID."""
        if name in self.readonly or name == "PPID":
            self.must_be_changeable(name)
        self.variables[name] = value
        if self.options.allexport:
            self.exported.add(name)
        if name == "OPTIND":
            self.getopts_position = GetoptsPosition(value)
        elif name == "RANDOM" and self.is_typed:
            del self.variables[name]  # bash's seed; here it has no effect

    def set_positional(self, words: list[str]) -> None:
        """Replace the positional parameters; `getopts` starts over, as in dash."""
        self.positional = words
        self.getopts_position = GetoptsPosition()

    def must_be_changeable(self, name: str) -> None:
        """Raise AssignmentProblem for a variable that is readonly, and for PPID."""
        if name in self.readonly:
            raise AssignmentProblem(f"{name}: is read only")
        if name == "PPID":
            raise AssignmentProblem("PPID: this variable is the shell's own and cannot be changed")

    def unset(self, name: str) -> None:
        """Remove a variable; raises like assign()."""
        self.must_be_changeable(name)
        if name == "OPTIND":
            self.getopts_position = GetoptsPosition()
        self.variables.pop(name, None)
        self.exported.discard(name)

    def save(self, name: str, saved: SavedVariables) -> None:
        """Save a variable's value and attributes, unless `saved` has an entry for it."""
        if name not in saved:
            value = self.variables.get(name)
            saved[name] = value, name in self.exported, name in self.readonly

    def restore(self, saved: SavedVariables) -> None:
        """Restore variables that save() saved."""
        for name, (value, is_exported, is_readonly) in saved.items():
            self.variables.pop(name, None)
            if value is not None:
                self.variables[name] = value
            (self.exported.add if is_exported else self.exported.discard)(name)
            (self.readonly.add if is_readonly else self.readonly.discard)(name)

    def parameter(self, name: str) -> str | None:
        """Return the value of a variable, a positional or a special parameter; None if unset."""
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
        """Return a user's home directory, or $HOME for `""`. See getpwnam(3)."""
        if not user:
            return self.variables.get("HOME")
        import pwd

        try:
            return pwd.getpwnam(user).pw_dir
        except (KeyError, ValueError, UnicodeEncodeError):
            return None

    @property
    def where(self) -> str:
        """The prefix of an error message: `simpsh: `, and in a script the file and line."""
        if self.file is not None:
            return f"simpsh: {self.file}: line {self.line}: "
        return f"simpsh: line {self.line}: " if self.line else "simpsh: "

    def complain(self, message: object) -> None:
        """Print one error line to standard error, for a syntax error also the line with a caret."""
        if isinstance(message, SyntaxMistake):
            self.at_line(message.line)
        if self.trial is not None:
            raise Refused
        console.complain(message, self.where)

    @property
    def is_at_prompt(self) -> bool:
        """Whether the command being run was typed at a prompt."""
        return self.has_prompt and not self.runs_file

    @property
    def is_typed(self) -> bool:
        """Whether typed constructs such as `[[ ]]` are accepted."""
        typed = self.options.typed
        return self.is_at_prompt if typed is None else typed

    def at_line(self, line: int) -> None:
        """Set the current line, for `$LINENO` and for messages of a script."""
        self.line_number = line
        if not self.has_prompt:
            self.line = line

    def become_subshell(self) -> None:
        """Adapt the state to a forked copy of the shell (POSIX XCU 2.12)."""
        self.is_interactive = False
        self.options.monitor = False
        self.trap_entry = None
        self.is_inside, self.trial = False, None
        self.jobs.clear()
        self.traps.reset_in_child()


def _random(state: State) -> str | None:
    return str(int.from_bytes(os.urandom(2), "big") >> 1) if state.is_typed else None


_SPECIAL: dict[str, Callable[[State], str | None]] = {
    "?": lambda state: str(state.last_status),
    "$": lambda state: str(state.shell_pid),
    "!": lambda state: None if state.last_background is None else str(state.last_background),
    "#": lambda state: str(len(state.positional)),
    "LINENO": lambda state: str(state.line_number),
    "RANDOM": _random,
    "-": lambda state: state.options.letters() + ("i" if state.is_interactive else ""),
}
