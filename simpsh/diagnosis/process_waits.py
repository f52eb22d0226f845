"""Waits for children, and processes that are stopped, traced or dead until another one acts."""

from __future__ import annotations

from collections.abc import Callable

from simpsh.base import waits
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGTSTP, SIGTTIN, SIGTTOU, STOP_SIGNALS, Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.base.waits import Evidence
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import NOT_SEEN, Finding, Statement, edges_to, inferred
from simpsh.diagnosis.objects import MUST_END, is_own_terminal
from simpsh.kernel.descriptors import shares_memory
from simpsh.kernel.wait_calls import P_ALL, P_PGID, P_PID, P_PIDFD, WCONTINUED, WEXITED, WSTOPPED
from simpsh.process import proc
from simpsh.process.proc import ProcDirectory, ProcessStat, status_field, tracer_pid
from simpsh.process.process_snapshot import snapshot
from simpsh.process.process_tree import all_processes, children

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


def find(case: BlockedProcess) -> Finding:
    """Find out for which children a call of wait4(2) or waitid(2) waits."""
    options = case.integer(3 if case.call == "waitid" else 2)
    wanted = _wanted(case)
    # A thread waits for the children of its whole process.
    candidates = {child.pid: child for child in children(case.process)}
    # A tracer also waits for its tracees, which may be children of another process.
    for pid, process in all_processes().items():
        if pid not in candidates and tracer_pid(pid) == case.process:
            candidates[pid] = process
    waited = [child for child in candidates.values() if wanted is None or wanted(child)]
    # waitid(2) reports exits only with WEXITED; wait4(2) always does.
    is_by_end = case.call == "wait4" or options is None or bool(options & WEXITED)
    may_stop, may_continue = ((options or 0) & bit for bit in (WSTOPPED, WCONTINUED))
    must = "must stop first" if may_stop else "must continue first"
    if is_by_end:
        must = MUST_END
    elif may_stop and may_continue:
        must = "must stop or continue first"
    proof: tuple[Statement, ...] = ()
    stopped = [child.pid for child in waited if child.state == "T"]
    if stopped and is_by_end and options is not None and not may_stop:
        text = (
            f"Process {stopped[0]} is stopped, and the wait is for an end only: it lasts until "
            f"that process is continued (kill -CONT {stopped[0]}) and ends."
        )
        proof = (inferred("waitpid(2)", text),)
    for child in waited:
        if child.state == "Z":
            # The child's tracer, or another thread of the child, prevents that.
            text = f"Process {child.pid} has ended, but cannot be collected yet."
            if child.threads > 1:
                text = f"The first thread of process {child.pid} has ended, another one lives."
            proof = (*proof, Statement(text))
    return Finding(
        situation=waits.CHILD,
        act="waits for a child" if waited else "waits for a child, and has none that can be seen",
        proof=proof,
        edges=edges_to((child.pid for child in waited), must, is_by_end=is_by_end),
        ways_out=() if is_by_end else ("a signal stops or continues the child",),
        wakers=() if waited and is_by_end else (waits.BY_UNSEEN,),
    )


def find_vfork(case: BlockedProcess) -> Finding:
    """Find the child that holds its parent in vfork(2); only that call waits in clone(2)."""
    living = [child for child in children(case.process) if child.state != "Z"]
    lent = [child for child in living if shares_memory(case.pid, child.pid)]
    text = "The child has the parent's memory, and the parent is held until then."
    return Finding(
        situation=waits.VFORK_CHILD,
        act="waits until a child executes a program or ends",
        proof=(inferred("vfork(2)", text),) if lent else (),
        edges=edges_to(
            (child.pid for child in lent or living), "must execute a program or end first"
        ),
    )


def emptying_namespace(case: BlockedProcess) -> Finding:
    """Find out which processes the end of PID 1 of a namespace waits for."""
    namespace = proc.link(case.pid, "ns/pid")
    members = [pid for pid in all_processes() if proc.link(pid, "ns/pid") == namespace]
    others = [pid for pid in members if pid != case.pid]
    text = (
        "When PID 1 ends, the kernel kills the other processes of its PID namespace, and waits "
        "until each has been collected. One that came in by setns(2) has its parent outside."
    )
    return Finding(
        situation=waits.NAMESPACE,
        act="ends as PID 1 of its PID namespace",
        proof=(inferred("pid_namespaces(7)", text),),
        edges=edges_to(others, "must be collected first"),
        needs_all=tuple((pid,) for pid in others),
    )


_Wanted = Callable[[ProcessStat], bool]


def _wanted(case: BlockedProcess) -> _Wanted | None:
    """Return a test for the awaited children; None for any child, or if it is not known."""
    first = case.integer(0)
    if first is None:
        return None
    # The first two arguments of waitid(2), or the equivalent of a wait4(2).
    if case.call == "waitid":
        kind, identity = first, case.integer(1) or 0
    elif first > 0:
        kind, identity = P_PID, first
    else:
        kind, identity = (P_ALL, 0) if first == -1 else (P_PGID, -first)
    if kind == P_PIDFD:
        meant = case.process_of(identity)
        return None if meant is None else (lambda child: child.pid == meant)
    if kind == P_PGID and not identity:
        return lambda child: child.pgid == case.seen.pgid
    if kind == P_ALL or len(status_field(case.pid, "NSpid").split()) > 1:
        # The argument is a pid of the caller's PID namespace.
        return None
    if kind == P_PID:
        return lambda child: child.pid == identity
    return lambda child: child.pgid == identity


