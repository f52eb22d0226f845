"""What is it waiting for? Two looks into /proc usually tell, and name the process to move first.

A call's arguments may be read by who may trace the process (PTRACE_MODE_ATTACH in ptrace(2)): with
Yama, as Ubuntu has it, only by its ancestors and by root. The kernel function that it sleeps in,
and its descriptors, may be read by every process of its user. They tell most of the answer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.phrases import counted, listed
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import Signal
from simpsh.process.diagnose import (
    waits_on_events,
    waits_on_files,
    waits_on_locks,
    waits_on_processes,
)
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    fits,
    of_handlers,
    of_hidden_holders,
    of_threads,
    tells_nothing,
    unless_words,
    where_words,
)
from simpsh.process.diagnose.waits_on_files import KEYBOARD, OPENS
from simpsh.process.file_holders import Holder
from simpsh.process.proc import (
    ProcDirectory,
    numbers,
    process_number,
    process_of,
    times_scheduled,
)
from simpsh.process.process_snapshot import ProcessSnapshot, command, snapshot
from simpsh.process.process_tree import birth_paths, named

_FINDERS = (
    waits_on_files.find,
    waits_on_processes.find,
    waits_on_locks.find,
    waits_on_locks.find_in_memory,
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

_YAMA = "/proc/sys/kernel/yama/ptrace_scope"
_BY_YAMA = {
    "1": "a process may look into its own descendants only",
    "2": "only root may look",
    "3": "no process may look, not even root's",
}


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
    """The first says what it waits for, the others by whom and why. A process with children is
    called P0 beside its pid, its children P1, P2 …, in order of birth."""
    waits_for: tuple[int, ...]
    """The processes any of which may end the waiting."""
    holders: tuple[Holder, ...]
    """The processes that hold the other end of the pipe, or the lock, as which descriptors."""
    circle: tuple[int, ...]
    """Processes, or threads, that wait each for the next and the last for the first; empty if no
    such circle was seen. It is a deadlock unless something else can end one of the waits: a
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
    """Find out what a process waits for, and for which processes.

    What belongs to other users can be looked into by root only. Where we may not look, the
    situation is `not permitted`, which is not the same as finding nothing; `not_permitted` lists
    others that would have had to be seen. `stopped_by` is the signal that stopped it, if wait(2)
    has told us: it is not shown afterwards.

    Raises ProcessLookupError: ESRCH; there is no such process, or it was collected during the look.
    PermissionError: EPERM; /proc hides it from us altogether (hidepid). See proc_pid_syscall(5),
    proc_pid_fd(5), proc_locks(5).
    """
    pid = process_number(pid)
    # What is seen of the process must fit its family, and the circle that is looked for after it.
    for _ in range(_LOOKS):
        names = birth_paths(process_of(pid))
        seen, finding = _examined(pid, names, stopped_by)
        threads: list[tuple[int, Finding]] = []
        if seen.threads > 1:
            # Those that it waits for are looked at before all others.
            others = sorted(
                numbers(seen.pid, "task"), key=lambda thread: thread not in finding.waits_for
            )
            threads = list(_findings(others, seen.pid, names))
        circles = (_circle(*start, names) for start in ((pid, finding), *threads))
        circle = next((circle for circle in circles if circle.members), _Circle())
        members = circle.members
        is_fitting = pid not in members or (finding.waits_for and finding.waits_for[0] in members)
        if is_fitting and birth_paths(process_of(pid)) == names:
            break

    sentences = [f"{_subject(pid, seen.command, names)} {finding.brief}.", *finding.details]
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
    if members:
        sentences.append(_circle_words(pid, circle))
    # What those that it waits for are doing themselves.
    listed_threads = {thread for thread, _ in threads}
    related = [other for other in finding.waits_for if other not in listed_threads]
    own = "itself " if finding.situation != "zombie" else ""
    tasks = numbers(pid, "task")
    for other, its_finding in _findings(related, pid, names):
        if other in tasks:
            sentences.append(f"Thread {other} {its_finding.brief}.")
        else:
            subject = _subject(other, command(other), names)
            sentences.append(f"{subject} {own}{its_finding.brief}.")
    return Diagnosis(
        pid=pid,
        command=seen.command,
        state=seen.state,
        situation=finding.situation,
        sentences=tuple(sentences),
        waits_for=finding.waits_for,
        holders=finding.holders,
        circle=members,
        not_permitted=tuple(dict.fromkeys((*finding.not_permitted, *circle.unseen))),
    )


