"""The tests run in a session of their own, with a parent that keeps watch over them.

The start of pytest determines the attributes that its processes inherit. Under `nohup`, and in the
background of a script, signals are ignored. With `setsid`, and as a container's first process, the
process group is orphaned, so SIGTSTP, SIGTTIN and SIGTTOU stop no process of it (setpgid(2)).
Therefore pytest forks twice before it runs a test:

    pytest as it was started   forwards signals, takes over the exit status
    └ the keeper               leads a new session without a terminal; ends tests that cannot end
      └ the test run           leads a process group of its own, which is not orphaned

The keeper is also the last resort of a test's time limit (tests/support/time_limit.py).

Tests type lines into shells. Run as root, one line such as `kill -9 -1` would end every process of
the machine. So root's keeper is the first process of a PID namespace, with a /proc of its own,
if one can be made: a test can end the test run, and nothing else. With --pdb the run keeps the
terminal, also in such a namespace.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from simpsh.kernel import namespaces
from tests.support.processes import descendants_of

KEEPER_VARIABLE = "SIMPSH_TESTS_KEEPER"
"""Names the directory in which each process that runs tests writes its deadline (`announce`)."""

LOOK_AGAIN_SECONDS = 0.5
LAST_WORDS_SECONDS = 2.0
"""Time between killing a test's processes and killing the process that runs the test."""

FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
PR_SET_PDEATHSIG = 1


def run_in_session() -> None:
    """Return in a new process, in a session of its own; the old one ends when the new one does."""
    outer = os.getpid()
    is_private = _begin_pid_namespace()
    keeper = os.fork()
    if keeper:
        _take_over(keeper)
    if is_private:
        _mount_proc()
    _use_up_small_pids()
    os.setsid()
    _end_with_parent(outer)
    os.environ[KEEPER_VARIABLE] = tempfile.mkdtemp(prefix="simpsh-keeper-")
    leader = os.getpid()
    run = os.fork()
    if run:
        _keep(run, Path(os.environ[KEEPER_VARIABLE]))
    os.setpgid(0, 0)
    _end_with_parent(leader)


def stay_at_the_terminal() -> None:
    """As root, return in the first process of a new PID namespace, but in the same session."""
    outer = os.getpid()
    if not _begin_pid_namespace():
        return
    run = os.fork()
    if run:
        # The terminal signals both processes; this process ends when the run ends.
        for number in FORWARDED:
            signal.signal(number, signal.SIG_IGN)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]) & 0xFF)
    _mount_proc()
    _use_up_small_pids()
    _end_with_parent(outer)


def set_default_dispositions() -> None:
    """Reset inherited attributes: ignored and blocked signals, and the file mode creation mask.

    Python itself ignores SIGPIPE and SIGXFSZ, and gives programs their defaults back.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o022)


def announce(deadline: float | None) -> None:
    """Store the deadline of this process's test for the keeper (time.monotonic())."""
    if directory := os.environ.get(KEEPER_VARIABLE):
        file = Path(directory, str(os.getpid()))
        with contextlib.suppress(FileNotFoundError):  # the keeper of another run, which has ended
            if deadline is None:
                file.unlink(missing_ok=True)
            else:
                file.with_suffix(".new").write_text(str(deadline))
                file.with_suffix(".new").rename(file)


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _begin_pid_namespace() -> bool:
    """As root, let the next child begin a PID namespace; return False if that is impossible."""
    if os.geteuid() != 0 or KEEPER_VARIABLE in os.environ:
        return False  # a run of tests inside a test is in the namespace of the outer one
    probe = os.fork()
    if probe == 0:
        os._exit(not _can_have_pid_namespace())
    if os.waitpid(probe, 0)[1]:
        return False
    namespaces.unshare(namespaces.CLONE_NEWPID)
    return True


def _can_have_pid_namespace() -> bool:
    """Try to make one: a container may permit the namespace but not the mount of its /proc."""
    try:
        namespaces.unshare(namespaces.CLONE_NEWPID)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError):
                _mount_proc()
                os._exit(os.readlink("/proc/self") != "1")
            os._exit(1)
        return os.waitpid(child, 0)[1] == 0
    except OSError:
        return False


def _mount_proc() -> None:
    namespaces.unshare(namespaces.CLONE_NEWNS)
    namespaces.make_mounts_private()
    flags = namespaces.MS_NOSUID | namespaces.MS_NODEV | namespaces.MS_NOEXEC
    namespaces.mount("proc", "/proc", flags)


def _use_up_small_pids() -> None:
    """In a new PID namespace, such as a container's, use up the pids below 300.

    The kernel never assigns these again. In an output, a pid of one or two digits looks like any
    other number.
    """
    pid = 0
    while pid < 300:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)


def _take_over(keeper: int) -> None:
    """In the process that was started: forward signals, and exit with the keeper's status."""
    _forward_signals(keeper)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1]) & 0xFF)


def _keep(run: int, directory: Path) -> None:
    """Watch the test run until it ends, and exit with its status."""
    _forward_signals(run)
    # As the first process of a namespace the keeper also collects the orphans of the run.
    while (ended := os.waitpid(-1, os.WNOHANG))[0] != run:
        if ended[0]:
            continue
        for pid in _late(directory, LAST_WORDS_SECONDS):
            os.write(2, f"process {pid} did not end a test in time: it is killed\n".encode())
            kill_all([pid])
        for pid in _late(directory, 0):
            kill_all(descendants_of(pid))
        time.sleep(LOOK_AGAIN_SECONDS)
    shutil.rmtree(directory, ignore_errors=True)
    code = os.waitstatus_to_exitcode(ended[1])
    os._exit(code if code >= 0 else 128 - code)


def _forward_signals(receiver: int) -> None:
    """Forward the signals that end a run, except those that were ignored when we were started."""
    for number in FORWARDED:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: os.kill(receiver, number))


def _late(directory: Path, more_seconds: float) -> Iterator[int]:
    """Yield the processes whose deadline passed more than `more_seconds` ago."""
    for file in directory.iterdir():
        with contextlib.suppress(FileNotFoundError, ValueError):
            if float(file.read_text()) + more_seconds < time.monotonic() and file.name.isdigit():
                if not os.path.exists(f"/proc/{file.name}"):
                    file.unlink()
                    continue
                yield int(file.name)


def _end_with_parent(parent: int) -> None:
    """Die when the parent dies, even if it died before this call. See PR_SET_PDEATHSIG(2const)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # From within a PID namespace a parent outside it is seen as 0.
    if os.getppid() not in (parent, 0):
        os._exit(1)
