"""The event that each system call makes: its arguments and result, decoded.

An event's entry in `simpsh/base/events.py` names the calls that make it and, for most events, says
how the event is decoded from the call. This file has the code for calls that depend on other
processes: waits, reads, writes, and closes. Opened files and some further calls are logged only on
request.

A cause is logged before its effects, even if the effect is reported first: writes before the read
of their bytes, and a stop before the wait or the SIGCHLD that reports it.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
import time
from errno import EINTR

from simpsh.base import events
from simpsh.base.event_kind import ANY_SHAPE, ENTRIES
from simpsh.base.own_program import PACKAGE
from simpsh.base.record import Mutable, Record, changed
from simpsh.base.signal_names import SIGCHLD
from simpsh.base.targets import File
from simpsh.base.wait_status import Continued, encode, from_siginfo, is_end, wait_option_names
from simpsh.kernel.machine import ptrace, registers, seccomp
from simpsh.kernel.machine.syscall_table import (
    ARCHITECTURE,
    AUDIT_ARCHITECTURE,
    NAMES,
    SHORT_TIMES,
    library_name,
)
from simpsh.kernel.signals import SA_NOCLDWAIT
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.source.elf_file import is_python
from simpsh.trace.tracee_proc import number_at, signed, string_at
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import InterruptedCall, TracedCall, TracedProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simpsh.base.event_kind import Follow, Level, RecordLevel, SystemCall

    Log = Callable[[FamilyAccount, TracedCall, int], None]
    """Logs a call with its result: negative for minus the errno, 0 for a call that begins."""

_UNSIGNED = 0xFFFFFFFF
_IOV_MAX = 1024
_HAS_32_BITS = ARCHITECTURE == "i386"
_TWO_WORDS = "II" if _HAS_32_BITS else "QQ"
"""Two integers or addresses in a structure of a program."""


# ----------------------------------------------------------------------------------------- waiting

_P_ALL, _P_PID, _P_PGID, _P_PIDFD = range(4)
_WNOWAIT = 0x01000000
_SI_CODE, _STATUS = 8, 20 if _HAS_32_BITS else 24
"""The offsets of si_code and, by the kind of program, si_status in a siginfo_t; see waitid(2)."""
_CLD_EXITED = 1


def _word(value: int) -> bytes:
    return value.to_bytes(4, sys.byteorder)


def _wait4_begins(account: FamilyAccount, call: TracedCall, _result: int) -> None:
    target = account.numbers.translate(call.member, signed(call.args[0]))
    _log_wait(account, call, target, wait_option_names(call.args[2]))


def _wait4(account: FamilyAccount, call: TracedCall, result: int) -> None:
    status = number_at(call.tid, call.args[1]) if result > 0 and call.args[1] else None
    if status is not None and (altered := account.altered(result, status)) != status:
        status = altered
        ptrace.write_memory(call.tid, call.args[1], status.to_bytes(4, sys.byteorder))
    result = account.numbers.translate(call.member, result) if result > 0 else result
    child = account.family.zombies.get(result)
    if status is not None and not is_end(status):
        child = None  # stopped or continued, not collected
        _log_stop_before_wait(account, result, status)
    elif status is None and child is None and result > 0:
        # The caller did not ask for the status: a living child was stopped or continued.
        if call.args[2] & os.WUNTRACED:
            _take_stop(account, result)
        if call.args[2] & os.WCONTINUED:
            _take_continuation(account, result)
    _log_wait_return(account, call, result, status)
    if child is not None:
        account.note_collection(call.member, child, call.at)


def _waitid_begins(account: FamilyAccount, call: TracedCall, _result: int) -> None:
    kind, identity = call.args[0], signed(call.args[1])
    target = -1
    if kind == _P_PIDFD:
        target = int(proc.fdinfo(call.tid, identity).get("Pid", 0))
    elif kind != _P_ALL:
        target = identity if kind == _P_PID else -identity
        target = account.numbers.translate(call.member, target)
    # 2 is WSTOPPED here, but WUNTRACED in wait4.
    names = ("WSTOPPED" if o == "WUNTRACED" else o for o in wait_option_names(call.args[3]))
    _log_wait(account, call, target, tuple(names))


def _log_wait(
    account: FamilyAccount, call: TracedCall, target: int, options: tuple[str, ...]
) -> None:
    ends = None
    # Skip waits with WNOHANG, which do not sleep, and processes that never had a pipe.
    if "WNOHANG" not in options and (call.member.had_pipes or account.family.pipe_letters):
        ends = tracee_proc.descriptors(call.tid).pipes
    account.log_call(call, events.Wait(target, options, call.name, ends))


def _waitid(account: FamilyAccount, call: TracedCall, result: int) -> None:
    data = ptrace.read_memory(call.tid, call.args[2], 28) if result == 0 and call.args[2] else b""
    if len(data) < 28:
        # There is no siginfo to read: if a child has disappeared, this call collected it.
        gone = account.reaping.find_gone(call.member) if result == 0 else []
        _log_wait_return(account, call, gone[0].pid if gone else result, None)
        for dead in gone:
            account.reaping.note_wait(call.member, dead, call.at)
        return
    code, pid, value = struct.unpack("8xii4xi4x" if _HAS_32_BITS else "8xi4xi4xi", data)
    if pid == 0:
        _log_wait_return(account, call, 0, None)
        return
    status = encode(from_siginfo(code, value))
    if (altered := account.altered(pid, status)) != status:
        status = altered
        exited = altered >> 8 & 0xFF
        place = call.args[2] + _STATUS
        ptrace.write_memory(call.tid, call.args[2] + _SI_CODE, _word(_CLD_EXITED))
        ptrace.write_memory(call.tid, place, _word(exited))
    pid = account.numbers.translate(call.member, pid)
    _log_stop_before_wait(account, pid, status)
    is_left = bool(call.args[3] & _WNOWAIT)
    _log_wait_return(account, call, pid, status, is_left=is_left)
    child = account.family.zombies.get(pid)
    if child is not None and not is_left:
        account.note_collection(call.member, child, call.at)


def _log_wait_return(
    account: FamilyAccount,
    call: TracedCall,
    result: int,
    status: int | None,
    *,
    is_left: bool = False,
) -> None:
    if result < 0:
        # ECHILD may mean that the caller ignores SIGCHLD, so its children needed no wait.
        for child in account.reaping.find_gone(call.member):
            account.reaping.conclude(child)
        account.log_call(call, events.WaitReturn(-1, errno=-result))
    else:
        name = account.family.name_of(result) if result else ""
        account.log_call(call, events.WaitReturn(result, name, status, is_left=is_left))


# A stop or a continuation is logged before its effects: a return of wait, a SIGCHLD. The kernel
# notifies the parent and the tracer at the same time, and the parent's report may come first.

_CLD_STOPPED, _CLD_CONTINUED = 5, 6


def _log_stop_before_wait(account: FamilyAccount, pid: int, status: int) -> None:
    if status == encode(Continued()):
        _take_continuation(account, pid)
    elif not is_end(status):
        _take_stop(account, pid)


def log_stop_before_signal(account: FamilyAccount, pid: int, code: int) -> None:
    """Log a child's stop or continuation before the SIGCHLD with this si_code about it."""
    if code == _CLD_CONTINUED:
        _take_continuation(account, pid)
    elif code == _CLD_STOPPED:
        _take_stop(account, pid)


