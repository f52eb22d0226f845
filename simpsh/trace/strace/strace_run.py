"""Recording through strace(1), where this process may not trace by itself.

strace sees calls and signals, but not who adopted an orphan, nor the end of a zombie that no
process waited for, nor who holds which pipe end.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from simpsh import console
from simpsh.base.wait_status import Exited, encode
from simpsh.kernel.descriptors import dup2, open_file
from simpsh.kernel.processes import chdir, execve, exit_now, fork
from simpsh.kernel.program_execution import file_to_execute
from simpsh.kernel.wait_calls import waitpid
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.recording_file import Recording
from simpsh.trace.strace.strace_output import events_of
from simpsh.trace.tracer.traced_command import TracedCommand, set_signals

UNSEEN = (
    "recorded through strace: who adopts an orphan, a zombie that no process waits for, and who "
    "holds which pipe end are not seen"
)
_CALLS = (
    "execve,execveat,fork,vfork,clone,clone3,wait4,waitid,kill,tkill,tgkill,pipe,pipe2,"
    "dup,dup2,dup3,setpgid,setsid"
)


def strace_path() -> str:
    """Return the path of strace; empty if it is not installed."""
    return file_to_execute("strace", os.environ)


def strace_works() -> bool:
    """Return whether strace is installed, and may trace a program that does nothing."""
    path = strace_path()
    if not path:
        return False
    pid = fork()
    if pid == 0:  # in the child
        nothing = open_file(os.devnull, os.O_RDWR)
        for number in range(3):
            dup2(nothing, number)
        with suppress(OSError):
            execve(path, ("strace", "-qq", "-e", "trace=none", "--", "true"), os.environ)
        exit_now(127)
    found = waitpid(pid)
    return found is not None and found[1] == Exited(0)


def record_through_strace(command: TracedCommand) -> tuple[Recording, int]:
    """Run a command under strace; return the recording and the status word it ended with.

    Raises:
        OSError: a process or the file for strace's notes cannot be made.
    """
    header = recording_file.new_header(
        "strace", command.argv, level="calls", argv0=command.argv[0], unseen=UNSEEN
    )
    with tempfile.NamedTemporaryFile(
        "r", prefix="simpsh-strace-", encoding="utf-8", errors="surrogateescape"
    ) as notes:
        pid = fork()
        if pid == 0:  # in the child
            _become_strace(command, notes.name)
        found = waitpid(pid)
        events = events_of(notes, command.argv, header.start_unix_ns)
    return Recording(header, events), encode(found[1]) if found else 0


def arguments(argv: Sequence[str], notes: str) -> tuple[str, ...]:
    """Return strace's command line: follow forks, stop only at the calls that are read back."""
    options = ("-f", "--seccomp-bpf", "-ttt", "-y", "-v", "-s", "4096", "-e", f"trace={_CALLS}")
    return ("strace", *options, "-o", notes, "--", *argv)


def _become_strace(command: TracedCommand, notes: str) -> NoReturn:
    try:
        if command.directory:
            chdir(command.directory)
        set_signals(command)
        environment = os.environ if command.environment is None else command.environment
        execve(strace_path(), arguments(command.argv, notes), environment)
    except OSError as error:
        console.complain(f"trace: strace: {error.strerror}")
    finally:
        exit_now(127)
