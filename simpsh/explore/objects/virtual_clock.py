"""Virtual time and random numbers: inputs of a program that its history does not determine.

Only sleeps and other waits take time. In the search of all orders, a sleep may end at any moment.
If computing takes no time, sleeps, alarms and timeouts also order the processes: a process sleeps
until no other can make a step without time passing. If several waits are over at the same time,
each process may go first. A state contains the remaining waiting time of each process, but not the
current time, so that a loop that sleeps returns to an earlier state.

The clock begins near the present, at the same time in every run. It shows the time that passes as
long as the program is a single process; later it stands still. The processor time of a process
grows with each reading. Random bytes are a fixed sequence. So a run can be repeated. Other times
and numbers could change its outcome:

- A single reading of the clock only shows the time of day. The explorer assumes that this does not
  matter, and tests it with other times of day.
- With a second reading the program measures a duration, which depends on the machine. The explorer
  tests with more time between the readings whether this matters. A duration in which one of several
  processes has slept is not examined.
- The explorer tests with other random numbers whether these matter, except for the C library's own
  (a key of malloc).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

from simpsh.explore.flags import FOLLOWS_CLOCK, READS_CLOCK, READS_RANDOM
from simpsh.explore.objects.held_call import RANDOM_NUMBERS, TIME_OF_DAY, HeldCall
from simpsh.explore.objects.kernel_state import (
    HistoryNode,
    Kernel,
    OfLiving,
    Operation,
    Unnoticed,
    follows,
)
from simpsh.explore.objects.process_state import WORD
from simpsh.explore.objects.signal_operations import SECOND, TIMER, SetAlarm
from simpsh.explore.objects.symbolic_names import RINGS, SIGNALS_FIRST, File, mark_of, process_of
from simpsh.kernel.machine import registers

_LIMIT, _ALARM = "limit", "alarm"
_IN_A_MICROSECOND = 1000
_TIMER_ABSTIME = 1
_MOST_SLEEPS = 100
SLEEPS = "sleeps, and a process may be delayed for longer: time is not synchronisation"


def sleep(stop: HeldCall, nanoseconds: int) -> Sleep | None:
    """Return a sleep; None if the call is skipped, because other processes cannot notice it."""
    process, run, known = stop.process, stop.run, stop.known
    known.notes.add(SLEEPS)
    sleeps = process.count("sleeps")
    process.forget("readings")
    if not run.is_alone:
        known.times_matter = True
        if known.signals_matter or known.is_timed:
            return Sleep(nanoseconds)
    if sleeps > _MOST_SLEEPS:
        return Sleep(nanoseconds)  # the process may be in a loop without other operations
    run.wait_until(run.now + nanoseconds)
    stop.skip(0)
    return None


@follows("nanosleep", "clock_nanosleep")
class Sleep(Unnoticed):
    """Sleeps for a time; unless runs are timed, it may be over at any moment."""

    nanoseconds: int = 0

    _phrase = "sleeps"
    yields_to_kill = True

    @classmethod
    def from_call(cls, stop: HeldCall) -> Sleep | None:
        is_of_clock = stop.call == "clock_nanosleep"
        address = stop.args[2 if is_of_clock else 0]
        if stop.time_at(address) is None:
            return None  # the kernel refuses it
        is_absolute = is_of_clock and stop.args[1] & _TIMER_ABSTIME
        return sleep(stop, stop.time_left(address, is_relative=not is_absolute))

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if not stop.process.signals.deliverable:
            stop.run.wait_until(stop.process.due)
            stop.skip(0)

    def break_off(self, stop: HeldCall) -> None:
        leave_rest(stop, self.nanoseconds)

    @property
    def limit(self) -> int | None:
        return self.nanoseconds


def leave_rest(stop: HeldCall, limit: int) -> None:
    """Store the remaining time of a call: all of it in one run, at most a second in the next.

    If computing takes no time, the exact remaining time is stored.
    """
    remaining, known = limit, stop.known
    if known.is_timed:
        remaining = max(stop.process.due - stop.run.now, 0)
    elif known.turn():
        remaining = min(remaining, SECOND)
    if stop.call in _REMAINING and (address := stop.args[_REMAINING[stop.call]]):
        unit = _IN_A_MICROSECOND if stop.call == "select" else 1  # a timeval
        seconds, fraction = divmod(remaining, SECOND)
        stop.write_time(address, seconds * SECOND + fraction // unit)


_REMAINING = {"nanosleep": 1, "clock_nanosleep": 3, "select": 4, "pselect6": 4}
"""The index of the argument with the address of the remaining time."""
COMPUTED = 1_000_000
"""The nanoseconds of processor time that pass between two readings of processor time."""
_OF_COMPUTING = 2, 3
"""CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID."""
DURATIONS = "how long the program computes"
_MOST_READINGS, _MOST_IN_ROW = 100, 30
"""A program that reads the clock more often, or without another operation, may never end."""
_PAIR = struct.Struct("qq")


@follows("clock_gettime", "gettimeofday", "time")
def _read_clock(stop: HeldCall) -> None:
    """Answer with the time at the program's first fork, or now if there was none."""
    process, run, known = stop.process, stop.run, stop.known
    if stop.is_of_start_up(READS_CLOCK):
        _show(stop, known.clock_start + run.clock)
        return
    if stop.call == "clock_gettime" and stop.args[0] in _OF_COMPUTING:
        stop.flag(READS_CLOCK)
        _show(stop, process.count("computed") * COMPUTED)
        return
    if run.clock_reads and run.now > run.clock:
        stop.cut_off(READS_CLOCK)
    if run.clock_reads > _MOST_READINGS or process.count("readings") > _MOST_IN_ROW:
        stop.cut_off(FOLLOWS_CLOCK)
    known.independent_of.update((TIME_OF_DAY, DURATIONS) if run.clock_reads else (TIME_OF_DAY,))
    passed = run.clock_reads * known.conditions.clock_step
    run.clock_reads += 1
    _show(stop, known.clock_start + run.clock + passed)


