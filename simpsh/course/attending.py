"""Attending a prompt: a simpsh on the student's own terminal, watched from outside, line by line.

    teacher ──► supervisor, the tracer ──► the shell, which asks for lines ──► its jobs …

The shell says when a typed line begins and when it is done. What was seen between the two is an
Observation, which the supervisor hands to the teacher; the shell waits until the teacher says
that it may ask again. Who dies takes those below along: the kernel kills all that a dead tracer
traced, and tells the supervisor of its teacher's end.
"""

from __future__ import annotations

import os
import pickle
import select
import shutil
import tempfile
from typing import TYPE_CHECKING

from simpsh.course.collecting import collect_all
from simpsh.course.line_telling import BEGIN, tell
from simpsh.course.own_process import Broken
from simpsh.course.prompt_overseeing import DONE, LEAVING, PromptOverseer
from simpsh.course.watched_calls import further_calls
from simpsh.errors import SimpshError
from simpsh.kernel import seccomp, signals
from simpsh.kernel.descriptors import close, dup_above, pipe2, read, read_exactly, write_all
from simpsh.kernel.processes import (
    chdir,
    exit_now,
    fork,
    set_child_subreaper,
    set_parent_death_signal,
)
from simpsh.kernel.waiting import waitpid
from simpsh.signals import by_name
from simpsh.trace.calls import assembled_filter
from simpsh.trace.starting import TERMINAL_SIGNALS, Command, NotTraceable, complain, start_seized
from simpsh.trace.tracer import SIGCHLD, options
from simpsh.trace.tracing import who_traces_us

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from simpsh.course.observation import Observation

_SIGTERM = by_name("SIGTERM") or 15
_PATIENCE_MILLISECONDS = 3000
"""How long a shell that was told to leave may take."""
_NUMBER = 8
_GO_ON, _LEAVE = b"+", b"-"


class Channel:
    """The shell's end: it tells of lines and commands, and hears whether to go on asking."""

    def __init__(self, news: int, word: int) -> None:
        self._news = news
        self._word = word

    def move_up(self) -> None:
        """Put the descriptors out of the way of redirections."""
        news, word = dup_above(self._news), dup_above(self._word)
        close(self._news)
        close(self._word)
        self._news, self._word = news, word

    @staticmethod
    def begin(line: str) -> None:
        """Say that a line was typed and is going to be run."""
        tell(BEGIN + b" " + line.encode("utf-8", "surrogateescape"))

    def done(self) -> bool:
        """Say that the line is done; wait, and return whether to ask again."""
        tell(DONE)
        return self._may_go_on()

    @staticmethod
    def leaving() -> None:
        """Say that the line asks to leave, and is not to be judged."""
        tell(LEAVING)

    def command(self, line: str) -> bool:
        """Hand a line that begins with a colon to the teacher; return whether to ask again."""
        _send(self._news, line)
        return self._may_go_on()

    def _may_go_on(self) -> bool:
        # At end of file the teacher is gone.
        return read(self._word, 1) == _GO_ON


