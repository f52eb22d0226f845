"""What is it waiting for? Two looks into /proc usually tell, and name who must move first."""

from __future__ import annotations

import sys

from simpsh.process import waits_on_events, waits_on_files, waits_on_locks, waits_on_processes
from simpsh.process.case import Case, Finding
from simpsh.process.holders import Holder
from simpsh.process.looking import ProcessSnapshot, snapshot
from simpsh.process.people import name_of, shortened
from simpsh.process.proc_files import ProcDirectory
from simpsh.process.process_stat import STATE_WORDS
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_FINDERS = (
    waits_on_files.find,
    waits_on_processes.find,
    waits_on_locks.find,
    waits_on_events.find,
)
_MOST_RELATED = 4
_LONGEST_CHAIN = 12
_LOOKS = 5
_ASLEEP = frozenset("SDI")
_STEADY = ("state", "system_call", "wchan", "tracer_pid", "caught", "blocked", "threads")


class Diagnosis(Record):
    """What a process waits for, in a word, in sentences, and by number; see proc(5)."""

    pid: int
    command: str
    state: str
    """The state letter of proc_pid_stat(5)."""
    situation: str
    """running; empty pipe, full pipe, empty FIFO, full FIFO, FIFO without a writer, FIFO without
    a reader; child, vfork child; lock; keyboard, terminal output; stopped, traced; timer; signal;
    futex, thread; poll; socket, connection; event, message queue, file, open; zombie, threads
    only, kernel thread; not permitted; unknown."""
    sentences: tuple[str, ...]
    """The first says what it waits for, the rest who and why."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the waiting."""
    holders: tuple[Holder, ...]
    """Who holds the other end of the pipe, or the lock, as which descriptors."""
    circle: tuple[int, ...]
    """Processes that wait each for the next and the last for the first, none of which can ever
    go on by itself; empty if no such circle was found."""
    not_permitted: tuple[int, ...]
    """Processes that we may not look into, where that leaves the answer incomplete. Empty means
    that what was not found is not there."""

    def lines(self) -> tuple[str, ...]:
        """Return the sentences as lines to print, the further ones indented.

        No errors: a command with unprintable characters has been made printable. See proc(5).
        """
        first, *further = self.sentences
        return (first, *(f"  {line}" for line in further))


def diagnose(pid: int) -> Diagnosis:
    """Find out what a process waits for, and whom.

    Args:
        pid: any process. What belongs to other users can be looked into by root only.

    Returns:
        The answer. Where we may not look, its situation is `not permitted`, which is not the
        same as finding nothing; `not_permitted` lists others that would have had to be seen.

    Raises:
        ProcessLookupError: ESRCH; there is no such process, or it was collected during the look.
        PermissionError: EPERM; /proc hides it from us altogether (hidepid).

    See proc_pid_syscall(5), proc_pid_fd(5), proc_locks(5).
    """
    seen, finding = _examined(pid)
    circle = _circle(pid, finding)
    sentences = [f"Process {pid} ({shortened(seen.command)}) {finding.brief}.", *finding.details]
    sentences += _other_threads(seen)
    if circle:
        way = " waits for ".join(str(one) for one in (*circle, circle[0]))
        sentences.append(f"They wait in a circle ({way}): a deadlock.")
    sentences += _related(finding.waits_for, pid, finding.situation)
    return Diagnosis(
        pid=pid,
        command=seen.command,
        state=seen.state,
        situation=finding.situation,
        sentences=tuple(sentences),
        waits_for=finding.waits_for,
        holders=finding.holders,
        circle=circle,
        not_permitted=finding.not_permitted,
    )


def _examined(pid: int) -> tuple[ProcessSnapshot, Finding]:
    """Look until the state and the call fit each other: they are read one after the other."""
    for _ in range(_LOOKS):
        with ProcDirectory(pid) as directory:
            seen = snapshot(pid)
            finding = _finding(Case(directory, seen))
            is_torn = seen.state in _ASLEEP and finding.situation == "unknown"
            if not is_torn and _still(seen):
                break
    return seen, finding


def _still(seen: ProcessSnapshot) -> bool:
    again = snapshot(seen.pid)
    return all(getattr(again, field) == getattr(seen, field) for field in _STEADY)


