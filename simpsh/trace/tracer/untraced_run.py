"""The last resort where tracing is not permitted: simpsh's own calls.

simpsh starts the command and waits for it, and tells only what it did and learned itself.
"""

from __future__ import annotations

import os

from simpsh.base.events import Event, Exec, Exit, Reap, Start
from simpsh.base.process_names import FIRST
from simpsh.base.wait_status import encode
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2, read, write
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.program_execution import file_to_execute
from simpsh.kernel.wait_calls import wait4
from simpsh.trace.recording import recording_file
from simpsh.trace.recording.event_log import EventLog
from simpsh.trace.recording.recording_file import Recording
from simpsh.trace.tracer.traced_command import (
    NOT_FOUND,
    TERMINAL_SIGNALS,
    TracedCommand,
    run_program,
    set_signals,
)

UNSEEN = (
    "simpsh may not trace here: only the calls of simpsh itself were seen; what "
    "the command's own children did is missing"
)


def record_own_calls(command: TracedCommand) -> tuple[Recording, int]:
    """Run a command; return what simpsh saw of it, and the status word it ended with."""
    header = recording_file.new_header("shell", command.argv, argv0=command.argv[0], unseen=UNSEEN)
    events: list[Event] = []
    log = EventLog(events.append, header.start_monotonic_ns, source="shell")
    before = signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN))
    status = 0
    try:
        failure = pipe2()
        pid = fork()
        if pid == 0:  # in the child
            code = NOT_FOUND
            set_signals(command)
            try:
                code = run_program(command, b"")
                write(failure.write_end, b"!")
            finally:
                exit_now(code)
        log.tell(pid, FIRST, Start(os.getpid(), command.argv))
        # The parent must drop its copy: end of file says that execve closed the child's.
        close(failure.write_end)
        if read(failure.read_end, 1) == b"":
            environment = os.environ if command.environment is None else command.environment
            log.tell(pid, FIRST, Exec(command.argv, file_to_execute(command.argv[0], environment)))
        close(failure.read_end)
        ended = wait4(pid)
        if ended is not None:
            usage, status = ended.rusage, encode(ended.status)
            log.tell(pid, FIRST, Exit(status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss))
            log.tell(os.getpid(), "", Reap(pid, FIRST, "simpsh"))
    finally:
        signals.set_dispositions(before)
    return Recording(header, tuple(events)), status
