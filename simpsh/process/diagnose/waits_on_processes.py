"""A process waits for its children; or it is stopped, or dead, and others must act on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simpsh.base.phrases import listed
from simpsh.base.signal_names import SIGTTIN, SIGTTOU, STOP_SIGNALS, Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.kernel.wait_calls import P_ALL, P_PGID, P_PID, P_PIDFD, WSTOPPED
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding
from simpsh.process.frozen_group import frozen_group
from simpsh.process.proc import ProcessStat
from simpsh.process.process_snapshot import ProcessSnapshot
from simpsh.process.process_tree import children, name_of

_CLONE_VFORK = 0x4000
_WAITS_FOR_STOPS = WSTOPPED  # the same bit as waitpid's WUNTRACED
_MOST_NAMED = 5
_TERMINAL_SETTINGS = frozenset((0x5402, 0x5403, 0x5404, 0x5410))  # TCSETS…, TIOCSPGRP


def find(case: BlockedProcess) -> Finding | None:
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


def _waits_for_children(case: BlockedProcess) -> Finding:
    wanted, which = _wanted(case)
    options = case.integer(3 if case.call == "waitid" else 2)
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
            f"that process is continued (kill -CONT {stopped[0]}) and ends.",
        )
    return ()


def _wanted(case: BlockedProcess) -> tuple[Callable[[ProcessStat], bool] | None, str]:
    """Return which children count – None: all –, and that in words."""
    first = case.integer(0)
    if first is None:
        return None, "a child"
    kind, identity = _kind_and_identity(case, first)
    if kind == P_PIDFD:
        meant = case.process_of(identity)
        if meant is None:
            return None, "a child that a pidfd means"
        kind, identity = P_PID, meant
    if kind == P_PID:
        return (lambda child: child.pid == identity), f"its child {identity}"
    if kind == P_PGID:
        group = identity or case.seen.pgid
        return (lambda child: child.pgid == group), f"a child of group {group}"
    return None, "any of its children"


def _kind_and_identity(case: BlockedProcess, first: int) -> tuple[int, int]:
    """Return the first two arguments of waitid(2), or those that a wait4(2) amounts to."""
    if case.call == "waitid":
        return first, case.integer(1) or 0
    if first > 0:
        return P_PID, first
    return (P_ALL, 0) if first == -1 else (P_PGID, -first)


def _waits_for_vfork(case: BlockedProcess) -> Finding:
    found = children(case.pid)
    youngest = found[-1:]
    who = f" {name_of(youngest[0].pid)}" if youngest else ""
    return Finding(
        situation="vfork child",
        brief=f"waits until its child{who} executes a program or ends",
        details=("vfork(2) lends the child the parent's memory and holds the parent until then.",),
        waits_for=tuple(child.pid for child in youngest),
    )


def frozen(case: BlockedProcess) -> Finding | None:
    """Find out which frozen control group holds a process; None if none does."""
    group = frozen_group(case.pid)
    if group is None:
        return None
    details = [f"It goes on when the group is thawed: {group.thawing}"]
    if group.holds_against_kill:
        details.append("Until then it takes no signal, not even SIGKILL.")
    else:
        details.append("Until then it takes no signal but SIGKILL, which ends it all the same.")
    if case.seen.state == "T":
        details.append("It is stopped as well: after that, it needs SIGCONT.")
    state = "is frozen" if group.is_whole else "is being frozen"
    brief = f"{state}, with all of the control group {group.directory}"
    return Finding("frozen", brief, tuple(details))


def stopped(case: BlockedProcess) -> Finding:
    """Find out which signal stopped a process, and what makes it continue."""
    seen = case.seen
    signal = stop_signal(case)
    continuing = f"SIGCONT makes it continue: kill -CONT {case.pid}, or fg or bg in its shell."
    if signal is None:
        is_hidden = "exit_status" in seen.not_permitted
        hidden = "Not permitted to see which signal stopped it." if is_hidden else ""
        return Finding("stopped", "is stopped", tuple(filter(None, (hidden, continuing))))
    details = [continuing]
    if signal in (SIGTTIN, SIGTTOU):
        act = "read from" if signal == SIGTTIN else "write to, or set,"
        terminal = f" /dev/{seen.tty_name}" if seen.tty_name else ""
        details = [
            f"A background process may not {act} its terminal{terminal}: it is in group "
            f"{seen.pgid}, the foreground group is {seen.tpgid}.",
            f"In its shell, fg brings it to the foreground; from elsewhere, kill -CONT {case.pid} "
            "makes it try again, and stop again.",
        ]
    return Finding("stopped", f"is stopped by {signal.name}", tuple(details))


def stop_signal(case: BlockedProcess) -> Signal | None:
    """Return which signal stopped a process; None if that cannot be known.

    /proc/PID/stat tells on newer kernels. A child of ours reports it, if that was not yet
    collected. Else the call that it was stopped in is evidence: a background process that was
    about to read its terminal was stopped by SIGTTIN.
    """
    told = Signal(case.seen.exit_status & 0x7F)
    if told in STOP_SIGNALS:
        return told
    one = case.descriptor(case.integer(0))
    if one is None or one.kind != "terminal" or case.seen.is_foreground:
        return None
    if case.call in ("read", "readv"):
        return Signal(SIGTTIN)
    is_setting = case.call == "ioctl" and case.argument(1) in _TERMINAL_SETTINGS
    return Signal(SIGTTOU) if is_setting or case.call in ("write", "writev") else None


def traced(case: BlockedProcess) -> Finding:
    """Find out who holds a process that is stopped by ptrace(2)."""
    tracer = case.seen.tracer_pid
    if not tracer:
        return Finding("traced", "is held by a tracer that cannot be seen")
    reason = ""
    signal = case.seen.exit_status & 0x7F
    if signal:
        reason = f"It stopped with {Signal(signal).name}. "
    rule = f"{reason}Only its tracer can let it continue, or its tracer's end; see ptrace(2)."
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
