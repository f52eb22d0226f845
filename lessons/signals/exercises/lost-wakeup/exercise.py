"""Wait for a signal without losing it: block it before fork, and unblock it only in the sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course import Kill, all_of, at, before, count, happens, processes
from simpsh.grade.exercises import (
    PROGRAM,
    WITH_A_GAP,
    Asked,
    Call,
    Exercise,
    Fork,
    Reap,
    Trial,
    ended,
    left_behind,
    so,
)

if TYPE_CHECKING:
    from simpsh.grade.exercises import Found, Observation, ProcessLook

program, child = processes(PROGRAM, "P1")
_ASLEEP = "rest"
_UNBLOCK, _SETMASK = 1, 2
_SIGUSR1 = 10
_WITH_A_MASK = {"ppoll", "pselect6", "epoll_pwait", "epoll_pwait2"}
_IN_ONE_STEP = {"rt_sigsuspend", "rt_sigtimedwait"}
_READS = _WITH_A_MASK | {"read", "poll", "select", "epoll_wait"}


def _blocks(look: ProcessLook) -> bool:
    return bool(int(look.status["SigBlk"], 16) & 1 << _SIGUSR1 - 1)


def _sleeps_in_one_step(seen: Observation) -> str:
    """Return an error unless the call in which the program sleeps also unblocks the signal."""
    look = seen.moments[_ASLEEP].looks.get(PROGRAM) if _ASLEEP in seen.moments else None
    if look is None:
        return "your program did not wait for the signal"
    if look.call in _IN_ONE_STEP:
        return ""
    worker = seen.moments[_ASLEEP].looks.get(child.name)
    was_blocked = worker is not None and _blocks(worker) and not _leaves_a_gap(seen)
    if was_blocked and look.call in _WITH_A_MASK and not _blocks(look):
        return ""
    # A signalfd is right, too: the signal stays blocked and pending until it is read.
    has_signalfd = any("[signalfd]" in one.target for one in look.descriptors.values())
    if was_blocked and has_signalfd and look.call in _READS and _blocks(look):
        return ""
    slept = f"your program slept in {look.call or 'no call'}"
    if look.call in WITH_A_GAP:
        return f"{slept}: a signal that comes just before this call does not wake it"
    return f"{slept}, and this did not unblock the signal and sleep in one step"


def _leaves_a_gap(seen: Observation) -> Found:
    """Return an error if a call between fork and the sleep unblocks the signal; otherwise empty.

    In newer C libraries and in Perl, fork() itself restores the mask; the signal stays blocked.
    """
    last = seen.moments[_ASLEEP].index if _ASLEEP in seen.moments else len(seen.events) - 1
    has_forked = False
    for index, event in enumerate(seen.events[: last + 1]):
        if seen.name_of(event.proc) != PROGRAM:
            continue
        match event.what:
            case Fork():
                has_forked = True
            case Call(name="rt_sigprocmask", args=(how, int(mask))) if has_forked:
                has_it = bool(mask & 1 << _SIGUSR1 - 1)
                if (how == _UNBLOCK and has_it) or (how == _SETMASK and not has_it):
                    words = "your program changed the mask before it slept: in the gap between the "
                    return f"{words}two calls SIGUSR1 is delivered, and is lost", index
    return ""


def _says_ready(seen: Observation) -> str:
    if "ready" in seen.printed(PROGRAM).splitlines():
        return ""
    return ended(seen)[0] if seen.chronicle.processes[PROGRAM].status else "it did not print ready"


def _left(seen: Observation) -> str:
    return "your program ended without having collected its child" if left_behind(seen) else ""


def _late(seen: Observation) -> str:
    """Return an error if the child was collected before ready was written."""
    gone = [
        index
        for index, event in enumerate(seen.events)
        if isinstance(event.what, Reap) and seen.name_of(event.what.child) == child.name
    ]
    if gone and seen.outputs and gone[0] < seen.outputs[0]:
        return (
            "your program wrote “ready” when the child was already collected: where the output "
            "is no terminal, printf keeps the text in a buffer until fflush or the end"
        )
    return ""


EXERCISE = Exercise(
    id="lost-wakeup",
    title="Wait for a signal without losing it",
    minutes=25,
    after=("signals-blocked",),
    trials=(
        Trial(
            at_rest=(Kill(program, "SIGUSR1"),),
            asks=(
                Asked(
                    "child",
                    "your program makes one child, and sleeps until SIGUSR1 comes",
                    all_of(count(program.forks()) == 1, at(_ASLEEP, program.state == "S")),
                    did=lambda seen: (
                        "your program ended before the signal"
                        if child.name in seen.names
                        else "your program made no child"
                    ),
                    look_at="fork(2)",
                ),
                Asked(
                    "blocked",
                    "SIGUSR1 is blocked before the child is born",
                    at(_ASLEEP, child.blocks("SIGUSR1")),
                    points=2,
                    did="the child, which inherits the mask, was born with SIGUSR1 not blocked: "
                    "if it sends the signal at once, your program is not ready for it",
                    needs=("child",),
                    look_at="sigprocmask(2): fork copies the mask",
                ),
                Asked(
                    "gap",
                    "it stays blocked until your program sleeps",
                    so("no call unblocks it before", _leaves_a_gap, ("rt_sigprocmask",)),
                    points=2,
                    needs=("child", "blocked"),
                    look_at="sigsuspend(2): the mask that it takes holds only while it sleeps",
                ),
                Asked(
                    "one-step",
                    "it sleeps in a call that lets the signal in: sigsuspend, sigwait, pselect or "
                    "ppoll with a mask, or a read from a signalfd",
                    so("it sleeps in a call that lets the signal in", _sleeps_in_one_step),
                    points=2,
                    needs=("child",),
                    look_at="sigsuspend(2), sigwait(3), pselect(2), signalfd(2)",
                ),
                Asked(
                    "ready",
                    "after the signal it prints ready",
                    so("it prints ready", _says_ready),
                    needs=("child",),
                    look_at="sigaction(2): the default action of SIGUSR1 ends a process",
                ),
                Asked(
                    "collected",
                    "then it ends the child with SIGTERM, collects it, and ends with status 0",
                    all_of(
                        happens(child.is_killed_by("SIGTERM")),
                        happens(program.collects(child)),
                        before(program.writes("ready"), program.collects(child)),
                        program.status == 0,
                    ),
                    did=lambda seen: _left(seen) or _late(seen) or ended(seen)[0],
                    needs=("child", "ready"),
                    look_at="kill(2), waitpid(2); stdio(3): fflush",
                ),
            ),
        ),
    ),
    hints=(
        "The child can send the signal before fork has returned in the parent. What must have "
        "been done by then?",
        "A blocked signal is not lost: it is pending until it is unblocked. fork copies the mask.",
        "If you unblock the signal and then call pause, the signal can come between the two calls.",
        "sigsuspend(&mask) sets a mask, sleeps until a handler has run, and sets the old mask "
        "again, all in one step. sigwait takes a blocked signal without a handler; in Python use "
        "signal.sigwait.",
    ),
)
