"""People know a process by its command, and where it belongs by whose child it is."""

from __future__ import annotations

from simpsh.process.kinship import everybody
from simpsh.process.looking import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from simpsh.process.process_stat import ProcessStat

_LONGEST = 60


def shortened(text: str) -> str:
    """Return a command line that fits into a sentence."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def name_of(pid: int) -> str:
    """Return `PID (command)`."""
    return f"{pid} ({shortened(command(pid))})"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def numbered(word: str, numbers: Iterable[int]) -> str:
    """Return `descriptor 3`, or `descriptors 1 and 2`."""
    texts = [str(number) for number in numbers]
    return f"{word}{'s' if len(texts) > 1 else ''} {listed(texts)}"


def origin(pid: int, seen_from: int) -> str:
    """Say whose child a process is, and whether it is an orphan; empty if nothing is known.

    The kernel forgets who bore an orphan. Two things still tell: a child is born into its
    parent's session and leaves it only to lead its own, so that a parent in another session
    is an adopter; and a zombie that the one who asks has not collected yet, of the same group.

    Args:
        pid: the process.
        seen_from: the process that waits for it.
    """
    all_of_them = everybody()
    one = all_of_them.get(pid)
    if one is None or one.ppid == 0:
        return ""
    if one.ppid == seen_from:
        return "its child"
    bearer = _likely_bearer(one, seen_from, all_of_them)
    adopter = f"adopted by process {name_of(one.ppid)}"
    if bearer is not None:
        dead = f"process {bearer.pid} [{bearer.comm}], which is dead and not collected"
        return f"probably an orphan of {dead}, {adopter}"
    if _is_orphan(one, all_of_them):
        return f"an orphan, {adopter}"
    if one.ppid == 1:
        return f"a child of process {name_of(1)}, by birth or as an orphan"
    return f"a child of process {name_of(one.ppid)}"


def _is_orphan(one: ProcessStat, all_of_them: Mapping[int, ProcessStat]) -> bool:
    parent = all_of_them.get(one.ppid)
    return parent is not None and one.sid not in (one.pid, parent.sid)


def _likely_bearer(
    one: ProcessStat, seen_from: int, all_of_them: Mapping[int, ProcessStat]
) -> ProcessStat | None:
    dead = [
        other
        for other in all_of_them.values()
        if other.state == "Z" and other.ppid == seen_from and other.start_time <= one.start_time
        if (other.sid, other.pgid) == (one.sid, one.pgid)
    ]
    # The youngest of them is the likeliest; one that ran the same program before all.
    dead.sort(key=lambda other: (other.comm == one.comm, other.start_time, other.pid))
    return dead[-1] if dead else None
