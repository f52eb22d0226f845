"""A daemon runs in the background, in its own session, without a terminal or inherited pipes.

The launcher reports the result of the start by its exit status and one line. The daemon sends the
result over a pipe; end of file without a message means that it has ended, or closed its end, before
it was ready. The launcher then names its log, which has the traceback of an exception.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from typing import NoReturn

from simpsh.base.given_numbers import whole_number
from simpsh.base.signal_names import SIGPIPE, SIGTERM, SIGXFSZ
from simpsh.console import complain, encoded, in_words
from simpsh.kernel import processes, signals
from simpsh.kernel.descriptors import (
    close,
    close_all_but,
    dup2,
    is_open,
    move_above,
    open_above_standard,
    open_file,
    pipe2,
    read,
    readable,
    write_all,
)
from simpsh.kernel.processes import chdir, exit_now, fork, getpid, setsid
from simpsh.kernel.wait_calls import collect
from simpsh.process.double_fork import flush_standard_streams
from simpsh.process.pid_file import PidFile
from simpsh.process.pidfd import PidFd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import HasFileno

# The interpreter ignores these to get errors instead, and its own code relies on that.
_LEFT_IGNORED = frozenset((SIGPIPE, SIGXFSZ))


class Daemon:
    """Inside the daemon: reports to the launcher that the daemon is ready, or why not.

    daemonize() makes it. Raises OSError: EIO; the launcher could not be reached. See daemon(7).
    """

    def __init__(self, write_end: int, pid_file: PidFile | None) -> None:
        self._write_end = write_end
        self.pid = getpid()
        self.pid_file = pid_file
        """The locked pid file, or None; call its release() when the service ends normally."""

    def ready(self) -> None:
        """End the launcher with status 0: the service runs. A second call does nothing.

        Raises OSError: EIO; the launcher could not be reached. See daemon(7).
        """
        self._end_report(_READY)

    def failed(self, message: str) -> None:
        """End the launcher with status 1 and print this message, on one line of its standard error.

        The daemon itself continues. After ready() this does nothing. Raises OSError: EIO; the
        launcher could not be reached. See daemon(7).
        """
        self._end_report(_failure(message))

    def _end_report(self, line: bytes) -> None:
        write_end, self._write_end = self._write_end, -1
        if write_end >= 0:
            _send(write_end, line)
            close(write_end)


def daemonize(
    *,
    pid_file: str | os.PathLike[str] | None = None,
    working_directory: str | os.PathLike[str] = "/",
    umask: int = 0o022,
    log: str | os.PathLike[str] | None = None,
    keep: Iterable[int | HasFileno] = (),
    wait_until_ready: bool = False,
) -> Daemon:
    """Continue as a daemon: this returns in the daemon only, the launcher ends with _exit(2).

    The launcher ends with status 0 once the daemon has begun – with `wait_until_ready` once it
    has called ready() –, and with 1 and a line on standard error if anything failed before that,
    an exception or another end of the daemon included. The descriptors 0 to 2 lead to /dev/null,
    or 1 and 2 to `log`. Call this before you start threads and open files: descriptors that are not
    in `keep` are closed, even if a file object still uses them. Handlers that the program installed
    stay; inherited ignored or blocked signals are reset.

    Args:
        pid_file: locked before the first fork, and holding the daemon's pid once it has begun. It
            is emptied when the daemon exits, and at SIGTERM unless the program handles that. After
            SIGKILL or os._exit it remains, unlocked: the next daemon takes it over.
        working_directory: the daemon's; its file system cannot be unmounted while it runs.
        umask: the permission bits that its new files do not get.
        log: the file that standard output and error are appended to; made with mode 0640. Without
            it, the traceback of an exception is lost.
        keep: descriptors, or objects that have one, which stay open; 0 to 2 are never kept.
        wait_until_ready: whether the launcher waits for ready() or failed().

    Raises:
        AlreadyRunning: the pid file is locked by another process.
        TypeError: `umask` is not an integer, or an object in `keep` has no descriptor.
        ValueError: `umask` is out of range, or a descriptor in `keep` is not open.
        OSError: a named file cannot be opened (ENOENT, EACCES, ENOTDIR …), or the first fork
            failed (EAGAIN, ENOMEM). After the fork, the launcher reports errors.
        RuntimeError: an event loop of asyncio runs; its descriptors would be closed.

    See daemon(7), setsid(2), fork(2), close_range(2).
    """
    _refuse_event_loop()
    with ExitStack() as undoing:
        # Above the descriptors 0 to 2, which the daemon redirects.
        low = pipe2()
        undoing.callback(close, low.write_end)
        read_end = move_above(low.read_end, 3)
        undoing.pop_all()
        undoing.callback(close, read_end)
        write_end = move_above(low.write_end, 3)
        undoing.callback(close, write_end)
        if not 0 <= whole_number(umask, "a umask is a number, such as 0o022") <= 0o777:
            raise ValueError(f"umask {umask:#o} is not between 0 and 0o777")
        kept = frozenset(map(_descriptor, keep))
        for descriptor in sorted(kept):
            if not 0 <= descriptor < _TOO_GREAT or not is_open(descriptor):
                raise ValueError(f"descriptor {descriptor} is not open and cannot be kept")
        # Absolute, because the daemon changes its directory.
        directory = os.path.abspath(working_directory)
        close(open_file(directory, os.O_PATH | os.O_DIRECTORY))
        null = output = open_above_standard(os.devnull, os.O_RDWR)
        undoing.callback(close, null)
        if log is not None:
            appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY
            output = open_above_standard(os.fspath(log), appending, 0o640)
            undoing.callback(close, output)
        locked = None
        if pid_file is not None:
            locked = PidFile(os.path.abspath(pid_file))
            locked.lock()
            undoing.callback(close, locked.fileno())
        # /dev/null, opened read-write: a daemon that prints must not get EBADF.
        streams = (null, output, output)
        flush_standard_streams()
        child = fork()
        undoing.pop_all()
    if child:
        # With its own write end open, the launcher would never read end of file.
        close(write_end)
        _await_report(read_end, child, os.path.abspath(log) if log is not None else "")
    try:
        close(read_end)
        _begin(write_end, directory, umask, kept, streams, locked)
        daemon = Daemon(write_end, locked)
        if not wait_until_ready:
            daemon.ready()
    except BaseException as error:  # noqa: BLE001 - no exception may reach the launcher's code
        # The launcher prints the error, and this process ends.
        try:
            words = f"{type(error).__name__}: {error}"
            reason = in_words(error) if isinstance(error, OSError) else words
            _send(write_end, _failure(f"cannot become a daemon: {reason}"))
        finally:
            exit_now(1)
    return daemon


def _refuse_event_loop() -> None:
    """Raise RuntimeError if an event loop of asyncio runs in this thread."""
    # A program that has not imported it has no loop.
    events = sys.modules.get("asyncio.events")
    if events is not None and events._get_running_loop() is not None:  # noqa: SLF001 - public to loops
        raise RuntimeError(
            "daemonize() was called inside a running event loop, whose descriptors it would close: "
            "call it first, and then asyncio.run()"
        )


_TOO_GREAT = 1 << 31
"""Not a valid descriptor: it does not fit into a C int."""


def _descriptor(file: int | HasFileno) -> int:
    number = file.fileno() if hasattr(file, "fileno") else file
    return whole_number(number, "`keep` has descriptors, or objects that have one")


def _begin(
    write_end: int,
    directory: str,
    umask: int,
    kept: frozenset[int],
    streams: tuple[int, int, int],
    pid_file: PidFile | None,
) -> None:
    # A new session has no terminal. A group leader may not call setsid: hence the first fork.
    setsid()
    # A session leader could still acquire a terminal by opening one: hence the second fork.
    if fork():
        exit_now(0)
    _send(write_end, b"%s %d" % (_PID, getpid()))
    chdir(directory)
    processes.umask(umask)
    # Undo the inherited settings: nohup, sh's `&` and careless parents ignore and block signals.
    for signal in signals.ALL - _LEFT_IGNORED:
        if signals.disposition(signal) == signals.SIG_IGN:
            signals.sigaction(signal, signals.SIG_DFL)
    signals.sigprocmask(signals.SIG_SETMASK, ())
    # Redirected, not closed: otherwise the next files that are opened would become 0, 1 and 2, and
    # each print would be written to one of them.
    flush_standard_streams()
    for number, descriptor in enumerate(streams):
        dup2(descriptor, number)
    if pid_file is not None:
        pid_file.write_pid()
        _release_at_the_end(pid_file)
    # An inherited descriptor may be the write end of a pipe whose reader waits for end of file.
    lock = () if pid_file is None else (pid_file.fileno(),)
    close_all_but({*kept, write_end, *lock})


def _release_at_the_end(pid_file: PidFile) -> None:
    atexit.register(pid_file.release)

    def end(signal: int, _frame: object) -> None:
        # Then die as if there were no handler: the wait status shows that SIGTERM ended the daemon.
        try:
            pid_file.release()
        finally:
            signals.die_of(signal)

    if signals.disposition(SIGTERM) == signals.SIG_DFL:
        signals.sigaction(SIGTERM, end)


# The daemon reports to its launcher over a pipe, in lines: `pid N`, then `ready` or
# `failed MESSAGE`.

_READY, _FAILED, _PID = b"ready", b"failed", b"pid"
_LONGEST_MESSAGE = 3500
_INTERRUPTED = 130


def _send(write_end: int, line: bytes) -> None:
    with suppress(BrokenPipeError):  # the launcher was interrupted and is gone
        write_all(write_end, line + b"\n")


def _failure(message: str) -> bytes:
    one_line = " ".join(message.split("\n")).strip() or "it gave no reason"
    return b"%s %s" % (_FAILED, encoded(one_line)[:_LONGEST_MESSAGE])


def _await_report(read_end: int, middle: int, log: str) -> NoReturn:
    # `middle` is the child that began the session and forks the daemon.
    code = 1
    try:
        collect(middle)
        report = _report(read_end)
        if _FAILED in report:
            complain(os.fsdecode(report[_FAILED]), origin="")
        elif _READY in report:
            code = 0
        else:
            # It ended, or closed its end of the pipe.
            see = f"; its output is in {log}" if log else ""
            complain(f"the daemon did not become ready{see}", origin="")
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except OSError as error:
        complain(f"the daemon's word could not be read: {error.strerror}", origin="")
    finally:
        exit_now(code)


def _report(read_end: int) -> dict[bytes, bytes]:
    """Read until a verdict, end of file or the daemon's death; return the lines by first word.

    A process that the daemon forked may hold a write end as well; then end of file does not come.
    """
    text, awaited = b"", [read_end]
    with ExitStack() as opened:
        while True:
            lines = (line.partition(b" ") for line in text.split(b"\n")[:-1])
            report = {word: rest for word, _, rest in lines}
            if _READY in report or _FAILED in report:
                return report
            if len(awaited) == 1 and _PID in report:
                with suppress(OSError):  # already gone, and not ours: the end of file will show it
                    process = opened.enter_context(PidFd.open(int(report[_PID])))
                    awaited.append(process.fileno())
            if read_end not in readable(awaited):
                return report  # dead: no more lines can come
            piece = read(read_end, 4096)
            if not piece:
                return report
            text += piece