def _take_stop(account: FamilyAccount, pid: int) -> None:
    member = account.family.living.get(pid)
    while member is not None and not member.is_stopped and len(member.threads) == 1:
        status = ptrace.next_status(pid, is_patient=False)
        if status is None:
            # The child has been continued since.
            return
        account.take(status)
        member = account.family.living.get(pid)


def _take_continuation(account: FamilyAccount, pid: int) -> None:
    member = account.family.living.get(pid)
    if member is not None and member.is_stopped and len(member.threads) == 1:
        status = ptrace.next_status(pid, is_patient=False)
        if status is None:
            # If the child runs, SIGCONT has woken it: its report, or its end, will come. Otherwise
            # the report has come just now; or it was handled before, and it has stopped again
            # since.
            status = ptrace.next_status(pid, is_patient=proc.state(pid) == "R")
        if status is not None:
            account.take(status)


# ------------------------------------------------------------------------------------- descriptors


def _close(account: FamilyAccount, call: TracedCall, _result: int) -> None:
    """Log close(2), unless the descriptor is not open."""
    number = call.args[0] & _UNSIGNED
    call.member.files.pop(number, None)
    path = proc.link(call.tid, f"fd/{number}")
    if path and not _is_thread_count(call, number, path) and account.has_room():
        account.log_call(call, events.Close(number))


