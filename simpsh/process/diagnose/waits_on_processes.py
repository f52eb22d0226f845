"""Waits for children, and processes that are stopped or dead until another process acts."""

from __future__ import annotations

from collections.abc import Callable

from simpsh.base import waits
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGTSTP, SIGTTIN, SIGTTOU, STOP_SIGNALS, Signal
from simpsh.base.wait_status import decode
from simpsh.base.waits import Evidence
from simpsh.kernel.descriptors import shares_memory
from simpsh.kernel.wait_calls import P_ALL, P_PGID, P_PID, P_PIDFD, WCONTINUED, WEXITED, WSTOPPED
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, edges_to
from simpsh.process.diagnose.facts import (
    AfterTracer,
    ByStop,
    Child,
    ChildKind,
    ChildStopped,
    ContinuedBy,
    Deed,
    Ended,
    EndsNamespace,
    EndUnknown,
    Fact,
    IsDead,
    IsStopped,
    IsStoppedAtTerminal,
    IsTraced,
    Law,
    Proof,
    SignalOfGroup,
    StopNotWatched,
    StoppedAgain,
    StopUnknown,
    Thing,
    ThingKind,
    TracerContinues,
    WaitsForChild,
    WaitsInVfork,
    WasAtTerminal,
)
from simpsh.process.diagnose.waits_on_files import is_own_terminal
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


def find(case: BlockedProcess) -> Finding | None:
    """Find out which processes must end or act first; None if it does not wait for any."""
    if "zap_pid_ns" in case.seen.wchan:
        return _emptying_namespace(case)
    if case.call in ("wait4", "waitid"):
        options = case.integer(3 if case.call == "waitid" else 2)
        wanted, kind, number = _wanted(case)
        # A thread waits for the children of its whole process.
        candidates = {child.pid: child for child in children(case.process)}
        # A tracer also waits for its tracees, which may be children of another process.
        for pid, process in all_processes().items():
            if pid not in candidates and tracer_pid(pid) == case.process:
                candidates[pid] = process
        waited = [child for child in candidates.values() if wanted is None or wanted(child)]
        proof: tuple[Proof, ...] = ()
        stopped = [child.pid for child in waited if child.state == "T"]
        # waitid(2) reports exits only with WEXITED; wait4(2) always does.
        is_by_end = case.call == "wait4" or options is None or bool(options & WEXITED)
        may_stop, may_continue = ((options or 0) & bit for bit in (WSTOPPED, WCONTINUED))
        deed = Deed.STOPS if may_stop else Deed.CONTINUES
        if is_by_end:
            deed = Deed.ENDS
        elif may_stop and may_continue:
            deed = Deed.STOPS_OR_CONTINUES
        if stopped and is_by_end and options is not None and not may_stop:
            proof = (ChildStopped(stopped[0]),)
        awaited = tuple(
            Child(child.pid, child.state, child.threads, child.ppid == case.process)
            for child in waited
        )
        return Finding(
            situation=waits.CHILD,
            act=WaitsForChild(kind, number, awaited),
            proof=proof,
            edges=edges_to((child.pid for child in waited), deed),
            is_closed=is_by_end,
            ways_out=() if is_by_end else (ByStop(),),
            wakers=() if waited and is_by_end else (waits.BY_UNSEEN,),
        )
    if case.call in ("vfork", "clone", "clone3") or "vfork" in case.seen.wchan:
        # Only vfork(2) waits in clone(2).
        living = [child for child in children(case.process) if child.state != "Z"]
        lent = [child for child in living if shares_memory(case.pid, child.pid)]
        living = lent or living
        return Finding(
            situation=waits.VFORK_CHILD,
            act=WaitsInVfork(living[0].pid if len(living) == 1 else 0),
            proof=(Law.MEMORY_LENT,) if lent else (),
            edges=edges_to((child.pid for child in living), Deed.EXECUTES),
            is_closed=True,
        )
    return None


def _emptying_namespace(case: BlockedProcess) -> Finding:
    """Find out which processes the end of PID 1 of a namespace waits for."""
    namespace = proc.link(case.pid, "ns/pid")
    members = [pid for pid in all_processes() if proc.link(pid, "ns/pid") == namespace]
    others = [pid for pid in members if pid != case.pid]
    return Finding(
        situation=waits.NAMESPACE,
        act=EndsNamespace(),
        proof=(Law.NAMESPACE_ENDS,),
        edges=edges_to(others, Deed.IS_COLLECTED),
        needs_all=tuple((pid,) for pid in others),
        is_closed=True,
    )


