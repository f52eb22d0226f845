"""Requests and answers between two processes, each of which notices the other's end.

    result = in_own_process(work, seconds)

A worker is a forked copy of this process, with all modules loaded. It leads its own session: no key
of a terminal reaches it. When this process ends, even by SIGKILL, the kernel ends the worker. When
the worker ends, receive() returns None: no other worker inherits an end of its channel.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from typing import NoReturn, TypeVar, cast

from simpsh.base.errors import PLACE, SimpshError, place_of
from simpsh.base.own_program import INTERPRETER
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGALRM, SIGKILL, SIGSTOP, SIGTERM
from simpsh.base.wait_status import Killed, WaitStatus
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, own_pair, read_exactly, write_all
from simpsh.kernel.processes import exit_now, fork, posix_spawn, set_child_subreaper, setsid
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.child_changes import DeathWith, carry_out
from simpsh.process.subreaper import collect_all
from simpsh.process.way_out import ENDING_SIGNALS, heed

T = TypeVar("T")

_GRACE_SECONDS = 10
"""The kernel kills a worker this long after its time limit."""
_SIZE_BYTES = 8
_MOST_BYTES = 1 << 32
"""A larger size is invalid: the channel does not contain a message."""
_LOWEST_DESCRIPTOR = 3


class WorkerBroken(SimpshError):
    """The worker failed because of a defect in simpsh, reported with its last line."""


class WorkerEnded(WorkerBroken):
    """The worker was killed before it had answered."""


class WorkerLate(WorkerBroken):
    """The worker exceeded its time limit."""


class _Failure(Record):
    """The last message of a worker that an exception ended."""

    problem: Exception
    place: str
    """Where it was raised; pickling an exception loses that."""


class Channel:
    """One end of a channel for values that can be pickled."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def send(self, value: object) -> None:
        """Send a value. Raises OSError: EPIPE; the other side has ended."""
        data = pickle.dumps(value)
        write_all(self.descriptor, len(data).to_bytes(_SIZE_BYTES, "little") + data)

    def receive(self) -> object:
        """Wait for the next value; None if the other side has ended.

        Raises WorkerBroken: the worker broke, or the channel is not one. Or the SimpshError or
        OSError that ended the worker.
        """
        try:
            size = int.from_bytes(read_exactly(self.descriptor, _SIZE_BYTES), "little")
            if size > _MOST_BYTES:
                raise WorkerBroken("another program has written to the channel of a worker")
            data = read_exactly(self.descriptor, size)
        except ConnectionResetError:
            # The other side ended without having read our last message.
            return None
        value = pickle.loads(data) if size and len(data) == size else None
        if isinstance(value, _Failure):
            vars(value.problem)[PLACE] = value.place
            raise value.problem
        return value

    def shut(self) -> None:
        """Shut the channel down, from any thread: both sides read its end."""
        import _socket

        with suppress(OSError):
            end = _socket.socket(fileno=os.dup(self.descriptor))
            try:
                end.shutdown(_socket.SHUT_RDWR)
            finally:
                end.close()

    def close(self) -> None:
        """Close this end; the other side reads the end of the channel."""
        if self.descriptor >= 0:
            close(self.descriptor)
            self.descriptor = -1


_open_channels: set[Channel] = set()
"""Our ends of the channels of all workers: a new worker closes its copies."""


class Worker:
    """A process that serves this one over a channel.

    Args:
        serve: called in the worker with its end of the channel; the worker ends when it returns.
            The next receive() raises what it raises.
        seconds: time limit of the worker; None for the lifetime of this process.
        tidy_up: called in the worker before it ends. With it, the worker is asked to end by
            SIGTERM, which raises in `serve`; without it, SIGKILL ends the worker at once.
        keeps_session: leave the worker in this session, for a child that needs its terminal.

    Raises OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
    """

    def __init__(
        self,
        serve: Callable[[Channel], object],
        *,
        seconds: float | None = None,
        tidy_up: Callable[[], object] | None = None,
        keeps_session: bool = False,
    ) -> None:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # None if the descriptor was closed when Python started
                stream.flush()
        self._end_signal = SIGKILL if tidy_up is None else SIGTERM
        parent = os.getpid()
        ours, theirs = own_pair(lowest=_LOWEST_DESCRIPTOR)
        self.channel = Channel(ours)
        _open_channels.add(self.channel)
        # os.fork() calls hooks of libraries, such as logging for its lock. If a signal handler
        # raises in a hook, the exception is printed and lost, and ^C has no effect. So block
        # signals until the worker's pid is known, and the worker can be ended.
        mask = signals.sigprocmask(signals.SIG_BLOCK, signals.ALL)
        self.pid = -1
        try:
            self.pid = fork()
            if self.pid == 0:  # in the child
                if not keeps_session:
                    setsid()
                _be_worker(serve, Channel(theirs), (parent, mask), seconds, tidy_up)
        finally:
            close(theirs)
            if self.pid < 0:
                self.hang_up()
            try:
                signals.sigprocmask(signals.SIG_SETMASK, mask)
            except BaseException:
                if self.pid > 0:
                    self.end(at_once=True)
                raise

    def hang_up(self) -> None:
        """Close our end of the channel: the worker's next receive() returns None."""
        _open_channels.discard(self.channel)
        self.channel.close()

    def end(self, *, at_once: bool = False) -> WaitStatus | None:
        """Hang up, wait, and return the worker's status; None if it was collected before."""
        if at_once:
            # Before we hang up: SIGPIPE would end a worker that is sending, without `tidy_up`.
            signals.kill(self.pid, self._end_signal)
        else:
            self.hang_up()
        changed = waitpid(self.pid)
        self.hang_up()
        return None if changed is None else changed[1]


