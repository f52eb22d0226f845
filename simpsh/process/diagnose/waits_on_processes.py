"""Waits for children, and processes that are stopped or dead until another process acts."""

from __future__ import annotations

from collections.abc import Callable

from simpsh.base import waits
from simpsh.base.phrases import listed
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGTSTP, SIGTTIN, SIGTTOU, STOP_SIGNALS, Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.base.waits import Evidence
from simpsh.kernel.descriptors import shares_memory
from simpsh.kernel.wait_calls import P_ALL, P_PGID, P_PID, P_PIDFD, WCONTINUED, WEXITED, WSTOPPED
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import (
    NOT_SEEN,
    BlockedProcess,
    Finding,
    Statement,
    edges_to,
    inferred,
)
from simpsh.process.diagnose.waits_on_files import is_own_terminal
from simpsh.process.proc import ProcDirectory, ProcessStat, status_field, tracer_pid
from simpsh.process.process_snapshot import snapshot
from simpsh.process.process_tree import all_processes, children, named

_MOST_NAMED = 5
_READS, _WRITES = frozenset(("read", "readv")), frozenset(("write", "writev"))
# From <asm/ioctls.h>: the calls in which the kernel stops a background process (tty_check_change).
_TERMINAL_SETTINGS = frozenset(
    (
        *(0x5402, 0x5403, 0x5404),  # TCSETS, TCSETSW, TCSETSF
        *(0x5406, 0x5407, 0x5408),  # TCSETA, TCSETAW, TCSETAF
        *(0x402C542B, 0x402C542C, 0x402C542D),  # TCSETS2, TCSETSW2, TCSETSF2
        *(0x5433, 0x5434, 0x5435),  # TCSETX, TCSETXF, TCSETXW
        *(0x5409, 0x5425, 0x5427, 0x5428),  # TCSBRK, TCSBRKP, TIOCSBRK, TIOCCBRK
        *(0x540A, 0x540B, 0x5410, 0x5423),  # TCXONC, TCFLSH, TIOCSPGRP, TIOCSETD
    )
)


