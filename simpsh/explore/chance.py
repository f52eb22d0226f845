"""Clock and random numbers: what a program may learn that is no consequence of its history.

Both are answered by the cage, the same in every run: a clock that stands at a fixed time and goes
on by a millisecond whenever it is read, and by as much as is slept; random bytes that are counted
off. So a run can be repeated; but other times and numbers could make it go otherwise, and that is
flagged. The C library's own use (a key of malloc) is not.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from simpsh.kernel import ptrace, registers
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run

DEVICES = ("/dev/urandom", "/dev/random")
READS_CLOCK, READS_RANDOM = "reads the clock", "reads random numbers"
_START_SECONDS = 1_700_000_000
_NANOSECONDS = 1_000_000_000
_STEP = 1_000_000
_GRND_NONBLOCK = 1
_KEY_BYTES = 8
_MOST_BYTES = 4096
_TIMER_ABSTIME = 1


def _now(process: Caged) -> tuple[int, int]:
    process.clock += _STEP
    seconds, rest = divmod(process.clock, _NANOSECONDS)
    return _START_SECONDS + seconds, rest


def pass_time(process: Caged, args: tuple[int, ...]) -> None:
    """Let the clock go on by as much as the process wants to sleep."""
    place = 2 if process.call == "clock_nanosleep" else 0
    data = ptrace.read_memory(process.pid, args[place], 16)
    if len(data) < 16:
        return
    seconds, rest = struct.unpack("qq", data)
    wanted = seconds * _NANOSECONDS + rest
    if place and args[1] & _TIMER_ABSTIME:
        wanted -= process.clock + _START_SECONDS * _NANOSECONDS
    process.clock += max(0, wanted)


def clock_gettime(run: Run, process: Caged, args: tuple[int, ...]) -> None:
    """Answer clock_gettime, gettimeofday and time."""
    run.flag_call(process, READS_CLOCK)
    seconds, rest = _now(process)
    result = 0
    if process.call == "time":
        result = seconds
        answers = [(args[0], struct.pack("q", seconds))]
    elif process.call == "gettimeofday":
        answers = [(args[0], struct.pack("qq", seconds, rest // 1000))]
    else:
        answers = [(args[1], struct.pack("qq", seconds, rest))]
    _answer(process, answers, result)


def getrandom(run: Run, process: Caged, args: tuple[int, ...]) -> None:
    """Answer getrandom."""
    count = min(args[1], _MOST_BYTES)
    if not _is_key_of_malloc(process, args):
        run.flag_call(process, READS_RANDOM)
    _answer(process, [(args[0], _bytes(process, count))], count)


def answer_read(run: Run, process: Caged, args: tuple[int, ...]) -> None:
    """Answer a read of /dev/urandom."""
    run.flag_call(process, READS_RANDOM)
    count = min(args[2], _MOST_BYTES)
    _answer(process, [(args[1], _bytes(process, count))], count)


def _bytes(process: Caged, count: int) -> bytes:
    process.random_calls += 1
    return hashlib.shake_128(str(process.random_calls).encode()).digest(count)


def _answer(process: Caged, answers: list[tuple[int, bytes]], result: int) -> None:
    try:
        for address, data in answers:
            if address and data:
                ptrace.write_memory(process.pid, address, data)
    except OSError:
        return  # the kernel will find the same fault
    registers.skip_call(process.pid, result)


def _is_key_of_malloc(process: Caged, args: tuple[int, ...]) -> bool:
    """Tell whether this is malloc's key: eight bytes, once, stored among a library's variables."""
    if args[1] != _KEY_BYTES or args[2] != _GRND_NONBLOCK or signed(args[0]) == 0:
        return False
    try:
        with open(f"/proc/{process.pid}/maps") as file:
            lines = file.read().splitlines()
    except OSError:
        return False
    library = ""
    for line in lines:
        span, *_, name = line.split(maxsplit=5)
        first, end = (int(word, 16) for word in span.split("-"))
        if name.startswith("/"):
            library = name
        elif name.startswith("["):
            library = ""
        if first <= args[0] < end:
            return "libc" in library or "ld-" in library or "ld.so" in library
    return False
