"""A process whose call and memory are kept from us, while its descriptors can be seen.

A call's arguments may be read by who may trace the process (PTRACE_MODE_ATTACH in ptrace(2)): with
Yama, as Ubuntu has it, only by its ancestors and by root. The kernel function that it sleeps in,
and its descriptors, may be read by every process of its user. They tell most of the answer.
"""

from __future__ import annotations

import os

from simpsh.base.phrases import listed
from simpsh.base.record import changed
from simpsh.process.diagnose import waits_on_locks
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, where_words
from simpsh.process.diagnose.waits_on_files import reading, writing
from simpsh.process.process_snapshot import ProcessSnapshot

_YAMA = "/proc/sys/kernel/yama/ptrace_scope"
_BY_YAMA = {
    "1": "a process may look into its own descendants only",
    "2": "only root may look",
    "3": "no process may look, not even root's",
}


def find(case: BlockedProcess) -> Finding | None:
    """Find out at which pipe or lock a process waits; None if it does not, or not for one known."""
    return _at_pipe(case) or waits_on_locks.find_in_table(case)


def _at_pipe(case: BlockedProcess) -> Finding | None:
    function = case.seen.wchan.partition(".")[0]
    is_reader = function.endswith("pipe_read")
    if not is_reader and not function.endswith("pipe_write"):
        return None
    mode, act, state = ("r", "reads an", "empty") if is_reader else ("w", "writes into a", "full")
    ends = [one for one in case.descriptors() if one.end and mode in one.mode]
    if len(ends) == 1:
        return reading(case, ends[0]) if is_reader else writing(case, ends[0])
    numbers = listed([str(one.number) for one in ends], "or")
    where = f", as descriptor {numbers}" if ends else ""
    return Finding(f"{state} pipe", f"{act} {state} pipe{where}")


def with_reason(seen: ProcessSnapshot, finding: Finding) -> Finding:
    """Return a finding that says, too, that the call was not seen, and why."""
    function = [one for one in where_words(seen.wchan) if one not in finding.details]
    reasons = (*function, _reason(seen.pid))
    # Where the holders were found, nothing is missing.
    unseen = finding.not_permitted if finding.holders else (*finding.not_permitted, seen.pid)
    return changed(finding, details=(*finding.details, *reasons), not_permitted=unseen)


def not_permitted(seen: ProcessSnapshot) -> Finding:
    """Return what is to say where the kernel function may not be seen, either, or says nothing."""
    if "exe" in seen.not_permitted:
        reason = (
            f"It belongs to user {seen.uid}. Usually that user and root may look, but not into "
            "every process; see ptrace(2), 'Ptrace access mode checking'."
        )
    else:
        reason = _reason(seen.pid)
    return Finding(
        situation="not permitted",
        brief=f"is {seen.state_words} ({seen.state}); what for, we are not permitted to look",
        details=(reason,),
        not_permitted=(seen.pid,),
    )


def _reason(pid: int) -> str:
    """Return why the call of a process of our own user is kept from us, and who may look."""
    kept = "Its call cannot be seen:"
    scope = _yama_scope()
    if scope not in _BY_YAMA:
        return f"{kept} a security module keeps it from us; see ptrace(2), PTRACE_MODE_ATTACH."
    rule = f"{kept} by Yama's rule (kernel.yama.ptrace_scope is {scope}) {_BY_YAMA[scope]}."
    if scope == "3":
        return rule
    if not os.geteuid():
        return f"{rule} This root has no CAP_SYS_PTRACE, which would permit it."
    return f"{rule} Root may look: sudo simpsh diagnose {pid}"


def _yama_scope() -> str:
    try:
        with open(_YAMA, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
