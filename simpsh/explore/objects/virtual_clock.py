"""Virtual time and chance: what a program may learn that is no consequence of its history.

One clock is for all processes of a run, and only sleeps and other waits move it.

Among all orders a sleep may end at any moment; the clock then shows that its time has passed. If
computing takes no time, sleeps, alarms and the limits of waits also order the processes: a process
sleeps until no other can do anything without time passing. If the times of several are over at
once, each may go first.

A state holds how long each process still has to wait, but not what time it is, so that a loop that
sleeps returns to its states. The time is part of the state only if a process reads the clock while
others exist.

The clock begins near the present, in the same way in every run. The time that a process has
computed grows whenever it is asked for. Random bytes are numbered. So a run can be repeated. Other
times and numbers could change it:

- One look at the clock only shows what time of day it is. That this does not matter is an
  assumption, and is tried at other times of day.
- With a second look the program measures how long something took, which depends on the machine.
  That this does not matter is tried with more time between the looks. What others have slept
  meanwhile is flagged.
- That random numbers do not matter is tried with others, except those for the C library's own use
  (a key of malloc).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

from simpsh.explore.flags import FOLLOWS_CLOCK, READS_CLOCK, READS_RANDOM, WAITS_BY_EPOLL
from simpsh.explore.objects.kernel_state import (
    SIGNALS_FIRST,
    DependsOn,
    HistoryNode,
    KeptKey,
    Kernel,
    OfLiving,
    Operation,
    Prediction,
    Unnoticed,
    followed,
)
from simpsh.explore.objects.process_state import WORD, Result
from simpsh.explore.objects.signal_operations import TIMER, SetTimer
from simpsh.explore.objects.stop import Stop
from simpsh.explore.objects.symbolic_names import RINGS, process_of

_CLOCK = KeptKey(("clock",))
_LIMIT, _ALARM = "limit", "alarm"
_SECOND, _IN_A_MICROSECOND = 1_000_000_000, 1000
_TIMER_ABSTIME = 1
_MOST_SLEEPS = 100
SLEEPS = "sleeps, and a process may be delayed for longer: time is not synchronisation"


def sleep(stop: Stop, nanoseconds: int) -> Sleep | None:
    """Return a sleep; None if it is over at once, because no process can notice it."""
    process, run, known = stop.process, stop.run, stop.known
    known.notes[SLEEPS] += 1
    sleeps = process.count("sleeps")
    process.forget("readings")
    if not run.is_alone:
        run.note_time(passes=True)
        if known.signals_matter or known.is_timed or known.clock_matters:
            return Sleep(nanoseconds)
    if sleeps > _MOST_SLEEPS:
        return Sleep(nanoseconds)  # a loop that may reach no other operation
    run.wait_until(run.now + nanoseconds)
    stop.skip(0)
    return None


@followed("nanosleep", "clock_nanosleep")
class Sleep(Unnoticed):
    """Sleeps for a time; among all orders it may be over at any moment."""

    nanoseconds: int = 0

    _said = "sleeps"
    yields_to_kill = True

    @classmethod
    def from_call(cls, stop: Stop) -> Sleep | None:
        is_of_clock = stop.call == "clock_nanosleep"
        place = stop.args[2 if is_of_clock else 0]
        if stop.time_at(place) is None:
            return None  # the kernel refuses it
        is_absolute = is_of_clock and stop.args[1] & _TIMER_ABSTIME
        return sleep(stop, stop.time_left(place, is_relative=not is_absolute))

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        if not stop.process.signals.deliverable:
            stop.run.wait_until(stop.process.due)
            stop.skip(0)

    def broken_off(self, stop: Stop) -> None:
        """Let it have slept for no time, or for all but a second, in turns."""
        call, args, known = stop.call, stop.args, stop.known
        if call in ("select", "pselect6"):
            leave_rest_of_select(stop, self.nanoseconds)
        elif call.endswith("nanosleep") and (left := args[3 if call == "clock_nanosleep" else 1]):
            rest = stop.time_at(args[2 if call == "clock_nanosleep" else 0]) or 0
            if known.is_timed:
                rest = max(stop.process.due - stop.run.now, 0)
            elif known.turn("what is left of a sleep"):
                rest = min(rest, _SECOND)
            stop.write_time(left, rest)

    @property
    def limit(self) -> int | None:
        """See Operation.limit."""
        return self.nanoseconds

    def goes_first(self, kernel: Kernel, _node: HistoryNode) -> bool:
        """Return whether no process can notice that time passes."""
        return not kernel.learned.clock_matters


def leave_rest_of_select(stop: Stop, limit: int) -> None:
    """Show what is left of the time of select, as Linux does: all but a moment, or a moment.

    If computing takes no time, it is what has not passed.
    """
    known, rest = stop.known, limit
    if known.is_timed:
        rest = stop.process.due - stop.run.now
    elif known.turn("what is left of the time of select"):
        rest = 0
    seconds, rest = divmod(max(rest, 2 * _IN_A_MICROSECOND) - _IN_A_MICROSECOND, _SECOND)
    if stop.call == "select":
        rest //= _IN_A_MICROSECOND  # a timeval
    if stop.args[4]:
        stop.write_time(stop.args[4], seconds * _SECOND + rest)


COMPUTED = 1_000_000
"""How many nanoseconds a process has computed between two questions for that."""
_READS_WITHOUT_TIME, _MOST_IN_ROW = 10, 38
"""A loop that only reads the clock lets time pass: from 1 ms to 128 ms with each reading."""
_OF_COMPUTING = 2, 3
"""CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID."""
TIME_OF_DAY = "the time of day"
DURATIONS = "how long the program computes"
_MOST_ROUNDS, _MOST_IN_FAMILY = 100, 40
"""A program that sleeps and reads the clock more often may go on for ever."""
_PAIR = struct.Struct("qq")


@followed("clock_gettime", "gettimeofday", "time")
class ReadClock(Operation):
    """Reads the clock, if it matters what time it is."""

    takes: int = 0
    """How many nanoseconds pass meanwhile: a loop that only reads the clock lets time pass."""

    _said = "reads the clock"

    @classmethod
    def from_call(cls, stop: Stop) -> ReadClock | None:
        process, run, known = stop.process, stop.run, stop.known
        if stop.is_of_start_up(READS_CLOCK):
            # No time passes for what an interpreter reads by itself: a loop that sleeps meets its
            # states. Only an event loop must see it, also in a run that will begin again.
            waits_by_epoll = any(flag.is_a(WAITS_BY_EPOLL) for flag in known.flags)
            passes = waits_by_epoll or known.must_restart
            _show(stop, known.clock_start + (run.now if passes else 0))
        elif stop.call == "clock_gettime" and stop.args[0] in _OF_COMPUTING:
            stop.flag(READS_CLOCK)
            _show(stop, process.count("computed") * COMPUTED)
        else:
            waits = process.count("readings", _MOST_IN_ROW) - _READS_WITHOUT_TIME
            takes = COMPUTED << waits // 4 if waits > 0 else 0
            run.note_time(reads=not run.is_alone, passes=bool(takes) and not run.is_alone)
            if not run.is_alone and known.clock_matters:
                return cls(takes)
            run.wait_until(run.now + takes)
            _read_clock(stop)
        return None

    def prepare(self, kernel: Kernel, stop: Stop) -> None:
        if self.takes:
            stop.run.wait_until(stop.process.due)
        _read_clock(stop)

    def came_back(self, stop: Stop, result: int) -> Result:
        return stop.process.clock_shown

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return that the answer depends on the time."""
        return DependsOn((_now(kernel),))

    @property
    def limit(self) -> int | None:
        """See Operation.limit."""
        return self.takes or None

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no time passes here or in another process."""
        return not self.takes and kernel.learned.clock_movers <= {node.name}


@followed("clock_getres")
def _getres(stop: Stop) -> None:
    """A clock of the machine has the same resolution in all runs; others are of processes."""
    if stop.number(0) < 0:
        stop.flag_call(READS_CLOCK)


def _read_clock(stop: Stop) -> None:
    """Show a process what the clock shows now."""
    run, known = stop.run, stop.known
    if run.rests_read(_MOST_ROUNDS if run.is_alone else _MOST_IN_FAMILY):
        stop.cut_off(FOLLOWS_CLOCK)
    known.independent_of.update((TIME_OF_DAY, DURATIONS) if run.clock_reads else (TIME_OF_DAY,))
    # If computing takes no time, what is measured is right.
    if run.clock_reads and run.now and not run.is_alone and not known.is_timed:
        stop.flag(READS_CLOCK)
    passed = run.clock_reads * known.clock_step
    run.clock_reads += 1
    _show(stop, known.clock_start + run.now + passed)


def _show(stop: Stop, time: int) -> None:
    """Answer a call that reads a clock, in nanoseconds since the clock's beginning."""
    seconds, rest = divmod(time, _SECOND)
    shown = seconds * _SECOND if stop.call == "time" else time
    stop.process.read_clock(shown)
    place = stop.args[stop.call == "clock_gettime"]
    if stop.call == "time":
        stop.answer(place, struct.pack("q", seconds) if place else b"", seconds)
    elif stop.call == "gettimeofday":
        stop.answer(place, _PAIR.pack(seconds, rest // 1000) if place else b"", 0)
    else:
        stop.answer(place, _PAIR.pack(seconds, rest), 0)


# -- random numbers --------------------------------------------------------------------------------

RANDOM_DEVICES = ("/dev/urandom", "/dev/random")
RANDOM_NUMBERS = "random numbers"
_GRND_NONBLOCK, _MOST_BYTES = 1, 4096


@followed("getrandom")
def _getrandom(stop: Stop) -> None:
    address, wanted, bits = stop.args[:3]
    # malloc's key is eight bytes, once, for a variable of a library.
    may_be_key = wanted == WORD and bits == _GRND_NONBLOCK and stop.number(0) != 0
    is_key = may_be_key and stop.is_of_c_library(address)
    answer_random(stop, address, wanted, matters=not is_key)


def answer_random(stop: Stop, address: int, wanted: int, *, matters: bool = True) -> None:
    """Answer a call that reads random bytes, which are the same in every run."""
    known, draw = stop.known, 0
    if matters:
        draw = known.draw
        # The seed by which Python orders its sets is varied only if free runs differ.
        if not stop.is_of_start_up(READS_RANDOM):
            known.independent_of.add(RANDOM_NUMBERS)
    count, process = min(wanted, _MOST_BYTES), stop.process
    seed = f"{process.name} {process.count('random')}" + f" {draw}" * bool(draw)
    stop.answer(address, hashlib.shake_128(seed.encode()).digest(count), count)


# -- if computing takes no time --------------------------------------------------------------------


def _now(kernel: Kernel) -> int:
    now = kernel.kept.get(_CLOCK, 0)
    return now if isinstance(now, int) else 0


def _limit(name: str) -> OfLiving:
    return OfLiving((_LIMIT, name))


def _alarm(name: str) -> OfLiving:
    return OfLiving((_ALARM, name))


def _time_left(kernel: Kernel, choice: str) -> int:
    """Return how many nanoseconds must pass before a choice; 0 if none need to."""
    name = process_of(choice)
    key = _alarm(name) if choice[-1] == RINGS else _limit(name)
    if choice[-1] == SIGNALS_FIRST:
        return 0
    if choice[-1] != RINGS:
        operation = kernel.procs[name][0].operation
        if kernel.deliverable(name) or operation.limit is None:
            return 0
        if not operation.waits_for_time(kernel, name):
            return 0
    left = kernel.kept.get(key, 0)
    return left if isinstance(left, int) else 0


def due(kernel: Kernel, choices: Sequence[str]) -> list[str]:
    """Return the choices that can come next if computing takes no time.

    As long as a process can go at once, no time passes, unless it only polls.
    """
    left = {choice: _time_left(kernel, choice) for choice in choices}
    at_once = [choice for choice in choices if not left[choice]]
    if any(not _only_polls(kernel, choice) for choice in at_once):
        return at_once
    first = min((time for time in left.values() if time), default=0)
    return [choice for choice in choices if left[choice] in (0, first)]


def _only_polls(kernel: Kernel, choice: str) -> bool:
    """Return whether a choice asks for something that is not there, and then at once again."""
    if choice[-1] in (RINGS, SIGNALS_FIRST):
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
    if kernel.learned.clock_matters:
        kernel.kept[_CLOCK] = _now(kernel) + left


def wind(kernel: Kernel, arrived: Sequence[HistoryNode], made: Operation | None = None) -> None:
    """Note how long processes will wait that have arrived somewhere, one by an operation."""
    for node in arrived:
        kernel.kept.pop(_limit(node.name), None)
        if node.operation.limit is not None:
            kernel.kept[_limit(node.name)] = node.operation.limit
    if isinstance(made, SetTimer):
        kernel.kept.pop(_alarm(arrived[0].name), None)
    for key, value in tuple(kernel.kept.items()):
        if key[0] == TIMER and isinstance(value, int):
            kernel.kept.setdefault(_alarm(key[1]), value * _IN_A_MICROSECOND)
    for key in [key for key in kernel.kept if key[0] == _ALARM]:
        if OfLiving((TIMER, key[1])) not in kernel.kept:
            del kernel.kept[key]
