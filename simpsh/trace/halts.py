"""A stop or its end is told before what it brings about: a return of wait, a SIGCHLD.

The kernel lets the parent know in the same moment as the tracer, and the parent's report may be
taken first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.kernel import ptrace
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.trace.tracer import Tracer

CLD_STOPPED, CLD_CONTINUED = 5, 6
_STOPPED, _CONTINUED = 0x7F, 0xFFFF


def told_by_status(tracer: Tracer, pid: int, word: int | None) -> None:
    """Tell of a child's stop or going on before a wait that returns this status word of it."""
    if word is None:
        return
    if word == _CONTINUED:
        _goes_on(tracer, pid)
    elif word & 0xFF == _STOPPED:
        _stops(tracer, pid)


def told_by_signal(tracer: Tracer, pid: int, code: int) -> None:
    """Tell of a child's stop or going on before the SIGCHLD with this si_code about it."""
    if code == CLD_CONTINUED:
        _goes_on(tracer, pid)
    elif code == CLD_STOPPED:
        _stops(tracer, pid)


def _stops(tracer: Tracer, pid: int) -> None:
    member = tracer.family.living.get(pid)
    while member is not None and not member.is_stopped and len(member.threads) == 1:
        status = ptrace.next_status(pid, is_patient=False)
        if status is None:
            # It has been continued since.
            return
        tracer.take(status)
        member = tracer.family.living.get(pid)


def _goes_on(tracer: Tracer, pid: int) -> None:
    member = tracer.family.living.get(pid)
    if member is not None and member.is_stopped and len(member.threads) == 1:
        status = ptrace.next_status(pid, is_patient=False)
        if status is None and proc_files.state(pid) == "R":
            # SIGCONT has woken it: its report, or its end, is on its way. Otherwise that report
            # was taken before, and it has stopped once more since: no other would come.
            status = ptrace.next_status(pid)
        if status is not None:
            tracer.take(status)
