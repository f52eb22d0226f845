"""What is it waiting for? Two looks into /proc usually tell, and name who must move first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.process.diagnose import (
    kept_calls,
    waits_on_events,
    waits_on_files,
    waits_on_futexes,
    waits_on_locks,
    waits_on_processes,
)
from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, where_words
from simpsh.process.diagnose.kernel_functions import fits, tells_nothing
from simpsh.process.diagnose.waits_on_files import OPENS
from simpsh.process.diagnose.waits_on_terminals import KEYBOARD
from simpsh.process.diagnose.ways_out import (
    of_handlers,
    of_hidden_holders,
    of_threads,
    unless_words,
)
from simpsh.process.file_holders import Holder
from simpsh.process.proc import ProcDirectory, numbers, process_of, times_scheduled
from simpsh.process.process_snapshot import ProcessSnapshot, command, snapshot
from simpsh.process.process_tree import named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.signal_names import Signal

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
# A dead process waits for nothing; a poll, or a read from a socket, may have a time limit. A tracer
# that waits for one it holds may hear of it again, after SIGCONT.
_NO_DEADLOCK = ("zombie", "poll", "socket", "traced")
# One thread holds what these wait for, and no other can give it back.
_OF_ONE_THREAD = ("futex", "thread")
_BY_HOLDERS = ("pipe", "FIFO", "lock")
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
    signal; futex, thread; poll, moving; socket, connection; event, message queue, file, open;
    zombie, threads only, kernel thread; not permitted; unknown."""
    sentences: tuple[str, ...]
    """The first says what it waits for, the rest who and why."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the waiting."""
    holders: tuple[Holder, ...]
    """Who holds the other end of the pipe, or the lock, as which descriptors."""
    circle: tuple[int, ...]
    """Processes, or threads, that wait each for the next and the last for the first; empty if no
    such circle was found. It is a deadlock unless something else can end one of the waits: a
    sentence names what may. The process asked about may wait for a member of it, or have the
    members as its threads."""
    not_permitted: tuple[int, ...]
    """Processes that we may not look into, where that leaves the answer incomplete."""

    def lines(self) -> tuple[str, ...]:
        """Return the sentences as lines to print, the further ones indented.

        No errors: a command with unprintable characters has been made printable. See proc(5).
        """
        first, *further = self.sentences
        return (first, *(f"  {line}" for line in further))


def diagnose(pid: int, stopped_by: Signal | None = None) -> Diagnosis:
    """Find out what a process waits for, and whom.

    Args:
        pid: any process. What belongs to other users can be looked into by root only.
        stopped_by: the signal that stopped it, if wait(2) has told us: it is not shown afterwards.

    Returns:
        The answer. Where we may not look, its situation is `not permitted`, which is not the
        same as finding nothing; `not_permitted` lists others that would have had to be seen.

    Raises:
        ProcessLookupError: ESRCH; there is no such process, or it was collected during the look.
        PermissionError: EPERM; /proc hides it from us altogether (hidepid).

    See proc_pid_syscall(5), proc_pid_fd(5), proc_locks(5).
    """
    look = _looked_into(pid, stopped_by)
    seen, finding, threads = look.seen, look.finding, look.threads
    circle = look.circle.members
    sentences = [f"{_subject(pid, seen.command)} {finding.brief}.", *finding.details]
    if threads:
        whose = "It" if process_of(pid) == pid else "Its process"
        sentences.append(
            f"{whose} has {seen.threads} threads; the above is of the one asked about."
        )
        sentences += [f"Thread {thread} {other.brief}." for thread, other in threads]
        more = seen.threads - 1 - len(threads)
        if more > 0:
            verb = "is" if more == 1 else "are"
            sentences.append(f"{counted(more, 'more thread')} {verb} not listed.")
    if circle:
        sentences.append(_circle_words(pid, look.circle))
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
        not_permitted=tuple(dict.fromkeys((*finding.not_permitted, *look.circle.unseen))),
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


