"""A daemon serves in the background: no terminal, no session but its own, nobody's pipe held open.

Each step has its reason, in daemon(7) and here; whoever leaves one out meets that reason later.
"""

from __future__ import annotations

import os

from simpsh.kernel import processes, signals
from simpsh.kernel.descriptors import (
    HIGHEST,
    close,
    close_range,
    dup2,
    dup_above,
    is_open,
    open_file,
)
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import (
    chdir,
    exit_now,
    fork,
    getpid,
    is_child_subreaper,
    set_child_subreaper,
)
from simpsh.process.child import flush_standard_streams
from simpsh.process.launching import await_report, words_of
from simpsh.process.pid_file import PidFile
from simpsh.process.readiness import ReadinessPipe
from simpsh.record import Record
from simpsh.signals import by_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    class HasFileno(Protocol):
        """Something with a descriptor: a file, a socket, a pidfd."""

        def fileno(self) -> int: ...  # noqa: D102 - as in the io module


# The interpreter ignores them to get errors instead, and its own code relies on that.
_LEFT_IGNORED = frozenset(by_name(name) for name in ("PIPE", "XFSZ"))


class Daemon:
    """The daemon's own view of having been started: it says when it is ready, or why not.

    daemonize() makes it.

    Raises:
        OSError: EIO; the launcher could not be told.

    See daemon(7).
    """

    def __init__(self, pipe: ReadinessPipe, pid_file: PidFile | None) -> None:
        self._pipe = pipe
        self.pid = getpid()
        """The daemon's pid."""
        self.pid_file = pid_file
        """Its locked pid file; release() it when the service ends in order. None without one."""

    def ready(self) -> None:
        """Let the launcher end with status 0: the service runs. A second time does nothing.

        Raises:
            OSError: EIO; the launcher could not be told. A launcher that is gone is no error.

        See daemon(7), pipe(7).
        """
        self._pipe.say_ready()

    def failed(self, message: str) -> None:
        """Let the launcher end with status 1 and this message on its standard error.

        The daemon itself goes on, to clean up and to end as it likes. After ready() this does
        nothing: the launcher is gone.

        Args:
            message: why the service cannot run; it is shown on one line.

        Raises:
            OSError: EIO; the launcher could not be told. A launcher that is gone is no error.

        See daemon(7), pipe(7).
        """
        self._pipe.say_failed(message)


class _Settings(Record):
    """What was asked for, checked while errors could still be raised."""

    working_directory: str
    umask: int
    kept: frozenset[int]
    null: int
    """/dev/null, opened read-write: a daemon that prints must not meet EBADF."""
    output: int
    """Where its standard output and error go: the log, or /dev/null."""
    pid_file: PidFile | None


def daemonize(
    *,
    pid_file: str | os.PathLike[str] | None = None,
    working_directory: str | os.PathLike[str] = "/",
    umask: int = 0o022,
    log: str | os.PathLike[str] | None = None,
    keep: Iterable[int | HasFileno] = (),
    wait_until_ready: bool = False,
) -> Daemon:
    """Go on as a daemon: this returns in the daemon only, the launcher ends with _exit(2).

    The launcher ends with status 0 once the daemon has begun – with `wait_until_ready` once it
    has called ready() –, and with 1 and a line on standard error if anything failed before that,
    be it that the daemon died. Do this before you start threads and open files: descriptors that
    are not kept are closed under whoever still holds an object for them. Handlers that the
    program installed stay; signals that it merely inherited as ignored or blocked do not.

    Args:
        pid_file: locked before the first fork, and holding the daemon's pid once it has begun.
        working_directory: where the daemon lives; it keeps that file system from being unmounted.
        umask: the mode bits that its new files do not get.
        log: the file that standard output and error are appended to; made with mode 0640.
        keep: descriptors, or objects that have one, which stay open; 0 to 2 are never kept.
        wait_until_ready: whether the launcher waits for ready() or failed().

    Raises:
        AlreadyRunning: the pid file is locked by another process.
        ValueError: `umask` is out of range, or something in `keep` has no valid descriptor.
        OSError: what is named cannot be opened (ENOENT, EACCES, ENOTDIR …), is not open (EBADF),
            or the first fork failed (EAGAIN, ENOMEM). After it, errors are the launcher's.

    See daemon(7), setsid(2), fork(2), close_range(2).
    """
    pipe = ReadinessPipe()
    try:
        settings = _checked(pid_file, working_directory, umask, log, keep)
    except BaseException:
        pipe.close()
        raise
    flush_standard_streams()
    # The daemon, soon an orphan, is then the launcher's as long as that waits, who can say how it
    # died. Before the fork, or the orphan could be faster.
    was_subreaper = is_child_subreaper()
    set_child_subreaper(True)
    try:
        child = fork()
    except OSError:
        set_child_subreaper(was_subreaper)
        _give_back(settings, pipe)
        raise
    if child:
        pipe.for_launcher()
        await_report(pipe, child)
    return _in_child(pipe, lambda: _begin(settings, pipe, wait_until_ready=wait_until_ready))


