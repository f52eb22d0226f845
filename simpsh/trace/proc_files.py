"""What /proc tells about a traced process while the tracer holds it.

Every function answers for a process that may be killed at any moment: what is gone is empty.
See proc(5).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from simpsh.kernel.syscall_table import NUMBERS

Ends = tuple[tuple[int, str], ...]

_READABLE = 0o400
_MOST = 65536
_RESTARTED = str(NUMBERS.get("restart_syscall"))
_RESTARTABLE = (("poll_", "poll"), ("do_sys_poll", "poll"), ("futex", "futex"))
"""By the beginning of the kernel function slept in; the other calls that restart are sleeps."""
_HARMLESS = (17, 23, 28)
"""SIGCHLD, SIGURG, SIGWINCH: their default is to do nothing."""


@dataclass(frozen=True, slots=True)
class Descriptors:
    """A process's descriptors: pipe ends as `INODE r` or `INODE w`, others as /proc shows them."""

    pipes: Ends = ()
    files: Ends = ()


def descriptors(pid: int) -> Descriptors:
    """List the descriptors of a process."""
    directory = f"/proc/{pid}/fd"
    pipes, files = [], []
    try:
        numbers = sorted(map(int, os.listdir(directory)))
    except OSError:
        return Descriptors()
    for number in numbers:
        target = descriptor(pid, number)
        if target.startswith("pipe:["):
            pipes.append((number, f"{target[6:-1]} {_direction(pid, number)}"))
        elif target:
            files.append((number, target))
    return Descriptors(tuple(pipes), tuple(files))


def pipe_ends(pid: int) -> Ends:
    """List the pipe ends that a process holds."""
    return descriptors(pid).pipes


def descriptor(pid: int, number: int) -> str:
    """Return what a descriptor points to, such as `pipe:[123]`; empty if it is not open."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{number}")
    except OSError:
        return ""


def descriptor_info(pid: int, number: int) -> dict[str, str]:
    """Return the fields of /proc/PID/fdinfo/NUMBER; none if it is not open."""
    try:
        lines = _contents(f"/proc/{pid}/fdinfo/{number}").decode().split("\n")
    except OSError:
        return {}
    parts = (line.partition(":") for line in lines if line)
    return {name: value.strip() for name, _, value in parts}


def pipe_of(pid: int, number: int) -> str:
    """Return the inode of the pipe that a descriptor is an end of; empty if it is none."""
    target = descriptor(pid, number)
    return target[6:-1] if target.startswith("pipe:[") else ""


def _direction(pid: int, number: int) -> str:
    try:
        mode = os.lstat(f"/proc/{pid}/fd/{number}").st_mode
    except OSError:
        return "r"
    return "r" if mode & _READABLE else "w"


def _contents(path: str) -> bytes:
    # The processes traced wait meanwhile, and a file object takes twice as long.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.read(descriptor, _MOST)
        while len(found) % _MOST == 0 and (more := os.read(descriptor, _MOST)):
            found += more
    finally:
        os.close(descriptor)
    return found


def argv(pid: int) -> tuple[str, ...]:
    """Return the arguments that the process was started with."""
    try:
        return tuple(map(os.fsdecode, _contents(f"/proc/{pid}/cmdline").split(b"\0")[:-1]))
    except OSError:
        return ()


def executable(pid: int) -> str:
    """Return the path of the program's file; empty if the process is gone."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def command_name(pid: int) -> str:
    """Return the program's short name, at most 15 bytes; empty if the process is gone."""
    try:
        return os.fsdecode(_contents(f"/proc/{pid}/comm").rstrip(b"\n"))
    except OSError:
        return ""


def _stat(pid: int) -> list[bytes]:
    """Return the fields of /proc/PID/stat from the state on; none if the process is gone."""
    try:
        line = _contents(f"/proc/{pid}/stat")
    except OSError:
        return []
    # The name may hold spaces and parentheses; nothing after it does.
    return line[line.rindex(b")") + 2 :].split()


