"""A process waits for its children; or it is stopped, or dead, and others must act on it."""

from __future__ import annotations

from simpsh.kernel.waiting import P_ALL, P_PGID, P_PID, P_PIDFD, WSTOPPED
from simpsh.process.case import Finding
from simpsh.process.kinship import children
from simpsh.process.open_files import information
from simpsh.process.people import listed, name_of
from simpsh.signals import Signal, by_name
from simpsh.wait_status import decode, sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.process.case import Case
    from simpsh.process.looking import ProcessSnapshot
    from simpsh.process.process_stat import ProcessStat

_CLONE_VFORK = 0x4000
_STOP_SIGNALS = frozenset(by_name(name) for name in ("STOP", "TSTP", "TTIN", "TTOU"))
_WAITS_FOR_STOPS = WSTOPPED  # the same bit as waitpid's WUNTRACED
_MOST_NAMED = 5
_TERMINAL_SETTINGS = frozenset((0x5402, 0x5403, 0x5404, 0x5410))  # TCSETS…, TIOCSPGRP


def find(case: Case) -> Finding | None:
    """Find out which children a waiting process waits for; None if it does not wait for any."""
    if case.call in ("wait4", "waitid"):
        return _waits_for_children(case)
    flags = 0
    if case.call == "clone":
        flags = case.argument(0) or 0
    elif case.call == "clone3":
        # The first eight bytes of struct clone_args.
        flags = int.from_bytes(case.memory(case.argument(0), 8), "little")
    is_vfork = case.call == "vfork" or flags & _CLONE_VFORK or "vfork" in case.seen.wchan
    return _waits_for_vfork(case) if is_vfork else None


def _waits_for_children(case: Case) -> Finding:
    wanted, which, options = _wanted(case)
    # A thread waits for the children of its whole process.
    mine = children(int(case.directory.read("stat").split(b" ", 1)[0]))
    found = [child for child in mine if wanted is None or wanted(child)]
    names = [f"{child.pid} ({child.state_words})" for child in found[:_MOST_NAMED]]
    if len(found) > _MOST_NAMED:
        names.append(f"{len(found) - _MOST_NAMED} more")
    if not found:
        brief = f"waits for {which}, and has none that can be seen"
    elif len(found) == 1:
        brief = f"waits for its child {name_of(found[0].pid)}, which is {found[0].state_words}"
    else:
        brief = f"waits for {which}: {listed(names)}"
    return Finding("child", brief, _rules(found, options), tuple(child.pid for child in found))


def _rules(found: Sequence[ProcessStat], options: int | None) -> tuple[str, ...]:
    stopped = [child.pid for child in found if child.state == "T"]
    if stopped and options is not None and not options & _WAITS_FOR_STOPS:
        return (
            f"Process {stopped[0]} is stopped, and the wait is for an end only: it lasts until "
            f"somebody continues it (kill -CONT {stopped[0]}) and it ends.",
        )
    return ()


def _wanted(case: Case) -> tuple[Callable[[ProcessStat], bool] | None, str, int | None]:
    """Return which children count – None: all –, in words, and the options."""
    first = case.integer(0)
    if first is None:
        return None, "a child", None
    if case.call == "waitid":
        return (*_wanted_by_waitid(case, first), case.integer(3))
    options = case.integer(2)
    if first > 0:
        return (lambda child: child.pid == first), f"its child {first}", options
    if first == -1:
        return None, "any of its children", options
    group = case.seen.pgid if first == 0 else -first
    return (lambda child: child.pgid == group), f"a child of group {group}", options


def _wanted_by_waitid(case: Case, kind: int) -> tuple[Callable[[ProcessStat], bool] | None, str]:
    identity = case.integer(1) or 0
    if kind == P_PIDFD:
        try:
            identity = int(information(case.directory, identity)["Pid"])
        except (KeyError, ValueError, ProcessLookupError, PermissionError):
            return None, "a child that a pidfd means"
    if kind in (P_PID, P_PIDFD):
        return (lambda child: child.pid == identity), f"its child {identity}"
    if kind == P_PGID:
        group = identity or case.seen.pgid
        return (lambda child: child.pgid == group), f"a child of group {group}"
    assert kind == P_ALL
    return None, "any of its children"


