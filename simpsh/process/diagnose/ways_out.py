"""What else may end a wait: "a deadlock" is said only where nothing else can.

/proc tells who waits for whom. It does not tell what another thread of a process is about to do,
nor what the handler of a signal does, nor what a process does that cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simpsh.base.phrases import listed
from simpsh.base.signal_names import SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP
from simpsh.process.file_holders import hiding_places
from simpsh.process.proc import process_of
from simpsh.process.process_snapshot import ProcessSnapshot

# The C library's own, for cancelling a thread and for setuid(2) in all of them.
_OF_THE_LIBRARY = (32, 33)
# A process that sleeps makes none of these mistakes: they are named last.
_OF_FAULTS = (SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV)
_MOST_NAMED = 4


def of_handlers(seen: ProcessSnapshot) -> tuple[str, ...]:
    """Return the handlers of a process, which may do anything while its call sleeps."""
    # What one thread blocks another may take.
    blocked = seen.blocked if seen.threads == 1 else ()
    caught = [one for one in seen.caught if one not in blocked and one not in _OF_THE_LIBRARY]
    if not caught:
        return ()
    caught.sort(key=lambda one: one in _OF_FAULTS)
    names = [one.name for one in caught[:_MOST_NAMED]]
    if len(caught) > _MOST_NAMED:
        names.append(f"{len(caught) - _MOST_NAMED} more")
    return (f"a handler of process {process_of(seen.pid)} ({listed(names)})",)


def of_threads(seen: ProcessSnapshot) -> tuple[str, ...]:
    """Return the other threads of a process, if it has some."""
    return (f"another thread of process {process_of(seen.pid)}",) if seen.threads > 1 else ()


def of_hidden_holders(not_permitted: Sequence[int]) -> tuple[str, ...]:
    """Return who may hold a file without our seeing it.

    Args:
        not_permitted: the processes that we may not look into.
    """
    count = len(not_permitted)
    unseen = () if not count else (
        f"process {not_permitted[0]} that we may not look into"
        if count == 1
        else f"one of {count} processes that we may not look into",
    )  # fmt: skip
    return (*unseen, *hiding_places())


def unless_words(ways: Iterable[str]) -> str:
    """Return the end of a sentence: `unless one of these ends the wait: …`; empty for none."""
    found = list(dict.fromkeys(ways))
    if not found:
        return ""
    if len(found) == 1:
        return f"unless {found[0]} ends the wait"
    return f"unless one of these ends the wait: {listed(found, 'or')}"