_CODE_BYTES = 64


def answer_cycle_counter(stop: HeldCall) -> bool:
    """Emulate an instruction that reads the cycle counter; return whether it was one.

    The process is about to get SIGSEGV for it. The C library's own use, which times the start of
    programs, is not flagged.
    """
    process = stop.process
    values = registers.getregs(process.pid)
    address = values[registers.PROGRAM_COUNTER]
    instruction = registers.cycle_counter_read(stop.read(address, _CODE_BYTES))
    if not instruction:
        return False
    if not stop.is_of_c_library(address):
        stop.flag_call(READS_CLOCK)
    computed = process.count("computed") * COMPUTED
    registers.answer_cycle_counter(values, instruction, computed)
    registers.setregs(process.pid, values)
    return True


def _show(stop: HeldCall, time: int) -> None:
    """Answer a call that reads a clock; `time` is in nanoseconds since the clock's beginning."""
    seconds, nanoseconds = divmod(time, SECOND)
    shown = seconds * SECOND if stop.call == "time" else time
    stop.process.read_clock(shown)
    address = stop.args[stop.call == "clock_gettime"]
    if stop.call == "time":
        stop.answer(address, struct.pack("q", seconds) if address else b"", seconds)
    elif stop.call == "gettimeofday":
        stop.answer(address, _PAIR.pack(seconds, nanoseconds // 1000) if address else b"", 0)
    else:
        stop.answer(address, _PAIR.pack(seconds, nanoseconds), 0)


# -- random numbers --------------------------------------------------------------------------------

RANDOM_DEVICES = File("/dev/urandom"), File("/dev/random")
_GRND_NONBLOCK, _MOST_BYTES = 1, 4096


@follows("getrandom")
def _getrandom(stop: HeldCall) -> None:
    address, wanted, bits = stop.args[:3]
    # malloc reads eight bytes, once, into a variable of the C library.
    may_be_key = wanted == WORD and bits == _GRND_NONBLOCK and stop.number(0) != 0
    is_key = may_be_key and stop.is_of_c_library(address)
    answer_random(stop, address, wanted, matters=not is_key)


def answer_random(stop: HeldCall, address: int, wanted: int, *, matters: bool = True) -> None:
    """Answer a call that reads random bytes, which are the same in every run."""
    known, draw = stop.known, 0
    if matters:
        draw = known.conditions.draw
        # The seed of Python's hashes, which orders its sets, is varied only if free runs differ.
        if not stop.is_of_start_up(READS_RANDOM):
            known.independent_of.add(RANDOM_NUMBERS)
    count, process = min(wanted, _MOST_BYTES), stop.process
    seed = f"{process.name} {process.count('random')}" + f" {draw}" * bool(draw)
    stop.answer(address, hashlib.shake_128(seed.encode()).digest(count), count)


# -- if computing takes no time --------------------------------------------------------------------


def _limit(name: str) -> OfLiving:
    return OfLiving((_LIMIT, name))


def _alarm(name: str) -> OfLiving:
    return OfLiving((_ALARM, name))


def _time_left(kernel: Kernel, choice: str) -> int:
    """Return the nanoseconds that must pass before a choice."""
    name = process_of(choice)
    key = _alarm(name) if mark_of(choice) == RINGS else _limit(name)
    if mark_of(choice) == SIGNALS_FIRST:
        return 0
    if mark_of(choice) != RINGS:
        operation = kernel.procs[name][0].operation
        if kernel.deliverable(name) or operation.limit is None:
            return 0
        if not operation.waits_for_time(kernel, name):
            return 0
    left = kernel.kept.get(key, 0)
    return left if isinstance(left, int) else 0


def due(kernel: Kernel, choices: Sequence[str]) -> list[str]:
    """Return the choices that can come next if computing takes no time.

    No time passes as long as a process can make a step at once, unless it only polls.
    """
    left = {choice: _time_left(kernel, choice) for choice in choices}
    at_once = [choice for choice in choices if not left[choice]]
    if any(not _only_polls(kernel, choice) for choice in at_once):
        return at_once
    first = min((time for time in left.values() if time), default=0)
    return [choice for choice in choices if left[choice] in (0, first)]


def _only_polls(kernel: Kernel, choice: str) -> bool:
    """Return whether a choice is a poll that finds nothing and is then repeated at once."""
    if mark_of(choice):
        return False
    node = kernel.procs[choice][0]
    edge = node.successor(kernel)
    if edge is None or edge.target is None or edge.target.operation != node.operation:
        return False
    return node.operation.finds_nothing(edge.result)


def pass_time(kernel: Kernel, choice: str) -> None:
    """Let as much time pass as a choice needs."""
    left = _time_left(kernel, choice)
    if not left:
        return
    for key, value in kernel.kept.items():
        if key[0] in (_LIMIT, _ALARM) and isinstance(value, int):
            kernel.kept[key] = max(value - left, 0)


def wind(kernel: Kernel, arrived: Sequence[HistoryNode], made: Operation | None = None) -> None:
    """Set the waiting times of processes that have arrived at a node; `made` led to the first."""
    for node in arrived:
        kernel.kept.pop(_limit(node.name), None)
        if node.operation.limit is not None:
            kernel.kept[_limit(node.name)] = node.operation.limit
    if isinstance(made, SetAlarm):
        kernel.kept.pop(_alarm(arrived[0].name), None)
    for key, value in tuple(kernel.kept.items()):
        if key[0] == TIMER and isinstance(value, int):
            kernel.kept.setdefault(_alarm(str(key[1])), value * SECOND)
    for key in [key for key in kernel.kept if key[0] == _ALARM]:
        if OfLiving((TIMER, key[1])) not in kernel.kept:
            del kernel.kept[key]
