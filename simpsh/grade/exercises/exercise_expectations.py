"""Building blocks for expectations of exercises that `simpsh.course` does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from simpsh.base.events import Dup, Exit, Fork, Open, Reap, WaitReturn, Write
from simpsh.base.phrases import ending_words
from simpsh.base.record import Record
from simpsh.base.targets import Member
from simpsh.base.wait_status import is_end
from simpsh.course.claims.claim import Run, Unknown, Verdict
from simpsh.course.claims.observation import GAP, REST, YOU, Observation
from simpsh.grade.exercises.exercise import PROGRAM

Found = str | tuple[str, int]
"""A sentence about what happened instead, alone or with the index of the event that shows it."""


_RANDOM_FILE = "/proc/sys/kernel/random/uuid"
RANDOM = f"read n <{_RANDOM_FILE}; n=$((0x${{n%%-*}}))"
"""Shell code that sets n to a number that nobody can know before; see random(4)."""
EXITS_AT_RANDOM = f"{RANDOM}; exit $((n % 90 + 5))"
"""Shell code that ends with a status which a program learns from wait(2) alone."""


class Expectation(Record):
    """A sentence about a program's run that a function judges."""

    sentence: str
    instead: Callable[[Observation], Found]
    calls: frozenset[str] = frozenset()

    def judge(self, run: Run) -> Verdict:
        """Judge a run."""
        try:
            problem = self.instead(run.seen)
        except Unknown as doubt:
            return Verdict(holds=None, because=str(doubt))
        words, event = problem if isinstance(problem, tuple) else (problem, -1)
        events = (event,) if words and event >= 0 else ()
        return Verdict(holds=not words, because=words or self.sentence, events=events)


def so(
    sentence: str, instead: Callable[[Observation], Found], calls: Iterable[str] = ()
) -> Expectation:
    """Return an expectation that a function judges.

    Args:
        sentence: what is expected.
        instead: returns what happened instead, or an empty text. If it returns an event, too, the
            answer names its line of code, and the check fails even if the program hangs.
        calls: the system calls that must be traced, by the kernel's names.
    """
    return Expectation(sentence, instead, frozenset(calls))


def wakes_up(sentence: str) -> Expectation:
    """Expect the program to notice what it waits for, however early that comes, and to end.

    For trials with the order AT_BIRTH, BEFORE_SLEEP or CHILDREN_LATE.
    """

    def instead(seen: Observation) -> Found:
        sleeps = [
            (moment.looks[PROGRAM].call or "a call", moment.index)
            for moment in seen.moments.values()
            if moment.mark == REST and PROGRAM in moment.looks
        ]
        is_sent = any(event.proc == YOU for event in seen.events)
        if not (sleeps or is_sent):
            return "your program did not sleep until something happened"
        if PROGRAM in seen.left:
            call, index = sleeps[-1] if sleeps else ("a call", -1)
            came = "right before it slept" if GAP in seen.moments else "early"
            return f"what your program waits for came {came}, and it sleeps on in {call}", index
        words, index = ended(seen)
        return (words, index) if index >= 0 and seen.chronicle.processes[PROGRAM].status else ""

    return so(sentence, instead)


def prints(sentence: str, wanted: Callable[[Observation], list[str]]) -> Expectation:
    """Expect the program to print certain lines, in any order, among others."""

    def instead(seen: Observation) -> Found:
        lines = [line.strip() for line in seen.printed(PROGRAM).splitlines()]
        missing = [line for line in wanted(seen) if line not in lines]
        if not missing:
            return ""
        if cut := seen.lacks.get("output"):
            raise Unknown(f"{cut}; these are missing in it: {', '.join(map(repr, missing))}")
        printed = f"it printed {', '.join(map(repr, lines))}" if lines else "it printed nothing"
        words = f"{printed}; missing: {', '.join(map(repr, missing))}{_find_undecoded(seen, lines)}"
        writes = [
            output for output in seen.outputs if seen.name_of(seen.events[output].proc) == PROGRAM
        ]
        return (words, writes[-1]) if writes else words

    return so(sentence, instead)


def writes_to_output(seen: Observation) -> bool:
    """Return whether the program wrote to standard output; after `>&2`, 1 is standard error."""
    is_error = False
    for index, event in enumerate(seen.events):
        match event.what:
            case Dup(newfd=1, errno=0):
                is_error = event.what.oldfd == 2
            case Write(fd=1) if index in seen.outputs and not is_error:
                return True
    return False