def parent(pid: int) -> int:
    """Return the parent's pid; 0 if the process is gone."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def group(pid: int) -> int:
    """Return the process group; 0 if the process is gone."""
    fields = _stat(pid)
    return int(fields[2]) if fields else 0


def status_line(pid: int, name: str) -> str:
    """Return the value of one line of /proc/PID/status; empty if there is none."""
    wanted = name.encode() + b":"
    try:
        for line in _contents(f"/proc/{pid}/status").split(b"\n"):
            if line.startswith(wanted):
                return line[len(wanted) :].strip().decode()
    except OSError:
        pass
    return ""


def process_of_thread(tid: int) -> int:
    """Return the pid of the process a thread belongs to; 0 if it is gone."""
    return int(status_line(tid, "Tgid") or 0)


def tracer_of(pid: int) -> int:
    """Return the pid of the process that traces `pid`; 0 if nobody does."""
    return int(status_line(pid, "TracerPid") or 0)


def effect_of(pid: int, signal: int) -> str:
    """Return the effect of a delivery: `ignored`, `nothing`, or empty for anything else."""
    if ignores(pid, signal):
        return "ignored"
    if signal not in _HARMLESS or int(status_line(pid, "SigCgt") or "0", 16) >> signal - 1 & 1:
        return ""
    return "nothing"


def ignores(pid: int, signal: int) -> bool:
    """Tell whether a process ignores a signal."""
    return bool(int(status_line(pid, "SigIgn") or "0", 16) >> (signal - 1) & 1)


def is_gone(pid: int) -> bool:
    """Tell whether no process has this pid, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def call_under_way(tid: int) -> str:
    """Return the line that /proc shows of the call a thread sleeps in; empty while it runs.

    The kernel waits until the thread is off the processor before it answers, so that a thread
    that is about to sleep, or was woken, is not taken for one that sleeps.
    """
    try:
        line = _contents(f"/proc/{tid}/syscall").decode().strip()
    except OSError:
        return ""
    return "" if line == "running" else _as_first_called(tid, line)


def _as_first_called(tid: int, line: str) -> str:
    """Give a call its own number again, where the kernel goes on with it after a signal or a stop.

    Its number is then that of restart_syscall(2); the arguments are still those of the call.
    """
    number, _, arguments = line.partition(" ")
    if number != _RESTARTED:
        return line
    try:
        function = _contents(f"/proc/{tid}/wchan").decode()
    except OSError:
        function = ""
    name = next((call for start, call in _RESTARTABLE if function.startswith(start)), "")
    if not name:
        # A clock is a small number; nanosleep has an address there.
        name = "clock_nanosleep" if int(arguments.split()[0], 16) < _MOST else "nanosleep"
    return f"{NUMBERS.get(name, number)} {arguments}"


def is_asleep(tid: int) -> bool:
    """Tell whether a thread sleeps in the kernel, or is gone."""
    return bool(call_under_way(tid)) or is_gone(tid)


def times_scheduled(tid: int) -> str:
    """Return how often a thread has left the processor, so far, in the words of /proc."""
    willing = status_line(tid, "voluntary_ctxt_switches")
    return f"{willing} {status_line(tid, 'nonvoluntary_ctxt_switches')}"


def state(pid: int) -> str:
    """Return the letter of proc(5) for the state; empty if the process is gone."""
    fields = _stat(pid)
    return fields[0].decode() if fields else ""


def holders_of_pipe(inode: str) -> set[int]:
    """Return every process of the system that is seen to hold an end of a pipe."""
    wanted = f"pipe:[{inode}]"
    found = set()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            numbers = os.listdir(f"/proc/{name}/fd")
        except OSError:
            continue
        if any(descriptor(int(name), int(number)) == wanted for number in numbers):
            found.add(int(name))
    return found


def memory(tid: int, address: int, count: int) -> bytes:
    """Return up to `count` bytes of a process's memory; none if they cannot be read.

    Unlike process_vm_readv(2), this leaves a page shared that is copied only when written.
    """
    try:
        descriptor = os.open(f"/proc/{tid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(descriptor, count, address)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def sleeps_in_call(tid: int) -> bool:
    """Tell whether a thread sleeps in a system call, rather than stand before its tracer."""
    return state(tid) in ("S", "D") and bool(call_under_way(tid)) and state(tid) in ("S", "D")