def find_stop(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    """Find out which signal stopped a process, and how it can continue."""
    seen = case.seen
    # Newer kernels show the signal until the parent has waited for this stop.
    number = seen.exit_status & 0x7F
    signal = Signal(number) if number in STOP_SIGNALS else stopped_by
    act = "is stopped" if signal is None else f"is stopped by {signal.name}"
    proof: list[Statement] = []
    if signal is None:
        text = "Which signal stopped it cannot be seen here: only its parent gets to know."
        if "exit_status" in seen.not_permitted:
            text = "Not permitted to see which signal stopped it."
        proof.append(Statement(text, NOT_SEEN))
    maker, kept_by = case.pid, _kept_from_terminal(case, signal)
    if kept_by is None and signal in (None, SIGTTIN, SIGTTOU):
        maker, kept_by = _kept_by_group(case, signal)
    if kept_by is None or signal not in (None, kept_by, SIGTSTP):
        situation = waits.STOPPED
        if signal in (SIGTTIN, SIGTTOU):
            situation = waits.KEPT_FROM_TERMINAL
            text = "Its cause was not watched: no process of its group is in such a call."
            proof.append(Statement(text, NOT_SEEN))
        text = f"SIGCONT makes it continue: kill -CONT {case.pid}, or fg or bg in its shell."
        return Finding(situation, act, (*proof, inferred("signal(7)", text)))
    use = "read from" if kept_by == SIGTTIN else "write to, or set,"
    who = "It" if maker == case.pid else f"Process {maker}"
    text = f"{who} was about to {use} its terminal /dev/{seen.tty_name}"
    groups = f"it is in group {seen.pgid}, the foreground group is {seen.tpgid}."
    proof.append(Statement(f"{text}: {groups}"))
    whom = f"{case.pid}" if maker == case.pid else f"-- -{seen.pgid}"
    text = (
        f"A background process may not {use} its terminal: bg, or kill -CONT {whom}, makes it try "
        f"again, and {kept_by.name} stops it again. fg in its shell brings it to the foreground."
    )
    proof.append(inferred("setpgid(2)", text))
    if signal is not None:
        return Finding(waits.KEPT_FROM_TERMINAL, act, tuple(proof))
    # ^Z in the foreground looks the same.
    earlier = ", or by ^Z before that" if kept_by == SIGTTIN else ""
    act = f"is stopped as a background process at its terminal: by {kept_by.name}{earlier}"
    evidence = Evidence("its call, its group and the foreground group")
    return Finding(waits.KEPT_FROM_TERMINAL, act, tuple(proof), evidence=evidence)


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
                member = BlockedProcess(directory, snapshot(pid))
                kept_by = _kept_from_terminal(member, signal)
                if kept_by is not None and kept_by not in taken:
                    return pid, kept_by
    return case.pid, None


def find_tracer(case: BlockedProcess) -> Finding:
    """Find out which tracer holds a process stopped by ptrace(2)."""
    tracer = case.seen.tracer_pid
    if not tracer:
        act = "is held by a tracer that cannot be seen"
        return Finding(waits.TRACED, act, wakers=(waits.BY_UNSEEN,))
    number = case.seen.exit_status & 0x7F
    reason = f"It stopped with {Signal(number).name}. " if number else ""
    rule = inferred(
        "ptrace(2)",
        f"{reason}Its tracer can let it continue, or its tracer's end. After a stop signal SIGCONT "
        "does, if the tracer has asked for that (PTRACE_LISTEN).",
    )
    edges = edges_to([tracer], "holds it by ptrace(2)")
    return Finding(waits.TRACED, "is stopped by its tracer", (rule,), edges)


def find_collector(case: BlockedProcess) -> Finding:
    """Find out which process has not collected a zombie."""
    seen = case.seen
    proof: list[Statement] = []
    if "exit_status" in seen.not_permitted:
        proof.append(Statement("Not permitted to see how it ended.", NOT_SEEN))
    else:
        with suppress(ValueError):  # a thread has no status word
            proof.append(Statement(f"How it ended: {sentence(decode(seen.exit_status))}."))
    if not seen.ppid:
        act = "is dead; its parent, outside our PID namespace, has to collect it"
        return Finding(waits.ZOMBIE, act, tuple(proof))
    text = "It goes when its parent waits, or ends (then its new parent collects it)."
    edges = edges_to([seen.ppid], "has not collected it")
    if seen.tracer_pid not in (0, seen.ppid):
        text = f"Its parent {seen.ppid} can collect it after the tracer has, or has ended."
        edges = edges_to([seen.tracer_pid], "traces it and has not collected it")
    rules = (
        inferred(
            "wait(2)", "It holds no memory and no descriptors, only its number and its status."
        ),
        inferred("wait(2)", text),
    )
    return Finding(waits.ZOMBIE, "is dead", (*proof, *rules), edges)
