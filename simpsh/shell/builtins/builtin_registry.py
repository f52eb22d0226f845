"""Which builtins there are, which file each one is in, and what a builtin is handed.

A builtin's file is imported when the builtin is first used.
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
    from simpsh.trace.recording.last_command import LastCommandLog

    Run = Callable[["State", "Services", list[str]], int]
else:
    Protocol = object

SPECIAL = frozenset(
    (
        *(":", ".", "break", "continue", "eval", "exec", "exit", "export"),
        *("readonly", "return", "set", "shift", "times", "trap", "unset"),
    )
)
"""POSIX's special builtins (XCU 2.15). Their errors end a script, assignments in front of them
last, and no function can have their names."""

ENDING_SCRIPTS = SPECIAL | {"local"}
"""Builtins whose misuse ends a script; `local` as in dash."""

TEACHING = frozenset(
    (
        *("diagnose", "doctor", "explain", "explore", "family", "fds", "help", "lesson"),
        *("status", "step", "timeline", "trace", "verbose", "why"),
    )
)
"""Builtins for a person at the prompt. Elsewhere a program of PATH with that name comes first."""

PASSING_ON = frozenset((".", "command", "eval", "exec", "fg", "return", "source", "wait", "why"))
"""Builtins whose status is that of something else."""

NESTED = ("simpsh", "trace", "lesson", "step", "explore", "doctor")
"""Builtins that run as a simpsh of their own."""

UTILITIES = frozenset(("[", "echo", "false", "printf", "test", "true"))
"""Builtins in scripts that are programs where a person watches: `set -o visible`."""
CAPTURED = UTILITIES | {"command", "pwd"}
"""Builtins that `$( )` needs no process for; `command` if it has `-v`."""

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
    "self_observation": "verbose timeline",
    "explain": "explain",
    "status_word": "status why",
    "process_inspection": "family fds diagnose",
    "nested_simpsh": " ".join(NESTED),
}
_FILES = {name: file for file, names in _NAMES_IN.items() for name in names.split()}

_OWN_HELP = frozenset((":", "simpsh", *(UTILITIES - {"printf"})))
_OWN_H = frozenset(("set", *_OWN_HELP))
"""Where `-h` is a word like others (POSIX XCU colon), or an option of their own (XCU set)."""

NAMES = tuple(sorted(_FILES))
"""Every builtin's name."""


class Services(Protocol):
    """What builtins need of the shell that runs them, beyond what it knows (`State`).

    It is implemented once, by `Shell` in shell.py, and handed to a builtin with the call.
    """

    @property
    def launcher(self) -> Launcher:
        """What starts jobs, and waits for them."""

    @property
    def last_run(self) -> LastCommandLog | None:
        """What was seen of the command before, for `timeline`; None but at the prompt."""

    def run_text(self, text: str) -> int:
        """Run the text of a command line here, as traps do; return the status."""

    def run_file(self, path: str) -> int:
        """Run the commands of a file here, as `.` does; return the status."""

    def run_job(self, plan: JobPlan) -> int:
        """Run a planned job in the foreground, and conclude it; return the status."""

    def run_program(self, words: list[str], path: str | None = None) -> int:
        """Run a simple command of these words, a built-in as any other, as `command` does.

        A program is looked for along `path`, if one is given.
        """

    def replace(self, words: list[str]) -> int:
        """Execute these words in place of the shell, as `exec` does; return only on failure."""

    def resume(self, job: Job) -> int:
        """Continue a job in the foreground, as `fg` does; return its `$?`."""

    def explained(self, tree: List) -> list[str]:
        """Return what running a tree would do, in lines, running nothing."""

    def may_leave(self, *, is_typed: bool) -> list[str]:
        """Return a warning, once, if leaving now would hang up stopped jobs."""

    def observe(self, level: int) -> None:
        """Narrate at this level, 0 to 3, from now on."""


class Builtin(Record):
    """A builtin: how it is used, the function that is it, and why it is no program."""

    usage: str
    """One line that begins with its name: `cd [-L|-P] [directory]`."""
    run: Run
    """Takes the state, the services and a list of the operands, without the name; returns the
    exit status.

    Raises UsageProblem for a wrong option, SimpshError and OSError for what else goes wrong;
    the caller prints one line with the reason and sets the status. OutputError is a write error."""
    reason: str
    """Why it must run in the shell itself, or what it teaches: one sentence."""

    @property
    def name(self) -> str:
        """What it is called by."""
        return self.usage.partition(" ")[0]


_loaded: dict[str, Builtin] = {}


def builtin(usage: str, reason: str) -> Callable[[Run], Run]:
    """Return a decorator that makes a function the builtin of this usage, see Builtin."""

    def register(run: Run) -> Run:
        found = Builtin(usage, run, reason)
        _loaded[found.name] = found
        return run

    return register


def asks_for_help(words: Sequence[str]) -> bool:
    """Return whether a built-in's name and operands ask how it is used.

    >>> asks_for_help(["cd", "-h"]), asks_for_help(["set", "-h"]), asks_for_help([":", "--help"])
    (True, False, False)
    """
    name, first = words[0], words[1] if len(words) > 1 else ""
    return (first == "--help" and name not in _OWN_HELP) or (first == "-h" and name not in _OWN_H)


def is_builtin(name: str, state: State | None = None) -> bool:
    """Return whether a builtin has this name, and runs in a shell with this state."""
    if name not in _FILES:
        return False
    if name not in TEACHING or state is None or state.is_at_prompt:
        return True
    from simpsh.kernel.program_execution import find_program

    return find_program(name, state.variables.get("PATH", "")) is None


def find(name: str, state: State | None = None) -> Builtin | None:
    """Return the builtin that is_builtin() finds, importing its file if need be; or None."""
    if name in TEACHING and not is_builtin(name, state):
        return None
    if name in _FILES and name not in _loaded:
        __import__(f"simpsh.shell.builtins.{_FILES[name]}")
    return _loaded.get(name)
