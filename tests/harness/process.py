"""Live processes of tests: start them, look at them in /proc, wait until they rest, end them.

    with child(work) as pid:                     a forked child that runs a function of the test
    with started(sh("read x <fifo")) as waiting:           a program: sh, Python or C text
        wait_until_at_rest()
        assert state_of(waiting.pid) == "S"

Both are killed and collected at the end, with all their descendants. A test signals with send()
and end(), which refuse a process that it did not start. A forked child never returns into the test.

Nothing here sleeps in the hope that something has happened: `wait_until` polls at short intervals
until the condition holds or the deadline has passed.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from simpsh.kernel import namespaces
from simpsh.kernel.machine.syscall_table import NUMBERS

LOOK_AGAIN_SECONDS = 0.002
SECONDS = 100.0
"""How long a fact may take on a machine that is busy with other work."""

PR_SET_CHILD_SUBREAPER = 36


def wait_until(fact: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """Return `fact()` as soon as it is true; fail with the description `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := fact()):
        assert time.monotonic() < deadline, f"after {seconds} s still not so: {what}"
        time.sleep(LOOK_AGAIN_SECONDS)
    return found


def stat_fields(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third (state) on; None if there is no such process.

    The second field, the name, may hold blanks and parentheses, so the search begins at the right.
    See proc_pid_stat(5).
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()


def state_of(pid: int) -> str | None:
    """The state's letter (R S D T t Z …); None if there is no such process."""
    fields = stat_fields(pid)
    return fields[0] if fields else None


def wait_for_state(pid: int, letters: str | None, seconds: float = SECONDS) -> None:
    """Wait until the process is in one of the states `letters`; None: until it is gone."""
    if letters is None:
        wait_until(lambda: state_of(pid) is None, f"process {pid} is gone", seconds)
    else:
        wait_until(
            lambda: (state_of(pid) or "-") in letters, f"process {pid} is in {letters}", seconds
        )


_EXECS = tuple(f"{NUMBERS[name]} " for name in ("execve", "execveat"))
"""The begin of /proc/PID/syscall while a thread executes a program."""
_PAGE_WAIT = "folio_wait"
"""Part of the kernel function in which a thread waits for a page that is read from a disk."""


def wait_until_at_rest(seconds: float = SECONDS) -> None:
    """Wait until each thread below the test runner sleeps, is stopped or has ended.

    A thread that may run is in state R, however busy the machine is. Two looks must be equal, with
    the numbers of context switches: then nothing ran between them, and only time or an outsider can
    change anything. A thread in D may wait for a disk, so it must be there for longer; in execve
    it reads its program, and in a page fault a part of that. A thread that goes to sleep is in S a
    moment before it leaves the processor: its call is read, too, because the kernel answers that
    when the thread has left.
    """
    last, looks = None, 0

    def is_at_rest() -> bool:
        nonlocal last, looks
        threads = _threads_below(os.getpid())
        states = {
            "R" if state == "D" and facts[-1].startswith(_EXECS) else state
            for _, state, facts in threads
        }
        looks = looks + 1 if threads == last and states <= set("SDTtZ") else 0
        last = threads
        return looks >= (20 if "D" in states else 1)

    wait_until(is_at_rest, "every process below the test is at rest", seconds)


def _threads_below(pid: int) -> list[tuple[int, str, tuple[str, ...]]]:
    """The id and state of each thread of the descendants; its context switches and its call."""
    found = []
    for each in descendants_of(pid):
        try:
            for thread in sorted(map(int, os.listdir(f"/proc/{each}/task"))):
                with open(
                    f"/proc/{each}/task/{thread}/status", encoding="utf-8", errors="replace"
                ) as file:
                    lines = dict(line.split(":", 1) for line in file if ":" in line)
                facts = [
                    lines.get(f"{kind}_ctxt_switches", "") for kind in ("voluntary", "nonvoluntary")
                ]
                with (
                    contextlib.suppress(PermissionError),
                    open(f"/proc/{each}/task/{thread}/syscall", encoding="utf-8") as file,
                ):
                    facts.append(file.read())
                with open(f"/proc/{each}/task/{thread}/wchan", encoding="utf-8") as file:
                    state = "R" if _PAGE_WAIT in file.read() else lines["State"].split()[0]
                found.append((thread, state, tuple(facts)))
        except (FileNotFoundError, ProcessLookupError):
            found.append((each, "R", ()))  # It ends at this moment.
    return found


def _number(pid: int, index: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[index]) if fields else None


def parent_of(pid: int) -> int | None:
    """The parent's pid; None if there is no such process."""
    return _number(pid, 1)


def group_of(pid: int) -> int | None:
    """The process group; None if there is no such process."""
    return _number(pid, 2)


def session_of(pid: int) -> int | None:
    """The session; None if there is no such process."""
    return _number(pid, 3)


def name_of(pid: int) -> str:
    """The kernel's name of the program (at most 15 bytes); empty if the process is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def command_of(pid: int) -> str:
    """The command line, arguments joined by blanks; the name in brackets for a zombie."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            arguments = file.read().rstrip(b"\0").split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    text = b" ".join(arguments).decode(errors="replace")
    return text or f"[{name_of(pid)}]"


def all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children_of(pid: int) -> list[int]:
    """The children of every thread of `pid`, zombies included.

    Read from /proc/PID/task/TID/children; if the kernel lacks it, from the parents of all
    processes.
    """
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except FileNotFoundError:
        if os.path.exists("/proc/self/task"):
            return [one for one in all_pids() if parent_of(one) == pid]
    except ProcessLookupError:
        pass
    return found


def descendants_of(pid: int) -> list[int]:
    """Children, their children, and so on; parents come before their children."""
    found: list[int] = []
    for child in children_of(pid):
        found += [child, *descendants_of(child)]
    return found


def session_members(sid: int, *, zombies: bool = True) -> list[int]:
    return [pid for pid in all_pids() if _belongs(pid, 3, sid, zombies=zombies)]


def group_members(pgid: int, *, zombies: bool = True) -> list[int]:
    return [pid for pid in all_pids() if _belongs(pid, 2, pgid, zombies=zombies)]


def _belongs(pid: int, index: int, number: int, *, zombies: bool) -> bool:
    fields = stat_fields(pid)
    if fields is None or int(fields[index]) != number:
        return False
    return zombies or fields[0] not in "ZX"


def descriptors_of(pid: int) -> dict[int, str]:
    """The open descriptors and their targets, as in /proc/PID/fd."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue  # the descriptor that listed the directory is closed again
    return found


def _signal_set(pid: int, field: str) -> frozenset[signal.Signals]:
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        word = next(int(line.split()[1], 16) for line in file if line.startswith(field + ":"))
    return frozenset(
        signal.Signals(number)
        for number in signal.valid_signals()
        if word >> (number - 1) & 1 and number in set(signal.Signals)
    )


def ignored_signals(pid: int) -> frozenset[signal.Signals]:
    """SigIgn of /proc/PID/status."""
    return _signal_set(pid, "SigIgn")


def blocked_signals(pid: int) -> frozenset[signal.Signals]:
    """SigBlk of /proc/PID/status."""
    return _signal_set(pid, "SigBlk")


def pending_signals(pid: int) -> frozenset[signal.Signals]:
    """ShdPnd of /proc/PID/status: pending signals that were sent to the whole process."""
    return _signal_set(pid, "ShdPnd")


def become_subreaper() -> None:
    """Adopt the orphans among our descendants, so that none is lost. See prctl(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def descendants_in_session(sid: int) -> list[int]:
    """Return our descendants in session `sid`; only a child subreaper has all of them."""
    mine = [pid for pid in children_of(os.getpid()) if session_of(pid) == sid]
    return [one for pid in mine for one in (pid, *descendants_of(pid)) if session_of(one) == sid]


def kill_and_collect(members: Callable[[], Iterable[int]], seconds: float = SECONDS) -> list[int]:
    """Kill the processes that `members()` lists until it lists none; return their pids.

    Collects our own children, including orphans that we adopted as a subreaper. Init collects
    the others.
    """
    deadline = time.monotonic() + seconds
    killed: list[int] = []
    while pids := list(members()):
        for pid in pids:
            if state_of(pid) not in (None, "Z", "X"):
                killed.append(pid)
                _kill(pid)
            _collect(pid)
        assert time.monotonic() < deadline, f"cannot get rid of {pids}"
        time.sleep(LOOK_AGAIN_SECONDS / 4)
    return list(dict.fromkeys(killed))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended, and was collected, since we looked


def _collect(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


# -- children and programs of a test -----------------------------------------------------------


def fork_child(body: Callable[..., Any], *arguments: Any) -> int:
    """Run `body` in a child, whose exit status is the returned number; return the child's pid."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        code = 70
        # The test runner has a handler for its own time limit.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        try:
            result = body(*arguments)
            code = result if isinstance(result, int) else 0
        except BaseException:
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError, AttributeError):
                    stream.flush()
            os._exit(code)
    return pid


@contextlib.contextmanager
def child(body: Callable[..., Any], *arguments: Any) -> Iterator[int]:
    """Yield the pid of a child that runs `body`; end it with its family afterwards."""
    pid = fork_child(body, *arguments)
    try:
        yield pid
    finally:
        end(pid)


@contextlib.contextmanager
def on_terminal(body: Callable[[], Any]) -> Iterator[int]:
    """Yield the pid of a session leader that runs `body` on a new terminal."""
    pid, master = os.forkpty()
    if pid == 0:
        try:
            body()
        finally:
            os._exit(0)
    try:
        yield pid
    finally:
        end(pid)
        os.close(master)


def sh(text: str, *arguments: str) -> list[str]:
    """Return the command that runs a script of the system's shell."""
    return ["/bin/sh", "-c", text, "sh", *arguments]


def python(text: str, *arguments: str) -> list[str]:
    """Return the command that runs a program in Python, without modules of site-packages."""
    return [sys.executable, "-ISc", text, *arguments]


@contextlib.contextmanager
def started(
    argv: Sequence[str | os.PathLike[str]], **keywords: Any
) -> Iterator[subprocess.Popen[Any]]:
    """Start a program in a session of its own; end it with its family afterwards.

    Its streams are /dev/null, unless `keywords`, the arguments of Popen, say otherwise. Give it
    the program of a C text with `[compiled(text)]`. Orphans that are still in its session end too.
    """
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with subprocess.Popen(argv, **{"start_new_session": True} | streams | keywords) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                end(process.pid)
            kill_and_collect(lambda: descendants_in_session(process.pid))
            process.wait()


def gated(code: int = 0) -> tuple[int, int]:
    """Return a child's pid and its gate; the child exits with `code` once the gate is closed."""
    read_end, write_end = os.pipe()

    def body():
        os.close(write_end)
        os.read(read_end, 1)
        return code

    pid = fork_child(body)
    os.close(read_end)
    return pid, write_end


def run_alone(body: Callable[..., Any], *arguments: Any) -> str:
    """Run `body` in a child; fail with its standard error unless it returns None.

    For bodies that change the whole process: dispositions, descriptors 0 to 2, subreaping.
    """
    read_end, write_end = os.pipe()

    def with_report():
        os.close(read_end)
        os.dup2(write_end, 2)
        sys.stderr = os.fdopen(2, "w", closefd=False)
        return body(*arguments)

    pid = fork_child(with_report)
    os.close(write_end)
    with open(read_end, "rb") as report:
        text = report.read().decode(errors="replace")
    status = os.waitpid(pid, 0)[1]
    collect_adopted()
    assert status == 0, f"status {status:#x}\n{text}"
    return text


ORDINARY_USER = 54321


def as_ordinary_user(body: Callable[[], Any], user: int = ORDINARY_USER) -> None:
    """Run `body` in a child as a user without other processes; skip the test unless root."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user")

    def other_user():
        namespaces.become_user(user)
        return body()

    run_alone(other_user)


def in_private_pid_namespace(body: Callable[[], Any]) -> None:
    """Run `body` as the first process of a new PID namespace, with its own /proc."""

    def first():
        # Otherwise the new /proc would be mounted for all processes.
        namespaces.make_mounts_private()
        namespaces.mount("proc", "/proc")
        body()

    def outer():
        namespaces.unshare(namespaces.CLONE_NEWPID | namespaces.CLONE_NEWNS)
        assert os.waitpid(fork_child(first), 0)[1] == 0

    run_alone(outer)


def sleep_for_ever() -> None:
    while True:
        signal.pause()


@contextlib.contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    read_end, write_end = os.pipe()
    try:
        yield read_end, write_end
    finally:
        os.close(read_end)
        os.close(write_end)


# -- their end ---------------------------------------------------------------------------------


def send(pid: int, number: int) -> None:
    """Signal a process that this test started; refuse another one, a group and all processes.

    A descendant keeps its pid until it is collected, so no other process can have it. The kernel's
    list of children may lack some while others end, so the parents are followed.
    """
    above = parent_of(pid)
    while above and above != os.getpid():
        above = parent_of(above)
    assert above, f"process {pid} was not started by this test"
    os.kill(pid, number)


def end(pid: int) -> None:
    """Kill and collect a process of this test and all its descendants; nothing if it is gone."""
    if pid not in descendants_of(os.getpid()):
        return
    # Stop it first, so that it forks no more children while they are listed.
    send(pid, signal.SIGSTOP)
    wait_for_state(pid, "TtZXD-")
    members = [pid, *descendants_of(pid)]
    for one in members:
        _kill(one)
    # Collect them together: the first process of a PID namespace ends after the others.
    wait_until(lambda: not [one for one in members if not collected(one)], f"{members} are gone")


def collect_adopted() -> None:
    """Collect the zombies that the test runner, a subreaper, has adopted."""
    for pid in children_of(os.getpid()):
        if state_of(pid) == "Z":
            os.waitpid(pid, 0)


def collected(pid: int) -> bool:
    """Collect a child that has ended; return whether the process is gone."""
    _collect(pid)
    state = state_of(pid)
    # A zombie that another process adopted is not ours to collect.
    return state in (None, "X") or (state == "Z" and parent_of(pid) != os.getpid())


def has_no_children() -> bool:
    """Collect a child that has ended, if any; return whether there was no child at all."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False
