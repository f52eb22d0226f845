"""Recording through strace(1), where this process may not trace by itself.

strace's lines are read back into events. It sees calls and signals, but not who adopted an
orphan, nor the end of a zombie that nobody waited for, nor who holds which pipe end.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

from simpsh.kernel.processes import chdir, execve, exit_now, fork
from simpsh.kernel.waiting import waitpid
from simpsh.trace import recording
from simpsh.trace.recording import Recording
from simpsh.trace.starting import Command, complain, find_program
from simpsh.trace.strace_lines import events_of
from simpsh.wait_status import encode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

UNSEEN = (
    "recorded through strace: who adopts an orphan, a zombie that nobody waits for, and who "
    "holds which pipe end are not seen"
)
_CALLS = (
    "execve,execveat,fork,vfork,clone,clone3,wait4,waitid,kill,tkill,tgkill,pipe,pipe2,"
    "dup,dup2,dup3,setpgid,setsid"
)


def strace_path() -> str:
    """Return the path of strace; empty if it is not installed."""
    return find_program("strace", os.environ)


def record_through_strace(command: Command) -> tuple[Recording, int]:
    """Run a command under strace; return the recording and the status word it ended with.

    Raises:
        OSError: a process or the file for strace's notes cannot be made.
    """
    header = recording.new_header(
        "strace", " ".join(command.argv), level="calls", argv0=command.argv[0], unseen=UNSEEN
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


def _become_strace(command: Command, notes: str) -> NoReturn:
    try:
        if command.directory:
            chdir(command.directory)
        environment = os.environ if command.environment is None else command.environment
        execve(strace_path(), arguments(command.argv, notes), environment)
    except OSError as error:
        complain(f"strace: {error.strerror}")
    finally:
        exit_now(127)
