"""A whole session under the tracer: a separate process watches the shell, which continues.

The tracer is neither a parent nor a child of the shell, and in another session: a double fork makes
it, and it seizes the process that made it. So the shell's own waits never see the tracer, and if
the tracer is killed, the session continues untraced. It records at level events, without a filter,
which would outlive it, and without EXITKILL.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TextIO

from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGTERM
from simpsh.kernel.descriptors import PipeEnds, close, pipe2, read, write
from simpsh.kernel.machine import ptrace
from simpsh.kernel.processes import set_name, set_ptracer
from simpsh.process.child_changes import IGNORED_BY_PYTHON, Signals, carry_out, detach
from simpsh.process.double_fork import double_fork
from simpsh.process.machine_permits import TRACER_NAME, known_obstacle
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import Header, RecordingWriter, create
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS, NotTraceable

_READY, _LONGEST_ANSWER = b"ready", 200


def begin_truth(path: str, command: str = "simpsh") -> int:
    """Start a tracer of this process and all its future children; return the tracer's pid.

    Call it before there are children or threads. When the parent of this process is notified of its
    end, the recording is complete up to that end; the tracer continues to follow remaining
    processes.

    Raises NotTraceable: the kernel refuses, or another process traces this one already. OSError:
    the file or the tracer's process cannot be made.
    """
    obstacle = known_obstacle()
    if obstacle:
        raise NotTraceable(obstacle)
    file = create(path)
    header = recording_file.new_header((command,), level="events")
    recording_file.begin(file, header)
    pipes = to_tracer, from_tracer = pipe2(), pipe2()
    shell = os.getpid()
    pid = double_fork(lambda: _be_tracer(shell, file, header, pipes))
    close(to_tracer.read_end)
    # The parent must close its copy: end of file means that the tracer is gone.
    close(from_tracer.write_end)
    try:
        file.close()
        # EINVAL: the kernel has no Yama, so this call is not needed.
        with suppress(OSError):
            set_ptracer(pid)
        write(to_tracer.write_end, b"!")
        answer = read(from_tracer.read_end, _LONGEST_ANSWER)
        if answer != _READY:
            reason = answer.decode() or "the tracer died"
            raise NotTraceable(f"this system lets no process trace this session ({reason})")
    finally:
        close(to_tracer.write_end)
        close(from_tracer.read_end)
    return pid


def _be_tracer(shell: int, file: TextIO, header: Header, pipes: tuple[PipeEnds, PipeEnds]) -> None:
    to_tracer, from_tracer = pipes
    close(to_tracer.write_end)
    close(from_tracer.read_end)
    if read(to_tracer.read_end, 1) != b"!":
        return
    # Leave the shell's session, and close every descriptor on which others wait.
    ignored = {*TERMINAL_SIGNALS, *IGNORED_BY_PYTHON, SIGHUP, SIGTERM}
    carry_out(Signals(ignored, blocked={SIGCHLD}), *detach(file.fileno(), from_tracer.write_end))
    set_name(TRACER_NAME.encode())
    sites = CallSites()
    writer = RecordingWriter(file, sites.sources)
    options = TracerOptions(
        start_monotonic_ns=header.start_monotonic_ns,
        owns_root=False,
        call_sites=sites,
        before_waiting=writer.write_some,
    )
    tracer = Tracer(writer.put, "events", options)
    try:
        ptrace.seize(shell, seize_options("events", dies_with_tracer=False))
    except OSError as error:
        write(from_tracer.write_end, (error.strerror or "refused").encode())
        return
    tracer.begin(shell)
    write(from_tracer.write_end, _READY)
    close(from_tracer.write_end)
    try:
        tracer.run()
    except BaseException as error:  # noqa: BLE001 - nothing else would report a defect
        writer.write_some()
        writer.write(
            recording_file.note_line(f"the tracer broke, and saw nothing further: {error!r}")
        )
    finally:
        writer.end()
