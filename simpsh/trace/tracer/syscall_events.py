"""What each system call means as an event: its arguments and result, decoded.

IMMEDIATE calls are told when their result is known, BLOCKING ones when they return, waits also
when they begin, and PASSING ones when they begin, since they cannot fail in a way that matters.
Opened files and some further calls are told only where they are asked for.

A cause is told before its effects, though the effect may be reported first: writes before the
read that took their bytes, and a stop before the wait or the SIGCHLD that tells of it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from errno import EPERM

from simpsh.base import events
from simpsh.base.signal_names import SIGCHLD
from simpsh.base.wait_status import Continued, encode, from_siginfo, is_end, wait_option_names
from simpsh.kernel.machine import ptrace
from simpsh.kernel.machine.syscall_table import library_name
from simpsh.kernel.signals import SA_NOCLDWAIT
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import number_at, signed, string_at
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedCall

TellCall = Callable[[FamilyAccount, TracedCall], None]
"""Tells of a call that begins."""
TellResult = Callable[[FamilyAccount, TracedCall, int], None]
"""Tells what a call returned; a negative result is minus the errno."""

_UNSIGNED = 0xFFFFFFFF
_IOV_MAX = 1024


# ------------------------------------------------------------------------------------ waiting

_P_ALL, _P_PID, _P_PGID, _P_PIDFD = range(4)
_WNOWAIT = 0x01000000


def _wait4_begins(account: FamilyAccount, call: TracedCall) -> None:
    ends = tracee_proc.pipe_ends(call.tid)
    options = wait_option_names(call.args[2])
    target = account.numbers.meant(call.member, signed(call.args[0]))
    account.tell_call(call, events.Wait(target, options, "wait4", ends))


def _wait4(account: FamilyAccount, call: TracedCall, result: int) -> None:
    status = number_at(call.tid, call.args[1]) if result > 0 and call.args[1] else None
    result = account.numbers.meant(call.member, result) if result > 0 else result
    child = account.family.zombies.get(result)
    if status is not None and not is_end(status):
        child = None  # stopped or continued: it is not collected
        _tell_stop_before_wait(account, result, status)
    elif status is None and child is None and result > 0:
        # It asked for no status: the child lives, so it has stopped or was continued.
        if call.args[2] & os.WUNTRACED:
            _take_stop(account, result)
        if call.args[2] & os.WCONTINUED:
            _take_continuation(account, result)
    _tell_wait_return(account, call, result, status)
    if child is not None:
        account.collected_by(call.member, child, call.at)


def _waitid_begins(account: FamilyAccount, call: TracedCall) -> None:
    kind, identity = call.args[0], signed(call.args[1])
    target = -1
    if kind == _P_PIDFD:
        target = _pid_of_pidfd(call, identity)
    elif kind != _P_ALL:
        target = identity if kind == _P_PID else -identity
        target = account.numbers.meant(call.member, target)
    ends = tracee_proc.pipe_ends(call.tid)
    # 2 is WSTOPPED here, and WUNTRACED in wait4.
    names = ("WSTOPPED" if o == "WUNTRACED" else o for o in wait_option_names(call.args[3]))
    account.tell_call(call, events.Wait(target, tuple(names), "waitid", ends))


def _waitid(account: FamilyAccount, call: TracedCall, result: int) -> None:
    data = ptrace.read_memory(call.tid, call.args[2], 28) if result == 0 and call.args[2] else b""
    if len(data) < 28:
        _waitid_without_siginfo(account, call, result)
        return
    code, pid, value = struct.unpack("8xiii4xi4x" if call.is_32_bit else "8xi4xi4xi", data)
    if pid == 0:
        _tell_wait_return(account, call, 0, None)
        return
    pid = account.numbers.meant(call.member, pid)
    status = encode(from_siginfo(code, value))
    _tell_stop_before_wait(account, pid, status)
    _tell_wait_return(account, call, pid, status)
    child = account.family.zombies.get(pid)
    if child is not None and not call.args[3] & _WNOWAIT:
        account.collected_by(call.member, child, call.at)


def _waitid_without_siginfo(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Tell a return that filled in no siginfo: a child that is gone now was collected."""
    gone = account.reaping.gone_among(call.member) if result == 0 else []
    _tell_wait_return(account, call, gone[0].pid if gone else result, None)
    for child in gone:
        account.reaping.waited(call.member, child, call.at)


