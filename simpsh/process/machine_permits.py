"""The permissions of this machine: one table for doctor, lessons, explore, trace and grade.

A need has a name (`needs=("root",)` in a lesson), a probe that tries it, and what to do if it is
missing. The name of a system call is a need, too: CALLS has the arguments of its probe. Each probe
runs once, at the first request. It is quick and leaves nothing. It returns the empty string, or the
reason in words that fit after “because”.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable
from functools import cache

from simpsh import console
from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.own_program import as_root
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import Exited
from simpsh.kernel import signals
from simpsh.kernel.c_library import call as c_call
from simpsh.kernel.descriptors import close
from simpsh.kernel.machine import ptrace, seccomp
from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NUMBERS
from simpsh.kernel.namespaces import APPARMOR_SETTING
from simpsh.kernel.processes import posix_spawn, sched_getaffinity
from simpsh.kernel.program_execution import search_path
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.process.child_changes import ChildStart, DeathWith, Signals
from simpsh.process.named_program import compiler
from simpsh.process.own_directory import own_directory

TRACER_NAME = "simpsh-truth"
"""The name in /proc of the tracer of a session under --truth."""

_PAGE_BYTES, _SMALL_PAGE = os.sysconf("SC_PAGE_SIZE"), 4096
_NOBODY = 65534
_PTRACE_CONT = 7
_DESCRIPTORS = 64
_LAST_PID = "/proc/sys/kernel/ns_last_pid"
_COUNTS_OTHERS = "the limit counts this user's other processes, too; since Linux 5.14 it does not"
_FIRST_WITHOUT_OTHERS = 5, 14


class Need(Record):
    """A permission that a machine may or may not give."""

    purpose: str
    probe: Callable[[], str]
    """Tries the need; returns why it is missing, or the empty string."""
    remedy: str
    """Advice for an instructor who prepares a class."""
    includes: tuple[str, ...] = ()
    """Other needs, and calls of CALLS, without which this one is missing; with their remedies."""


class Lack(Record):
    """A need that is missing here."""

    reason: str
    """One line."""
    remedy: str


CALLS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("clone3", "rt_sigtimedwait", "sched_yield", "waitid"), ()),
    **dict.fromkeys(("epoll_create1", "inotify_init1", "mount_setattr", "pidfd_open"), (-1,)),
    **dict.fromkeys(("pidfd_send_signal", "prctl", "sendmsg", "setpgid", "signalfd4"), (-1,)),
    **dict.fromkeys(("socketpair", "statx"), (-1,)),
    **dict.fromkeys(("process_vm_readv", "process_vm_writev", "sched_getaffinity"), (0,)),
    "sched_setaffinity": (0,),
    **dict.fromkeys(("memfd_create", "prlimit64"), (0, -1)),
    "close_range": (1, 0),
    "getrusage": (-5,),
    "kcmp": (0, 0, -1),
    "personality": (0xFFFFFFFF,),
    "pidfd_getfd": (-1, -1),
    "ptrace": (_PTRACE_CONT, 0),
    "unshare": (1,),
}
"""The calls that simpsh makes and that a container or an old kernel refuses: arguments with
which each changes nothing, and fails with an error that does not mean a refusal."""

UNCONFINED = "in a container: docker run --security-opt seccomp=unconfined"
_NAMESPACES = (
    "be root, or sysctl user.max_user_namespaces=1000; on Ubuntu also sysctl "
    f"{APPARMOR_SETTING}=0; {UNCONFINED}"
)


@cache
def refused(call: str) -> str:
    """Return in one line what refuses a call of CALLS here; empty if it is not refused."""
    try:
        if call in NUMBERS:
            c_call("syscall", NUMBERS[call], *CALLS[call], *[0] * 6)
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENOSYS):
            return seccomp.refusal(call, error.errno)
    return ""


def all_refused() -> dict[str, str]:
    """Return, for each call of CALLS that is refused here, what refuses it."""
    return {call: reason for call in CALLS if (reason := refused(call))}


def missing(name: str) -> str:
    """Return why a need, or a call of CALLS, is missing here, in one line; empty if it is not."""
    lacking = lack(name)
    return lacking.reason if lacking else ""


@cache
def lack(name: str) -> Lack | None:
    """Try a need, or a call of CALLS; return None if it is not missing here."""
    need = NEEDS.get(name)
    if need is None and name in CALLS:
        return Lack(reason, UNCONFINED) if (reason := refused(name)) else None
    if need is None:
        raise UsageProblem(f"need “{name}”: it is one of {', '.join(NEEDS)}")
    # Before the probe, which may need them.
    for included in need.includes:
        if lacking := lack(included):
            return lacking
    try:
        reason = need.probe()
    except OSError as error:
        # For example ENOENT: there is no directory for temporary files. Omit the file name: if
        # seccomp refuses to spawn a program, the error names the program.
        if error.errno in (errno.EPERM, errno.ENOSYS) and (calls := all_refused()):
            return Lack("; ".join(calls.values()), UNCONFINED)
        reason = f"it cannot be tried ({console.why(error)})"
    return Lack(reason, need.remedy) if reason else None


def require_descriptors() -> None:
    """Raise SimpshError if this process may have fewer descriptors open than grading needs."""
    most = os.sysconf("SC_OPEN_MAX")
    if 0 <= most < _DESCRIPTORS:
        raise SimpshError(
            f"{_DESCRIPTORS} descriptors are needed, and this process may have {most} open "
            "(RLIMIT_NOFILE): raise the limit with `ulimit -n`"
        )


def why_not(names: Iterable[str]) -> str:
    """Return why something with these needs cannot be shown here; empty if it can."""
    for name in names:
        reason = missing(name)
        if reason:
            return f"{name}: {reason}"
    return ""


# ----------------------------------------------------------------------- helpers of probes


def _unless(is_met: object, reason: str) -> str:
    return "" if is_met else reason


def _in_child(action: Callable[[], object]) -> str:
    """Run an action in a child; return why it failed, or the empty string."""
    from simpsh.process.worker import WorkerEnded, in_own_process

    try:
        in_own_process(action, None)
    except WorkerEnded:
        return "the attempt died"
    except (OSError, SimpshError) as error:
        return getattr(error, "strerror", None) or str(error)
    return ""


def _succeeds(*argv: str) -> bool:
    silent = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    pid = posix_spawn(argv[0], argv, os.environ, file_actions=silent)
    return waitpid(pid) == (pid, Exited(0))


def _path_of(program: str) -> str:
    import shutil

    return shutil.which(program) or ""


def why_no_group(most: int) -> str:
    """Return why no process can be put into a new control group; empty if one can."""
    from simpsh.process.process_containment import ControlGroup

    try:
        group = ControlGroup(most)
    except OSError as error:
        return error.strerror or str(error)
    try:
        return _in_child(group.join)
    finally:
        group.remove()


# --------------------------------------------------------------------------------- tracing


def who_traces_us() -> str:
    """Return in one line what traces this process already, and what to do; empty for no tracer."""
    tracer = proc.tracer_pid(os.getpid())
    if not tracer:
        return ""
    name = proc.command_name(tracer) or "another program"
    if name == TRACER_NAME:
        return (
            "this session is under --truth, and a process has one tracer at a time: "
            "run the command as it is, then `timeline` draws what the kernel saw of it. "
            "In a notebook, use a terminal beside it"
        )
    return (
        f"this process is already traced by {name} (pid {tracer}), and a process has one tracer "
        f"at a time: start simpsh without {name}"
    )


def known_obstacle() -> str:
    """Return in one line what prevents tracing here, if that is known without trying."""
    ours = who_traces_us()
    if ours or ptrace.is_known_architecture():
        return ours
    return "the system calls of this machine's architecture are not known here"


def _tracing() -> str:
    if obstacle := known_obstacle():
        return obstacle

    def wait() -> int:
        while True:
            signals.pause()

    # Seize a child, and read and write its memory: Yama, containers and old kernels differ.
    pid = ChildStart(Signals(), DeathWith(os.getpid())).fork(wait)
    try:
        ptrace.seize(pid, ptrace.EXITKILL)
        return ptrace.why_not_followed(pid)
    except OSError as error:
        if refused("ptrace"):
            raise
        return f"this system lets no process trace its child ({error.strerror})"
    finally:
        signals.kill(pid, SIGKILL)
        waitpid(pid)


# --------------------------------------------------------------------------- other needs


def _root() -> str:
    def become_another_user() -> None:
        os.setgroups([])
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)

    return "this is an ordinary user" if os.geteuid() else _in_child(become_another_user)


def _private_pids() -> str:
    from simpsh.process.process_containment import enclose

    return _in_child(lambda: enclose(os.getppid(), with_users=os.geteuid() != 0))


def _guard() -> str:
    version = tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))
    return _unless(os.geteuid() == 0 or version >= _FIRST_WITHOUT_OTHERS, _COUNTS_OTHERS)


def _terminal() -> str:
    import pty

    try:
        for descriptor in pty.openpty():
            close(descriptor)
    except OSError as error:
        return f"no pseudo-terminal can be opened ({error.strerror})"
    return ""


def _set_user_id() -> str:
    from tempfile import gettempdir

    if os.statvfs(gettempdir()).f_flag & os.ST_NOSUID:
        return "the directory for temporary files is mounted nosuid"
    is_bound = proc.status_field("self", "NoNewPrivs") == "1"
    return "exec gives no new privileges here (PR_SET_NO_NEW_PRIVS)" if is_bound else ""


def _threads() -> str:
    import _thread

    def start() -> None:
        try:
            _thread.start_new_thread(int, ())
        except RuntimeError:
            # The C library falls back to clone if clone3 is missing, but not if it is forbidden.
            raise OSError(0, f"no thread can be started; {missing('clone3')}") from None

    return _in_child(start)


def _hold_calls() -> str:
    nothing = seccomp.program((), {}, stop=seccomp.HOLD)
    return _in_child(lambda: seccomp.install_with_listener(nothing))


def _instructions() -> str:
    # Only this probe needs the tables of instructions.
    from simpsh.kernel.machine import memory_access

    reason = f"the instructions of {ARCHITECTURE} are not followed one by one"
    return _unless(memory_access.IS_KNOWN, reason)


def _core_dumps() -> str:
    import resource

    if proc.contents("sys", "kernel/core_pattern").startswith(b"|"):
        return "the system hands core dumps to a program (core_pattern begins with |)"
    has_room = resource.getrlimit(resource.RLIMIT_CORE)[1] != 0
    return _unless(has_room, "the hard limit of a core dump's size is 0 (ulimit -Hc)")


def _temporary_files() -> str:
    try:
        with own_directory("simpsh-"):
            return ""
    except OSError as error:
        return console.in_words(error)


def _other_names() -> str:
    with own_directory("simpsh-") as folder:
        link = os.path.join(folder, "another-name")
        os.symlink("/bin/echo", link)
        reason = "/bin/echo is one of many programs in one file, which goes by its name"
        return _unless(_succeeds(link), reason)


NEEDS: dict[str, Need] = {
    "ptrace": Need(
        "watch demonstrations from outside: events, lines, causes",
        _tracing,
        "leave strace or the debugger; in a container: docker run --cap-add SYS_PTRACE",
        (
            *("process_vm_readv", "process_vm_writev", "waitid", "memfd_create"),
            *("prctl", "rt_sigtimedwait", "setpgid", "socketpair"),
        ),
    ),
    "root": Need(
        "change the user, run a fork bomb under a user id of its own", _root, as_root("…")
    ),
    "second cpu": Need(
        "show two processes that really run at the same time",
        lambda: _unless(len(sched_getaffinity()) > 1, "this process may use one processor only"),
        "start it without taskset; give the machine or container a second processor (--cpus 2)",
    ),
    "namespaces": Need(
        "give a demonstration pids of its own", _private_pids, _NAMESPACES, ("unshare",)
    ),
    "next pid": Need(
        "let a pid be used again on purpose",
        lambda: _unless(
            os.access(_LAST_PID, os.W_OK), f"{_LAST_PID} is missing, or cannot be written to"
        ),
        _NAMESPACES,
        ("namespaces",),
    ),
    "guard": Need(
        "contain a bomb, whatever it does", _guard, _NAMESPACES, ("namespaces", "ptrace")
    ),
    "compiler": Need(
        "show C programs",
        lambda: _unless(compiler(search_path(os.environ)), "no C compiler (cc, gcc) is in PATH"),
        "install a C compiler and its headers: apt install gcc libc6-dev",
    ),
    "glibc": Need(
        "show what the GNU C library alone does",
        lambda: _unless("CS_GNU_LIBC_VERSION" in os.confstr_names, "the C library is not GNU's"),
        "use a system with the GNU C library",
        ("compiler",),
    ),
    "terminal": Need(
        "show who owns the keyboard: foreground, background, ^C",
        _terminal,
        "mount /dev/pts; in a container: docker run -t",
    ),
    "pidfd": Need(
        "hold a process by a descriptor",
        # A Python that was built on an older system lacks this function.
        lambda: _unless(hasattr(os, "pidfd_open"), "this Python has no pidfd_open"),
        f"Linux 5.3 or later; {UNCONFINED}",
        ("pidfd_open", "pidfd_send_signal"),
    ),
    "set-user-ID": Need(
        "give a program the rights of its file's owner",
        _set_user_id,
        "mount the directory for temporary files without nosuid; start it without no_new_privs",
    ),
    "threads": Need("start threads, and programs by posix_spawn and system", _threads, UNCONFINED),
    "small pages": Need(
        "show sizes that count pages: of page tables, of a pipe",
        lambda: _unless(
            _PAGE_BYTES == _SMALL_PAGE,
            f"this machine's pages have {_PAGE_BYTES} bytes, not {_SMALL_PAGE}",
        ),
        "a kernel with pages of 4 KiB",
    ),
    "every order": Need(
        "explore and step: hold each process before its calls",
        lambda: _unless(
            ARCHITECTURE in ("x86_64", "aarch64", "i386"),
            f"how the calls of {ARCHITECTURE} are held and made is not known here",
        ),
        "a processor of x86-64, 32-bit x86 or aarch64",
        ("close_range", "getrusage", "ptrace"),
    ),
    "orders of Python": Need(
        "show every order of a demonstration",
        lambda: _unless(
            ARCHITECTURE != "i386",
            "on 32-bit x86 the calls by which Python starts are not left out of account",
        ),
        "a processor of 64 bits",
        ("every order",),
    ),
    "held calls": Need(
        "explore: skip the sleeps of free runs", _hold_calls, "a kernel from 5.19 on", ("sendmsg",)
    ),
    "instructions": Need(
        "explore memory that processes share, instruction by instruction",
        _instructions,
        "an x86-64 processor",
    ),
    "core dumps": Need(
        "show the bit that says a core was dumped",
        _core_dumps,
        "sysctl kernel.core_pattern=core; ulimit -Hc unlimited",
    ),
    "temporary dir": Need(
        "run each demonstration in a directory of its own",
        _temporary_files,
        "TMPDIR=DIR, a directory that can be written to; in a container: docker run --tmpfs /tmp",
    ),
    "other names": Need(
        "run a program by a name of one's own",
        _other_names,
        "install echo as a program of its own (GNU coreutils)",
    ),
    "dash": Need(
        "compare with another shell",
        lambda: _unless(_path_of("dash"), "dash is not in PATH"),
        "apt install dash",
    ),
}
"""All needs by name, in the order in which doctor prints them."""
