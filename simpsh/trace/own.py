"""The last resort: simpsh's own calls, where neither it nor strace may trace.

simpsh starts the command and waits for it, and tells only what it did and learned itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.events import Event, Exec, Exit, Reap, Start
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2, read, write
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.waiting import wait4
from simpsh.trace import recording
from simpsh.trace.log import Log
from simpsh.trace.recording import Recording
from simpsh.trace.starting import TERMINAL_SIGNALS, Command, find_program, run_program
from simpsh.wait_status import encode

if TYPE_CHECKING:
    from typing import NoReturn

UNSEEN = (
    "neither simpsh nor strace may trace here: only the calls of simpsh itself were seen; what "
    "the command's own children did is missing"
)


def record_own_calls(command: Command) -> tuple[Recording, int]:
    """Run a command; return what simpsh saw of it, and the status word it ended with.

    Raises:
        OSError: EAGAIN EMFILE …; the child cannot be made.
    """
    header = recording.new_header(
        "shell", " ".join(command.argv), argv0=command.argv[0], unseen=UNSEEN
    )
    events: list[Event] = []
    log = Log(events.append, header.start_monotonic_ns, source="shell")
    before = {number: signals.disposition(number) for number in TERMINAL_SIGNALS}
    signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN))
    try:
        status = _run(command, log)
    finally:
        signals.set_dispositions(before)
    return Recording(header, tuple(events)), status


def _run(command: Command, log: Log) -> int:
    failure = pipe2()
    pid = fork()
    if pid == 0:  # in the child
        _become(command, failure.write_end)
    log.tell(pid, "P0", Start(os.getpid(), command.argv))
    # The parent must drop its copy: end of file says that execve closed the child's.
    close(failure.write_end)
    if read(failure.read_end, 1) == b"":
        environment = os.environ if command.environment is None else command.environment
        log.tell(pid, "P0", Exec(command.argv, find_program(command.argv[0], environment)))
    close(failure.read_end)
    ended = wait4(pid)
    if ended is None:
        return 0
    usage, status = ended.rusage, encode(ended.status)
    log.tell(pid, "P0", Exit(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss))
    log.tell(os.getpid(), "", Reap(pid, "P0", "simpsh"))
    return status


def _become(command: Command, failure: int) -> NoReturn:
    status = 127
    signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_DFL))
    try:
        status = run_program(command, b"")
        write(failure, b"!")
    finally:
        exit_now(status)