def _checked(
    pid_file: str | os.PathLike[str] | None,
    working_directory: str | os.PathLike[str],
    mask: int,
    log: str | os.PathLike[str] | None,
    keep: Iterable[int | HasFileno],
) -> _Settings:
    if not 0 <= mask <= 0o777:
        raise ValueError(f"umask {mask:#o} is not between 0 and 0o777")
    kept = frozenset(one if isinstance(one, int) else one.fileno() for one in keep)
    for descriptor in sorted(kept):
        if descriptor < 0 or not is_open(descriptor):
            raise ValueError(f"descriptor {descriptor} is not open and cannot be kept")
    # Absolute, because the daemon lives elsewhere.
    directory = os.path.abspath(working_directory)
    close(open_file(directory, os.O_PATH | os.O_DIRECTORY))
    opened: list[int] = []
    try:
        opened.append(_open_above_standard(os.devnull, os.O_RDWR))
        if log is not None:
            appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY
            opened.append(_open_above_standard(os.fspath(log), appending, 0o640))
        locked = None
        if pid_file is not None:
            locked = PidFile(os.path.abspath(pid_file))
            locked.lock()
    except BaseException:
        for descriptor in opened:
            close(descriptor)
        raise
    return _Settings(directory, mask, kept, opened[0], opened[-1], locked)


def _open_above_standard(path: str, flags: int, mode: int = 0o666) -> int:
    """Open a file as 3 or higher: where 0 to 2 were closed, it would be redirected over itself."""
    descriptor = open_file(path, flags, mode)
    if descriptor > 2:
        return descriptor
    try:
        return dup_above(descriptor, 3)
    finally:
        close(descriptor)


def _give_back(settings: _Settings, pipe: ReadinessPipe) -> None:
    pipe.close()
    for descriptor in {settings.null, settings.output}:
        close(descriptor)
    if settings.pid_file is not None:
        close(settings.pid_file.fileno())


def _in_child(pipe: ReadinessPipe, begin: Callable[[], Daemon]) -> Daemon:
    """Run the steps; whatever goes wrong is the launcher's to say, and the end of this process."""
    try:
        return begin()
    except BaseException as error:  # noqa: BLE001 - nothing may climb into the launcher's code
        try:
            pipe.say_failed(words_of(error))
        finally:
            exit_now(1)


def _begin(settings: _Settings, pipe: ReadinessPipe, *, wait_until_ready: bool) -> Daemon:
    pipe.for_daemon()
    # A new session has no terminal; only who leads no group may begin one, hence the first fork.
    setsid()
    # Who leads a session may still acquire a terminal by opening one, hence the second.
    if fork():
        exit_now(0)
    pid_file = settings.pid_file
    pipe.say_pid(getpid())
    chdir(settings.working_directory)
    processes.umask(settings.umask)
    _set_signals_in_order()
    _redirect(settings)
    if pid_file is not None:
        pid_file.write_pid()
    kept = {*settings.kept, pipe.write_end, *(() if pid_file is None else (pid_file.fileno(),))}
    _close_all_but(kept)
    daemon = Daemon(pipe, pid_file)
    if not wait_until_ready:
        daemon.ready()
    return daemon


def _set_signals_in_order() -> None:
    """Undo what was inherited: nohup, sh's `&` and careless parents ignore and block signals."""
    for signal in signals.ALL - _LEFT_IGNORED:
        if signals.disposition(signal) == signals.SIG_IGN:
            signals.sigaction(signal, signals.SIG_DFL)
    signals.sigprocmask(signals.SIG_SETMASK, ())


def _redirect(settings: _Settings) -> None:
    # Redirected, not closed: the next files to be opened would become 0, 1 and 2, and every
    # print would land in one of them.
    flush_standard_streams()
    for new, old in ((0, settings.null), (1, settings.output), (2, settings.output)):
        dup2(old, new)


def _close_all_but(kept: Iterable[int]) -> None:
    # A descriptor too many may be the write end of a pipe whose reader waits for its end.
    first = 3
    for descriptor in sorted(kept):
        if descriptor >= first:
            if descriptor > first:
                close_range(first, descriptor - 1)
            first = descriptor + 1
    close_range(first, HIGHEST)