class _Circle(Record):
    members: tuple[int, ...] = ()
    ways_out: tuple[str, ...] = ()
    """What else may end one of the waits, in words."""
    unseen: tuple[int, ...] = ()
    """The processes among these that we may not look into."""


class _Look(Record):
    seen: ProcessSnapshot
    finding: Finding
    threads: list[tuple[int, Finding]]
    circle: _Circle


def _looked_into(pid: int, stopped_by: Signal | None) -> _Look:
    """Look until what was found of the process fits the circle that was found after it."""
    for _ in range(_LOOKS):
        seen, finding = _examined(pid, stopped_by)
        threads = _other_threads(seen, finding.waits_for)
        circles = (_circle(*one) for one in ((pid, finding), *threads))
        circle = next((one for one in circles if one.members), _Circle())
        members = circle.members
        if pid not in members or (finding.waits_for and finding.waits_for[0] in members):
            break
    return _Look(seen, finding, threads, circle)


def _examined(pid: int, stopped_by: Signal | None = None) -> tuple[ProcessSnapshot, Finding]:
    """Look until the state and the call fit each other: they are read one after the other."""
    for _ in range(_LOOKS):
        with ProcDirectory(pid) as directory:
            seen = snapshot(pid)
            finding = _finding(BlockedProcess(directory, seen), stopped_by)
            is_torn = seen.state in _ASLEEP and finding.situation == "unknown"
            if not is_torn and _still(seen):
                break
    return seen, finding


def _still(seen: ProcessSnapshot) -> bool:
    again = snapshot(seen.pid)
    return all(getattr(again, field) == getattr(seen, field) for field in _STEADY)


