"""Waits for signals: who may send one, and whether SIGCHLD can still come. See signal(7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base import waits
from simpsh.base.phrases import listed
from simpsh.base.record import changed
from simpsh.base.signal_names import (
    IGNORED_BY_DEFAULT,
    SIGABRT,
    SIGBUS,
    SIGCHLD,
    SIGFPE,
    SIGILL,
    SIGINT,
    SIGSEGV,
    SIGTRAP,
    Signal,
)
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import Edge, Finding, Statement, edges_to
from simpsh.process.proc import signals_in
from simpsh.process.process_snapshot import ProcessSnapshot
from simpsh.process.process_tree import children

_OF_THE_LIBRARY = (32, 33)
"""The C library uses these to cancel a thread and to call setuid(2) in all threads."""
_OF_FAULTS = (SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV)
"""A sleeping process does not cause these signals itself."""


def caught_signals(seen: ProcessSnapshot) -> tuple[Signal, ...]:
    """Return the signals whose handlers may run now, without the signals of faults."""
    # Another thread may take a signal that this thread blocks.
    blocked = seen.blocked if seen.threads == 1 else ()
    without = {*_OF_THE_LIBRARY, *_OF_FAULTS, *blocked}
    return tuple(signal for signal in seen.caught if signal not in without)


def sigwait(case: BlockedProcess) -> Finding:
    """Find out which event sends one of the signals that the call itself accepts."""
    if not case.arguments:
        act = "waits for a signal (sigtimedwait(2))"
        return Finding(waits.SIGNAL, act, wakers=(waits.BY_SIGNAL,))
    wanted = signals_in(case.memory(case.argument(0), 8)[::-1].hex() or "0")
    finding = awaited(case, wanted, "sigtimedwait", is_asked=True)
    return changed(finding, limit=case.seconds(case.argument(2)))


def suspended(case: BlockedProcess) -> Finding:
    """Find out which event ends a call that lasts until a handler has run."""
    call, seen = case.call.removeprefix("rt_"), case.seen
    caught = caught_signals(seen)
    if caught:
        return awaited(case, caught, call)
    without_effect = {*seen.ignored, *(IGNORED_BY_DEFAULT - {*seen.caught})}
    kept = [it for it in seen.pending if it in seen.blocked and it not in without_effect]
    if kept and seen.threads == 1:
        act = f"waits for {any_of(kept)} ({call}(2)), which has come, but which it blocks"
        dead = _dead_children(seen.pid) if SIGCHLD in kept else ""
        return Finding(waits.SIGNAL, f"{act}: {dead}" if dead else act)
    act = f"waits for a signal that ends it ({call}(2))"
    return Finding(waits.SIGNAL, act, wakers=(waits.BY_SIGNAL,))


def awaited(
    case: BlockedProcess, signals: Sequence[Signal], call: str, *, is_asked: bool = False
) -> Finding:
    """Return the wait for one of these signals; `is_asked` if the call itself names them."""
    others = [signal for signal in signals if signal != SIGCHLD]
    is_for_child = SIGCHLD in signals
    edges = edges_of_children(case) if is_for_child and SIGCHLD not in case.seen.ignored else ()
    # SIGINT does not count with a child: it interrupts a program, and Python always catches it.
    is_sent = bool({*others} - {SIGINT}) if is_for_child else bool(others)
    # Signals of one kind are merged: SIGCHLD of a dead child may have come already.
    is_usual = bool(others) and not (is_for_child and _dead_children(case.process))
    wakers = () if edges else (waits.BY_SIGNAL,) if is_usual else (waits.BY_UNSEEN,)
    event = f"{any_of(others if edges and is_sent else signals)} ({call}(2))"
    return Finding(
        situation=waits.CHILD if edges and not (is_asked and is_sent) else waits.SIGNAL,
        act=f"waits for {event}",
        edges=edges,
        others=(event,) if is_asked and is_sent else (),
        wakers=(waits.BY_SIGNAL,) if is_sent else wakers,
    )


def edges_of_children(case: BlockedProcess) -> tuple[Edge, ...]:
    """Return an edge to each living child of a process that waits for SIGCHLD."""
    living = (child.pid for child in children(case.process) if child.state not in "ZX")
    return edges_to(living, "sends SIGCHLD when it ends", is_by_end=True)


def _dead_children(pid: int) -> str:
    """Return a clause about the children that have ended; empty if there is none."""
    dead = [str(child.pid) for child in children(pid) if child.state == "Z"]
    if len(dead) == 1:
        return f"its child {dead[0]} is dead and not collected"
    return f"its children {listed(shown(dead))} are dead and not collected" if dead else ""


def any_of(signals: Sequence[Signal]) -> str:
    """Return the names of the first signals."""
    return listed(shown([signal.name for signal in signals]), "or") or "a signal"


def shown(names: list[str], most: int = 4) -> list[str]:
    """Return the first names of a list, and `3 more` if it is long."""
    more = len(names) - most
    return [*names[:most], f"{more} more"] if more > 0 else names


# What a proof says about signals.


def statements_of_signals(seen: ProcessSnapshot) -> Iterator[Statement]:
    """Yield what is known about pending signals of a process."""
    pid = seen.pid
    if seen.state in "ZX":
        return
    for signal in seen.pending:
        if signal in seen.blocked:
            # A process that blocks SIGCHLD, or another signal that ends nothing, wants it later.
            is_harmless = signal in IGNORED_BY_DEFAULT and signal not in seen.caught
            if is_harmless or signal in seen.ignored:
                continue
            yield Statement(f"{signal.name} is pending for process {pid}, which blocks it.")
        elif seen.state == "T":
            yield Statement(f"{signal.name} is pending for process {pid}, which is stopped.")