_Wanted = Callable[[ProcessStat], bool]


def _wanted(case: BlockedProcess) -> tuple[_Wanted | None, ChildKind, int]:
    """Return a test for the awaited children (None: any child), their kind, and a pid or group."""
    first = case.integer(0)
    if first is None:
        return None, ChildKind.UNKNOWN, 0
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
            return None, ChildKind.PIDFD, 0
        return (lambda child: child.pid == meant), ChildKind.PID, meant
    if kind == P_PGID and not identity:
        return (lambda child: child.pgid == case.seen.pgid), ChildKind.GROUP, case.seen.pgid
    if kind != P_ALL and len(status_field(case.pid, "NSpid").split()) > 1:
        # The argument is a pid of the caller's PID namespace.
        return None, ChildKind.UNKNOWN, 0
    if kind == P_PID:
        return (lambda child: child.pid == identity), ChildKind.PID, identity
    if kind == P_PGID:
        return (lambda child: child.pgid == identity), ChildKind.GROUP, identity
    return None, ChildKind.ANY, 0


def find_stop(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    """Find out which signal stopped a process, and how it can continue."""
    seen = case.seen
    # Newer kernels show the signal until the parent has waited for this stop.
    number = seen.exit_status & 0x7F
    signal = Signal(number) if number in STOP_SIGNALS else stopped_by
    act: Fact = IsStopped(signal)
    proof: list[Proof] = []
    if signal is None:
        proof.append(StopUnknown("exit_status" in seen.not_permitted))
    maker, kept_by = case.pid, _kept_from_terminal(case, signal)
    if kept_by is None and signal in (None, SIGTTIN, SIGTTOU):
        maker, kept_by = _kept_by_group(case, signal)
    if kept_by is None or signal not in (None, kept_by, SIGTSTP):
        situation = waits.STOPPED
        if signal in (SIGTTIN, SIGTTOU):
            situation = waits.KEPT_FROM_TERMINAL
            proof.append(StopNotWatched())
        return Finding(situation, act, (*proof, ContinuedBy(case.pid)))
    is_own = maker == case.pid
    at_terminal = WasAtTerminal(
        None if is_own else maker, kept_by, seen.tty_name, seen.pgid, seen.tpgid
    )
    proof.append(at_terminal)
    if not is_own:
        proof.append(SignalOfGroup(kept_by))
    proof.append(StoppedAgain(kept_by, case.pid, 0 if is_own else seen.pgid))
    if signal is not None:
        return Finding(waits.KEPT_FROM_TERMINAL, act, tuple(proof))
    evidence = Evidence("its call, its group and the foreground group")
    act = IsStoppedAtTerminal(kept_by)
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
        return Finding(waits.TRACED, IsTraced(0), wakers=(waits.BY_UNSEEN,))
    signal = case.seen.exit_status & 0x7F
    rules = (TracerContinues(Signal(signal) if signal else None),)
    edges = edges_to([tracer], Deed.HOLDS, Thing(ThingKind.TRACEE))
    return Finding(waits.TRACED, IsTraced(tracer), rules, edges, is_closed=True)


def find_collector(case: BlockedProcess) -> Finding:
    """Find out which process has not collected a zombie."""
    seen = case.seen
    proof: list[Proof] = []
    if "exit_status" in seen.not_permitted:
        proof.append(EndUnknown())
    else:
        with suppress(ValueError):  # a thread has no status word
            proof.append(Ended(decode(seen.exit_status)))
    if not seen.ppid:
        return Finding(waits.ZOMBIE, IsDead(0))
    proof.append(Law.ONLY_A_NUMBER)
    tracer = seen.tracer_pid if seen.tracer_pid not in (0, seen.ppid) else 0
    proof.append(AfterTracer(seen.ppid) if tracer else Law.COLLECTED_LATER)
    edges = edges_to([tracer or seen.ppid], Deed.COLLECTS)
    return Finding(waits.ZOMBIE, IsDead(seen.ppid, tracer), tuple(proof), edges)
