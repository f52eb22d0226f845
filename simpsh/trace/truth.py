"""A whole session under the tracer: the shell goes on as it is, and a process apart watches it.

The tracer is no parent, no child and of no session of the shell's: it is made by a double fork
and seizes the process that made it. So stops, exits and the terminal's keys reach the shell and
its jobs as if nobody looked, the shell's own waits never meet the tracer, and if the tracer is
killed, the session goes on untraced. It looks at level events: no filter, which would outlive it,
and no EXITKILL.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.kernel import ptrace, signals
from simpsh.kernel.descriptors import (
    HIGHEST,
    close,
    close_range,
    dup2,
    open_file,
    pipe2,
    read,
    write,
)
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import allow_tracer, chdir, execve, exit_now, fork, set_name
from simpsh.kernel.waiting import waitpid
from simpsh.trace import proc_files, recording
from simpsh.trace.starting import TERMINAL_SIGNALS, NotTraceable, find_program
from simpsh.trace.tracer import SIGCHLD, Tracer, options
from simpsh.trace.tracing import SIGHUP, SIGTERM, TRACER_NAME, who_traces_us
from simpsh.trace.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn, TextIO

    from simpsh.kernel.descriptors import Pipe

_READY = b"ready"


def begin_truth(path: str, command: str = "simpsh") -> int:
    """Let a tracer watch this process and all its future children, and record into `path`.

    Call it before there are children or threads. The recording is complete up to the end of
    this process when its parent learns of that end; processes that live on are followed further.

    Args:
        path: the file; it is created or emptied, readable by its owner alone.
        command: what the recording is called, for people.

    Returns:
        The tracer's pid.

    Raises:
        NotTraceable: the kernel refuses, or somebody traces this process already.
        OSError: the file or the tracer's process cannot be made.
    """
    ours = who_traces_us()
    if ours:
        raise NotTraceable(ours)
    if not ptrace.is_known_architecture():
        raise NotTraceable("the system calls of this machine's architecture are not known here")
    file = recording.create(path)
    to_tracer, from_tracer = pipe2(), pipe2()
    middle = fork()
    if middle == 0:  # in the child
        _make_tracer(os.getppid(), file, command, (to_tracer, from_tracer))
    close(to_tracer.read_end)
    # The parent must drop its copy: end of file says that the tracer is gone.
    close(from_tracer.write_end)
    try:
        file.close()
        waitpid(middle)
        return _let_seize(to_tracer.write_end, from_tracer.read_end)
    finally:
        close(to_tracer.write_end)
        close(from_tracer.read_end)


def run_under_truth(argv: Sequence[str], path: str) -> NoReturn:
    """Become another program, watched by a tracer that records into `path`.

    Raises:
        NotTraceable: as for begin_truth().
        OSError: as for begin_truth(), or the program cannot be executed.
    """
    begin_truth(path, " ".join(argv))
    execve(find_program(argv[0], os.environ) or argv[0], argv, os.environ)


def _let_seize(to_tracer: int, from_tracer: int) -> int:
    pid = int(read(from_tracer, 20) or b"0")
    if pid:
        try:
            allow_tracer(pid)
        except OSError:
            # EINVAL: there is no Yama, which alone would ask for it.
            pass
        write(to_tracer, b"!")
    answer = read(from_tracer, 200)
    if answer != _READY:
        reason = answer.decode() or "the tracer died"
        raise NotTraceable(f"this system lets no process trace this session ({reason})")
    return pid


def _make_tracer(shell: int, file: TextIO, command: str, pipes: tuple[Pipe, Pipe]) -> NoReturn:
    """Be the middle process: make the tracer, and end, so that it is nobody's child here."""
    try:
        if fork() == 0:  # in the child
            _be_tracer(shell, file, command, pipes)
    finally:
        # Also when fork failed: the shell hears end of file, and says that the tracer died.
        exit_now(0)


def _be_tracer(shell: int, file: TextIO, command: str, pipes: tuple[Pipe, Pipe]) -> NoReturn:
    to_tracer, from_tracer = pipes
    try:
        close(to_tracer.write_end)
        close(from_tracer.read_end)
        write(from_tracer.write_end, str(os.getpid()).encode())
        if read(to_tracer.read_end, 1) == b"!":
            _detach_from_session(file, keep=from_tracer.write_end)
            _watch(shell, file, command, from_tracer.write_end)
    finally:
        exit_now(0)


def _detach_from_session(file: TextIO, keep: int) -> None:
    """Leave the shell's session, and give up every descriptor that others wait on."""
    setsid()
    chdir("/")
    set_name(TRACER_NAME.encode())
    ignored = (*TERMINAL_SIGNALS, SIGHUP, SIGTERM)
    signals.set_dispositions(dict.fromkeys(ignored, signals.SIG_IGN))
    signals.sigprocmask(signals.SIG_SETMASK, (SIGCHLD,))
    nothing = open_file(os.devnull, os.O_RDWR)
    for number in range(3):
        dup2(nothing, number)
    kept = sorted((file.fileno(), keep))
    close_range(3, kept[0] - 1)
    close_range(kept[0] + 1, kept[1] - 1)
    close_range(kept[1] + 1, HIGHEST)


def _watch(shell: int, file: TextIO, command: str, answers: int) -> None:
    recording.write_header(file, "ptrace", command, level="events", argv0=command)
    writer = Writer(file)
    tracer = Tracer(writer.put, "events")
    chosen = options("events", dies_with_tracer=False)
    try:
        # The shell alone stops before its end, so that its last event is in the file in time.
        ptrace.seize(shell, chosen | ptrace.TRACEEXIT)
    except OSError as error:
        write(answers, (error.strerror or "refused").encode())
        return
    tracer.owns_root = False
    tracer.child_options = chosen
    tracer.before_waiting = writer.write_some
    tracer.before_end = writer.finish
    tracer.begin(shell)
    write(answers, _READY)
    close(answers)
    try:
        tracer.run()
    except BaseException as error:  # noqa: BLE001 - a mistake of ours; nobody else would tell it
        file.write(recording.note_line(f"the tracer broke, and saw nothing further: {error!r}"))
    finally:
        writer.finish()


def tracer_of_session() -> int:
    """Return the pid of the --truth tracer that watches this process; 0 if there is none."""
    tracer = proc_files.tracer_of(os.getpid())
    return tracer if tracer and proc_files.command_name(tracer) == TRACER_NAME else 0