class Attendance:
    """The teacher's end of one prompt that is attended.

    Args:
        body: is called in the shell's process, in an empty directory; what it returns is ignored.
        terminal: the name of the terminal that the shell will use, such as /dev/pts/3.

    Raises:
        NotTraceable: somebody traces this process already, or the system forbids tracing.
        OSError: EAGAIN EMFILE …; a process or descriptor cannot be made.
    """

    def __init__(self, body: Callable[[Channel], object], terminal: str) -> None:
        ours = who_traces_us()
        if ours:
            raise NotTraceable(ours)
        teacher = os.getpid()
        self._directory = directory = tempfile.mkdtemp(prefix="simpsh-try-")
        news, word = pipe2(), pipe2()
        self.pid = fork()
        if self.pid == 0:  # in the child
            close(news.read_end)
            close(word.write_end)
            channel = Channel(news.write_end, word.read_end)
            _be_supervisor(
                lambda: _be_shell(body, channel, directory),
                PromptOverseer(terminal, directory, lambda *one: _send(news.write_end, one)),
                (teacher, news.write_end, directory),
            )
        close(news.write_end)
        close(word.read_end)
        self._news, self._word = news.read_end, word.write_end

    def next(self) -> tuple[str, Observation] | str | None:
        """Wait for a line and what was seen of it, or a command; None if the shell has ended.

        Raises:
            NotTraceable: the system refused to let the shell be traced.
            Broken: the supervisor broke.
        """
        size = int.from_bytes(read_exactly(self._news, _NUMBER), "little")
        data = read_exactly(self._news, size)
        if not size or len(data) < size:
            return None
        found: object = pickle.loads(data)
        if isinstance(found, SimpshError):
            raise found
        return found  # type: ignore[return-value] # what _send() was given

    def go_on(self) -> None:
        """Let the shell ask for another line."""
        self._say(_GO_ON)

    def end(self) -> None:
        """Let the shell leave, end its jobs, and collect; what was in its directory is removed."""
        self._say(_LEAVE)
        try:
            while self.next() is not None:
                self._say(_LEAVE)
        finally:
            close(self._word)
            close(self._news)
            waitpid(self.pid)
            # Should the supervisor have been killed.
            shutil.rmtree(self._directory, ignore_errors=True)

    def _has_news(self) -> bool:
        news = select.poll()
        news.register(self._news, select.POLLIN)
        return bool(news.poll(_PATIENCE_MILLISECONDS))

    def _say(self, word: bytes) -> None:
        try:
            write_all(self._word, word)
        except BrokenPipeError:
            # It has ended by itself: next() will say so.
            return


def _send(descriptor: int, what: object) -> None:
    data = pickle.dumps(what)
    write_all(descriptor, len(data).to_bytes(_NUMBER, "little") + data)


# ------------------------------------------------------------------------ the supervisor


def _be_supervisor(
    body: Callable[[], object], overseer: PromptOverseer, given: tuple[int, int, str]
) -> NoReturn:
    teacher, news, directory = given

    def end(*_: object) -> NoReturn:
        # Nothing is unwound, which could wait for somebody: with the tracer, the kernel kills all
        # that it traces, and whoever is not traced yet finds the end of the gate.
        shutil.rmtree(directory, ignore_errors=True)
        exit_now(0)

    try:
        signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN))
        signals.sigaction(_SIGTERM, end)
        set_parent_death_signal(_SIGTERM)
        if os.getppid() == teacher:
            set_child_subreaper(True)
            signals.sigprocmask(signals.SIG_SETMASK, (SIGCHLD,))
            _attend(body, overseer, news)
    except Exception as error:  # noqa: BLE001 - a mistake of ours; nobody else would tell it
        _send(news, Broken(f"the prompt's supervisor broke: {error!r}"))
    finally:
        end()


def _attend(body: Callable[[], object], overseer: PromptOverseer, news: int) -> None:
    assembled = assembled_filter("io", further_calls(overseer.staging))

    def become_shell() -> None:
        if assembled:
            seccomp.install(assembled)
        body()

    chosen = options("io", dies_with_tracer=True)
    try:
        pid = start_seized(Command(("simpsh",)), chosen, b"", become_shell)
    except NotTraceable as refusal:
        _send(news, refusal)
        return
    try:
        overseer.attend(pid)
    finally:
        collect_all()


def _be_shell(body: Callable[[Channel], object], channel: Channel, directory: str) -> NoReturn:
    status = 1
    try:
        signals.sigaction(_SIGTERM, signals.SIG_DFL)
        signals.sigprocmask(signals.SIG_SETMASK, ())
        channel.move_up()
        chdir(directory)
        body(channel)
        status = 0
    except Exception as error:  # noqa: BLE001 - as above
        complain(f"the prompt broke: {error!r}")
    finally:
        exit_now(status)
