"""Finding out what this machine permits by trying it: each probe is quick and leaves nothing.

A probe returns the empty string, or the reason in words that follow “because”.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import NoReturn

from simpsh.base.errors import SimpshError
from simpsh.base.signal_names import SIGKILL, SIGQUIT
from simpsh.base.wait_status import Exited, Killed, WaitStatus
from simpsh.course.guard import process_containment
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, dup2, open_file, pipe2, read, write_all
from simpsh.kernel.machine import memory_access
from simpsh.kernel.machine import ptrace as tracing
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.kernel.machine.watchpoints import watch
from simpsh.kernel.processes import execve, exit_now, fork
from simpsh.kernel.wait_calls import pidfd_open, waitpid
from simpsh.process import proc
from simpsh.process.control_group import why_none as control_group_reason

_PAGE_NUMBER = (1 << 55) - 1
_KCMP = {"x86_64": 312, "aarch64": 272, "riscv64": 272}
_SOME_PLACE = 1 << 30
"""An address to watch; nothing need be there."""
_GIGABYTE = 1 << 30
_COUNTS_OTHERS = "the limit counts this user's other processes, too; since Linux 5.14 it does not"


def ptrace() -> str:
    """Try to trace a child."""
    from simpsh.trace.tracer.traced_run import why_not

    return why_not()


def root() -> str:
    """Ask whether this is root with the rights of root: a child becomes another user."""
    if os.geteuid() != 0:
        return "this is an ordinary user"

    def become_another_user() -> None:
        os.setgroups([])
        os.setresuid(65534, 65534, 65534)

    return _in_child(become_another_user)


def second_cpu() -> str:
    """Count the processors that this process may use."""
    return "" if len(os.sched_getaffinity(0)) > 1 else "this process may use one processor only"


def small_pages() -> str:
    """Ask for the size of a page."""
    size = os.sysconf("SC_PAGE_SIZE")
    return "" if size == 4096 else f"this machine's pages have {size} bytes, not 4096"


def watchpoints() -> str:
    """Try to watch what a child uses, if the explorer can follow a handler's instructions."""
    if not memory_access.is_known():
        if ARCHITECTURE == "aarch64":
            return "this processor has no atomic instructions (LSE)"
        return f"the instructions of {ARCHITECTURE} are not followed one by one"
    from simpsh.trace.tracer.traced_run import waiting_child

    with waiting_child() as pid:
        try:
            tracing.seize(pid, tracing.EXITKILL)
            tracing.interrupt(pid)
            tracing.next_status(pid)
            can_watch = watch(pid, {_SOME_PLACE: True})
        except OSError:
            # Whether a child can be traced at all is a need of its own.
            can_watch = True
    return "" if can_watch else "this machine gives a tracer no hardware watchpoints"


def private_pids() -> str:
    """Make a PID namespace in a child, and a process in it."""
    return _in_child(_enclose)


def _enclose() -> None:
    process_containment.enclose(os.getppid(), with_users=os.geteuid() != 0)


def next_pid() -> str:
    """Set the next pid of a private PID namespace, in a child."""
    if not os.path.exists("/proc/sys/kernel/ns_last_pid"):
        return "this kernel has no /proc/sys/kernel/ns_last_pid"

    def choose_pid() -> None:
        _enclose()
        with open("/proc/sys/kernel/ns_last_pid", "w", encoding="utf-8") as file:
            file.write("299")
        child = fork()
        if child == 0:  # in the child
            exit_now(0)
        waitpid(child)
        if child != 300:
            raise OSError(0, "the kernel did not take the number that was asked for")

    return _in_child(choose_pid)


def control_group() -> str:
    """Put a child into a control group with a limit."""
    reason = control_group_reason("pids", 8)
    return f"no control group can be made ({reason})" if reason else ""


def guard() -> str:
    """Bind a child to two processes, and let it try to make a second and a third one."""
    # With a tracer the limit is enough: its end kills what it traces.
    has_tracer = not ptrace()
    try:
        bound = process_containment.prepare(2, dies_with_tracer=has_tracer)
    except process_containment.NotGuarded as refusal:
        return str(refusal)

    def try_to_multiply() -> None:
        if has_tracer:
            bound.limit()
        else:
            bound.enter()
        _multiply()

    try:
        return _in_child(try_to_multiply)
    finally:
        bound.leave()


def _multiply() -> None:
    """Have a child, and a second one, which the limit must refuse."""
    try:
        first = fork()
    except BlockingIOError:
        raise OSError(0, _COUNTS_OTHERS) from None
    if first == 0:  # in the child
        while True:
            signal.pause()
    try:
        second = fork()
        if second == 0:  # in the child
            exit_now(0)
    except BlockingIOError:
        return
    finally:
        signals.kill(first, SIGKILL)
        waitpid(first)
    waitpid(second)
    raise OSError(0, "the limit of processes did not hold")


def compiler() -> str:
    """Compile a program of one line."""
    name = _c_compiler()
    if not name:
        return "there is no C compiler (cc, gcc or clang) in PATH"
    if not _compiles(name, "#include <unistd.h>\nint main(void) { return getpid() == 0; }\n"):
        return f"{name} cannot compile a program of one line: are the C headers installed?"
    return ""


def glibc() -> str:
    """Ask whether compiled programs use the GNU C library."""
    reason = compiler()
    if reason or _compiles(_c_compiler(), "#include <limits.h>\nint main(void) { __GLIBC__; }\n"):
        return reason
    return "the C library is not GNU's"


