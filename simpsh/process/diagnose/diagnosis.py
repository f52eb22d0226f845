"""What is it waiting for? Two looks into /proc usually tell, and name who must move first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.record import Record
from simpsh.process.diagnose import (
    waits_on_events,
    waits_on_files,
    waits_on_locks,
    waits_on_processes,
)
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding
from simpsh.process.file_holders import Holder
from simpsh.process.proc import ProcDirectory, numbers
from simpsh.process.process_snapshot import ProcessSnapshot, snapshot
from simpsh.process.process_tree import name_of, named

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
    continue by itself; empty if no such circle was found."""
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
    sentences = [f"Process {named(pid, seen.command)} {finding.brief}.", *finding.details]
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
            finding = _finding(BlockedProcess(directory, seen))
            is_torn = seen.state in _ASLEEP and finding.situation == "unknown"
            if not is_torn and _still(seen):
                break
    return seen, finding


def _still(seen: ProcessSnapshot) -> bool:
    again = snapshot(seen.pid)
    return all(getattr(again, field) == getattr(seen, field) for field in _STEADY)


def _finding(case: BlockedProcess) -> Finding:
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


def _asleep(case: BlockedProcess) -> Finding:
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
    rule = f"{seen.threads - 1} other threads continue; the process is not dead before they are."
    return Finding("threads only", "has ended its first thread", (rule,))


def _not_permitted(seen: ProcessSnapshot) -> Finding:
    return Finding(
        situation="not permitted",
        brief=f"is {seen.state_words} ({seen.state}); what for, we are not permitted to look",
        details=(
            f"It belongs to user {seen.uid}, or is protected: root or that user may look; see "
            "ptrace(2), 'Ptrace access mode checking'.",
        ),
        not_permitted=(seen.pid,),
    )


def _unknown(case: BlockedProcess) -> Finding:
    seen = case.seen
    where = f" in {case.call}(2)" if case.call else ""
    if not where and seen.system_call is not None and seen.system_call.number >= 0:
        where = f" in system call {seen.system_call.number}"
    kernel = f"The kernel function it sleeps in is {seen.wchan}." if seen.wchan else ""
    brief = f"is {seen.state_words} ({seen.state}){where}"
    return Finding("unknown", brief, (kernel,) if kernel else ())


def _other_threads(seen: ProcessSnapshot) -> list[str]:
    if seen.threads < 2:
        return []
    others = _briefs(numbers(seen.pid, "task"), seen.pid)
    return [
        f"It has {seen.threads} threads; the above is of the one that was asked about.",
        *(f"Thread {thread} {brief}." for thread, brief in others),
    ]


def _related(pids: Sequence[int], asked: int, situation: str) -> list[str]:
    """Say in a sentence each what those it waits for are doing themselves."""
    own = "itself " if situation != "zombie" else ""
    return [f"Process {name_of(pid)} {own}{brief}." for pid, brief in _briefs(pids, asked)]


def _briefs(pids: Sequence[int], asked: int) -> Iterator[tuple[int, str]]:
    """Yield some of the processes or threads that can be seen, with what each waits for."""
    for pid in [one for one in pids if one != asked][:_MOST_RELATED]:
        try:
            _, finding = _examined(pid)
        except (ProcessLookupError, PermissionError):
            continue
        yield pid, finding.brief


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