def find(case: BlockedProcess) -> Finding | None:
    """Find out which processes must end or act first; None if it does not wait for any."""
    if "zap_pid_ns" in case.seen.wchan:
        return _emptying_namespace(case)
    if case.call in ("wait4", "waitid"):
        options = case.integer(3 if case.call == "waitid" else 2)
        wanted, which = _wanted(case)
        # A thread waits for the children of its whole process.
        candidates = {child.pid: child for child in children(case.process)}
        # A tracer also waits for its tracees, which may be children of another process.
        for pid, process in all_processes().items():
            if pid not in candidates and tracer_pid(pid) == case.process:
                candidates[pid] = process
        waited = [child for child in candidates.values() if wanted is None or wanted(child)]
        details: tuple[Statement, ...] = ()
        stopped = [child.pid for child in waited if child.state == "T"]
        # waitid(2) reports exits only with WEXITED; wait4(2) always does.
        is_by_end = case.call == "wait4" or options is None or bool(options & WEXITED)
        changes = {WSTOPPED: "stop", WCONTINUED: "continue"}
        awaited = [word for bit, word in changes.items() if (options or 0) & bit]
        act = "must end first" if is_by_end else f"must {listed(awaited, 'or')} first"
        if stopped and is_by_end and options is not None and not options & WSTOPPED:
            rule = (
                f"Process {stopped[0]} is stopped, and the wait is for an end only: it lasts until "
                f"that process is continued (kill -CONT {stopped[0]}) and ends."
            )
            details = (inferred("waitpid(2)", rule),)
        if not waited:
            brief = f"waits for {which}, and has none that can be seen"
        elif len(waited) == 1:
            [child] = waited
            whose = "its child" if child.ppid == case.process else "a process that it traces,"
            state = f"which is {child.state_words}"
            if child.state == "Z" and child.threads > 1:
                state = "whose first thread has ended, while another one lives"
            elif child.state == "Z":
                # The child's tracer, or another thread of the child, prevents that.
                state = "which has ended but cannot be collected yet"
            brief = f"waits for {whose} {case.name_of(child.pid)}, {state}"
        else:
            names = [named(child.pid, child.state_words, case.names) for child in waited]
            more = [f"{len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
            brief = f"waits for {which}: {listed([*names[:_MOST_NAMED], *more])}"
        return Finding(
            situation=waits.CHILD,
            brief=brief,
            details=details,
            edges=edges_to((child.pid for child in waited), act, is_by_end=is_by_end),
            is_closed=is_by_end,
            ways_out=() if is_by_end else ("a signal that stops or continues the child",),
            wakers=() if waited and is_by_end else (waits.BY_UNSEEN,),
        )
    if case.call in ("vfork", "clone", "clone3") or "vfork" in case.seen.wchan:
        # Only vfork(2) waits in clone(2).
        living = [child for child in children(case.process) if child.state != "Z"]
        lent = [child for child in living if shares_memory(case.pid, child.pid)]
        living = lent or living
        name = f"its child {case.name_of(living[0].pid)}" if len(living) == 1 else "a child"
        rule = "The child has the parent's memory, and the parent is held until then."
        return Finding(
            situation=waits.VFORK_CHILD,
            brief=f"waits until {name} executes a program or ends",
            details=(inferred("vfork(2)", rule),) if lent else (),
            edges=edges_to((child.pid for child in living), "must execute a program or end first"),
            is_closed=True,
        )
    return None


def _emptying_namespace(case: BlockedProcess) -> Finding:
    """Find out which processes the end of PID 1 of a namespace waits for."""
    namespace = proc.link(case.pid, "ns/pid")
    others = [pid for pid in all_processes() if proc.link(pid, "ns/pid") == namespace]
    rule = (
        "When PID 1 ends, the kernel kills the other processes of its PID namespace, and waits "
        "until each has been collected. One that came in by setns(2) has its parent outside."
    )
    return Finding(
        situation=waits.NAMESPACE,
        brief="ends as PID 1, and waits until the other processes of its PID namespace are gone",
        details=(inferred("pid_namespaces(7)", rule),),
        edges=edges_to((pid for pid in others if pid != case.pid), "must be collected first"),
        is_closed=True,
    )


def _wanted(case: BlockedProcess) -> tuple[Callable[[ProcessStat], bool] | None, str]:
    """Return a test for the awaited children (None: any child), and words for them."""
    first = case.integer(0)
    if first is None:
        return None, "a child"
    # The first two arguments of waitid(2), or the equivalent of a wait4(2).
    if case.call == "waitid":
        kind, identity = first, case.integer(1) or 0
    elif first > 0:
        kind, identity = P_PID, first
    else:
        kind, identity = (P_ALL, 0) if first == -1 else (P_PGID, -first)
    if kind == P_PIDFD:
        meant = case.process_of(identity)
        if meant is None:
            return None, "a child that a pidfd means"
        return (lambda child: child.pid == meant), f"its child {meant}"
    if kind == P_PGID and not identity:
        return (lambda child: child.pgid == case.seen.pgid), f"a child of group {case.seen.pgid}"
    if kind != P_ALL and len(status_field(case.pid, "NSpid").split()) > 1:
        # The argument is a pid of the caller's PID namespace.
        return None, "a child"
    if kind == P_PID:
        return (lambda child: child.pid == identity), f"its child {identity}"
    if kind == P_PGID:
        return (lambda child: child.pgid == identity), f"a child of group {identity}"
    return None, "any of its children"


def stopped(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    """Find out which signal stopped a process, and how it can continue."""
    seen = case.seen
    # Newer kernels show the signal until the parent has waited for this stop.
    number = seen.exit_status & 0x7F
    signal = Signal(number) if number in STOP_SIGNALS else stopped_by
    brief, details, evidence = "is stopped", [], waits.SEEN
    if signal is not None:
        brief = f"is stopped by {signal.name}"
    elif "exit_status" in seen.not_permitted:
        details.append(Statement("Not permitted to see which signal stopped it.", NOT_SEEN))
    else:
        reason = "Which signal stopped it cannot be seen here: only its parent gets to know."
        details.append(Statement(reason, NOT_SEEN))
    maker, kept_by = case.pid, _kept_from_terminal(case, signal)
    if kept_by is None and signal in (None, SIGTTIN, SIGTTOU):
        maker, kept_by = _kept_by_group(case, signal)
    if kept_by is None or signal not in (None, kept_by, SIGTSTP):
        if signal in (SIGTTIN, SIGTTOU):
            reason = "Its cause was not watched: no process of its group is in such a call."
            details.append(Statement(reason, NOT_SEEN))
        rule = f"SIGCONT makes it continue: kill -CONT {case.pid}, or fg or bg in its shell."
        return Finding(waits.STOPPED, brief, (*details, inferred("signal(7)", rule)))
    act = "read from" if kept_by == SIGTTIN else "write to, or set,"
    who = "It" if maker == case.pid else f"Process {case.name_of(maker)}"
    text = f"{who} was about to {act} its terminal /dev/{seen.tty_name}: it is in group {seen.pgid}"
    details.append(Statement(f"{text}, the foreground group is {seen.tpgid}."))
    if maker != case.pid:
        rule = f"{kept_by.name} goes to each process of that group, this one too."
        details.append(inferred("credentials(7)", rule))
    whom, it = (case.pid, "it") if maker == case.pid else (f"-- -{seen.pgid}", "that group")
    if signal is None:
        # ^Z in the foreground looks the same.
        earlier = ", or by ^Z before that" if kept_by == SIGTTIN else ""
        brief = f"is stopped as a background process at its terminal: by {kept_by.name}{earlier}"
        evidence = Evidence("its call, its group and the foreground group")
    rule = (
        f"A background process may not {act} its terminal: bg, or kill -CONT {whom}, makes {it} "
        f"try again, and {kept_by.name} stops it again. fg in its shell brings it to "
        "the foreground."
    )
    details.append(inferred("setpgid(2)", rule))
    return Finding(waits.STOPPED, brief, tuple(details), evidence=evidence)


def _kept_from_terminal(case: BlockedProcess, signal: Signal | None) -> Signal | None:
    """Return the signal that stops the call of a background process at its terminal."""
    file = case.descriptor(case.integer(0))
    if file is None or case.seen.is_foreground or not is_own_terminal(case, file):
        return None
    taken = (*case.seen.ignored, *case.seen.blocked)
    if case.call in _READS:
        return None if SIGTTIN in taken else Signal(SIGTTIN)
    is_setting = case.call == "ioctl" and case.argument(1) in _TERMINAL_SETTINGS
    # Writing is forbidden only if the terminal has `tostop`; see stty(1).
    is_kept = is_setting or (case.call in _WRITES and signal == SIGTTOU)
    return Signal(SIGTTOU) if is_kept and SIGTTOU not in taken else None


def _kept_by_group(case: BlockedProcess, signal: Signal | None) -> tuple[int, Signal | None]:
    """Return the other process of the group that the terminal stops, and the signal.

    A signal that the process itself ignores or blocks cannot have stopped it.
    """
    taken = (*case.seen.ignored, *case.seen.blocked)
    for pid, other in all_processes().items():
        if (other.pgid, other.state) == (case.seen.pgid, "T") and pid != case.pid:
            with suppress(ProcessLookupError, PermissionError), ProcDirectory(pid) as directory:
                member = BlockedProcess(directory, snapshot(pid), case.names)
                kept_by = _kept_from_terminal(member, signal)
                if kept_by is not None and kept_by not in taken:
                    return pid, kept_by
    return case.pid, None


def traced(case: BlockedProcess) -> Finding:
    """Find out which tracer holds a process stopped by ptrace(2)."""
    tracer = case.seen.tracer_pid
    if not tracer:
        brief = "is held by a tracer that cannot be seen"
        return Finding(waits.TRACED, brief, wakers=(waits.BY_UNSEEN,))
    reason = ""
    signal = case.seen.exit_status & 0x7F
    if signal:
        reason = f"It stopped with {Signal(signal).name}. "
    rule = (
        f"{reason}Its tracer can let it continue, or its tracer's end. After a stop signal SIGCONT "
        "does, if the tracer has asked for that (PTRACE_LISTEN)."
    )
    brief = f"is held by its tracer, process {case.name_of(tracer)}"
    rules = (inferred("ptrace(2)", rule),)
    return Finding(waits.TRACED, brief, rules, edges_to([tracer], "holds", "it by ptrace(2)"))


def zombie(case: BlockedProcess) -> Finding:
    """Find out which process has not collected a zombie."""
    seen = case.seen
    details = []
    if "exit_status" in seen.not_permitted:
        details.append(Statement("Not permitted to see how it ended.", NOT_SEEN))
    else:
        with suppress(ValueError):  # a thread has no status word
            details.append(Statement(f"How it ended: {sentence(decode(seen.exit_status))}."))
    if not seen.ppid:
        brief = "is dead; its parent, outside our PID namespace, has to collect it"
        return Finding(waits.ZOMBIE, brief)
    rule = (
        "It holds no memory and no descriptors, only its number and its status. Signals do "
        "nothing to it."
    )
    details.append(inferred("wait(2)", rule))
    if seen.tracer_pid not in (0, seen.ppid):
        tracer = case.name_of(seen.tracer_pid)
        brief = f"is dead, and its tracer, process {tracer}, has not collected it"
        parent = case.name_of(seen.ppid)
        rule = f"Its parent {parent} can collect it after the tracer has, or has ended."
        details.append(inferred("ptrace(2)", rule))
        return Finding(
            waits.ZOMBIE, brief, tuple(details), edges_to([seen.tracer_pid], "must collect it")
        )
    rule = "It goes when its parent waits, or ends (then its new parent collects it)."
    details.append(inferred("wait(2)", rule))
    brief = f"is dead, and its parent {case.name_of(seen.ppid)} has not collected it"
    return Finding(waits.ZOMBIE, brief, tuple(details), edges_to([seen.ppid], "must collect it"))