def _finding(case: Case) -> Finding:
    seen = case.seen
    if seen.state in "ZX":
        return _threads_only(seen) if seen.threads > 1 else waits_on_processes.zombie(seen)
    if seen.state == "T":
        return waits_on_processes.stopped(case)
    if seen.state == "t":
        return waits_on_processes.traced(case)
    if seen.state == "R":
        return Finding("running", "runs, or would if a processor were free: it waits for nothing")
    return _asleep(case)


def _asleep(case: Case) -> Finding:
    if case.seen.is_kernel_thread:
        return Finding("kernel thread", "is a thread of the kernel, which runs when there is work")
    if "system_call" in case.seen.not_permitted:
        return _not_permitted(case.seen)
    for find in _FINDERS:
        finding = find(case)
        if finding is not None:
            return finding
    return _unknown(case)


def _threads_only(seen: ProcessSnapshot) -> Finding:
    rule = f"{seen.threads - 1} other threads go on; the process is not dead before they are."
    return Finding("threads only", "has ended its first thread", (rule,))


def _not_permitted(seen: ProcessSnapshot) -> Finding:
    words = STATE_WORDS.get(seen.state, seen.state)
    return Finding(
        situation="not permitted",
        brief=f"is {words} ({seen.state}); what for, we are not permitted to look",
        details=(
            f"It belongs to user {seen.uid}, or is protected: root or that user may look; see "
            "ptrace(2), 'Ptrace access mode checking'.",
        ),
        not_permitted=(seen.pid,),
    )


def _unknown(case: Case) -> Finding:
    seen = case.seen
    words = STATE_WORDS.get(seen.state, seen.state)
    where = f" in {case.call}(2)" if case.call else ""
    if not where and seen.system_call is not None and seen.system_call.number >= 0:
        where = f" in system call {seen.system_call.number}"
    kernel = f"The kernel function it sleeps in is {seen.wchan}." if seen.wchan else ""
    brief = f"is {words} ({seen.state}){where}"
    return Finding("unknown", brief, tuple(filter(None, (kernel,))))


def _other_threads(seen: ProcessSnapshot) -> list[str]:
    if seen.threads < 2:
        return []
    sentences = [f"It has {seen.threads} threads; the above is of the one that was asked about."]
    try:
        with ProcDirectory(seen.pid) as directory:
            threads = sorted(int(name) for name in directory.names("task"))
    except (ProcessLookupError, PermissionError):
        return sentences
    for thread in [one for one in threads if one != seen.pid][:_MOST_RELATED]:
        try:
            sentences.append(f"Thread {thread} {_examined(thread)[1].brief}.")
        except (ProcessLookupError, PermissionError):
            continue
    return sentences


def _related(pids: Sequence[int], asked: int, situation: str) -> list[str]:
    """Say in a sentence each what those it waits for are doing themselves."""
    sentences = []
    for pid in [one for one in pids if one != asked][:_MOST_RELATED]:
        try:
            _, finding = _examined(pid)
        except (ProcessLookupError, PermissionError):
            continue
        own = "itself " if situation != "zombie" else ""
        sentences.append(f"Process {name_of(pid)} {own}{finding.brief}.")
    return sentences


def _circle(pid: int, finding: Finding) -> tuple[int, ...]:
    """Follow who waits for whom as long as there is one answer; return the way back to `pid`."""
    way = [pid]
    while len(finding.waits_for) == 1 and len(way) < _LONGEST_CHAIN:
        following = finding.waits_for[0]
        if following == pid:
            return tuple(way)
        if following in way or finding.situation in ("zombie", "poll") or finding.not_permitted:
            return ()
        way.append(following)
        try:
            _, finding = _examined(following)
        except (ProcessLookupError, PermissionError):
            return ()
    return ()


USAGE = "usage: simpsh diagnose PID"


def main(argv: Sequence[str]) -> int:
    """Print what a process waits for: `simpsh diagnose PID`.

    Args:
        argv: the operands, without the command's name.

    Returns:
        0 if it could be told, 1 if there is no such process or it is hidden, 2 for misuse.

    Raises:
        OSError: EPIPE, EIO …; standard output cannot be written.

    See proc(5).
    """
    if list(argv) in (["--help"], ["-h"]):
        sys.stdout.write(f"{USAGE}\nSay what a process waits for, and who holds it up.\n")
        return 0
    if len(argv) != 1 or not argv[0].isascii() or not argv[0].isdigit() or not int(argv[0]):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        answer = diagnose(int(argv[0]))
    except (ProcessLookupError, PermissionError) as error:
        sys.stderr.write(f"simpsh: diagnose: {error.strerror}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in answer.lines()))
    return 0
