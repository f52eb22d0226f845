"""Clock and random numbers: what a program may learn that is no consequence of its history.

The tracer answers both, in the same way in every run. All processes have one clock, which begins
near the present and is moved by sleeps and other waits for a time (objects/virtual_clock.py).
The time that a process has computed grows whenever it is asked for, and so does the processor's
cycle counter. Random bytes are numbered. So a run can be repeated. Other times and numbers could
change it:

- One look at the clock only shows what time of day it is. That this does not matter is an
  assumption, and is tried at other times of day.
- With a second look the program measures how long something took, which depends on the machine:
  that is flagged. So is a look beside others that sleep.
- Random numbers are flagged, except those for the C library's own use (a key of malloc).
"""

from __future__ import annotations

import hashlib
import linecache
import os
import re
import struct
from contextlib import suppress

from simpsh.explore.control.handlers import file_at
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.interpreter_startup import is_of_start_up
from simpsh.explore.control.run_state import ARRIVALS, Args, RunState
from simpsh.explore.control.times_given import NANOSECONDS, PAIR, layout_of, time_asked
from simpsh.explore.flags import FOLLOWS_CLOCK, READS_CLOCK, READS_RANDOM
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.virtual_clock import ReadClock
from simpsh.explore.workplace.run_limits import RunCutOff
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace.source.python_frames import PythonImage
from simpsh.trace.tracee_proc import signed

DEVICES = ("/dev/urandom", "/dev/random")
_STEP = 1_000_000
_READS_WITHOUT_TIME, _MOST_IN_ROW = 10, 38
"""A loop that only reads the clock lets time pass: from 1 ms to 128 ms with each reading."""
_OF_COMPUTING = 2, 3
"""CLOCK_PROCESS_CPUTIME_ID and CLOCK_THREAD_CPUTIME_ID."""
TIME_OF_DAY = "the time of day does not matter"
SECOND_STAYS = "no second of the clock ends while the program computes"
_MOST_ROUNDS, _MOST_IN_FAMILY = 100, 40
"""A program that sleeps and reads the clock more often may go on for ever."""
_GRND_NONBLOCK = 1
_KEY_BYTES = registers.WORD
_MOST_BYTES = 4096


def answer_rest(run: RunState, process: HeldProcess) -> None:
    """Let an interrupted sleep have slept for no time, or for all but a second, in turns."""
    if not process.call.endswith("nanosleep"):
        _answer_rest_of_select(run, process)
        return
    wanted, left = time_asked(process), process.args[3 if process.call == "clock_nanosleep" else 1]
    if left and wanted is not None:
        if run.knowledge.is_timed:
            rest = max(process.due - run.now, 0)
        elif run.knowledge.turn("what is left of a sleep"):
            rest = min(wanted, NANOSECONDS)
        else:
            rest = wanted
        ptrace.write_memory(process.pid, left, layout_of(process).pack(*divmod(rest, NANOSECONDS)))


def _answer_rest_of_select(run: RunState, process: HeldProcess) -> None:
    """Let select have waited for no time, or for all of it, in turns: Linux tells what is left."""
    if process.call not in ("select", "pselect6") or not process.args[4]:
        return
    if run.knowledge.turn("what is left of the time of select"):
        with suppress(OSError):  # it may lie where nothing can be written
            ptrace.write_memory(process.pid, process.args[4], PAIR.pack(0, 1))


