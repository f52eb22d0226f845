"""Which calls an interpreter makes of its own accord: measured, not known.

Two small programs run in each interpreter. Between two marks (tests of a file that cannot exist)
the program itself asks for times and random numbers; elsewhere it starts, sleeps, takes locks
and forks, so all calls there are the interpreter's own. The call stacks of the two differ from some
function on. The functions up to that one are a signature of the interpreter's own calls: no name of
a function and no version of an interpreter is known here.

The second program checks the signatures of the first: it asks in other ways. A signature that takes
one of these for the interpreter's own is not used, and the verdict has a note. Interpreters without
such programs have whole call stacks as signatures. If a program does not come to all its marks,
nothing has been measured, and the verdict is weaker.

The start of the first program runs twice more, the last time at another time of day. If other words
of the interpreter's memory then differ, it may keep the time of its start, like $^T of Perl. Then
the explorer tests with other times whether that matters.
"""

from __future__ import annotations

import os

from simpsh.base.record import Record
from simpsh.explore.flags import Flag
from simpsh.kernel.machine.registers import WORD

_WARMING_UP, _ASKING, _MARKS = 2, 3, 4
"""The number of marks after which a program asks once, after which it asks again, and of all."""

CallSite = tuple[tuple[str, int], ...]
"""The functions of a call stack, innermost first: the file and the address of each."""
MARK = "/proc/self/simpsh asks"
"""The path that a program tests first of all, and again before it asks once, so that it need not
import anything later. After a third test it asks again, and tests the path once more. It names no
file."""
LOOKS = frozenset(("access", "faccessat", "faccessat2", "stat", "newfstatat", "statx"))
"""The calls that may test a path."""

# The child ends before the next mark: marks are counted for all processes together.
_OWN = """
import _thread, time, signal, select, gc
child = os.fork()
time.sleep(0.001)
_thread.allocate_lock().acquire()
_thread.allocate_lock().acquire(timeout=1)
_thread.RLock().acquire()
print(flush=True)
select.poll().poll(1)
select.select([], [], [], 0.001)
signal.sigtimedwait([signal.SIGUSR1], 0.001)
gc.collect()
child or os._exit(0)
os.wait()
"""
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
MOST_FUNCTIONS = 4
"""The most functions of a signature: further ones tell who calls the reading function."""
_FUNCTIONS = 3
"""The functions of a signature if the program never does anything like it."""


class Calibration(Record):
    """A program that shows the calls of an interpreter."""

    arguments: tuple[str, ...]
    marks: int = _MARKS
    """How often the program comes to a mark."""


def calibrations(name: str) -> tuple[Calibration, ...]:
    """Return the programs for an interpreter whose file has this name.

    All but the first check the signatures of the first.
    """
    if name.startswith("python"):
        mark = f"os.access({MARK!r}, 0)"
        texts = (
            "\n".join((f"import os; {mark}", _OWN, _IMPORTS, *2 * (mark, _quiet(asks)), mark, _OWN))
            for asks in _PYTHON_ASKS
        )
        return tuple(Calibration(("-c", text)) for text in texts)
    if name.startswith("bash"):
        # Its children ask for the foreground process group.
        mark = f"[ -e '{MARK}' ]"
        lines = (
            f"{mark}; : & wait; {2 * f'{mark}; {asks}; '}{mark}; : & wait" for asks in _BASH_ASKS
        )
        return tuple(Calibration(("-c", line)) for line in lines)
    if name.startswith("perl"):
        mark = f"my $m = -e '{MARK}'"
        lines = (
            f"{mark}; {2 * f'{mark}; {asks}; '}{mark}; fork or exit; wait" for asks in _PERL_ASKS
        )
        return tuple(Calibration(("-e", line)) for line in lines)
    return (Calibration((os.devnull,), marks=0),)


def has_programs(name: str) -> bool:
    """Return whether there are programs for an interpreter whose file has this name."""
    return calibrations(name)[0].marks > 0


def _quiet(asks: str) -> str:
    """Return statements of which each may fail, because a version may lack a function."""
    each = [part.strip() for line in asks.splitlines() for part in line.split(";") if part.strip()]
    return "\n".join(f"try: {part}\nexcept Exception: pass" for part in each)


class SeenCalls:
    """The calls of one run of a calibration that would raise a flag."""

    def __init__(self) -> None:
        self.own = set[tuple[Flag, CallSite]]()
        """The calls before the second and after the last mark."""
        self.asked = set[tuple[Flag, CallSite]]()
        """The calls between the third and the last mark."""
        self.started = dict[int, bytes]()
        """The pages of the memory at the first mark, by address."""
        self.marks = 0
        """How often the program has come to a mark."""

    def add(self, flag: Flag, site: CallSite) -> None:
        """Add a call that would raise a flag."""
        if self.marks != _WARMING_UP:
            (self.asked if self.marks == _ASKING else self.own).add((flag, site))


class OwnCalls(Record):
    """The signatures of an interpreter's own calls."""

    signatures: frozenset[tuple[Flag, CallSite]]
    is_sure: bool = True
    """Whether the second program has confirmed all of them; only confirmed ones are kept."""
    is_measured: bool = True
    """Whether the programs have come to all their marks."""
    may_keep_time: bool = True
    """Whether the interpreter may keep the time of its start in its memory."""

    def has(self, flag: Flag, site: CallSite) -> bool:
        """Return whether a call is the interpreter's own."""
        beginnings = (site[:count] for count in range(1, len(site) + 1))
        return any((flag, beginning) in self.signatures for beginning in beginnings)


def differing(one: SeenCalls, other: SeenCalls) -> set[int]:
    """Return the addresses of words that differ between two starts of an interpreter."""
    addresses = set[int]()
    for first in one.started.keys() | other.started.keys():
        page, changed_page = (run.started.get(first, b"") for run in (one, other))
        if page != changed_page:
            length = max(len(page), len(changed_page))
            words = range(0, length, WORD)
            addresses |= {
                first + at for at in words if page[at : at + WORD] != changed_page[at : at + WORD]
            }
    return addresses


def own_calls(seen: list[SeenCalls], *, may_keep_time: bool) -> OwnCalls:
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
    return OwnCalls(frozenset(kept), is_sure=len(kept) == len(found), may_keep_time=may_keep_time)


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
    for count in range(min(_LEAST, len(site)), min(MOST_FUNCTIONS, len(site)) + 1):
        if all(other[:count] != site[:count] for other in of_program):
            return flag, site[:count]
    return None