def _tell_wait_return(
    account: FamilyAccount, call: TracedCall, result: int, status: int | None
) -> None:
    if result < 0:
        # ECHILD may mean that its children vanished by themselves: SIGCHLD is ignored.
        account.reaping.look_among(call.member)
        account.tell_call(call, events.WaitReturn(-1, errno=-result))
    else:
        name = account.family.name_of(result) if result else ""
        account.tell_call(call, events.WaitReturn(result, name, status))


def _pid_of_pidfd(call: TracedCall, descriptor: int) -> int:
    return int(proc.fdinfo(call.tid, descriptor).get("Pid", 0))


# A stop or its end is told before what it brings about: a return of wait, a SIGCHLD. The kernel
# lets the parent know in the same moment as the tracer, and the parent's report may come first.

_CLD_STOPPED, _CLD_CONTINUED = 5, 6


def _tell_stop_before_wait(account: FamilyAccount, pid: int, status: int) -> None:
    """Tell of a child's stop or continuation before a wait that returns this status word of it."""
    if status == encode(Continued()):
        _take_continuation(account, pid)
    elif not is_end(status):
        _take_stop(account, pid)


def tell_stop_before_signal(account: FamilyAccount, pid: int, code: int) -> None:
    """Tell of a child's stop or continuation before the SIGCHLD with this si_code about it."""
    if code == _CLD_CONTINUED:
        _take_continuation(account, pid)
    elif code == _CLD_STOPPED:
        _take_stop(account, pid)


def _take_stop(account: FamilyAccount, pid: int) -> None:
    member = account.family.living.get(pid)
    while member is not None and not member.is_stopped and len(member.threads) == 1:
        status = ptrace.next_status(pid, is_patient=False)
        if status is None:
            # It has been continued since.
            return
        account.take(status)
        member = account.family.living.get(pid)


def _take_continuation(account: FamilyAccount, pid: int) -> None:
    member = account.family.living.get(pid)
    if member is not None and member.is_stopped and len(member.threads) == 1:
        status = ptrace.next_status(pid, is_patient=False)
        if status is None and proc.state(pid) == "R":
            # SIGCONT has woken it: its report, or its end, is on its way. Otherwise that report
            # was taken before, and it has stopped once more since: no other would come.
            status = ptrace.next_status(pid)
        if status is not None:
            account.take(status)


# ------------------------------------------------------------------------ programs and signals


