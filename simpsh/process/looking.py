"""What does the kernel know of a process? Its state, its parent, its group, its signals, its files.

Some of it is kept from strangers: what could not be seen is named, and is not taken for absent.
"""

from __future__ import annotations

import os

from simpsh.process.proc_files import ProcDirectory, gone
from simpsh.process.process_stat import ProcessStat, stat_of
from simpsh.record import Record
from simpsh.signals import LAST, Signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class SystemCall(Record):
    """The call that a sleeping process is in; see proc_pid_syscall(5)."""

    number: int
    """The number in this machine's table; -1 for none (a page fault, say)."""
    arguments: tuple[int, ...]
    """Six registers, as unsigned numbers; calls with fewer arguments leave the rest undefined."""


class ProcessSnapshot(ProcessStat):
    """What the kernel says of one process at one moment.

    Fields that we are not permitted to see are empty or None, and named in `not_permitted`. See
    proc_pid_status(5).
    """

    uid: int
    """The real user."""
    effective_uid: int
    tracer_pid: int
    """Who traces it; 0 for nobody."""
    blocked: tuple[Signal, ...]
    ignored: tuple[Signal, ...]
    caught: tuple[Signal, ...]
    pending: tuple[Signal, ...]
    """Sent but not yet taken, to the process or to its first thread."""
    queued_signals: int
    """How many signals are queued for its user (SigQ), and may be: the limit."""
    queued_signals_limit: int
    argv: tuple[str, ...]
    """Empty for a zombie and for the kernel's own threads."""
    exe: str | None
    """The program's file; None for a zombie, or if we may not look."""
    cwd: str | None
    wchan: str
    """The kernel function it sleeps in; empty if it runs, or if we may not look."""
    system_call: SystemCall | None
    """None if it runs, is a zombie, or if we may not look."""
    not_permitted: frozenset[str] = frozenset()
    """The names of the fields above that we may not see: exe, cwd, wchan, system_call; of a
    stopped or dead process also exit_status."""

    @property
    def command(self) -> str:
        """How people call it: its command line, else its name in brackets."""
        return command_of(self.argv, self.comm)


def command_of(argv: tuple[str, ...], comm: str) -> str:
    """Return how people call a process: its command line on one line, else `[name]`."""
    text = " ".join(argv) if argv else f"[{comm}]"
    return "".join(char if char.isprintable() else "?" for char in text)


def argv_of(directory: ProcDirectory) -> tuple[str, ...]:
    """Return the command line; none for a zombie. A program may overwrite it (setproctitle)."""
    raw = directory.read("cmdline", 1 << 18)
    if raw.endswith(b"\0"):
        raw = raw[:-1]
    return tuple(os.fsdecode(word) for word in raw.split(b"\0")) if raw else ()


def command(pid: int) -> str:
    """Return how people call a process; `[gone]` if it has ended meanwhile."""
    try:
        with ProcDirectory(pid) as directory:
            argv = argv_of(directory)
            return command_of(argv, "" if argv else stat_of(directory).comm)
    except ProcessLookupError:
        return "[gone]"
    except PermissionError:
        return "[hidden]"


def signals_in(mask: str) -> tuple[Signal, ...]:
    """Return the signals of a mask as /proc prints it: bit 0 is signal 1.

    >>> signals_in("0000000000014002")
    (SIGINT, SIGTERM, SIGCHLD)
    """
    bits = int(mask, 16)
    return tuple(Signal(number) for number in range(1, LAST + 1) if bits >> number - 1 & 1)


def parse_system_call(text: str) -> SystemCall | None:
    """Take the line of /proc/PID/syscall apart; None if the process runs.

    >>> parse_system_call("61 0xffffffff 0x0 0x2 0x0 0x0 0x0 0x7f 0x7e").arguments[:3]
    (4294967295, 0, 2)
    >>> parse_system_call("running")
    """
    words = text.split()
    if not words or words[0] == "running":
        return None
    return SystemCall(int(words[0]), tuple(int(word, 16) for word in words[1:7]))


def _status_fields(directory: ProcDirectory) -> dict[str, str]:
    text = directory.read("status").decode("utf-8", "surrogateescape")
    # Name is escaped by the kernel, so that each line is one field.
    return {
        key: value.strip() for key, _, value in (line.partition(":") for line in text.split("\n"))
    }


