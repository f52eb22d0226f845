"""The parent of a kernel's shell: when the shell or the kernel ends, it ends all their processes.

It adopts the shell's orphans. If the kernel is killed, the channel's end of file reports it.
"""

from __future__ import annotations

import os
import select
import time
from contextlib import suppress

from simpsh.base.signal_names import SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGTERM
from simpsh.base.wait_status import Stopped, has_ended
from simpsh.kernel import signals, wait_calls
from simpsh.kernel.descriptors import close, move_above, open_file, write_all
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.process.child_changes import NULL, ChildStart, NewSession, carry_out, standard
from simpsh.process.subreaper import Subreaper
from simpsh.process.worker import Channel
from simpsh.repl.argument_names import Subcommands

_FAREWELL_SECONDS = 2.0
"""How long the shell may take to run its EXIT trap and hang up its jobs."""
_STOPPED = "simpsh: {} stopped the shell of this notebook; it was continued by SIGCONT\n"


def guard(descriptor: int, record: int, complete_arguments: Subcommands | None) -> int:
    """Start the shell of a kernel, and return 0 when the shell or the kernel has ended.

    Standard input must be the shell's terminal, without a session. `descriptor` is the shell's end
    of the channel, `record` the recording or -1.
    """

    def run_shell() -> int:
        # Above the descriptors of `exec 3>file`, and close-on-exec.
        channel = Channel(move_above(descriptor))
        path = "" if record < 0 else f"/proc/{os.getpid()}/fd/{move_above(record)}"
        # Imported here because the guard itself does not need it.
        from simpsh.notebook.cell_shell import serve

        serve(channel, path, complete_arguments)
        return 0

    with Subreaper(deadline_seconds=0.5):
        pid = ChildStart(NewSession(terminal=0)).fork(run_shell)
        terminal = os.ttyname(0)
        # The guard must not keep the shell's terminal open.
        signals.set_dispositions(dict.fromkeys((SIGINT, SIGHUP, SIGTERM), signals.SIG_IGN))
        carry_out(standard(NULL, NULL, NULL))
        with SignalPipe((SIGCHLD,)) as deaths:
            _watch(pid, descriptor, deaths, terminal)
    return 0


def _watch(pid: int, descriptor: int, deaths: SignalPipe, terminal: str) -> None:
    """Reap children until the shell has ended; if the kernel ends, give the shell some time.

    If the shell stops, continue it: the user has no other terminal from which to do that.
    """
    poll = select.poll()
    poll.register(deaths.descriptor, select.POLLIN)
    poll.register(descriptor, 0)
    deadline: float | None = None
    is_over = False
    while True:
        with suppress(ChildProcessError):
            options = wait_calls.WNOHANG | wait_calls.WUNTRACED
            while (waited := wait_calls.wait4(-1, options)) is not None:
                if isinstance(waited.status, Stopped) and waited.pid == pid:
                    screen = open_file(terminal, os.O_WRONLY | os.O_NOCTTY)
                    write_all(screen, _STOPPED.format(waited.status.signal.name).encode())
                    close(screen)
                    signals.kill(pid, SIGCONT)
                is_over = is_over or (waited.pid == pid and has_ended(waited.status))
        if is_over:
            return
        left = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        ready = [number for number, _ in poll.poll(left)]
        if deadline is not None and not ready:
            return
        deaths.take()
        if descriptor in ready:
            poll.unregister(descriptor)
            deadline = time.monotonic() + _FAREWELL_SECONDS
