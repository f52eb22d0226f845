"""The names of all built-ins, the module of each, and their interface to the shell.

A module is imported when one of its built-ins is used for the first time.

A new built-in needs its name in `_NAMES_IN`, a function under `@builtin` in the file named there,
and a line in pages/overview.txt. `help NAME` prints its usage; a page pages/NAME.txt adds more.
"""

from __future__ import annotations

from simpsh.base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from simpsh.shell.jobs.job_table import Job
    from simpsh.shell.jobs.launcher import Launcher
    from simpsh.shell.language.syntax_tree import List
    from simpsh.shell.plan.job_plan import JobPlan
    from simpsh.shell.state import State

    Run = Callable[["State", "Services", list[str]], int]
else:
    Protocol = object

SPECIAL = frozenset(
    (
        *(":", ".", "break", "continue", "eval", "exec", "exit", "export"),
        *("readonly", "return", "set", "shift", "times", "trap", "unset"),
    )
)
"""The special built-ins (POSIX XCU 2.15): their errors end a script, assignments before them
persist, and functions cannot have their names."""

ENDING_SCRIPTS = SPECIAL | {"local"}
"""Built-ins whose misuse ends a script; `local` as in dash."""

TEACHING = frozenset(
    (
        *("diagnose", "doctor", "explain", "explore", "family", "fds", "help"),
        *("lesson", "status", "step", "timeline", "trace", "verbose", "why"),
    )
)
"""Built-ins for the prompt. In a script a program of PATH with the same name takes precedence."""

PASSING_ON = frozenset(
    (".", "command", "eval", "exec", "fg", "return", "source", "status", "wait", "why")
)
"""Built-ins that return the status of another command."""

NESTED = ("simpsh", "trace", "lesson", "step", "explore", "doctor")
"""Built-ins that run in a new simpsh process."""

UTILITIES = frozenset(("[", "echo", "false", "printf", "test", "true"))
"""Built-ins in scripts that are programs under `set -o visible`."""

_NAMES_IN = {
    "execution_control": ": . source eval exec exit quit break continue return local",
    "working_directory": "cd pwd",
    "shell_variables": "export readonly unset shift read set getopts",
    "process_resources": "umask ulimit times",
    "signal_builtins": "trap kill",
    "command_lookup": "type command hash alias unalias",
    "command_history": "history fc",
    "job_builtins": "jobs disown fg bg wait",
    "script_utilities": "echo true false",
    "printf_format": "printf",
    "test_expression": "test [",
    "help_pages": "help",
    "self_observation": "verbose timeline explain",
    "status_word": "status why",
    "process_inspection": "family fds diagnose",
    "nested_simpsh": " ".join(NESTED),
}
_FILES = {name: file for file, names in _NAMES_IN.items() for name in names.split()}

_OWN_HELP = frozenset((":", "simpsh", *(UTILITIES - {"printf"})))
"""Built-ins for which `--help` is an operand (POSIX XCU colon)."""

NAMES = tuple(sorted(_FILES))
"""The names of all built-ins."""


class Services(Protocol):
    """The operations of the shell that built-ins may use; implemented by `Shell` in shell.py."""

    @property
    def launcher(self) -> Launcher:
        """The launcher of jobs."""

    def run_text(self, text: str) -> int:
        """Run the text of a command line, as traps do; return the status."""

    def run_file(self, path: str) -> int:
        """Run the commands of a file, as `.` does; return the status."""

    def run_job(self, plan: JobPlan) -> int:
        """Run a planned job in the foreground; return the status."""

    def run_program(self, words: list[str], path: str | None = None) -> int:
        """Run words as a simple command, as `command` does; `path` replaces PATH."""

    def replace(self, words: list[str]) -> int:
        """Execute a program in place of the shell, as `exec` does; return only on failure."""

    def resume(self, job: Job) -> int:
        """Continue a job in the foreground, as `fg` does; return its `$?`."""

    def explained(self, tree: List) -> list[str]:
        """Return the plan of a tree as lines; run nothing."""

    def may_leave(self, *, is_typed: bool) -> list[str]:
        """Return a warning about stopped jobs, unless the line before printed it."""

    def observe(self, *, is_narrated: bool) -> None:
        """Narrate, or do not, from now on."""


class Builtin(Record):
    """A built-in: its usage, its function, and the reason why it is not a program."""

    usage: str
    """One line that begins with its name: `cd [-L|-P] [directory]`."""
    run: Run
    """Takes the state, the services and the operands without the name; returns the exit status.

    Raises UsageProblem for a wrong option, OutputError for a write error, SimpshError and OSError
    for others; the caller prints one line and sets the status."""
    reason: str
    """Why it is not a program, in one sentence."""

    @property
    def name(self) -> str:
        """The first word of the usage."""
        return self.usage.partition(" ")[0]


_loaded: dict[str, Builtin] = {}


def builtin(usage: str, reason: str) -> Callable[[Run], Run]:
    """Return a decorator that registers a function as a built-in, see Builtin."""

    def register(run: Run) -> Run:
        found = Builtin(usage, run, reason)
        _loaded[found.name] = found
        return run

    return register


def asks_for_help(words: Sequence[str]) -> bool:
    """Return whether a built-in's name and operands ask for its usage.

    >>> asks_for_help(["cd", "--help"]), asks_for_help([":", "--help"])
    (True, False)
    """
    return words[1:2] == ["--help"] and words[0] not in _OWN_HELP


def is_builtin(name: str, state: State | None = None) -> bool:
    """Return whether a name is a built-in in a shell with this state."""
    if name not in _FILES:
        return False
    if name not in TEACHING or state is None or state.is_at_prompt:
        return True
    from simpsh.kernel.program_execution import find_program

    return find_program(name, state.variables.get("PATH", "")) is None


def find(name: str, state: State | None = None) -> Builtin | None:
    """Return the built-in of this name, see is_builtin(), and import its module; or None."""
    if name in TEACHING and not is_builtin(name, state):
        return None
    if name in _FILES and name not in _loaded:
        __import__(f"simpsh.shell.builtins.{_FILES[name]}")
    return _loaded.get(name)


def import_frequent() -> None:
    """Import the built-ins that copies of the shell run most: once, before the first fork."""
    for name in ("echo", "test", "exit"):
        find(name)