def _waits_for_vfork(case: Case) -> Finding:
    found = children(case.pid)
    youngest = found[-1:]
    who = f" {name_of(youngest[0].pid)}" if youngest else ""
    return Finding(
        situation="vfork child",
        brief=f"waits until its child{who} executes a program or ends",
        details=("vfork(2) lends the child the parent's memory and holds the parent until then.",),
        waits_for=tuple(child.pid for child in youngest),
    )


def stopped(case: Case) -> Finding:
    """Find out which signal stopped a process, and what makes it go on."""
    seen = case.seen
    signal = stop_signal(case)
    go_on = f"SIGCONT makes it go on: kill -CONT {case.pid}, or fg or bg in its shell."
    if signal is None:
        is_hidden = "exit_status" in seen.not_permitted
        hidden = "Not permitted to see which signal stopped it." if is_hidden else ""
        return Finding("stopped", "is stopped", tuple(filter(None, (hidden, go_on))))
    details = [go_on]
    if signal in (by_name("TTIN"), by_name("TTOU")):
        act = "read from" if signal == by_name("TTIN") else "write to, or set,"
        details = [
            f"A background process may not {act} its terminal{_terminal(seen)}: it is in group "
            f"{seen.pgid}, the foreground group is {seen.tpgid}.",
            f"In its shell, fg brings it to the foreground; from elsewhere, kill -CONT {case.pid} "
            "makes it try again, and stop again.",
        ]
    return Finding("stopped", f"is stopped by {signal.name}", tuple(details))


def _terminal(seen: ProcessSnapshot) -> str:
    return f" /dev/{seen.tty_name}" if seen.tty_name else ""


def stop_signal(case: Case) -> Signal | None:
    """Return which signal stopped a process; None if that cannot be known.

    /proc/PID/stat tells on newer kernels. A child of ours reports it, if that was not yet
    collected. Else the call that it was stopped in is evidence: a background process that was
    about to read its terminal was stopped by SIGTTIN.
    """
    told = Signal(case.seen.exit_status & 0x7F)
    if told in _STOP_SIGNALS:
        return told
    one = case.descriptor(case.integer(0))
    if one is None or one.kind != "terminal" or case.seen.is_foreground:
        return None
    if case.call in ("read", "readv"):
        return by_name("TTIN")
    is_setting = case.call == "ioctl" and case.argument(1) in _TERMINAL_SETTINGS
    return by_name("TTOU") if is_setting or case.call in ("write", "writev") else None


def traced(case: Case) -> Finding:
    """Find out who holds a process that is stopped by ptrace(2)."""
    tracer = case.seen.tracer_pid
    if not tracer:
        return Finding("traced", "is held by a tracer that cannot be seen")
    reason = ""
    signal = case.seen.exit_status & 0x7F
    if signal:
        reason = f"It stopped with {Signal(signal).name}. "
    rule = f"{reason}Only its tracer can let it go on, or its tracer's end; see ptrace(2)."
    return Finding(
        "traced", f"is held by its tracer, process {name_of(tracer)}", (rule,), (tracer,)
    )


def zombie(seen: ProcessSnapshot) -> Finding:
    """Find out who has not collected a dead process."""
    details = []
    if "exit_status" in seen.not_permitted:
        details.append("Not permitted to see how it ended.")
    else:
        try:
            details.append(f"How it ended: {sentence(decode(seen.exit_status))}.")
        except ValueError:
            pass  # not a status word: it is a thread's
    if not seen.ppid:
        return Finding(
            "zombie", "is dead; its parent, outside our PID namespace, has to collect it"
        )
    details.append(
        "It holds no memory and no descriptors, only its number and its status. Signals do "
        "nothing to it; it goes when its parent waits, or ends (then the adopter collects it)."
    )
    brief = f"is dead, and its parent {name_of(seen.ppid)} has not collected it"
    return Finding("zombie", brief, tuple(details), (seen.ppid,))
