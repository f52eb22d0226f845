"""Which builtins there are, and which file each one is in; files are imported when first used."""

from __future__ import annotations

from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.state import State

    Run = Callable[[State, Sequence[str]], int]

SPECIAL = frozenset(
    (":", ".", "exec", "exit", "quit", "export", "set", "shift", "source", "times", "trap", "unset")
)
"""POSIX's special builtins (XCU 2.14) and our other names for them: their errors end a script,
and assignments in front of them last."""

_FILES = {
    ":": "colon",
    ".": "dot",
    "source": "dot",
    "cd": "directories",
    "pwd": "directories",
    "exit": "leaving",
    "quit": "leaving",
    "exec": "leaving",
    "export": "variables",
    "unset": "variables",
    "shift": "variables",
    "read": "reading",
    "set": "options",
    "umask": "masks",
    "ulimit": "limits",
    "trap": "trapping",
    "times": "timing",
    "type": "naming",
    "command": "naming",
    "history": "remembering",
    "jobs": "job_listing",
    "disown": "job_listing",
    "fg": "job_moving",
    "bg": "job_moving",
    "wait": "job_waiting",
    "kill": "killing",
    "help": "helping",
    "verbose": "narrating",
    "explain": "explaining",
    "trace": "tracing",
    "timeline": "tracing",
    "status": "statuses",
    "family": "families",
    "fds": "descriptor_tables",
    "diagnose": "diagnosing",
    "lesson": "rooms",
    "step": "rooms",
    "explore": "rooms",
    "doctor": "rooms",
}

NAMES = tuple(sorted(_FILES))
"""Every builtin's name."""


class Builtin(Record):
    """A builtin: how it is used, the function that is it, and why it is no program."""

    name: str
    usage: str
    """One line: `cd [-L|-P] [directory]`."""
    run: Run
    """Takes the state and the operands, without the name; returns the exit status.

    Raises UsageProblem for a wrong option, SimpshError and OSError for what else goes wrong;
    whoever calls it turns these into the one line and the status."""
    reason: str
    """Why it must run in the shell itself, or what it teaches: one sentence."""


_loaded: dict[str, Builtin] = {}


def is_builtin(name: str) -> bool:
    """Tell whether a builtin has this name."""
    return name in _FILES


def find(name: str) -> Builtin | None:
    """Return the builtin of this name, importing its file if need be; or None."""
    builtin = _loaded.get(name)
    if builtin is None and name in _FILES:
        module = __import__(f"simpsh.builtins.{_FILES[name]}", fromlist=["BUILTINS"])
        for found in module.BUILTINS:
            _loaded[found.name] = found
        builtin = _loaded[name]
    return builtin
