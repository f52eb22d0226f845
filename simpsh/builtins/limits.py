"""`ulimit`: what the kernel grants the shell and, by inheritance, everything it starts.

Units are those of POSIX and dash: `-f` and `-c` count blocks of 512 bytes, memory sizes are in
units of 1024 bytes, times in seconds. `ulimit -a` says the unit of each.
"""

from __future__ import annotations

import os
import resource

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError, UsageProblem
from simpsh.kernel import limits
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


class Resource(Record):
    """Something that is limited, as `ulimit` calls it."""

    letter: str
    number: int
    """RLIMIT_…, as the kernel has it; see getrlimit(2)."""
    words: str
    unit: str
    factor: int = 1
    """How many of the kernel's units (bytes, mostly) the unit has."""


# The module has no names for these two, or not in every version; see getrlimit(2).
_RLIMIT_LOCKS, _RLIMIT_RTTIME = 10, 15

RESOURCES = (
    Resource("c", resource.RLIMIT_CORE, "core file size", "512-byte blocks", 512),
    Resource("d", resource.RLIMIT_DATA, "data segment", "KiB", 1024),
    Resource("e", resource.RLIMIT_NICE, "nice value, 20 minus it", "-"),
    Resource("f", resource.RLIMIT_FSIZE, "file size", "512-byte blocks", 512),
    Resource("i", resource.RLIMIT_SIGPENDING, "pending signals", "signals"),
    Resource("l", resource.RLIMIT_MEMLOCK, "locked memory", "KiB", 1024),
    Resource("m", resource.RLIMIT_RSS, "resident memory (not enforced)", "KiB", 1024),
    Resource("n", resource.RLIMIT_NOFILE, "open descriptors", "descriptors"),
    Resource("q", resource.RLIMIT_MSGQUEUE, "POSIX message queues", "bytes"),
    Resource("r", resource.RLIMIT_RTPRIO, "real-time priority", "-"),
    Resource("R", _RLIMIT_RTTIME, "real-time without sleep", "us"),
    Resource("s", resource.RLIMIT_STACK, "stack size", "KiB", 1024),
    Resource("t", resource.RLIMIT_CPU, "CPU time", "seconds"),
    Resource("u", resource.RLIMIT_NPROC, "processes of this user", "processes"),
    Resource("v", resource.RLIMIT_AS, "address space", "KiB", 1024),
    Resource("x", _RLIMIT_LOCKS, "file locks (not enforced)", "locks"),
)
"""Every limit that Linux has, by its letter."""

_BY_LETTER = {one.letter: one for one in RESOURCES}


def _ulimit(_state: State, operands: Sequence[str]) -> int:
    letters, rest = options(operands, "SHa" + "".join(_BY_LETTER))
    wanted = [_BY_LETTER[one] for one in letters if one in _BY_LETTER] or [_BY_LETTER["f"]]
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one limit is enough")
    if "a" in letters:
        if rest:
            raise UsageProblem("-a lists the limits and takes none")
        say("".join(_line(one, is_hard="H" in letters) for one in RESOURCES))
    elif not rest and len(wanted) == 1:
        say(_shown(wanted[0], is_hard="H" in letters) + "\n")
    elif not rest:
        say("".join(_line(one, is_hard="H" in letters) for one in wanted))
    elif len(wanted) == 1:
        _set_limit(wanted[0], rest[0], letters)
    else:
        raise UsageProblem("only one limit can be set at a time")
    return 0


def _line(one: Resource, *, is_hard: bool) -> str:
    return f"{one.words:<32} ({one.unit}, -{one.letter})".ljust(56) + (
        f" {_shown(one, is_hard=is_hard)}\n"
    )


def _shown(one: Resource, *, is_hard: bool) -> str:
    limit = limits.getrlimit(one.number)
    value = limit.hard if is_hard else limit.soft
    return "unlimited" if value == limits.INFINITY else str(value // one.factor)


def _set_limit(one: Resource, text: str, letters: str) -> None:
    before = limits.getrlimit(one.number)
    value = _value(one, text, before)
    is_both = "S" not in letters and "H" not in letters
    new = limits.Limit(
        value if is_both or "S" in letters else before.soft,
        value if is_both or "H" in letters else before.hard,
    )
    try:
        if one.number == resource.RLIMIT_NOFILE:
            _load_what_is_loaded_late()
        limits.setrlimit(one.number, new)
    except (ValueError, OverflowError) as error:
        what = "hard" if new.hard != before.hard else "soft"
        raise SimpshError(f"{one.words}: {what} limit {text}: {error}") from None


def _value(one: Resource, text: str, before: limits.Limit) -> int:
    if text == "unlimited":
        return limits.INFINITY
    if text in ("soft", "hard"):
        return before.soft if text == "soft" else before.hard
    if not (text.isascii() and text.isdigit()):
        raise UsageProblem(f"{text}: not a number, 'unlimited', 'soft' or 'hard'")
    return int(text) * one.factor


def _load_what_is_loaded_late() -> None:
    # Importing a file takes a descriptor, and soon there may be none to take.
    package = os.path.dirname(os.path.dirname(__file__))
    for room in ("language", "plan", "jobs"):
        for name in sorted(os.listdir(os.path.join(package, room))):
            if name.endswith(".py") and name != "__init__.py":
                __import__(f"simpsh.{room}.{name.removesuffix('.py')}")


BUILTINS = (
    Builtin(
        "ulimit",
        "ulimit [-SH] [-a | -" + "".join(_BY_LETTER) + "] [limit]",
        _ulimit,
        "Limits belong to the process and are inherited; a child could only limit itself.",
    ),
)
