"""Examine a process or a thread once: its state first, then its call, then the hidden facts.

A process may read a call's arguments if it may trace the caller (PTRACE_MODE_ATTACH in ptrace(2)):
with Yama, as on Ubuntu, only its ancestors and root may. Every process of the same user may read
the kernel function that it sleeps in, and its descriptors, which give most of the answer.
"""

from __future__ import annotations

import os
from functools import partial

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.signal_names import Signal
from simpsh.base.waits import Evidence
from simpsh.process import proc
from simpsh.process.control_groups import frozen_group
from simpsh.process.diagnose import (
    call_holders,
    waits_on_events,
    waits_on_files,
    waits_on_locks,
    waits_on_processes,
)
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    functions_in,
    hold_in,
    tells_nothing,
)
from simpsh.process.diagnose.facts import (
    AtSomePipe,
    CallHidden,
    FirstThreadEnded,
    Gap,
    InCall,
    IsFrozen,
    IsHidden,
    KernelWorks,
    ProcessHidden,
    Runs,
    Thaws,
    ThreadsContinue,
    Viewer,
)
from simpsh.process.proc import ProcDirectory
from simpsh.process.process_snapshot import ProcessSnapshot, snapshot

_FINDERS = (
    waits_on_files.find,
    waits_on_processes.find,
    waits_on_locks.find,
    waits_on_locks.find_in_memory,
    waits_on_events.find,
)
_LOOKS, _MOST_THREADS = 5, 16
_MAY_PASS_ON = (waits.RUNNING, waits.KEYBOARD, waits.NOT_PERMITTED, waits.UNKNOWN)
_ASLEEP = frozenset("SDI")
_STEADY = ("state", "system_call", "wchan", "tracer_pid", "caught", "blocked", "threads")


def examined(
    pid: int, stopped_by: Signal | None = None, inner: frozenset[int] = frozenset()
) -> tuple[ProcessSnapshot, Finding]:
    """Return a snapshot of a process or thread, and its wait; errors as for snapshot().

    `stopped_by` is the signal, if wait(2) reported a stop. `inner` are processes whose terminals
    have been examined already.
    """
    # Read the state and the call again until they match.
    for _ in range(_LOOKS):
        with ProcDirectory(pid) as directory:
            seen = snapshot(pid)
            case = BlockedProcess(directory, seen)
            case.is_typed_at = partial(_is_typed_at, inner=inner | {case.process})
            finding = _finding(case, stopped_by)
            if seen.state in _ASLEEP and finding.situation == waits.UNKNOWN:
                continue
            again = snapshot(pid)
            if all(getattr(again, field) == getattr(seen, field) for field in _STEADY):
                break
    return seen, finding


def _is_typed_at(holder: int, inner: frozenset[int]) -> bool:
    """Return whether the holder of a terminal's master passes on a person's keys, or may do so.

    A terminal window, sshd, tmux or script waits for other input besides the terminal's output.
    """
    if holder in inner:
        return False
    for task in proc.numbers(holder, "task")[:_MOST_THREADS] or [holder]:
        try:
            _, finding = examined(task, inner=inner)
        except (ProcessLookupError, PermissionError):
            continue
        other_parts = {*finding.parts} - {waits.TERMINAL_MASTER}
        if other_parts or finding.others or finding.situation in _MAY_PASS_ON:
            return True
    return False


def _finding(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    seen = case.seen
    if seen.state in "ZX":
        if seen.threads == 1:
            return waits_on_processes.find_collector(case)
        return Finding(
            situation=waits.THREADS_ONLY,
            act=FirstThreadEnded(),
            proof=(ThreadsContinue(seen.threads - 1),),
            is_closed=True,
            by_own_threads=True,
        )
    frozen = frozen_group(case.process)
    if frozen is not None:
        return Finding(waits.FROZEN, IsFrozen(frozen.path), (Thaws(frozen),))
    if seen.state == "T":
        return waits_on_processes.find_stop(case, stopped_by)
    if seen.state == "t":
        return waits_on_processes.find_tracer(case)
    if seen.state == "R":
        return Finding(waits.RUNNING, Runs())
    if seen.is_kernel_thread:
        return Finding(waits.KERNEL_THREAD, KernelWorks())
    if not case.hides_call:
        return _by_call(case)
    if case.call or not tells_nothing(seen.wchan):
        finding = _without_call(case) or _by_call(case)
        # If the holders are visible, nothing is missing.
        unseen = finding.not_permitted if finding.holders else (*finding.not_permitted, seen.pid)
        hidden = CallHidden(yama_scope(), seen.pid, viewer())
        proof = (*finding.proof, *functions_in(seen.wchan), hidden)
        evidence = Evidence("the kernel function, proc_pid_wchan(5)")
        return changed(finding, proof=proof, not_permitted=unseen, evidence=evidence)
    # The kernel function may be hidden as well, or does not help.
    why: Gap = CallHidden(yama_scope(), seen.pid, viewer())
    if "exe" in seen.not_permitted:
        is_ours = seen.uid == seen.effective_uid == os.geteuid()
        why = ProcessHidden(None if is_ours else seen.uid, viewer())
    act = IsHidden(seen.state)
    return Finding(waits.NOT_PERMITTED, act, (why,), not_permitted=(seen.pid,))


def _by_call(case: BlockedProcess) -> Finding:
    finding = _by_finders(case)
    if case.seen.state == "D" or not case.may_be_interrupted_by_timer():
        return finding
    return changed(finding, wakers=(*finding.wakers, waits.BY_HANDLER))


def _by_finders(case: BlockedProcess) -> Finding:
    seen = case.seen
    held = call_holders.find(case)
    if held is not None:
        return held
    if hold_in(seen.wchan) is None:
        # A program of another word size has other call numbers, but the same kernel functions.
        for find in (*_FINDERS, _without_call):
            finding = find(case)
            if finding is not None:
                return finding
    return Finding(waits.UNKNOWN, InCall(seen.state, case.call), functions_in(seen.wchan))


# A process whose call is hidden, but whose descriptors are visible.


def _without_call(case: BlockedProcess) -> Finding | None:
    """Find the pipe or lock that a process waits at; None if that is not known."""
    function = case.seen.wchan.partition(".")[0]
    is_reader = function.endswith("pipe_read")
    if not is_reader and not function.endswith("pipe_write"):
        return waits_on_locks.find_in_table(case)
    mode = "r" if is_reader else "w"
    ends = [file for file in case.descriptors() if file.end and mode in file.mode]
    if len(ends) == 1:
        return waits_on_files.waiting_at(case, ends[0], is_reader=is_reader)
    situation = waits.EMPTY_PIPE if is_reader else waits.FULL_PIPE
    return Finding(situation, AtSomePipe(is_reader, tuple(file.number for file in ends)))


def viewer() -> Viewer:
    """Return what this process may see of others."""
    if proc.may_trace_others():
        return Viewer.TRACER
    return Viewer.USER if os.geteuid() else Viewer.ROOT


def yama_scope() -> str:
    """Return Yama's ptrace_scope, 0 to 3; empty without Yama. See ptrace(2)."""
    return proc.contents("sys", "kernel/yama/ptrace_scope").decode().strip()
