"""`umask`, `ulimit`, `times`: attributes of the process, which its children inherit.

`ulimit` has the units of POSIX and dash: blocks of 512 bytes for `-f` and `-c`, KiB for memory,
seconds for times.
"""

from __future__ import annotations

import errno
import os
import resource
import sys

from simpsh.base import failed_call
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
from simpsh.base.record import Record
from simpsh.console import say
from simpsh.kernel import processes, wait_calls
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State

_SHIFTS = {"u": 6, "g": 3, "o": 0}
_BITS = {"r": 4, "w": 2, "x": 1}
_ALL = 0o777


@builtin("umask [-S] [mask]", "The mask belongs to the process, and children inherit a copy of it.")
def _umask(_state: State, _services: Services, operands: list[str]) -> int:
    if operands and len(operands[0]) > 1 and operands[0][0] == "-" and operands[0][1] in "rwxX":
        letters, rest = options(("--", *operands), "")  # `-w` is a symbolic mask
    else:
        letters, rest = options(operands, "S")
    # umask(2) can return the mask only by setting a new one.
    mask = processes.umask(0)
    processes.umask(mask)
    if rest:
        processes.umask(_parse_mask(rest[0], mask))
    else:
        say((symbolic(mask) if letters else f"{mask:04o}") + "\n")
    return 0


def _parse_mask(text: str, mask: int) -> int:
    """Parse a mask: octal, or clauses such as `g+w-x` (POSIX XCU chmod)."""
    if text[:1].isdigit():
        if not text.isascii() or set(text) - set("01234567") or int(text, 8) > _ALL:
            raise UsageProblem(f"{named(text)}: not an octal number from 0 to 777")
        return int(text, 8)
    permitted = _ALL & ~mask
    for clause in text.split(","):
        actions = clause.lstrip("ugoa")
        users = clause[: len(clause) - len(actions)]
        shifts = [_SHIFTS[user] for user in ("ugo" if not users or "a" in users else users)]
        if not actions:
            raise UsageProblem(f"{named(text)}: '+', '-' or '=' is missing")
        while actions:
            operator, actions = actions[0], actions[1:]
            ends = (at for at, character in enumerate(actions) if character in "+-=")
            length = next(ends, len(actions))
            letters, actions = actions[:length], actions[length:]
            bits = 0
            if letters in _SHIFTS:
                bits, letters = permitted >> _SHIFTS[letters] & 7, ""
            for letter in letters:
                if letter in _BITS:
                    bits |= _BITS[letter]
                elif letter == "X":
                    bits |= 1 if permitted & 0o111 else 0
                elif letter not in "st":  # a mask has no such bits, but chmod's notation does
                    raise UsageProblem(f"{named(text)}: '{letter}' is none of r w x X s t")
            for shift in shifts:
                if operator == "+":
                    permitted |= bits << shift
                elif operator == "-":
                    permitted &= ~(bits << shift)
                elif operator == "=":
                    permitted = permitted & ~(7 << shift) | bits << shift
                else:
                    raise UsageProblem(f"{named(text)}: '{operator}' is not '+', '-' or '='")
    return _ALL & ~permitted


def symbolic(mask: int) -> str:
    """Return the permissions that a mask leaves, as `umask -S` prints them.

    >>> symbolic(0o027)
    'u=rwx,g=rx,o='
    """
    left = _ALL & ~mask
    parts = []
    for users, shift in _SHIFTS.items():
        permitted = left >> shift & 7
        parts.append(f"{users}=" + "".join(name for name, bit in _BITS.items() if permitted & bit))
    return ",".join(parts)


class Resource(Record):
    """A resource that `ulimit` limits."""

    letter: str
    number: int
    """RLIMIT_…; see getrlimit(2)."""
    words: str
    unit: str
    factor: int = 1
    """The size of the unit in the kernel's unit, usually bytes."""


# The module `resource` does not name these two in every version of Python.
_RLIMIT_LOCKS, _RLIMIT_RTTIME = 10, 15