def awaits_keyboard(pid: int) -> bool:
    """Return whether a process waits for what is typed at a terminal: it reads, or polls.

    See proc_pid_syscall(5).
    """
    _, finding = _examined(pid, {})
    return any(KEYBOARD in words for words in (finding.brief, *finding.details))


def _subject(pid: int, command_line: str, names: Mapping[int, str]) -> str:
    # A thread has a number, too, and is no process.
    process = process_of(pid)
    thread = "" if process == pid else f"Thread {pid} of p"
    return f"{thread or 'P'}rocess {named(process, command_line, names)}"


def _examined(
    pid: int, names: Mapping[int, str], stopped_by: Signal | None = None
) -> tuple[ProcessSnapshot, Finding]:
    # The state and the call are read one after the other, until they fit each other.
    for _ in range(_LOOKS):
        with ProcDirectory(pid) as directory:
            seen = snapshot(pid)
            finding = _finding(BlockedProcess(directory, seen, names), stopped_by)
            if seen.state in _ASLEEP and finding.situation == "unknown":
                continue
            again = snapshot(pid)
            if all(getattr(again, field) == getattr(seen, field) for field in _STEADY):
                break
    return seen, finding


def _findings(
    pids: Sequence[int], asked: int, names: Mapping[int, str]
) -> Iterator[tuple[int, Finding]]:
    """Yield some of the processes or threads that can be seen, with what each waits for."""
    for pid in [pid for pid in pids if pid != asked][:_MOST_RELATED]:
        try:
            _, finding = _examined(pid, names)
        except (ProcessLookupError, PermissionError):
            continue
        yield pid, finding


