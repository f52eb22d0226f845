"""Examine a process or a thread once: its state first, then its call, then the hidden facts.

A process may read a call's arguments if it may trace the caller (PTRACE_MODE_ATTACH in ptrace(2)):
with Yama, as on Ubuntu, only its ancestors and root may. Every process of the same user may read
the kernel function that it sleeps in, and its descriptors, which give most of the answer.
"""

from __future__ import annotations

import os
from functools import partial

from simpsh.base import waits
from simpsh.base.own_program import as_root
from simpsh.base.phrases import STATE_WORDS, counted
from simpsh.base.record import changed
from simpsh.base.signal_names import Signal
from simpsh.diagnosis import calls, process_waits
from simpsh.diagnosis.blocked_process import BlockedProcess, tells_nothing
from simpsh.diagnosis.finding import NOT_SEEN, Finding, Statement, inferred
from simpsh.diagnosis.objects import IN, OUT, waiting_at
from simpsh.diagnosis.unseen_events import unseen_events
from simpsh.process import proc
from simpsh.process.proc import ProcDirectory
from simpsh.process.process_snapshot import ProcessSnapshot, snapshot

_LOOKS, _MOST_THREADS = 5, 16
_ASLEEP = frozenset("SDI")
_STEADY = ("state", "system_call", "wchan", "tracer_pid", "caught", "blocked", "threads")


def examined(
    pid: int, stopped_by: Signal | None = None, inner: frozenset[int] = frozenset()
) -> tuple[ProcessSnapshot, Finding]:
    """Return a snapshot of a process or thread, and its wait; errors as for snapshot().

    `stopped_by` is the signal, if wait(2) reported a stop. `inner` are processes whose terminals
    have been examined already.
    """
    # Read the state and the call again until they match, and it has not run in between: its wait
    # and those of other processes must have been true at one time.
    for _ in range(_LOOKS):
        with ProcDirectory(pid) as directory:
            slept, seen = proc.times_scheduled(pid), snapshot(pid)
            case = BlockedProcess(directory, seen)
            case.waits_of = partial(_waits_of, inner=inner | {case.process})
            finding = _finding(case, stopped_by)
            if seen.state in _ASLEEP and finding.situation == waits.UNKNOWN:
                continue
            again = snapshot(pid)
            is_same = all(getattr(again, field) == getattr(seen, field) for field in _STEADY)
            if is_same and slept == proc.times_scheduled(pid):
                return seen, finding
    if seen.state in _ASLEEP and slept != proc.times_scheduled(pid):
        # It runs again and again.
        finding = changed(finding, wakers=(*finding.wakers, waits.BY_ITSELF))
    return seen, finding


def _waits_of(process: int, inner: frozenset[int]) -> tuple[Finding, ...]:
    """Return the waits of the threads of a process; none for one of `inner`."""
    if process in inner:
        return ()
    found: list[Finding] = []
    for task in proc.numbers(process, "task")[:_MOST_THREADS] or [process]:
        try:
            found.append(examined(task, inner=inner)[1])
        except (ProcessLookupError, PermissionError):
            continue
    return tuple(found)


def _finding(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    seen = case.seen
    if seen.state in "ZX":
        if seen.threads == 1:
            return process_waits.find_collector(case)
        count = counted(seen.threads - 1, "other thread")
        rule = inferred("exit(2)", f"{count} left; the process ends when the last one does.")
        return Finding(
            waits.THREADS_ONLY, "has ended its first thread", (rule,), by_own_threads=True
        )
    if seen.state == "T":
        return process_waits.find_stop(case, stopped_by)
    if seen.state == "t":
        return process_waits.find_tracer(case)
    if seen.state == "R":
        return Finding(waits.RUNNING, "runs or is ready to run: it waits for nothing")
    if seen.is_kernel_thread:
        act = "is a thread of the kernel, which runs when there is work"
        return Finding(waits.KERNEL_THREAD, act)
    if not case.hides_call:
        return _by_call(case)
    if case.call or not tells_nothing(seen.wchan):
        finding = _without_call(case) or _by_call(case)
        # If the holders are visible, nothing is missing.
        unseen = finding.not_permitted if finding.holders else (*finding.not_permitted, seen.pid)
        function = calls.function_statements(seen.wchan)
        proof = (*finding.proof, *function, _hidden(seen))
        evidence = "inferred by the kernel function, proc_pid_wchan(5)"
        return changed(finding, proof=proof, not_permitted=unseen, evidence=evidence)
    # The kernel function may be hidden as well, or does not help.
    act = f"{_state_words(seen)}; we may not see what it waits for"
    return Finding(waits.NOT_PERMITTED, act, (_hidden(seen),), not_permitted=(seen.pid,))


def _by_call(case: BlockedProcess) -> Finding:
    seen = case.seen
    # A program of another word size has other call numbers, but the same kernel functions.
    finding = calls.find(case) or _without_call(case)
    if finding is None:
        where = f" in {case.call}(2)" if case.call else ""
        function = calls.function_statements(seen.wchan)
        return Finding(waits.UNKNOWN, f"{_state_words(seen)}{where}", function)
    return changed(finding, wakers=(*finding.wakers, *unseen_events(case, finding)))


def _state_words(seen: ProcessSnapshot) -> str:
    return f"is {STATE_WORDS.get(seen.state, 'in the state')} ({seen.state})"


# A process whose call is hidden, but whose descriptors are visible.


def _without_call(case: BlockedProcess) -> Finding | None:
    """Find the pipe that a process waits at; None if that is not known."""
    function = case.seen.wchan.partition(".")[0]
    is_reader = function.endswith("pipe_read")
    if not is_reader and not function.endswith("pipe_write"):
        return None
    mode = "r" if is_reader else "w"
    ends = [file for file in case.descriptors() if file.end and mode in file.mode]
    if len(ends) == 1:
        return waiting_at(case, ends[0], IN if is_reader else OUT)
    act = "reads an empty pipe" if is_reader else "writes to a full pipe"
    situation = waits.EMPTY_PIPE if is_reader else waits.FULL_PIPE
    return Finding(situation, act, wakers=(waits.BY_UNSEEN,))


def _hidden(seen: ProcessSnapshot) -> Statement:
    """Return why a process is hidden, or only its call; see ptrace(2)."""
    is_whole = "exe" in seen.not_permitted
    what = f"It belongs to user {seen.uid}" if is_whole else "Its call cannot be seen"
    why = "a security module (kernel.yama.ptrace_scope) or a user namespace keeps it from us"
    if os.geteuid() != 0:
        rule = "its user, Yama or the process itself hides it"
        why = f"{rule}. Root may look: {as_root('diagnose', str(seen.pid))}"
    elif not proc.may_trace_others():
        why = "we are root without CAP_SYS_PTRACE: docker run --cap-add SYS_PTRACE"
    return Statement(f"{what}: {why}.", NOT_SEEN)
