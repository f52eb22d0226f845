"""Attaching to a running process, with its threads and descendants.

The level is events: no filter can be installed in the process, so its calls are not followed.
Nothing has to be undone: when the tracer ends, even by SIGKILL, the kernel lets all of them run,
and keeps their pending signals and stops. See ptrace(2), "Attaching and detaching".
"""

from __future__ import annotations

import os
import pwd

from simpsh.base.record import suppress
from simpsh.kernel.machine import ptrace
from simpsh.process import proc
from simpsh.process.machine_permits import refused
from simpsh.process.process_tree import children
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.traced_command import NotTraceable

_OPTIONS = seize_options("events", dies_with_tracer=False)


def attach(tracer: Tracer, pid: int) -> None:
    """Seize a process, its threads and its descendants, and log their presence.

    Raises NotTraceable: the kernel refuses it, or would refuse it for a known reason.
    """
    # This process, and the one that waits for the recording.
    ours = (os.getpid(), os.getppid())
    obstacle = "is simpsh itself" if pid in ours else _obstacle(pid)
    if obstacle:
        raise NotTraceable(f"process {pid} {obstacle}")
    is_stopped = proc.state(pid) == "T"
    try:
        ptrace.seize(pid, _OPTIONS)
    except OSError as error:
        raise NotTraceable(f"process {pid} {_refusal(pid, error)}") from None
    members = [tracer.begin_unlogged(pid, proc.parent(pid))]
    _take_up(tracer, members[0], is_stopped=is_stopped)
    # From now on the kernel seizes their new children.
    for member in members:
        for child in children(member.pid):
            if child.pid not in ours and child.state not in ("Z", "X"):
                made = _seize_child(tracer, member, child.pid)
                members += [made] if made is not None else []


def _seize_child(tracer: Tracer, parent: TracedProcess, pid: int) -> TracedProcess | None:
    is_stopped = proc.state(pid) == "T"
    try:
        ptrace.seize(pid, _OPTIONS)
    except OSError as error:
        # The kernel has seized it already, and will report its birth; or it has ended.
        if proc.tracer_pid(pid) != os.getpid() and not proc.is_ending(pid):
            reason = _obstacle(pid) or _refusal(pid, error)
            tracer.account.remark(f"a child of {parent.name}, {pid}, is not followed: it {reason}")
        return None
    member = tracer.family.add(pid, parent.pid, parent)
    parent.children.add(pid)
    tracer.account.numbers.locate(member, parent)
    _take_up(tracer, member, is_stopped=is_stopped)
    return member


def _take_up(tracer: Tracer, member: TracedProcess, *, is_stopped: bool) -> None:
    """Seize the other threads of a process, and log its presence."""
    is_new = True
    while is_new:
        is_new = False
        # A thread that is made meanwhile is seized with its creator, or found by the next pass.
        for tid in proc.numbers(member.pid, "task"):
            if tid not in tracer.family.by_thread:
                with suppress(OSError):
                    ptrace.seize(tid, _OPTIONS)
                    member.threads.add(tid)
                    tracer.family.by_thread[tid] = member
                    is_new = True
    # A timer that was set before attaching is not visible, but can wake the process.
    member.has_timer, member.is_stopped = True, is_stopped
    tracer.log_start(member)
    sites = tracer.options.call_sites
    if sites is not None:
        member.image = sites.image_of(member.pid, proc.link(member.pid, "exe"))


# ------------------------------------------------------------------------------------- refusals


def _obstacle(pid: int) -> str:
    """Return why a process cannot be traced, if that is known without trying."""
    try:
        stat = proc.stat(pid)
    except ProcessLookupError:
        return "does not exist"
    group = int(proc.status_field(pid, "Tgid") or pid)
    if group != pid:
        return f"is a thread of process {group}: name that"
    if stat.is_kernel_thread:
        return "is a thread of the kernel"
    if stat.state in "ZX":
        return "has ended already, and waits to be collected"
    tracer = proc.tracer_pid(pid)
    if tracer and tracer != os.getpid():
        name = proc.command_name(tracer) or "another program"
        return f"is already traced by {name} (pid {tracer}), and a process has one tracer at a time"
    return ""


def _refusal(pid: int, error: OSError) -> str:
    """Return why the kernel refused to trace a process, and what to do."""
    uid = int((proc.status_field(pid, "Uid").split() or ["0"])[0])
    if os.geteuid() and uid != os.geteuid():
        return f"belongs to {_user(uid)}: only that user, or root, may trace it"
    scope = proc.contents("sys", "kernel/yama/ptrace_scope").decode().strip()
    if scope == "1" and os.geteuid():
        return (
            "may be traced only by its ancestors, because kernel.yama.ptrace_scope is 1: be root, "
            "or sysctl kernel.yama.ptrace_scope=0"
        )
    if scope in ("2", "3"):
        who = "root" if scope == "2" else "no process"
        return f"cannot be traced: kernel.yama.ptrace_scope is {scope}, so {who} may trace"
    return refused("ptrace") or f"cannot be traced ({error.strerror})"


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