def _finding(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    seen = case.seen
    if seen.state in "ZX":
        if seen.threads == 1:
            return waits_on_processes.zombie(case)
        others = seen.threads - 1
        rule = (
            f"{counted(others, 'other thread')} {'continues' if others == 1 else 'continue'}; the "
            "process is not dead before that."
        )
        return Finding("threads only", "has ended its first thread", (rule,))
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
    if seen.is_kernel_thread:
        return Finding("kernel thread", "is a thread of the kernel, which runs when there is work")
    if not case.hides_call:
        return _by_call(case)
    if case.call or not tells_nothing(seen.wchan):
        finding = _without_call(case) or _by_call(case)
        function = [words for words in where_words(seen.wchan) if words not in finding.details]
        # Where the holders were seen, nothing is missing.
        unseen = finding.not_permitted if finding.holders else (*finding.not_permitted, seen.pid)
        details = (*finding.details, *function, _why_hidden(seen.pid))
        return changed(finding, details=details, not_permitted=unseen)
    # The kernel function may not be seen, either, or says nothing.
    reason = _why_hidden(seen.pid)
    if "exe" in seen.not_permitted:
        reason = (
            f"It belongs to user {seen.uid}. Usually that user and root may look, but not into "
            "every process; see ptrace(2), 'Ptrace access mode checking'."
        )
    brief = f"is {seen.state_words} ({seen.state}); what for, we are not permitted to look"
    return Finding("not permitted", brief, (reason,), not_permitted=(seen.pid,))


def _by_call(case: BlockedProcess) -> Finding:
    seen = case.seen
    if fits(case.call, seen.wchan) or case.call in OPENS:
        for find in _FINDERS:
            finding = find(case)
            if finding is not None:
                return finding
    where = f" in {case.call}(2)" if case.call else ""
    if not where and seen.system_call is not None and seen.system_call.number >= 0:
        table = " of 32-bit programs" if case.is_32_bit else ""
        where = f" in system call {seen.system_call.number}{table}"
    brief = f"is {seen.state_words} ({seen.state}){where}"
    return Finding("unknown", brief, where_words(seen.wchan))


# A process whose call and memory are hidden from us, while its descriptors can be seen.


def _without_call(case: BlockedProcess) -> Finding | None:
    """Find out at which pipe or lock a process waits; None if at none, or at none that is known."""
    function = case.seen.wchan.partition(".")[0]
    is_reader = function.endswith("pipe_read")
    if not is_reader and not function.endswith("pipe_write"):
        return waits_on_locks.find_in_table(case)
    mode, act, state = ("r", "reads an", "empty") if is_reader else ("w", "writes into a", "full")
    ends = [file for file in case.descriptors() if file.end and mode in file.mode]
    if len(ends) == 1:
        return waits_on_files.waiting_at(case, ends[0], is_reader=is_reader)
    places = listed([str(file.number) for file in ends], "or")
    where = f", as descriptor {places}" if ends else ""
    return Finding(f"{state} pipe", f"{act} {state} pipe{where}")


def _why_hidden(pid: int) -> str:
    # Of a process of our own user.
    scope = _yama_scope()
    beginning = "Its call cannot be seen:"
    if scope not in _BY_YAMA:
        return f"{beginning} a security module keeps it from us; see ptrace(2), PTRACE_MODE_ATTACH."
    rule = f"{beginning} by Yama's rule (kernel.yama.ptrace_scope is {scope}) {_BY_YAMA[scope]}."
    if scope == "3":
        return rule
    if not os.geteuid():
        return f"{rule} This root has no CAP_SYS_PTRACE, which would permit it."
    return f"{rule} Root may look: sudo simpsh diagnose {pid}"


def _yama_scope() -> str:
    try:
        with open(_YAMA, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


# Circles: each waits for the next.


class _Circle(Record):
    members: tuple[int, ...] = ()
    ways_out: tuple[str, ...] = ()
    """What else may end one of the waits, in words."""
    unseen: tuple[int, ...] = ()
    """The processes among these that we may not look into."""


def _circle(pid: int, finding: Finding, names: Mapping[int, str]) -> _Circle:
    """Follow each process to the one it waits for, while there is one, until one comes again."""
    way = [pid]
    while len(finding.waits_for) == 1 and len(way) < _LONGEST_CHAIN:
        following = finding.waits_for[0]
        if finding.situation in _NO_DEADLOCK or finding.has_limit:
            break
        if following in way:
            return _seen_at_once(way[way.index(following) :], names)
        way.append(following)
        try:
            _, finding = _examined(following, names)
        except (ProcessLookupError, PermissionError):
            break
    return _Circle()


def _seen_at_once(members: Sequence[int], names: Mapping[int, str]) -> _Circle:
    """Return the circle, if its members wait so at the same time: they were seen one by one."""
    slept = [times_scheduled(member) for member in members]
    followers = (*members[1:], members[0])
    ways: list[str] = []
    unseen: list[int] = []
    for member, following in zip(members, followers, strict=True):
        try:
            seen, finding = _examined(member, names)
            next_seen = snapshot(following)
        except (ProcessLookupError, PermissionError):
            return _Circle()
        if finding.waits_for != (following,):
            return _Circle()
        ways += of_handlers(seen)
        if finding.situation not in _OF_ONE_THREAD:
            ways += of_threads(next_seen)
        if finding.situation.endswith(_BY_HOLDERS):
            ways += of_hidden_holders(finding.not_permitted)
        unseen += finding.not_permitted
    # A thread that has not run meanwhile has slept all the while in the call that was seen.
    if slept != [times_scheduled(member) for member in members]:
        return _Circle()
    return _Circle(tuple(members), tuple(dict.fromkeys(ways)), tuple(dict.fromkeys(unseen)))


def _circle_words(pid: int, circle: _Circle) -> str:
    members = circle.members
    is_in = pid in members
    if len(members) == 1:
        words = f"{'It' if is_in else f'Thread {members[0]}'} waits for itself"
    else:
        way = " waits for ".join(str(member) for member in (*members, members[0]))
        words = f"{'They wait' if is_in else 'Some wait'} in a circle ({way})"
    if not circle.ways_out:
        return f"{words}: a deadlock."
    return f"{words}. It is a deadlock, {unless_words(circle.ways_out)}."
