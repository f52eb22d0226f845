"""The tests run in a session of their own, without a terminal, whatever started pytest.

pytest forks twice before it runs a test:

    pytest as it was started   forwards signals, takes over the exit status
    └ the keeper               leads a new session without a terminal
      └ the test run           leads a process group of its own

The keeper is in the session of the run, so the run's group is not orphaned: with `setsid`, and as a
container's first process, it would be, and SIGTSTP would stop no process of it (setpgid(2)).

Tests type lines into shells. Run as root, one line such as `kill -9 -1` would end every process of
the machine. So root's keeper is the first process of a PID namespace, with a /proc of its own,
if one can be made: a test can end the test run, and nothing else. With it, the kernel ends all that
is left.
"""

import ctypes
import os
import signal
import subprocess

from simpsh.kernel import namespaces

IS_INSIDE = "SIMPSH_TESTS_ARE_IN_A_SESSION"
"""The variable that a run sets: a run of tests inside a test stays in the outer one's namespace."""

PR_SET_PDEATHSIG = 1


def run_in_session(*, has_terminal: bool) -> None:
    """Return in a new process; the old one ends when the new one does.

    With `has_terminal`, which a debugger needs, the new process stays in the session.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if it is ignored, the kernel keeps no status
    is_shut_in = os.geteuid() == 0 and IS_INSIDE not in os.environ and _can_shut_in()
    os.environ[IS_INSIDE] = "1"
    if is_shut_in:
        namespaces.unshare(namespaces.CLONE_NEWPID)
    _continue_in_child(forwards=not has_terminal)
    if is_shut_in:
        namespaces.unshare(namespaces.CLONE_NEWNS)
        namespaces.make_mounts_private()
        flags = namespaces.MS_NOSUID | namespaces.MS_NODEV | namespaces.MS_NOEXEC
        namespaces.mount("proc", "/proc", flags)
    _use_up_small_pids()
    if not has_terminal:
        os.setsid()
        _continue_in_child(forwards=True)
        os.setpgid(0, 0)


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


def _can_shut_in() -> bool:
    # A container may permit the namespace but not the mount of its /proc.
    argv = ["unshare", "--pid", "--fork", "--mount-proc", "true"]
    try:
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _continue_in_child(*, forwards: bool) -> None:
    """Return in a child that dies with this process; this one exits with the child's status."""
    parent = os.getpid()
    child = os.fork()
    if child:
        _exit_with(child, forwards=forwards)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # From within a PID namespace a parent outside it is seen as 0.
    if os.getppid() not in (parent, 0):
        os._exit(1)


def _exit_with(child: int, *, forwards: bool) -> None:
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        # At a terminal the child gets these itself. An ignored signal stays ignored.
        if not forwards:
            signal.signal(number, signal.SIG_IGN)
        elif signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: os.kill(child, number))
    # As the first process of a namespace this one collects the orphans of the run, too.
    while (ended := os.wait())[0] != child:
        pass
    code = os.waitstatus_to_exitcode(ended[1])
    os._exit(code if code >= 0 else 128 - code)


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