def _c_compiler() -> str:
    return next(filter(shutil.which, ("cc", "gcc", "clang")), "")


def _compiles(name: str, text: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="simpsh-") as folder:
        source = os.path.join(folder, "probe.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        argv = (shutil.which(name) or name, "-o", os.path.join(folder, "probe"), source)
        return _run(argv) == Exited(0)


def terminal() -> str:
    """Open a pseudo-terminal."""
    import pty

    try:
        for one in pty.openpty():
            close(one)
    except OSError as error:
        return f"no pseudo-terminal can be opened ({error.strerror})"
    return ""


def pidfd() -> str:
    """Open a pidfd of this process."""
    try:
        close(pidfd_open(os.getpid()))
    except OSError as error:
        return f"pidfd_open is refused ({error.strerror or error})"
    return ""


def page_numbers() -> str:
    """Read the number of a page of this process's memory."""
    import mmap

    try:
        file = open_file("/proc/self/pagemap", os.O_RDONLY)
    except OSError as error:
        return f"/proc/self/pagemap cannot be read ({error.strerror})"
    try:
        with mmap.mmap(-1, mmap.PAGESIZE) as memory:
            memory[0] = 1
            entry = os.pread(file, 8, _address_of(memory) // mmap.PAGESIZE * 8)
    finally:
        close(file)
    if not int.from_bytes(entry, "little") & _PAGE_NUMBER:
        return "the kernel hides the numbers of pages from a process without CAP_SYS_ADMIN"
    return ""


def _address_of(memory: object) -> int:
    import ctypes

    view = ctypes.c_char.from_buffer(memory)  # type: ignore[arg-type] # an mmap is a buffer
    try:
        return ctypes.addressof(view)
    finally:
        del view


def kcmp() -> str:
    """Compare a descriptor with itself."""
    import ctypes

    number = _KCMP.get(os.uname().machine, 0)
    if not number:
        return "the number of kcmp is not known for this machine's architecture"
    library = ctypes.CDLL(None, use_errno=True)
    me = os.getpid()
    with tempfile.TemporaryFile() as file:
        if library.syscall(number, me, me, 0, file.fileno(), file.fileno()) == 0:
            return ""
    return f"kcmp is refused ({os.strerror(ctypes.get_errno())})"


def core_dumps() -> str:
    """Let a child die of SIGQUIT in an empty directory, and see whether it dumped core."""
    if proc.contents("sys", "kernel/core_pattern").startswith(b"|"):
        return "the system hands core dumps to a program (core_pattern begins with |)"
    with tempfile.TemporaryDirectory(prefix="simpsh-") as folder:
        status = _ended(lambda: _dump_core(folder))
    if isinstance(status, Killed) and status.dumped_core:
        return ""
    return "a process that is killed by SIGQUIT leaves no core dump here"


def _dump_core(folder: str) -> None:
    import resource

    os.chdir(folder)
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    signals.sigaction(SIGQUIT, signals.SIG_DFL)
    signals.sigprocmask(signals.SIG_UNBLOCK, (SIGQUIT,))
    signals.kill(os.getpid(), SIGQUIT)


def memory() -> str:
    """Ask for the memory that is free."""
    with open("/proc/meminfo", encoding="utf-8") as file:
        found = next((line for line in file if line.startswith("MemAvailable:")), "x 0")
    if int(found.split()[1]) * 1024 < 2 * _GIGABYTE:
        return "less than two gigabytes of memory are free"
    return ""


def other_names() -> str:
    """Execute /bin/echo by a link with another name."""
    with tempfile.TemporaryDirectory(prefix="simpsh-") as folder:
        link = os.path.join(folder, "another-name")
        os.symlink("/bin/echo", link)
        if _run((link,)) == Exited(0):
            return ""
    return "/bin/echo is one of many programs in one file, which goes by its name"


def program(name: str) -> str:
    """Look for a program in PATH."""
    return "" if shutil.which(name) else f"{name} is not installed"


# ------------------------------------------------------------------------------ children


def _in_child(action: Callable[[], None]) -> str:
    """Do something in a child that ends with it; return why it failed, empty if it did not."""
    report = pipe2()
    pid = fork()
    if pid == 0:  # in the child
        _try(action, report.write_end)
    close(report.write_end)
    said = b""
    while piece := read(report.read_end, 4096):
        said += piece
    close(report.read_end)
    changed = waitpid(pid)
    if changed is None or changed[1] != Exited(0):
        return said.decode() or "the attempt died"
    return ""


def _try(action: Callable[[], None], report: int) -> NoReturn:
    status = 1
    try:
        action()
        status = 0
    except OSError as error:
        write_all(report, (error.strerror or str(error)).encode())
    except SimpshError as error:
        write_all(report, str(error).encode())
    finally:
        exit_now(status)


def _ended(action: Callable[[], None]) -> WaitStatus | None:
    """Do something in a child, and return how it ended."""
    pid = fork()
    if pid == 0:  # in the child
        try:
            action()
        finally:
            exit_now(1)
    changed = waitpid(pid)
    return changed[1] if changed else None


def _run(argv: Sequence[str]) -> WaitStatus | None:
    def become() -> None:
        nothing = open_file(os.devnull, os.O_RDWR)
        for number in range(3):
            dup2(nothing, number)
        execve(argv[0], argv, os.environ)

    sys.stdout.flush()
    return _ended(become)