def _be_worker(
    serve: Callable[[Channel], object],
    channel: Channel,
    start: tuple[int, Set[int]],
    seconds: float | None,
    tidy_up: Callable[[], object] | None,
) -> NoReturn:
    parent, mask = start
    status = 1
    # SIGTERM raises once, at any line. So cleaning up is begun twice: if SIGTERM interrupts one
    # attempt, the other one is complete.
    try:
        try:
            for other in _open_channels:
                other.close()
            _open_channels.clear()
            # The parent has its own cleanup to do; this process must not do it.
            for number in ENDING_SIGNALS:
                if signals.disposition(number) != signals.SIG_IGN:
                    signals.sigaction(number, signals.SIG_DFL)
            if tidy_up is not None:
                heed((SIGTERM,))
            carry_out(DeathWith(parent, SIGKILL if tidy_up is None else SIGTERM))
            if seconds is not None:
                signals.sigaction(SIGALRM, signals.SIG_DFL)
                signals.alarm(int(seconds) + _GRACE_SECONDS)
            signals.sigprocmask(signals.SIG_SETMASK, mask)
            serve(channel)
            status = 0
        finally:
            signals.sigaction(SIGTERM, signals.SIG_IGN)
    except (SimpshError, OSError) as problem:
        _report(channel, problem)
    except Exception as mistake:  # noqa: BLE001 - a defect, which nothing else would report
        _report(channel, WorkerBroken(f"the process that watches broke: {mistake!r}"))
    except BaseException:  # noqa: BLE001 - it was asked to end
        pass
    try:
        if tidy_up is not None:
            tidy_up()
    finally:
        exit_now(status)


def _report(channel: Channel, problem: Exception) -> None:
    # EPIPE: the other side awaits no answer.
    with suppress(OSError):
        channel.send(_Failure(problem, place_of(problem)))


def start_simpsh(
    words: Sequence[str], environment: Mapping[str, str], descriptors: Mapping[int, int]
) -> tuple[int, Channel]:
    """Start `simpsh WORDS` in its own session, with `descriptors`, and a channel as 3."""
    ours, theirs = own_pair()
    # A dup2 must not overwrite a descriptor that a later one copies.
    given = {**descriptors, 3: theirs}
    moved = {new: os.dup(old) if old < 5 else old for new, old in given.items()}
    pid = posix_spawn(
        INTERPRETER[0],
        [*INTERPRETER, *words],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, old, new) for new, old in moved.items()],
        is_session=True,
        mask=(),
        defaults=signals.ALL - {SIGKILL, SIGSTOP},
    )
    close(theirs)
    return pid, Channel(ours)


# ------------------------------------------------------------------------------ one piece of work


def in_own_process(
    work: Callable[[], T],
    seconds: float | None,
    clean_up: Callable[[], object] | None = None,
    *,
    begin: Callable[[], object] = bool,
    keeps_session: bool = False,
) -> T:
    """Call `work` in a child, and return its result, which must be picklable.

    The child calls `begin` first, which may fork: it returns in the process that calls `work`. That
    process is a subreaper without other children; at its end all its descendants are killed and
    collected. Then it calls `clean_up`, unless SIGKILL ended it. The kernel kills the child a while
    after the time limit.

    Raises WorkerBroken: it failed, or was killed; WorkerLate: the time limit. Or the exception of
    `work`.
    """

    def serve(channel: Channel) -> None:
        begin()
        set_child_subreaper(True)
        channel.send((work(),))

    def tidy_up() -> None:
        collect_all()
        if clean_up is not None:
            clean_up()

    worker = Worker(serve, seconds=seconds, tidy_up=tidy_up, keeps_session=keeps_session)
    try:
        answer = worker.channel.receive()
        ended = worker.end()
    except BaseException:
        worker.end(at_once=True)
        raise
    if answer is None and ended == Killed(SIGALRM) and seconds is not None:
        raise WorkerLate(f"the process that watches was not done in {seconds:g} seconds")
    if not isinstance(answer, tuple):
        by = f" by {ended.signal.name}" if isinstance(ended, Killed) else ""
        raise WorkerEnded(f"the process that watches was ended{by}")
    return cast(T, answer[0])