def _execve(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Tell of a failed execve: its success is an event of its own."""
    if result < 0:
        path = string_at(call.tid, call.args[1 if call.name == "execveat" else 0])
        account.tell_call(call, events.ExecError(path, -result))


def _kill(account: FamilyAccount, call: TracedCall, result: int) -> None:
    target, signal = signed(call.args[0]), signed(call.args[1])
    if call.name == "tgkill":
        signal = signed(call.args[2])
    elif call.name == "tkill":
        owner = account.family.by_thread.get(target)
        target = owner.pid if owner is not None else target
    if call.name == "pidfd_send_signal":
        target = _pid_of_pidfd(call, target)
    else:
        target = account.numbers.meant(call.member, target)
    account.tell_call(call, events.SignalSend(target, signal, max(0, -result), call.name))


def _setpgid(account: FamilyAccount, call: TracedCall, result: int) -> None:
    target, group = (account.numbers.meant(call.member, signed(one)) for one in call.args[:2])
    account.tell_call(call, events.SetPgid(target, group, max(0, -result)))


def _setsid(account: FamilyAccount, call: TracedCall, result: int) -> None:
    if result >= 0:
        account.tell_call(call, events.SetSid(account.numbers.meant(call.member, result)))


def _ioctl(account: FamilyAccount, call: TracedCall, result: int) -> None:
    group = account.numbers.meant(call.member, number_at(call.tid, call.args[2]))
    account.tell_call(call, events.TcSetPgrp(group, max(0, -result)))


# -------------------------------------------------------------------------------- descriptors


def _pipe(account: FamilyAccount, call: TracedCall, result: int) -> None:
    data = ptrace.read_memory(call.tid, call.args[0], 8) if result == 0 else b""
    if len(data) == 8:
        read_end, write_end = struct.unpack("ii", data)
        inode = tracee_proc.pipe_of(call.tid, read_end)
        letters = account.family.pipe_letters
        letters[inode] = letter = events.pipe_letter(len(letters))
        account.tell_call(call, events.Pipe(read_end, write_end, inode, letter))


def _dup(account: FamilyAccount, call: TracedCall, result: int) -> None:
    account.tell_call(call, events.Dup(signed(call.args[0]), max(result, -1), max(0, -result)))


def _dup2(account: FamilyAccount, call: TracedCall, result: int) -> None:
    account.tell_call(call, events.Dup(signed(call.args[0]), signed(call.args[1]), max(0, -result)))


def _close(account: FamilyAccount, call: TracedCall) -> None:
    """Tell of close(2), unless the descriptor is not open."""
    number = call.args[0] & _UNSIGNED
    if number == call.member.thread_count:
        call.member.thread_count = -1
        return
    if proc.link(call.tid, f"fd/{number}") and account.has_room():
        account.tell_call(call, events.Close(number))


def _close_range(account: FamilyAccount, call: TracedCall) -> None:
    """Tell of close_range(2), one event for each descriptor; CLOEXEC_ONLY closes none now."""
    if call.args[2]:
        return
    first, last = call.args[0] & _UNSIGNED, call.args[1] & _UNSIGNED
    found = tracee_proc.descriptors(call.tid)
    for number, _ in sorted((*found.pipes, *found.files)):
        if first <= number <= last:
            account.tell_call(call, events.Close(number))


# ----------------------------------------------------------------------------- input and output


def _read(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Tell what was read, after the writes that it came from."""
    if not account.has_room():
        return
    number = call.args[0] & _UNSIGNED
    if number == call.member.thread_count:
        return
    pipe = tracee_proc.pipe_of(call.tid, number)
    if pipe and result == 0:
        # Which descriptors one of them has just closed cannot be seen any more.
        for tid in account.family.calls.inside("execve", "execveat"):
            _take_report(account, tid)
    elif pipe:
        _take_reports_of_writers(account, pipe)
    text = _transferred(account, call, result)
    account.tell_call(call, events.Read(number, max(result, -1), pipe, max(0, -result), text))


def _write(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Tell what was written."""
    if not account.has_room():
        return
    number = call.args[0] & _UNSIGNED
    pipe = tracee_proc.pipe_of(call.tid, number)
    text = _transferred(account, call, result)
    account.tell_call(call, events.Write(number, max(result, -1), pipe, text, max(0, -result)))


def _take_reports_of_writers(account: FamilyAccount, pipe: str) -> None:
    calls = account.family.calls
    for tid in calls.inside("write", "writev"):
        call = calls.begun.get(tid)
        if call is not None and tracee_proc.pipe_of(tid, call.args[0] & _UNSIGNED) == pipe:
            _take_report(account, tid)


def _take_report(account: FamilyAccount, tid: int) -> None:
    """Take the report of a thread that is done with a call; one that sleeps in it comes later."""
    while True:
        was_asleep = tracee_proc.is_asleep(tid)
        try:
            status = ptrace.next_status(tid, is_patient=False)
        except ChildProcessError:
            # It took over the first thread's number, by an execve.
            return
        if status is not None:
            account.take(status)
            return
        if was_asleep:
            return


def _transferred(account: FamilyAccount, call: TracedCall, count: int) -> str:
    """Return the beginning of the `count` bytes that were read or written."""
    if count <= 0:
        return ""
    wanted = min(count, account.options.shown_bytes)
    data = b""
    for address, length in _parts(account, call, count):
        data += account.options.read_memory(call.tid, address, min(length, wanted - len(data)))
        if len(data) == wanted:
            break
    return data.decode("utf-8", "backslashreplace")


def _parts(account: FamilyAccount, call: TracedCall, count: int) -> Iterator[tuple[int, int]]:
    """Yield address and length of each piece of memory that the call reads into or writes."""
    if not call.name.endswith("v"):
        yield call.args[1], count
        return
    kind = "II" if call.is_32_bit else "QQ"
    size = struct.calcsize(kind)
    vector = account.options.read_memory(call.tid, call.args[1], min(call.args[2], _IOV_MAX) * size)
    yield from struct.iter_unpack(kind, vector[: len(vector) // size * size])


# -------------------------------------------------------- timers: they are no events themselves

_ITIMER_REAL = 0


def _alarm(_account: FamilyAccount, call: TracedCall, _result: int) -> None:
    """Note whether alarm(2) set the process's clock or stopped it."""
    call.member.alarm_is_set = call.args[0] != 0


def _timer(_account: FamilyAccount, call: TracedCall) -> None:
    call.member.has_timer = True


def _interval_timer(account: FamilyAccount, call: TracedCall) -> None:
    """Note what setitimer(2) does: a clock that rings once is like alarm(2)'s."""
    half = 8 if call.is_32_bit else 16
    setting = account.options.read_memory(call.tid, call.args[1], 2 * half)
    if call.args[0] != _ITIMER_REAL or len(setting) < 2 * half or any(setting[:half]):
        call.member.has_timer = True
    else:
        call.member.alarm_is_set = any(setting[half:])


# ---------------------------------------------------- what a process asks for, and gets or not


def note_action_of_sigchld(call: TracedCall) -> None:
    """Note whether a process wants no zombies: rt_sigaction(2) with SA_NOCLDWAIT."""
    if signed(call.args[0]) == SIGCHLD and call.args[1]:
        kind = "4xI" if call.is_32_bit else "8xQ"
        action = ptrace.read_memory(call.tid, call.args[1], struct.calcsize(kind))
        if len(action) == struct.calcsize(kind):
            call.member.wants_no_zombies = bool(struct.unpack(kind, action)[0] & SA_NOCLDWAIT)


def _ptrace(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Remark that a process may not trace: a traced process has its tracer already."""
    if result == -EPERM:
        account.remark(
            f"{call.member.name} could not trace a process as it wanted to: "
            "a process has one tracer at a time, and here it is simpsh"
        )


# --------------------------------------------------------- further calls, where they are asked for

FORKS = ("fork", "vfork", "clone", "clone3")
OPENS = ("open", "openat", "creat")
_CLONE_VM = 0x100

# What each argument is: a path, a number, or nothing worth telling.
_SHAPES = {
    **dict.fromkeys(("chdir", "unlink", "rmdir", "mkdir", "truncate", "memfd_create"), "pn"),
    **dict.fromkeys(("rename", "link", "symlink"), "pp"),
    **dict.fromkeys(("unlinkat", "mkdirat"), "-p"),
    **dict.fromkeys(("renameat", "renameat2", "linkat"), "-p-p"),
    **dict.fromkeys(("umask", "rt_sigaction", "rt_sigprocmask", "alarm", "getpgid"), "n"),
    **dict.fromkeys(("pause", "getpid", "getppid", "fork", "setsid", "rt_sigsuspend"), ""),
    **dict.fromkeys(("poll", "select", "nanosleep", "clock_nanosleep", "rt_sigtimedwait"), ""),
}
_OF_PROGRAMS = (
    *(".so", "/lib/", "/usr/lib", "/etc/ld.so", "/usr/share/"),
    *("__pycache__", "/proc/filesystems", "locale.alias"),
)
_OUR_MODULES = f"{os.path.normpath(os.path.join(os.path.dirname(__file__), *2 * [os.pardir]))}/"


def tell_other_call(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Tell what a further call returned; of a fork only that it failed: a birth is an event."""
    if call.name in OPENS:
        _tell_opened(account, call, result)
    elif call.name == "lseek" and call.args[0] & _UNSIGNED == call.member.thread_count:
        pass
    elif call.name not in FORKS or result < 0:
        args = () if call.name in FORKS else _decoded_arguments(call)
        what = events.Call(_library_name(call), args, max(result, -1), max(0, -result))
        account.tell_call(call, what)


def tell_failure(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Tell that a call failed whose event can only tell of success."""
    if call.name in ("setsid", "pipe", "pipe2"):
        account.tell_call(call, events.Call(call.name, (), -1, -result))


def _tell_opened(account: FamilyAccount, call: TracedCall, result: int) -> None:
    at = 1 if call.name == "openat" else 0
    path = string_at(call.tid, call.args[at])
    # Every program opens a dozen files for itself before its own code begins.
    if _counts_threads(call, path):
        call.member.thread_count = result
    elif not is_of_programs(path):
        is_creat = call.name == "creat"
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC if is_creat else call.args[at + 1]
        account.tell_call(call, events.Open(path, max(result, -1), flags, max(0, -result)))


def _counts_threads(call: TracedCall, path: str) -> bool:
    """Return whether os.fork() of Python 3.12 and later opens a file, to count its threads.

    What a program in Python opens itself has O_CLOEXEC.
    """
    is_it = path == "/proc/self/stat" and call.name == "openat" and call.args[2] == os.O_RDONLY
    return is_it and os.path.basename(proc.link(call.tid, "exe")).startswith("python")


def is_of_programs(path: str) -> bool:
    """Return whether a file is one that programs open for themselves: libraries, locales.

    So are our own modules: the shell loads some when they are first needed, as source where
    Python may write no bytecode.

    >>> is_of_programs("/etc/ld.so.cache"), is_of_programs("/etc/passwd")
    (True, False)
    >>> is_of_programs(__file__), is_of_programs("/tmp/race.py")
    (True, False)
    """
    return any(part in path for part in _OF_PROGRAMS) or path.startswith(_OUR_MODULES)


def _decoded_arguments(call: TracedCall) -> tuple[object, ...]:
    found: list[object] = []
    for kind, value in zip(_SHAPES.get(call.name, "nnn"), call.args, strict=False):
        if kind == "p":
            found.append(string_at(call.tid, value))
        elif kind == "n":
            found.append(signed(value))
    return tuple(found)


def _library_name(call: TracedCall) -> str:
    """Return what programs call it: the C library makes fork of clone(2)."""
    if call.name == "clone":
        return "vfork" if call.args[0] & _CLONE_VM else "fork"
    return call.name if call.is_32_bit else library_name(call.name, call.args)


IMMEDIATE: dict[str, TellResult] = {
    **dict.fromkeys(("kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"), _kill),
    **dict.fromkeys(("pipe", "pipe2"), _pipe),
    **dict.fromkeys(("dup", "fcntl"), _dup),
    **dict.fromkeys(("dup2", "dup3"), _dup2),
    "setpgid": _setpgid,
    "setsid": _setsid,
    "ioctl": _ioctl,
    "alarm": _alarm,
    "ptrace": _ptrace,
}
PASSING: dict[str, TellCall] = {
    "close": _close,
    "close_range": _close_range,
    "setitimer": _interval_timer,
    **dict.fromkeys(("timer_create", "timerfd_create"), _timer),
}
WAITS_BEGIN: dict[str, TellCall] = {"wait4": _wait4_begins, "waitid": _waitid_begins}
BLOCKING: dict[str, TellResult] = {
    "wait4": _wait4,
    "waitid": _waitid,
    **dict.fromkeys(("execve", "execveat"), _execve),
    **dict.fromkeys(("read", "readv"), _read),
    **dict.fromkeys(("write", "writev"), _write),
}