@ARRIVALS.of("clock_gettime", "gettimeofday", "time")
def _reads_clock(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if is_of_start_up(run.knowledge, process, READS_CLOCK):
        # No time passes for what an interpreter reads by itself: a loop that sleeps meets its
        # states.
        _answer_clock(process, run.knowledge.clock_start, by_itself=True)
    elif process.call == "clock_gettime" and args[0] in _OF_COMPUTING:
        run.flag(READS_CLOCK)
        _answer_clock(process, process.count("computed") * _STEP, by_itself=True)
    else:
        waits = process.count("readings", _MOST_IN_ROW) - _READS_WITHOUT_TIME
        takes = _STEP << waits // 4 if waits > 0 else 0
        run.note_time(reads=not run.is_alone, passes=bool(takes) and not run.is_alone)
        if not run.is_alone and run.knowledge.clock_matters:
            return ReadClock(takes)
        run.wait_until(run.now + takes)
        read_clock(run, process)
    return None


def read_clock(run: RunState, process: HeldProcess) -> None:
    """Show a process what the clock shows now."""
    if run.rests_read(_MOST_ROUNDS if run.is_alone else _MOST_IN_FAMILY):
        run.at_call = process
        raise RunCutOff(FOLLOWS_CLOCK)
    is_coarse = process.call == "time"
    if is_coarse:
        measures = process.has_read_clock or bool(run.now and not run.is_alone)
        run.knowledge.assumed.add(SECOND_STAYS)
    else:
        measures = bool(run.clock_reads)
    run.knowledge.assumed.add(TIME_OF_DAY)
    # If computing takes no time, what is measured is right.
    if measures and not run.knowledge.is_timed:
        run.knowledge.flags[READS_CLOCK] += 1
        run.locate(READS_CLOCK, process)
    run.clock_reads += 1
    _answer_clock(process, run.knowledge.clock_start + run.now, by_itself=False)


def _answer_clock(process: HeldProcess, time: int, *, by_itself: bool) -> None:
    """Answer a call that reads a clock, in nanoseconds since the clock's beginning."""
    args = process.args
    seconds, rest = divmod(time, NANOSECONDS)
    shown = seconds * NANOSECONDS if process.call == "time" else time
    process.read_clock(shown, by_itself=by_itself)
    if process.call == "time":
        answer(process, args[0], struct.pack("q", seconds), seconds)
    elif process.call == "gettimeofday":
        answer(process, args[0], PAIR.pack(seconds, rest // 1000), 0)
    else:
        answer(process, args[1], PAIR.pack(seconds, rest), 0)


_OF_THE_C_LIBRARY = re.compile(r"(ld-linux|ld|libc|libpthread)[-.]")
_CODE_BYTES = 64


def answer_cycle_counter(run: RunState, process: HeldProcess) -> bool:
    """Answer an instruction that reads the cycle counter; return whether it was one.

    The process is about to get SIGSEGV for it. The C library's own use, which times the start of
    programs, is not flagged.
    """
    values = registers.getregs(process.pid)
    place = values[registers.PROGRAM_COUNTER]
    code = ptrace.read_memory(process.pid, place, _CODE_BYTES)
    instruction = registers.cycle_counter_read(code)
    if not instruction:
        return False
    known = run.knowledge.call_sites
    if (place, code) not in known:
        known[place, code] = ((file_at(proc.memory_regions(process.pid), place), place),)
    [(file, _)] = known[place, code]
    if _OF_THE_C_LIBRARY.match(os.path.basename(file)) is None:
        run.flag_call(process, READS_CLOCK)
    computed = process.count("computed") * _STEP
    registers.answer_cycle_counter(values, instruction, computed)
    registers.setregs(process.pid, values)
    return True


@ARRIVALS.of("getrandom")
def _getrandom(run: RunState, process: HeldProcess, args: Args) -> None:
    drawn, turn = _drawn_by_library(run, process), 0
    if drawn:
        run.knowledge.assumed.add(f"{drawn} does not matter")
        turn = run.knowledge.turn(drawn, _SEEDS) if drawn == _SEED else 0
    elif not _is_key_of_malloc(process, args):
        run.flag_call(process, READS_RANDOM)
    _answer_bytes(process, args[0], args[1], turn)


def answer_read(run: RunState, process: HeldProcess, args: tuple[int, ...]) -> None:
    """Answer a read of /dev/urandom."""
    run.flag_call(process, READS_RANDOM)
    _answer_bytes(process, args[1], args[2])


def _answer_bytes(process: HeldProcess, address: int, wanted: int, turn: int = 0) -> None:
    count = min(wanted, _MOST_BYTES)
    seed = f"{process.name} {process.count('random')}" + f" {turn}" * bool(turn)
    data = hashlib.shake_128(seed.encode()).digest(count)
    answer(process, address, data, count)


def answer(process: HeldProcess, address: int, data: bytes, result: int) -> None:
    """Let the call that a process stands at store this there, and come back with the result."""
    try:
        if data and (address or process.call not in ("time", "gettimeofday")):
            ptrace.write_memory(process.pid, address, data)
    except OSError:
        return  # the kernel will find the same fault
    registers.skip_call(process.pid, result)


_KEY = "the key that multiprocessing draws when it is imported"
_SEED, _SEEDS = "the seed of random where a library imports it", 16
_DRAWN = {"multiprocessing/process.py:_MainProcess.__init__": _KEY, "random.py:Random.seed": _SEED}


def _drawn_by_library(run: RunState, process: HeldProcess) -> str:
    """Return what Python's library draws for itself: the key of network connections, a seed.

    The seed is for names of temporary files, unless the program's own line imports random. Where
    something imports it before the program begins, each draw counts as one that should not matter.
    """
    if process.image.interpreter is None:
        return ""
    image = PythonImage(process.pid, {})
    drawn, site = _DRAWN.get(image.function_of_library(process.pid), ""), image.site_of(process.pid)
    line = linecache.getline(site.file, site.line) if site is not None else ""
    is_own = drawn == _SEED and (not line or "random" in line or "seed" in line)
    return "" if is_own and not is_of_start_up(run.knowledge, process, READS_RANDOM) else drawn


def _is_key_of_malloc(process: HeldProcess, args: tuple[int, ...]) -> bool:
    """Return whether this is malloc's key: eight bytes, once, for a variable of a library."""
    if args[1] != _KEY_BYTES or args[2] != _GRND_NONBLOCK or signed(args[0]) == 0:
        return False
    file = os.path.basename(file_at(proc.memory_regions(process.pid), args[0]))
    return _OF_THE_C_LIBRARY.match(file) is not None