class _Guarded:
    """Reads what may be kept from us, and remembers which parts were."""

    def __init__(self, directory: ProcDirectory) -> None:
        self.directory = directory
        self.not_permitted: set[str] = set()

    def link(self, name: str) -> str | None:
        try:
            return self.directory.link(name)
        except PermissionError:
            self.not_permitted.add(name)
        except ProcessLookupError:
            pass  # a zombie has no such link; that it is gone altogether shows elsewhere
        return None

    def wchan(self, *, is_permitted: bool) -> str:
        # To strangers the kernel writes 0, as for a running process; the call's file tells.
        if not is_permitted:
            self.not_permitted.add("wchan")
            return ""
        try:
            text = self.directory.read("wchan").decode("ascii", "replace")
        except PermissionError:
            self.not_permitted.add("wchan")
            return ""
        return "" if text == "0" else text

    def system_call(self) -> SystemCall | None:
        try:
            return parse_system_call(self.directory.read("syscall").decode("ascii", "replace"))
        except PermissionError:
            self.not_permitted.add("system_call")
        except ProcessLookupError:
            pass  # a kernel without CONFIG_HAVE_ARCH_TRACEHOOK, or a process about to go
        return None


def snapshot(pid: int) -> ProcessSnapshot:
    """Return what the kernel says of a process now.

    Args:
        pid: any process that /proc shows, ours or not.

    Raises:
        ProcessLookupError: ESRCH; there is no such process, or it was collected during the look.
        PermissionError: EPERM; /proc hides it from us altogether (hidepid).

    See proc_pid_stat(5), proc_pid_status(5), proc_pid_syscall(5), proc_pid_wchan(5).
    """
    with ProcDirectory(pid) as directory:
        guarded = _Guarded(directory)
        fields = _status_fields(directory)
        exe, cwd, system_call = guarded.link("exe"), guarded.link("cwd"), guarded.system_call()
        wchan = guarded.wchan(is_permitted="system_call" not in guarded.not_permitted)
        argv = argv_of(directory)
        # Last: if the process can still be read now, what was read before was its own.
        now = stat_of(directory)
    return _put_together(now, fields, (exe, cwd, wchan, system_call), argv, guarded.not_permitted)


def _put_together(
    now: ProcessStat,
    fields: Mapping[str, str],
    guarded: tuple[str | None, str | None, str, SystemCall | None],
    argv: tuple[str, ...],
    not_permitted: set[str],
) -> ProcessSnapshot:
    try:
        pending = int(fields["SigPnd"], 16) | int(fields["ShdPnd"], 16)
        used, _, limit = fields["SigQ"].partition("/")
        uid, effective_uid = fields["Uid"].split()[:2]
        return ProcessSnapshot(
            pid=now.pid,
            comm=now.comm,
            state=now.state,
            ppid=now.ppid,
            pgid=now.pgid,
            sid=now.sid,
            tty=now.tty,
            tpgid=now.tpgid,
            threads=now.threads,
            start_time=now.start_time,
            is_kernel_thread=now.is_kernel_thread,
            is_ending=now.is_ending,
            exit_status=now.exit_status,
            uid=int(uid),
            effective_uid=int(effective_uid),
            tracer_pid=int(fields["TracerPid"]),
            blocked=signals_in(fields["SigBlk"]),
            ignored=signals_in(fields["SigIgn"]),
            caught=signals_in(fields["SigCgt"]),
            pending=signals_in(f"{pending:x}"),
            queued_signals=int(used),
            queued_signals_limit=int(limit),
            argv=argv,
            exe=guarded[0],
            cwd=guarded[1],
            wchan=guarded[2],
            # A zombie's file has a line too, of no meaning.
            system_call=None if now.is_ending else guarded[3],
            not_permitted=_really_not_permitted(now, int(uid), not_permitted),
        )
    except (KeyError, ValueError):
        raise gone(now.pid) from None


def _really_not_permitted(now: ProcessStat, uid: int, refused: set[str]) -> frozenset[str]:
    # The files of a dead process belong to root, so that its own user is refused what is not
    # there; how it ended, which is in stat, is kept from strangers only.
    is_strange = "system_call" in refused and not (now.is_ending and uid == os.geteuid())
    hidden = {"exit_status"} if is_strange and now.state in "TtZ" else set()
    return frozenset(hidden if now.is_ending else refused | hidden)
