"""What is it waiting for? Two looks into /proc usually tell, and name who must move first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.record import Record
from simpsh.process.diagnose import (
    waits_on_events,
    waits_on_files,
    waits_on_futexes,
    waits_on_locks,
    waits_on_processes,
)
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding
from simpsh.process.diagnose.waits_on_files import KEYBOARD
from simpsh.process.file_holders import Holder
from simpsh.process.proc import ProcDirectory, numbers, times_scheduled
from simpsh.process.process_snapshot import ProcessSnapshot, snapshot
from simpsh.process.process_tree import name_of, named

_FINDERS = (
    waits_on_files.find,
    waits_on_processes.find,
    waits_on_locks.find,
    waits_on_futexes.find,
    waits_on_events.find,
)
_MOST_RELATED = 4
_LONGEST_CHAIN = 12
_LOOKS = 5
# A dead process waits for nothing; a poll, or a read from a socket, may have a time limit.
_NO_DEADLOCK = ("zombie", "poll", "socket")
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
    a reader; child, vfork child; lock; keyboard, terminal output; stopped, traced, frozen; timer;
    signal; futex, thread; poll; socket, connection; event, message queue, file, open; zombie,
    threads only, kernel thread; not permitted; unknown."""
    sentences: tuple[str, ...]
    """The first says what it waits for, the rest who and why."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the waiting."""
    holders: tuple[Holder, ...]
    """Who holds the other end of the pipe, or the lock, as which descriptors."""
    circle: tuple[int, ...]
    """Processes, or threads, that wait each for the next and the last for the first; empty if no
    such circle was found. It is a deadlock unless one of `not_permitted` can end one of the waits.
    The process asked about may wait for a member of it, or have the members as its threads."""
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
    look = _looked_into(pid)
    seen, finding, threads = look.seen, look.finding, look.threads
    circle, unseen = look.circle, look.unseen
    sentences = [f"Process {named(pid, seen.command)} {finding.brief}.", *finding.details]
    if threads:
        sentences.append(f"It has {seen.threads} threads; the above is of the one asked about.")
        sentences += [f"Thread {thread} {other.brief}." for thread, other in threads]
    if circle:
        sentences.append(_circle_words(pid, circle, unseen))
    told = {thread for thread, _ in threads}
    others = [one for one in finding.waits_for if one not in told]
    sentences += _related(others, pid, finding.situation)
    return Diagnosis(
        pid=pid,
        command=seen.command,
        state=seen.state,
        situation=finding.situation,
        sentences=tuple(sentences),
        waits_for=finding.waits_for,
        holders=finding.holders,
        circle=circle,
        not_permitted=tuple(dict.fromkeys((*finding.not_permitted, *unseen))),
    )


def awaits_keyboard(pid: int) -> bool:
    """Return whether a process waits for what is typed at a terminal: it reads, or polls.

    Raises:
        ProcessLookupError: ESRCH; there is no such process.
        PermissionError: EPERM; /proc hides it from us altogether (hidepid).

    See proc_pid_syscall(5).
    """
    _, finding = _examined(pid)
    return any(KEYBOARD in words for words in (finding.brief, *finding.details))


class _Look(Record):
    seen: ProcessSnapshot
    finding: Finding
    threads: list[tuple[int, Finding]]
    circle: tuple[int, ...]
    unseen: tuple[int, ...]


def _looked_into(pid: int) -> _Look:
    """Look until what was found of the process fits the circle that was found after it."""
    for _ in range(_LOOKS):
        seen, finding = _examined(pid)
        threads = _other_threads(seen)
        circles = (_circle(*one) for one in ((pid, finding), *threads))
        circle, unseen = next((one for one in circles if one[0]), ((), ()))
        if pid not in circle or (finding.waits_for and finding.waits_for[0] in circle):
            break
    return _Look(seen, finding, threads, circle, unseen)


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
    if seen.state != "R" and not seen.is_kernel_thread:
        # Whatever it waited for before: that alone does not make it go on.
        frozen = waits_on_processes.frozen(case)
        if frozen is not None:
            return frozen
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


def _other_threads(seen: ProcessSnapshot) -> list[tuple[int, Finding]]:
    if seen.threads < 2:
        return []
    return list(_findings(numbers(seen.pid, "task"), seen.pid))


def _related(pids: Sequence[int], asked: int, situation: str) -> list[str]:
    """Say in a sentence each what those it waits for are doing themselves."""
    own = "itself " if situation != "zombie" else ""
    found = _findings(pids, asked)
    return [f"Process {name_of(pid)} {own}{finding.brief}." for pid, finding in found]


def _findings(pids: Sequence[int], asked: int) -> Iterator[tuple[int, Finding]]:
    """Yield some of the processes or threads that can be seen, with what each waits for."""
    for pid in [one for one in pids if one != asked][:_MOST_RELATED]:
        try:
            _, finding = _examined(pid)
        except (ProcessLookupError, PermissionError):
            continue
        yield pid, finding


def _circle(pid: int, finding: Finding) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Follow who waits for whom as long as there is one answer, until one comes again.

    Returns:
        The circle, none if there is none; and the processes that we may not look into, any of
        which may end a wait of it.
    """
    way = [pid]
    unseen: dict[int, tuple[int, ...]] = {}
    while len(finding.waits_for) == 1 and len(way) < _LONGEST_CHAIN:
        following = finding.waits_for[0]
        if finding.situation in _NO_DEADLOCK:
            break
        unseen[way[-1]] = finding.not_permitted
        if following in way:
            circle = tuple(way[way.index(following) :])
            others = (one for member in circle for one in unseen[member])
            return (circle, tuple(dict.fromkeys(others))) if _waits_as_one(circle) else ((), ())
        way.append(following)
        try:
            _, finding = _examined(following)
        except (ProcessLookupError, PermissionError):
            break
    return (), ()


def _waits_as_one(circle: Sequence[int]) -> bool:
    """Return whether the members wait so at the same time: they were looked at one by one."""
    slept = [times_scheduled(one) for one in circle]
    followers = (*circle[1:], circle[0])
    try:
        found = [_examined(one)[1].waits_for for one in circle]
    except (ProcessLookupError, PermissionError):
        return False
    # Who has not run meanwhile has slept all the while in the call that was seen.
    return found == [(one,) for one in followers] and slept == [
        times_scheduled(one) for one in circle
    ]


def _circle_words(pid: int, circle: Sequence[int], unseen: Sequence[int]) -> str:
    way = " waits for ".join(str(one) for one in (*circle, circle[0]))
    they = "They wait" if pid in circle else "Some wait"
    if not unseen and len(circle) == 1:
        return f"{'It' if pid in circle else f'Thread {circle[0]}'} waits for itself: a deadlock."
    if not unseen:
        return f"{they} in a circle ({way}): a deadlock."
    count = len(unseen)
    others = f"process {unseen[0]}" if count == 1 else f"one of {count} processes"
    return (
        f"{they} in a circle among the processes that can be seen ({way}): a deadlock, unless "
        f"{others} that we may not look into can end one of these waits."
    )