def _close_range(account: FamilyAccount, call: TracedCall, _result: int) -> None:
    """Log close_range(2) as one event per descriptor; CLOEXEC_ONLY does not close any now."""
    if call.args[2]:
        return
    first, last = call.args[0] & _UNSIGNED, call.args[1] & _UNSIGNED
    open_now = tracee_proc.descriptors(call.tid)
    for number, _ in sorted((*open_now.pipes, *open_now.files)):
        if first <= number <= last:
            account.log_call(call, events.Close(number))


# -------------------------------------------------------------------------------- input and output


def _read(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Log a read, after the writes that its data came from."""
    if not account.has_room():
        return
    number = call.args[0] & _UNSIGNED
    pipe, file = _target(call, number)
    if file is not None and _is_thread_count(call, number, file.path):
        del call.member.files[number]
        return
    if pipe and result == 0:
        # An exec in progress may just have closed a descriptor, which is no longer visible.
        for tid in account.family.calls.inside("execve", "execveat"):
            _take_report(account, tid)
    elif pipe:
        calls = account.family.calls
        for tid in calls.inside("write", "writev"):
            writing = calls.begun.get(tid)
            if writing and tracee_proc.pipe_of(tid, writing.args[0] & _UNSIGNED) == pipe:
                _take_report(account, tid)
    text = _read_data(account, call, result)
    account.log_call(call, events.Read(number, max(result, -1), pipe, max(0, -result), text, file))


def _write(account: FamilyAccount, call: TracedCall, result: int) -> None:
    if not account.has_room():
        return
    number = call.args[0] & _UNSIGNED
    pipe, file = _target(call, number)
    text = _read_data(account, call, result)
    count, error = (result, 0) if result >= 0 else (-1, -result)
    account.log_call(call, events.Write(number, count, pipe, text, error, file))


def _target(call: TracedCall, number: int) -> tuple[str, File | None]:
    """Return the inode of a descriptor's pipe; otherwise its file, if that has changed."""
    files = call.member.files
    if number in files and tracee_proc.is_file(call.tid, number, files[number]):
        return "", None
    target = tracee_proc.target_of(call.tid, number)
    if isinstance(target, File):
        files[number] = target
        return "", target
    return (target.inode if target is not None else ""), None


def _take_report(account: FamilyAccount, tid: int) -> None:
    """Handle the report of a thread whose call has returned; a sleeping thread reports later."""
    while True:
        was_asleep = tracee_proc.is_asleep(tid)
        try:
            status = ptrace.next_status(tid, is_patient=False)
        except ChildProcessError:
            # The thread called execve, which gave it the first thread's id.
            return
        if status is not None:
            account.take(status)
            return
        if was_asleep:
            return


_VECTORS = ("readv", "writev")


def _read_data(account: FamilyAccount, call: TracedCall, count: int) -> str:
    """Return the beginning of the `count` bytes that were read or written."""
    if count <= 0:
        return ""
    read_memory, wanted = account.options.read_memory, account.options.shown_bytes
    if count < wanted:
        wanted = count
    if call.name not in _VECTORS:
        return read_memory(call.tid, call.args[1], wanted).decode("utf-8", "backslashreplace")
    size = struct.calcsize(_TWO_WORDS)
    vector = read_memory(call.tid, call.args[1], min(call.args[2], _IOV_MAX) * size)
    parts = struct.iter_unpack(_TWO_WORDS, vector[: len(vector) // size * size])
    data = b""
    for address, length in parts:
        data += read_memory(call.tid, address, min(length, wanted - len(data)))
        if len(data) == wanted:
            break
    return data.decode("utf-8", "backslashreplace")


# -------------------------------------------------------------------- timers, which make no events


_ITIMER_REAL = 0


def _alarm(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Record whether alarm(2) set or cancelled the alarm."""
    call.member.alarm_is_set = call.args[0] != 0
    if call.name in account.options.other_calls:
        log_other_call(account, call, result)


def _timer(_account: FamilyAccount, call: TracedCall, _result: int) -> None:
    call.member.has_timer = True


def _interval_timer(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Record the timer of setitimer(2): one that expires once is like alarm(2)'s."""
    half = struct.calcsize(_TWO_WORDS)
    setting = account.options.read_memory(call.tid, call.args[1], 2 * half)
    if call.args[0] != _ITIMER_REAL or len(setting) < 2 * half or any(setting[:half]):
        call.member.has_timer = True
    else:
        call.member.alarm_is_set = any(setting[half:])
    if call.name in account.options.other_calls:
        log_other_call(account, call, result)


# -------------------------------------------------------------------------- disposition of SIGCHLD


def note_wish_for_no_zombies(call: TracedCall) -> None:
    """Record whether a new disposition of SIGCHLD asks for no zombies."""
    if signed(call.args[0]) == SIGCHLD and call.args[1]:
        action = ptrace.read_memory(call.tid, call.args[1], struct.calcsize(_TWO_WORDS))
        if len(action) == struct.calcsize(_TWO_WORDS):
            _, flags = struct.unpack(_TWO_WORDS, action)
            call.member.wants_no_zombies = bool(flags & SA_NOCLDWAIT)


# ----------------------------------------------------------------------- further calls, on request

FORKS = tuple(traced.name for traced in ENTRIES[events.Fork].calls)
OPENS = tuple(traced.name for traced in ENTRIES[events.Open].calls)
_CLONE_VM = 0x100

_SHAPES = {call.name: call.shape for entry in ENTRIES.values() for call in entry.calls}
_OF_OPEN_FILES = ("fstat", "lseek", "newfstatat")
"""The calls of the C library for a stream, besides reads and closes."""
_READERS: Mapping[str, Callable[[TracedCall, int], object]] = {
    "p": lambda call, address: string_at(call.tid, address),
    "s": lambda call, address: number_at(call.tid, address),
    "l": lambda call, address: _limit_at(call, address),
    **dict.fromkeys("tvijm", lambda call, _: call.seconds),
}
_TIME_SIZE = 16
"""The size of a struct timespec, also in those calls of 32-bit x86 that this table names."""
_FUTEX_WAIT_BITSET, _FUTEX_COMMAND, _FUTEX_CLOCK_REALTIME = 9, 127, 256
_TIMER_ABSTIME = 1
_LIMIT_SIZE = 8
_OF_SYSTEM = (
    *("/lib/", "/lib32/", "/lib64/", "/libx32/", "/usr/lib", "/usr/share/", "/usr/local/lib"),
    *("/usr/local/share/", "/nix/store/", "/gnu/store/", "/etc/ld.so.", PACKAGE),
)
# Debian keeps the list of locales in /etc.
_READ_BY_LIBRARIES = ("/proc/filesystems", "/etc/locale.alias")
_ELF = b"\x7fELF"


def _limit_at(call: TracedCall, address: int) -> int | None:
    """Return the soft limit in a struct rlimit; None if the address is NULL."""
    data = ptrace.read_memory(call.tid, address, _LIMIT_SIZE) if address else b""
    return int.from_bytes(data, "little") if data else None


def _seconds_of(call: TracedCall, number: int) -> float | None:
    """Return the time that a call which begins names; None if it names none."""
    shape = _SHAPES.get(call.name, ANY_SHAPE)
    index = next((index for index, kind in enumerate(shape) if kind in "tvijm"), -1)
    if index < 0 or not (value := call.args[index]):
        return None
    kind = shape[index]
    if kind == "m":
        return signed(value) / 1e3 if signed(value) >= 0 else None
    of_timeval = kind in "vj"
    is_short = (of_timeval and _HAS_32_BITS) or number in SHORT_TIMES
    size = _TIME_SIZE // 2 if is_short else _TIME_SIZE
    address = value + size * (kind in "ij")
    data = ptrace.read_memory(call.tid, address, size)
    if len(data) < size:
        return None
    whole, parts = struct.unpack("<ii" if is_short else "<qq", data)
    seconds = float(whole + parts / (1e6 if of_timeval else 1e9))
    clock = _clock_of(call)
    return seconds if clock is None else seconds - time.clock_gettime(clock)


def _clock_of(call: TracedCall) -> int | None:
    """Return the clock that shall reach the time of a call; None if its time is a duration."""
    if call.name == "clock_nanosleep" and call.args[1] & _TIMER_ABSTIME:
        return signed(call.args[0])
    if call.name == "futex" and call.args[1] & _FUTEX_COMMAND == _FUTEX_WAIT_BITSET:
        is_real = call.args[1] & _FUTEX_CLOCK_REALTIME
        return time.CLOCK_REALTIME if is_real else time.CLOCK_MONOTONIC
    return None


def log_other_call(account: FamilyAccount, call: TracedCall, result: int) -> None:
    """Log the result of a further call; for a fork only a failure, since a birth is an event."""
    if call.name in OPENS:
        opened = events.Open.from_call(RegisterCall(account, call, result))
        # Every program opens a dozen files before its own code begins.
        link = "" if result < 0 else f"/proc/{call.tid}/fd/{result}"
        if not (is_of_programs(opened.path, link) or _opens_thread_count(call, opened.path)):
            account.log_call(call, opened)
    elif call.name in _OF_OPEN_FILES and _uses_thread_count(call):
        return
    elif call.name not in FORKS or result < 0:
        arguments: list[object] = []
        shape = _SHAPES.get(call.name, ANY_SHAPE)
        for kind, value in zip(shape, call.args, strict=False):
            if kind != "-":
                read = _READERS.get(kind)
                arguments.append(read(call, value) if read else signed(value))
        name = library_name(call.name, call.args)
        if call.name == "clone":
            # The C library implements fork with clone.
            name = "vfork" if call.args[0] & _CLONE_VM else "fork"
        what = events.Call(name, tuple(arguments), max(result, -1), max(0, -result))
        account.log_call(call, what)


# After a fork, os.fork() of Python 3.12 and later opens /proc/self/stat, reads it to count threads,
# and closes it. Files that a Python program itself opens have O_CLOEXEC.


def _opens_thread_count(call: TracedCall, path: str) -> bool:
    is_it = path == "/proc/self/stat" and call.name == "openat" and call.args[2] == os.O_RDONLY
    return is_it and _is_python(call)


def _is_thread_count(call: TracedCall, number: int, path: str) -> bool:
    """Return whether Python itself opened this descriptor to count the threads at a fork."""
    parts = path.split("/")
    if len(parts) != 4 or (parts[:2], parts[3]) != (["", "proc"], "stat"):
        return False
    flags = int(proc.fdinfo(call.tid, number).get("flags", "0"), 8)
    return not flags & os.O_CLOEXEC and _is_python(call)


def _uses_thread_count(call: TracedCall) -> bool:
    number = call.args[0] & _UNSIGNED
    return _is_thread_count(call, number, proc.link(call.tid, f"fd/{number}"))


def _is_python(call: TracedCall) -> bool:
    return is_python(f"/proc/{call.tid}/exe")


def is_of_programs(path: str, link: str) -> bool:
    """Return whether a file is opened by the program's runtime: libraries, locales.

    `link` is the file's link in /proc, or empty if it could not be opened. Our own modules count,
    too: the shell imports some on demand, from source if Python may not write bytecode.

    >>> is_of_programs("/etc/ld.so.cache", ""), is_of_programs("/proc/self/stat", "")
    (True, False)
    >>> is_of_programs(__file__, ""), is_of_programs("/tmp/race.py", "")
    (True, False)
    >>> is_of_programs("/tmp/my.so.txt", ""), is_of_programs("/tmp/my/lib/data", "")
    (False, False)
    >>> is_of_programs("/tmp/__pycache__/m.pyc", ""), is_of_programs("/tmp/__pycache__/m", "")
    (True, False)
    """
    if path.startswith(_OF_SYSTEM) or path in _READ_BY_LIBRARIES:
        return True
    *folders, name = path.split("/")
    # Python's libraries and its cache of bytecode, wherever they are.
    is_of_python = "lib" in folders and any(folder.startswith("python3.") for folder in folders)
    is_bytecode = folders[-1:] == ["__pycache__"] and ".pyc" in name
    return is_of_python or is_bytecode or _is_library(name, path, link)


def _is_library(name: str, path: str, link: str) -> bool:
    """Return whether a file is a library by its content, or is sought as one along a path."""
    _, end, version = name.partition(".so")
    begin, *numbers = version.split(".")
    if not end or begin or not all(map(str.isdigit, numbers)):
        return False
    if not link:
        return path.startswith("/")
    try:
        # Opening a FIFO or a device would disturb the program.
        if not stat.S_ISREG(os.stat(link).st_mode):
            return False
        with open(link, "rb", buffering=0) as file:
            return file.read(len(_ELF)) == _ELF
    except OSError:
        return False


# ---------------------------------------------------------------------------------- rules of calls


class RegisterCall:
    """A returned call, read from the registers and the memory of its thread."""

    def __init__(self, account: FamilyAccount, call: TracedCall, result: int) -> None:
        self._account = account
        self._call = call
        self.name = call.name
        self.result = max(result, -1)
        self.errno = max(0, -result)

    def number(self, index: int) -> int:
        """Return an argument that is a C int."""
        return signed(self._call.args[index])

    def text(self, index: int) -> str:
        """Return the string that an argument points to."""
        return string_at(self._call.tid, self._call.args[index])

    def pair(self, index: int) -> tuple[int, int] | None:
        """Return the two C ints that an argument points to; None if they cannot be read."""
        data = ptrace.read_memory(self._call.tid, self._call.args[index], 8)
        if len(data) < 8:
            return None
        first, second = struct.unpack("ii", data)
        return first, second

    def pid(self, index: int) -> int:
        """Return an argument that is a pid or a negative pgid."""
        return self._account.numbers.translate(self._call.member, self.number(index))

    def pid_at(self, index: int) -> int:
        """Return the pid that an argument points to."""
        pid = number_at(self._call.tid, self._call.args[index])
        return self._account.numbers.translate(self._call.member, pid)

    def pid_behind(self, index: int) -> int:
        """Return the pid that a pidfd argument refers to; less than 1 if the process is gone."""
        return int(proc.fdinfo(self._call.tid, self.number(index)).get("Pid", 0))

    def pid_of_thread(self, index: int) -> int:
        """Return the pid of the process that a thread id argument belongs to."""
        owner = self._account.family.by_thread.get(self.number(index))
        return owner.pid if owner is not None else self.pid(index)

    def pipe(self, descriptor: int) -> tuple[str, str]:
        """Return the inode and the letter of the pipe that was just made."""
        inode = tracee_proc.pipe_of(self._call.tid, descriptor)
        letters = self._account.family.pipe_letters
        letters[inode] = letter = events.pipe_letter(len(letters))
        return inode, letter

    def file(self, descriptor: int) -> File | None:
        """Return the file that was just opened."""
        target = tracee_proc.target_of(self._call.tid, descriptor)
        return target if isinstance(target, File) else None


class CallRule(Mutable):
    """How the tracer follows a call."""

    follow: Follow
    """`result`, `blocking` or `begin`; see event_kind.py."""
    level: Level
    log: Log
    second: tuple[int, ...] = ()
    """The values of its second argument with which it is followed; empty for any."""
    log_begin: Log | None = None
    """Logs the beginning of a call that may block, if that is a separate event."""


_BY_HAND: dict[tuple[str, Follow], Log] = {
    ("wait4", "both"): _wait4_begins,
    ("waitid", "both"): _waitid_begins,
    ("wait4", "blocking"): _wait4,
    ("waitid", "blocking"): _waitid,
    ("read", "blocking"): _read,
    ("readv", "blocking"): _read,
    ("write", "blocking"): _write,
    ("writev", "blocking"): _write,
    ("close", "begin"): _close,
    ("close_range", "begin"): _close_range,
}
"""Calls whose events depend on other processes, or that make several events."""


def rules_of_entries() -> dict[str, CallRule]:
    """Return the rule of each call that a filter stops, from the entries of the events.

    Raises TypeError: an entry names a call without a way to read the event from it.
    """
    rules = {
        "alarm": CallRule("result", "io", _alarm),
        "setitimer": CallRule("result", "io", _interval_timer),
        "timer_create": CallRule("begin", "io", _timer),
        "timerfd_create": CallRule("begin", "io", _timer),
    }
    begins: dict[str, Log] = {}
    for kind, entry in ENTRIES.items():
        for traced in entry.calls:
            if traced.follow == "reported" or traced.level == "asked":
                continue
            log = _BY_HAND.get((traced.name, traced.follow))
            if log is None:
                read = getattr(kind, "from_call", None)
                if read is None:
                    raise TypeError(f"{kind.__name__} cannot be read from {traced.name}(2)")
                log = _reading(read)
            if traced.follow == "both":
                begins[traced.name] = log
            else:
                rules[traced.name] = CallRule(traced.follow, traced.level, log, traced.second)
    for name, log in begins.items():
        rules[name].log_begin = log
    return rules


def _reading(read: Callable[[SystemCall], events.What | None]) -> Log:
    def log(account: FamilyAccount, call: TracedCall, result: int) -> None:
        what = read(RegisterCall(account, call, result))
        if what is not None:
            account.log_call(call, what)
        elif result < 0 and account.options.other_calls:
            # The event can only report success.
            account.log_call(call, events.Call(call.name, (), -1, -result))

    return log


RULES = rules_of_entries()


_ERESTARTSYS, _ERESTART_RESTARTBLOCK = 512, 516
_LONGEST_MARK = 4096
_END_OF_HANDLER = "rt_sigreturn"
_ASK_BY_NULL = ("rt_sigaction", "rt_sigprocmask")


class FollowedCalls(Record):
    """The calls that a level follows, some only with certain arguments."""

    names: tuple[str, ...]
    by_second: Mapping[str, Sequence[int]]
    by_first: Mapping[str, Sequence[int]]
    changing: tuple[str, ...]
    """Followed unless their second argument is NULL: then they only query."""

    def filter(self) -> bytes:
        """Return the seccomp filter that stops these calls, assembled; empty for no calls."""
        if not self.names:
            return b""
        # A child with CLONE_UNTRACED would not be traced: TracedCalls.note_entry() clears the flag.
        names = {*self.names, "clone3"}
        return seccomp.program(
            sorted(names),
            self.by_second,
            self.by_first,
            flagged={} if "clone" in names else {"clone": tracee_proc.CLONE_UNTRACED},
            changing=self.changing,
        )


def calls_to_follow(level: RecordLevel, others: frozenset[str] = frozenset()) -> FollowedCalls:
    """Return the calls to follow at a level, with `others`; none at level events."""
    if level == "events":
        return FollowedCalls((), {}, {}, ())
    rules = {name: rule for name, rule in RULES.items() if level == "io" or rule.level == "calls"}
    # Stop the additional calls whatever their arguments, except for queries: Python queries the
    # disposition of each signal when it starts.
    chosen = {name: rule for name, rule in rules.items() if name not in others}
    by_second = {name: rule.second for name, rule in chosen.items() if rule.second}
    by_first = {} if "rt_sigaction" in others else {"rt_sigaction": (SIGCHLD,)}
    calls = [name for name in rules if name not in by_second and name not in by_first]
    changing = tuple(name for name in _ASK_BY_NULL if name in others)
    calls += (_END_OF_HANDLER, *sorted(others.difference(rules, changing)))
    return FollowedCalls(tuple(calls), by_second, by_first, changing)


class TracedCalls:
    """Follows the calls of one family that the filter stops."""

    def __init__(self, account: FamilyAccount) -> None:
        self._account = account
        self._under_way = account.family.calls
        self._others = account.options.other_calls

    def note_entry(self, member: TracedProcess, tid: int) -> None:
        """Note a call that a thread is about to make."""
        architecture, _, number, *arguments = ptrace.syscall_entry(tid)
        name = NAMES.get(number, "") if architecture == AUDIT_ARCHITECTURE else ""
        if name in ("clone", "clone3"):
            tracee_proc.have_child_traced(tid, name, arguments[0])
        options = self._account.options
        at = self._account.call_site(member, tid) if member.image is not None else None
        call = TracedCall(member, tid, name, tuple(arguments), at)
        if name in self._others:
            call = changed(call, seconds=_seconds_of(call, number))
        if name == _END_OF_HANDLER:
            self._follow_end_of_handler(tid)
            return
        if name == "rt_sigaction":
            note_wish_for_no_zombies(call)
        is_again = bool(self._under_way.interrupted) and self._begins_again(call)
        if options.when_marked and name == "write" and arguments[0] & _UNSIGNED == _UNSIGNED:
            # The program marks an event with write(-1, …): pass the data on.
            data = options.read_memory(tid, arguments[1], min(arguments[2], _LONGEST_MARK))
            options.when_marked(member, tid, data)
            return
        rule = RULES.get(call.name)
        if call.name in self._others and _is_other_call(call):
            self._under_way.begun[tid] = call
            ptrace.cont_to_syscall(tid)
        elif rule is None:
            ptrace.cont(tid)
        elif rule.follow == "begin":
            rule.log(self._account, call, 0)
            ptrace.cont(tid)
        elif rule.follow == "result":
            self._follow_to_result(call, rule)
        else:
            # A call that may block: its result is at the next stop.
            if rule.log_begin is not None and not is_again:
                rule.log_begin(self._account, call, 0)
            self._under_way.begun[tid] = call
            ptrace.cont_to_syscall(tid)

    def _follow_to_result(self, call: TracedCall, rule: CallRule) -> None:
        """Wait for the return of a call that never blocks for long."""
        ptrace.cont_to_syscall(call.tid)
        status = ptrace.next_status(call.tid)
        if status is None or status.word >> 8 != ptrace.SYSCALL_STOP:
            if status is not None:
                # The thread ended in the call (it may have killed itself), but the signal was sent.
                rule.log(self._account, call, 0)
                self._account.take(status)
            return
        result = ptrace.syscall_result(call.tid)
        if not _is_restart(result):
            rule.log(self._account, call, result)
        # Otherwise a signal interrupted it (SIGTTOU in tcsetpgrp), and it will be restarted.
        ptrace.cont(call.tid)

    def _follow_end_of_handler(self, tid: int) -> None:
        """Find out whether an interrupted call fails, now that a handler returns."""
        if tid in self._under_way.interrupted:
            ptrace.cont_to_syscall(tid)
            status = ptrace.next_status(tid)
            if status is None or status.word >> 8 != ptrace.SYSCALL_STOP:
                if status is not None:
                    self._account.take(status)
                return
            # If the kernel restarts the call, the thread continues at its instruction, not after.
            instruction, _ = ptrace.instruction_and_stack(tid)
            if instruction == self._under_way.interrupted[tid].return_address:
                self._fail(tid)
        ptrace.cont(tid)

    def note_return(self, member: TracedProcess, tid: int) -> None:
        """Handle the result of a call under way."""
        call = self._under_way.begun.pop(tid, None) or TracedCall(member, tid, "", ())
        self._handle_result(call, ptrace.syscall_result(tid))
        ptrace.cont(tid)

    def cut_off(self, tid: int) -> bool:
        """Note that a thread's call was interrupted, to be made again; false if it has returned."""
        result = ptrace.syscall_result(tid)
        if not (_is_restart(result) or result == -EINTR):
            return False
        if (call := self._under_way.begun.pop(tid, None)) is not None:
            place = ptrace.instruction_and_stack(tid)
            self._under_way.interrupted[tid] = InterruptedCall(call, *place)
        return True

    def _handle_result(self, call: TracedCall, result: int) -> None:
        tid = call.tid
        if _is_restart(result):
            self._under_way.interrupted[tid] = InterruptedCall(
                call, *ptrace.instruction_and_stack(tid)
            )
        elif call.name in self._others and _is_other_call(call):
            log_other_call(self._account, call, result)
        elif (rule := RULES.get(call.name)) is not None and rule.follow == "blocking":
            rule.log(self._account, call, result)

    def log_interrupted(self, member: TracedProcess, tid: int) -> None:
        """Log the call that a thread is in before it is killed, if it is in a call."""
        interrupted = self._under_way.interrupted.get(tid)
        call = self._under_way.begun.get(tid) or (interrupted.call if interrupted else None)
        if call is not None and call.name:
            self._account.log_unfinished(member, tid, call.name, call.args)
            return
        values = registers.getregs(tid)
        if _is_restart(values[registers.RESULT] - registers.NO_CALL - 1):
            args = [values[index] for index in registers.ARGUMENTS]
            name = library_name(NAMES.get(values[registers.CALL], ""), args)
            if name:
                self._account.log_unfinished(member, tid, name, args)

    def deliver(self, member: TracedProcess, tid: int, signal: int) -> None:
        """Deliver a signal; if its handler interrupts a call, that fails or is restarted later."""
        cut = self._under_way.interrupted.get(tid)
        if cut and signal and tracee_proc.disposition(member.pid, signal) == "caught":
            self._under_way.interrupted[tid] = changed(cut, is_in_handler=True)
        ptrace.cont(tid, signal)

    def _begins_again(self, call: TracedCall) -> bool:
        """Return whether a call restarts the interrupted call; if not, log that call as failed."""
        interrupted = self._under_way.interrupted.get(call.tid)
        if interrupted is None:
            return False
        return_address, stack = ptrace.instruction_and_stack(call.tid)
        if (call.name, return_address, stack) == (
            interrupted.call.name,
            interrupted.return_address,
            interrupted.stack,
        ):
            del self._under_way.interrupted[call.tid]
            return True
        if not interrupted.is_in_handler:
            self._fail(call.tid)
        return False

    def _fail(self, tid: int) -> None:
        """Log that an interrupted call has failed with EINTR."""
        call = self._under_way.interrupted.pop(tid).call
        rule = RULES.get(call.name)
        is_blocking = rule is not None and rule.follow == "blocking"
        log = rule.log if rule is not None and is_blocking else log_other_call
        log(self._account, call, -EINTR)


def _is_other_call(call: TracedCall) -> bool:
    """Return whether a call is logged as a Call event."""
    rule = RULES.get(call.name)
    return rule is None or bool(rule.second and call.args[1] not in rule.second)


def _is_restart(result: int) -> bool:
    """Return whether the kernel interrupted a call, to restart it or to let it fail with EINTR."""
    return -_ERESTART_RESTARTBLOCK <= result <= -_ERESTARTSYS