RESOURCES = (
    Resource("c", resource.RLIMIT_CORE, "core file size", "512-byte blocks", 512),
    Resource("d", resource.RLIMIT_DATA, "data segment", "KiB", 1024),
    Resource("e", resource.RLIMIT_NICE, "nice value, 20 minus it", "-"),
    Resource("f", resource.RLIMIT_FSIZE, "file size", "512-byte blocks", 512),
    Resource("i", resource.RLIMIT_SIGPENDING, "pending signals", "signals"),
    Resource("l", resource.RLIMIT_MEMLOCK, "locked memory", "KiB", 1024),
    Resource("m", resource.RLIMIT_RSS, "resident memory (unused)", "KiB", 1024),
    Resource("n", resource.RLIMIT_NOFILE, "open descriptors", "descriptors"),
    Resource("q", resource.RLIMIT_MSGQUEUE, "POSIX message queues", "bytes"),
    Resource("r", resource.RLIMIT_RTPRIO, "real-time priority", "-"),
    Resource("R", _RLIMIT_RTTIME, "real-time without sleep", "us"),
    Resource("s", resource.RLIMIT_STACK, "stack size", "KiB", 1024),
    Resource("t", resource.RLIMIT_CPU, "CPU time", "seconds"),
    Resource("u", resource.RLIMIT_NPROC, "processes of this user", "processes"),
    Resource("v", resource.RLIMIT_AS, "address space", "KiB", 1024),
    Resource("x", _RLIMIT_LOCKS, "file locks (unused)", "locks"),
)
"""All limits of Linux, sorted by letter."""

_BY_LETTER = {limited.letter: limited for limited in RESOURCES}


@builtin(
    "ulimit [-SH] [-a | -" + "".join(_BY_LETTER) + "] [limit]",
    "Limits belong to the process and are inherited; a child could only limit itself.",
)
def _ulimit(_state: State, _services: Services, operands: list[str]) -> int:
    letters, rest = options(operands, "SHa" + "".join(_BY_LETTER), only="limit")
    wanted = [_BY_LETTER[letter] for letter in letters if letter in _BY_LETTER] or [_BY_LETTER["f"]]
    if "a" in letters:
        if rest:
            raise UsageProblem("-a lists the limits and takes none")
        say("".join(_line(limited, is_hard="H" in letters) for limited in RESOURCES))
    elif not rest and len(wanted) == 1:
        say(_show(wanted[0], is_hard="H" in letters) + "\n")
    elif not rest:
        say("".join(_line(limited, is_hard="H" in letters) for limited in wanted))
    elif len(wanted) == 1:
        _set_limit(wanted[0], rest[0], letters)
    else:
        raise UsageProblem("only one limit can be set at a time")
    return 0


def _line(limited: Resource, *, is_hard: bool) -> str:
    value = _show(limited, is_hard=is_hard)
    return f"{limited.words:<{_WORDS}} {f'({limited.unit}, -{limited.letter})':<22} {value}\n"


_WORDS = max(len(limited.words) for limited in RESOURCES)


def _show(limited: Resource, *, is_hard: bool) -> str:
    limit = processes.getrlimit(limited.number)
    value = limit.hard if is_hard else limit.soft
    return "unlimited" if value == processes.INFINITY else str(value // limited.factor)


def _set_limit(limited: Resource, text: str, letters: str) -> None:
    before = processes.getrlimit(limited.number)
    if text == "unlimited":
        value = processes.INFINITY
    elif text in ("soft", "hard"):
        value = before.soft if text == "soft" else before.hard
    elif is_number(text):
        value = int(text) * limited.factor
        if value > sys.maxsize:
            raise SimpshError(
                f"{text}: more than the largest number, {sys.maxsize // limited.factor}"
            )
    else:
        raise UsageProblem(f"{named(text)}: not a number, 'unlimited', 'soft' or 'hard'")
    is_both = "S" not in letters and "H" not in letters
    new = processes.Limit(
        value if is_both or "S" in letters else before.soft,
        value if is_both or "H" in letters else before.hard,
    )
    try:
        if limited.number == resource.RLIMIT_NOFILE:
            # Import all modules now: a later import may find no free descriptor.
            package = os.path.dirname(os.path.dirname(__file__))
            for folder in ("language", "plan", "jobs"):
                for name in sorted(os.listdir(os.path.join(package, folder))):
                    if name.endswith(".py") and name != "__init__.py":
                        __import__(f"simpsh.shell.{folder}.{name.removesuffix('.py')}")
        processes.setrlimit(limited.number, new)
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        failed_call.mark(error, "setrlimit", (limited.words, new.soft, new.hard), number)
        kind = "hard" if new.hard != before.hard else "soft"
        reason = error.strerror if isinstance(error, OSError) else error
        raise SimpshError(f"{limited.words}: {kind} limit {text}: {reason}") from None


@builtin(
    "times",
    "The kernel counts a dead child's time for the parent that waited, and no other process.",
)
def _times(_state: State, _services: Services, operands: list[str]) -> int:
    options(operands, "")  # operands are ignored, as in other shells
    used = wait_calls.times()
    say(
        f"{minutes(used.user)} {minutes(used.system)}\n"
        f"{minutes(used.children_user)} {minutes(used.children_system)}\n"
    )
    return 0


def minutes(seconds: float) -> str:
    """Return a time in the format of `times` (POSIX XCU times).

    >>> minutes(61.5)
    '1m1.500000s'
    """
    return f"{int(seconds // 60)}m{seconds % 60:.6f}s"