def _finding(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    seen = case.seen
    if seen.state in "ZX":
        return _threads_only(seen) if seen.threads > 1 else waits_on_processes.zombie(seen)
    if seen.state != "R" and not seen.is_kernel_thread:
        # Whatever it waited for before: that alone does not make it go on.
        frozen = waits_on_processes.frozen(case)
        if frozen is not None:
            return frozen
    if seen.state == "T":
        return waits_on_processes.stopped(case, stopped_by)
    if seen.state == "t":
        return waits_on_processes.traced(case)
    if seen.state == "R":
        brief = "runs, or will as soon as it is given a processor: it waits for nothing else"
        return Finding("running", brief)
    return _asleep(case)


def _asleep(case: BlockedProcess) -> Finding:
    if case.seen.is_kernel_thread:
        return Finding("kernel thread", "is a thread of the kernel, which runs when there is work")
    if case.is_kept:
        if not case.call and tells_nothing(case.seen.wchan):
            return kept_calls.not_permitted(case.seen)
        found = kept_calls.find(case) or _by_call(case)
        return kept_calls.with_reason(case.seen, found)
    return _by_call(case)


def _by_call(case: BlockedProcess) -> Finding:
    if not fits(case.call, case.seen.wchan) and case.call not in OPENS:
        return _unknown(case)
    for find in _FINDERS:
        finding = find(case)
        if finding is not None:
            return finding
    return _unknown(case)


def _threads_only(seen: ProcessSnapshot) -> Finding:
    others = seen.threads - 1
    rule = (
        f"{counted(others, 'other thread')} {'continues' if others == 1 else 'continue'}; the "
        "process is not dead before that."
    )
    return Finding("threads only", "has ended its first thread", (rule,))


def _unknown(case: BlockedProcess) -> Finding:
    seen = case.seen
    where = f" in {case.call}(2)" if case.call else ""
    if not where and seen.system_call is not None and seen.system_call.number >= 0:
        table = " of 32-bit programs" if case.is_32_bit else ""
        where = f" in system call {seen.system_call.number}{table}"
    return Finding(
        "unknown", f"is {seen.state_words} ({seen.state}){where}", where_words(seen.wchan)
    )


def _other_threads(seen: ProcessSnapshot, first: Sequence[int]) -> list[tuple[int, Finding]]:
    """Return what some other threads wait for, those among `first` before all."""
    if seen.threads < 2:
        return []
    others = sorted(numbers(seen.pid, "task"), key=lambda one: one not in first)
    return list(_findings(others, seen.pid))


def _related(pids: Sequence[int], asked: int, situation: str) -> list[str]:
    """Say in a sentence each what those it waits for are doing themselves."""
    own = "itself " if situation != "zombie" else ""
    tasks = numbers(asked, "task")
    return [
        f"Thread {pid} {finding.brief}."
        if pid in tasks
        else f"{_subject(pid, command(pid))} {own}{finding.brief}."
        for pid, finding in _findings(pids, asked)
    ]


def _subject(pid: int, command: str) -> str:
    """Return what a sentence begins with: a thread has a number, too, and is no process."""
    process = process_of(pid)
    thread = "" if process == pid else f"Thread {pid} of p"
    return f"{thread or 'P'}rocess {named(process, command)}"


def _findings(pids: Sequence[int], asked: int) -> Iterator[tuple[int, Finding]]:
    """Yield some of the processes or threads that can be seen, with what each waits for."""
    for pid in [one for one in pids if one != asked][:_MOST_RELATED]:
        try:
            _, finding = _examined(pid)
        except (ProcessLookupError, PermissionError):
            continue
        yield pid, finding


def _circle(pid: int, finding: Finding) -> _Circle:
    """Follow who waits for whom as long as there is one answer, until one comes again."""
    way = [pid]
    while len(finding.waits_for) == 1 and len(way) < _LONGEST_CHAIN:
        following = finding.waits_for[0]
        if finding.situation in _NO_DEADLOCK or finding.has_limit:
            break
        if following in way:
            return _seen_at_once(way[way.index(following) :])
        way.append(following)
        try:
            _, finding = _examined(following)
        except (ProcessLookupError, PermissionError):
            break
    return _Circle()


def _seen_at_once(members: Sequence[int]) -> _Circle:
    """Return the circle, if its members wait so at the same time: they were seen one by one."""
    slept = [times_scheduled(one) for one in members]
    followers = (*members[1:], members[0])
    try:
        looks = [_examined(one) for one in members]
        ways = [
            way for look, one in zip(looks, followers, strict=True) for way in _ways(*look, one)
        ]
    except (ProcessLookupError, PermissionError):
        return _Circle()
    is_so = [finding.waits_for for _, finding in looks] == [(one,) for one in followers]
    # Who has not run meanwhile has slept all the while in the call that was seen.
    if not is_so or slept != [times_scheduled(one) for one in members]:
        return _Circle()
    unseen = (one for _, finding in looks for one in finding.not_permitted)
    return _Circle(tuple(members), tuple(dict.fromkeys(ways)), tuple(dict.fromkeys(unseen)))


def _ways(seen: ProcessSnapshot, finding: Finding, following: int) -> Iterator[str]:
    """Yield what else may end a member's wait for the following one."""
    yield from of_handlers(seen)
    if finding.situation not in _OF_ONE_THREAD:
        yield from of_threads(snapshot(following))
    if finding.situation.endswith(_BY_HOLDERS):
        yield from of_hidden_holders(finding.not_permitted)


def _circle_words(pid: int, circle: _Circle) -> str:
    members = circle.members
    is_in = pid in members
    if len(members) == 1:
        words = f"{'It' if is_in else f'Thread {members[0]}'} waits for itself"
    else:
        way = " waits for ".join(str(one) for one in (*members, members[0]))
        words = f"{'They wait' if is_in else 'Some wait'} in a circle ({way})"
    if not circle.ways_out:
        return f"{words}: a deadlock."
    return f"{words}. It is a deadlock, {unless_words(circle.ways_out)}."
