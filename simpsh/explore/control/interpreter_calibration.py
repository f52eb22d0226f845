"""Which calls an interpreter makes of its own accord: measured, not known.

Two small programs run in each interpreter. Between two marks (tests of a file that cannot exist)
the program itself asks for times and random numbers; elsewhere it starts, sleeps, takes locks
and forks, so all calls there are the interpreter's own. The call stacks of the two differ from some
function on. The functions up to that one are a signature of the interpreter's own calls: no name of
a function and no version of an interpreter is known here.

The second program checks the signatures of the first: it asks in other ways. A signature that takes
one of these for the interpreter's own is not used, and the verdict has a note. Interpreters without
such programs have whole call stacks as signatures.
"""

from __future__ import annotations

import os

from simpsh.base.record import Record
from simpsh.explore.flags import Flag

CallSite = tuple[tuple[str, int], ...]
"""The functions of a call stack, innermost first: the file and the address of each."""
MARK = "/proc/self/simpsh asks"
"""The path that a program tests: then it asks once, so that it need not import anything later.
After a second test it asks again, and tests the path a third time. It names no file."""
LOOKS = frozenset(("access", "faccessat", "faccessat2", "stat", "newfstatat", "statx"))
"""The calls that may test a path."""

_OWN = """
import os, _thread, time, signal, select, gc
time.sleep(0.001)
_thread.allocate_lock().acquire()
_thread.allocate_lock().acquire(timeout=1)
_thread.RLock().acquire()
print(flush=True)
os.fork() and os.wait()
select.poll().poll(1)
select.select([], [], [], 0.001)
signal.sigtimedwait([signal.SIGUSR1], 0.001)
gc.collect()
"""
_MARK_IN_PYTHON = f"os.access({MARK!r}, 0)"
_IMPORTS = """
import _random
try: import _datetime as dates
except ImportError: dates = None
"""
_PYTHON_ASKS = (
    """
time.time(); time.monotonic(); time.perf_counter(); time.process_time(); time.clock_gettime(0)
time.time_ns(); time.monotonic_ns(); time.perf_counter_ns(); time.process_time_ns()
time.localtime(); time.gmtime(); time.ctime(); os.times()
os.urandom(1); os.getrandom(1); os.listdir("/proc"); _random.Random()
os.read(os.open("/proc/stat", 0), 1); os.read(os.open("/proc/self/stat", 0), 1)
dates.datetime.now()
""",
    """
time.asctime(); time.clock_gettime_ns(1); (lambda: time.time())(); [time.monotonic() for _ in "a"]
dates.datetime.now(dates.timezone.utc); dates.date.today(); dates.datetime.today()
_random.Random().seed(); os.urandom(20)
""",
)
_BASH_ASKS = (
    ": $SECONDS $EPOCHSECONDS $EPOCHREALTIME $RANDOM $SRANDOM; printf '%(%s)T' -1",
    ": $((SECONDS)) $((RANDOM + EPOCHSECONDS)); times",
)
_PERL_ASKS = (
    "time; rand; my @a = (times, localtime, gmtime)",
    "srand; my $a = time . rand 6; print scalar localtime",
)


_LEAST = 2
"""The least functions of a signature: one alone may read the clock for all others."""
_MOST = 4
"""The most functions of a signature: further ones tell who calls the reading function."""
_FUNCTIONS = 3
"""The functions of a signature if the program never does anything like it."""


class Calibration(Record):
    """A program that shows the calls of an interpreter."""

    arguments: tuple[str, ...]


def calibrations(name: str) -> tuple[Calibration, ...]:
    """Return the programs for an interpreter whose file has this name.

    All but the first check the signatures of the first.
    """
    if name.startswith("python"):
        texts = (
            "\n".join((_OWN, _IMPORTS, *2 * (_MARK_IN_PYTHON, _quiet(asks)), _MARK_IN_PYTHON, _OWN))
            for asks in _PYTHON_ASKS
        )
        return tuple(Calibration(("-c", text)) for text in texts)
    if name.startswith("bash"):
        # Its children ask for the foreground process group.
        mark = f"[ -e '{MARK}' ]"
        lines = (f": & wait; {2 * f'{mark}; {asks}; '}{mark}; : & wait" for asks in _BASH_ASKS)
        return tuple(Calibration(("-c", line)) for line in lines)
    if name.startswith("perl"):
        mark = f"my $m = -e '{MARK}'"
        lines = (f"{2 * f'{mark}; {asks}; '}{mark}; fork or exit; wait" for asks in _PERL_ASKS)
        return tuple(Calibration(("-e", line)) for line in lines)
    return (Calibration((os.devnull,)),)


def _quiet(asks: str) -> str:
    """Return statements of which each may fail, because a version may lack a function."""
    each = [part.strip() for line in asks.splitlines() for part in line.split(";") if part.strip()]
    return "\n".join(f"try: {part}\nexcept Exception: pass" for part in each)


_WARMING_UP, _ASKING = 1, 2


class SeenCalls:
    """The calls of one run of a calibration that would raise a flag."""

    def __init__(self) -> None:
        self.own = set[tuple[Flag, CallSite]]()
        """The calls before the first and after the last mark."""
        self.asked = set[tuple[Flag, CallSite]]()
        """The calls between the second and the last mark."""
        self._marks = 0

    def mark(self) -> None:
        """Note that the program has come to a mark."""
        self._marks += 1

    def add(self, flag: Flag, site: CallSite) -> None:
        """Add a call that would raise a flag."""
        if self._marks != _WARMING_UP:
            (self.asked if self._marks == _ASKING else self.own).add((flag, site))


class OwnCalls(Record):
    """The signatures of an interpreter's own calls."""

    signatures: frozenset[tuple[Flag, CallSite]]
    is_sure: bool = True
    """Whether the second program has confirmed all of them; only confirmed ones are kept."""

    def has(self, flag: Flag, site: CallSite) -> bool:
        """Return whether a call is the interpreter's own."""
        beginnings = (site[:count] for count in range(1, len(site) + 1))
        return any((flag, beginning) in self.signatures for beginning in beginnings)


def own_calls(seen: list[SeenCalls]) -> OwnCalls:
    """Return the signatures that the first run shows and no later run contradicts."""
    first, *others = seen
    found = {_signature(flag, site, first.asked) for flag, site in first.own} - {None}
    asked = [each for other in others for each in other.asked]
    kept = {
        each
        for each in found
        if each is not None
        and not any(flag == each[0] and site[: len(each[1])] == each[1] for flag, site in asked)
    }
    return OwnCalls(frozenset(kept), is_sure=len(kept) == len(found))


def _signature(
    flag: Flag, site: CallSite, asked: set[tuple[Flag, CallSite]]
) -> tuple[Flag, CallSite] | None:
    """Return the shortest beginning of a call stack that no call of a program shares.

    Returns None if there is none. If the program has asked for nothing, the signature is the whole
    stack.
    """
    of_program = [other for kind, other in asked if kind == flag]
    if not of_program:
        return flag, site[:_FUNCTIONS] if asked else site
    for count in range(min(_LEAST, len(site)), min(_MOST, len(site)) + 1):
        if all(other[:count] != site[:count] for other in of_program):
            return flag, site[:count]
    return None