def _find_undecoded(seen: Observation, lines: Sequence[str]) -> str:
    """Return a hint if a printed number is an undecoded status word; else an empty text."""
    printed = {word.strip(".,:;()") for line in lines for word in line.split()}
    for _, _, word in collected(seen):
        if word > 0xFF and not word & 0xFF and str(word) in printed:
            return (
                f". {word} for {word >> 8}: that is the whole status word, use WEXITSTATUS "
                "or, in Python, os.waitstatus_to_exitcode"
            )
    return ""


def born_before_collected(*children: str) -> Expectation:
    """Expect all these children to be born before the program collects one of them."""
    sentence = f"{' and '.join(children)} are born before one of them is collected"

    def instead(seen: Observation) -> Found:
        waiting = set(children)
        for index, event in enumerate(seen.events):
            if isinstance(event.what, Fork):
                waiting.discard(seen.name_of(event.what.child))
            elif waiting and isinstance(event.what, Reap) and event.what.by == Member(PROGRAM):
                child = seen.name_of(event.what.child)
                return f"your program collected {child} before it had made all children", index
        return f"your program did not make {' and '.join(sorted(waiting))}" if waiting else ""

    return so(sentence, instead)


def no_cause(of: str) -> str:
    """Return a sentence for a missing cause; `of` is a clause: `made your program wait`."""
    return (
        f"nothing was seen that {of}. What simpsh can see: the end of a child, bytes and end of "
        "file of a pipe, a signal that a process sends and a handler or sigwait takes"
    )


def ended(seen: Observation, process: str = PROGRAM) -> tuple[str, int]:
    """Return how a process ended, and the event: `your program exits with status 3`."""
    called = "your program" if process == PROGRAM else process
    for index, event in enumerate(seen.events):
        if isinstance(event.what, Exit) and seen.name_of(event.proc) == process:
            return f"{called} {ending_words(event.what.status)}", index
    return f"{called} never ended", -1


def draws(process: str) -> Expectation:
    """Expect a process to run RANDOM, so that the submission has not replaced the given file."""

    def instead(seen: Observation) -> Found:
        for event in seen.events:
            is_draw = isinstance(event.what, Open) and event.what.path == _RANDOM_FILE
            if is_draw and seen.name_of(event.proc) == process:
                return ""
        return f"{process} did not execute the file that the task gave"

    return so("it executes the given file", instead)


def ends_as(name_of: Callable[[Observation], str]) -> Expectation:
    """Expect the program to end with the exit status of a process, the one that `name_of` finds."""

    def instead(seen: Observation) -> Found:
        process = seen.chronicle.processes.get(name_of(seen))
        if process is None:
            return "the program was not executed"
        words, index = ended(seen)
        if process.status == seen.chronicle.processes[PROGRAM].status:
            return ""
        return f"{words}; {ended(seen, process.name)[0]}", index

    return so("it ends with the status of that process", instead)


def collected(seen: Observation) -> list[tuple[str, int, int]]:
    """Return the results of the program's waits: each child's name, pid and status word.

    With WUNTRACED a stop is a result, too.
    """
    return [
        (event.what.child, event.what.child_pid, event.what.status)
        for event in seen.events
        if isinstance(event.what, WaitReturn)
        and seen.name_of(event.proc) == PROGRAM
        and event.what.child_pid > 0
        and event.what.status is not None
        and is_end(event.what.status)
    ]


def gives_statuses(*children: str) -> Expectation:
    """Expect the program's waits to return the status of each of these children.

    A check of lines that are computed from statuses needs this expectation, too: without
    statuses, no lines are expected.
    """

    def instead(seen: Observation) -> Found:
        unknown = set(children) - {name for name, _, _ in collected(seen)}
        for index, event in enumerate(seen.events):
            if isinstance(event.what, WaitReturn) and event.what.child in unknown:
                name = event.what.child
                return f"the wait that collected {name} was given no place for its status", index
        return f"no wait gave the status of {' and '.join(sorted(unknown))}" if unknown else ""

    return so("its waits give it the status of each child", instead)


def pid_of(seen: Observation, name: str) -> int:
    """Return the pid of a process by its name; 0 if there was none."""
    process = seen.chronicle.processes.get(name)
    return process.pid if process is not None else 0


def left_behind(seen: Observation) -> list[str]:
    """Return the children of the program that it did not collect, by name."""
    # Use the kernel's events: a wait without a pointer for the status collects, too.
    processes = seen.chronicle.processes.items()
    return [n for n, it in processes if it.parent == Member(PROGRAM) != it.collector]
