"""Starts a job with posix_spawn, without a copy of the shell, in unobserved scripts.

The shell itself searches PATH and opens the files of redirections. `can_start` rejects plans that
need a forked child: a body, signals to ignore, a terminal to take, a file to open that may be
another one in the child.
"""

from __future__ import annotations

import errno
import os

from simpsh import console
from simpsh.base import failed_call
from simpsh.base.errors import CommandProblem
from simpsh.base.record import Node
from simpsh.base.signal_names import SIGTERM
from simpsh.base.wait_status import Exited
from simpsh.kernel import descriptors, processes, signals, wait_calls
from simpsh.kernel.program_execution import explanation, is_text, locate, script_argv
from simpsh.kernel.signals import SIG_IGN
from simpsh.shell.jobs import redirector
from simpsh.shell.jobs.job_table import ChildProcess, Job
from simpsh.shell.jobs.shared_paths import is_shared, opens_alike
from simpsh.shell.jobs.shell_signals import INTERRUPTING
from simpsh.shell.plan.job_plan import CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set

    from simpsh.shell.jobs.job_context import JobContext
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan

_NO_PROCESS = 0
_RETRIED = (errno.EAGAIN, errno.ENOMEM)
_FORBIDDEN = (errno.EPERM, errno.ENOSYS)
"""Errors with which a container refuses clone3, and thus posix_spawn; also errors of execve."""


def can_start(plan: JobPlan, context: JobContext) -> bool:
    """Return whether posix_spawn can carry out a plan as fork would."""
    if plan.output is not None and context.has_job_control:
        return False  # the child must ignore the signals that stop processes
    if context.terminal is not None and not plan.is_background:
        return False  # the child must take the terminal before it begins
    for index, process in enumerate(plan.processes):
        if process.body is not None:
            return False
        if (index or process.actions) and not _fails_alike(process.argv[0]):
            return False
        for action in process.actions:
            if isinstance(action, OpenFile) and not opens_alike(action.path):
                return False
    # posix_spawn cannot ignore a signal for the child unless the shell ignores it, too.
    ignored, _ = context.dispositions.split(context.dispositions_of_job(plan))
    return all(signals.disposition(number) == SIG_IGN for number in ignored)


def _fails_alike(name: str) -> bool:
    """Return whether the shell would find the reason why a child cannot execute a program."""
    return "/" not in name or is_shared(name)


class _Undecided(OSError):
    """Only a forked child can find out why it cannot execute a file."""


def start_spawned(plan: JobPlan, context: JobContext, *, is_grouped: bool) -> Job:
    """Spawn the processes of a job, from left to right.

    If a command cannot be executed, or its redirection fails, the error is printed to the standard
    error of the command, and a forked child ends with its status. A single foreground command
    needs no child: it has ended before anyone can ask for its process id.

    Raises CommandProblem: the system has no process or descriptor left; no process remains.
    OSError: posix_spawn is forbidden, or only a forked child can find out what fails.
    """
    # Name all signals that are not ignored: the C library calls sigaction for every other signal.
    _, defaults = context.dispositions.split(context.dispositions_of_job(plan))
    if not plan.is_background or context.has_job_control:
        return _spawned(plan, context, _Signals(defaults, None), is_grouped=is_grouped)
    # POSIX XCU 2.11: a background job in the group of the shell ignores ^C. As the shell itself
    # ignores the signals meanwhile, they must be blocked: then they become pending.
    mask = signals.sigprocmask(signals.SIG_BLOCK, signals.ALL)
    before = signals.set_dispositions(dict.fromkeys(INTERRUPTING, SIG_IGN))
    defaults = tuple([number for number in defaults if number not in INTERRUPTING])
    try:
        return _spawned(plan, context, _Signals(defaults, mask), is_grouped=is_grouped)
    finally:
        signals.set_dispositions(before)
        signals.sigprocmask(signals.SIG_SETMASK, mask)


class _Signals(Node):
    """The dispositions and the mask of the processes of a job."""

    defaults: tuple[int, ...]
    """The signals to reset to their default actions."""
    mask: Set[int] | None
    """The signals to block; None for those that the shell blocks."""


def _spawned(plan: JobPlan, context: JobContext, chosen: _Signals, *, is_grouped: bool) -> Job:
    """Spawn the processes; the caller has set the dispositions of signals to ignore."""
    members: list[ChildProcess] = []
    pgid: int | None = None
    previous: int | None = None
    pipe: descriptors.PipeEnds | None = None
    last = len(plan.processes) - 1
    try:
        for index, process in enumerate(plan.processes):
            failed_call = "pipe"
            pipe = descriptors.pipe2() if index < last else None
            failed_call = "fork"
            stdout = plan.output if pipe is None else pipe.write_end
            group = (pgid or 0) if is_grouped else None
            has_pid = plan.is_background or last > 0
            spawn = _Spawn(process, context, chosen, group, is_first=not members, has_pid=has_pid)
            member = spawn.run(previous, stdout)
            pgid = pgid or member.pid or None
            members.append(member)
            # Close the shell's ends: a reader sees end of file after the last write end is closed.
            if previous is not None:
                descriptors.close(previous)
            if pipe is not None:
                descriptors.close(pipe.write_end)
            previous = None if pipe is None else pipe.read_end
    except OSError as error:
        for end in (previous, *((pipe.read_end, pipe.write_end) if pipe else ())):
            if end is not None:
                descriptors.close(end)
        # End the processes that run already: they are useless without the others.
        for member in members:
            signals.kill(member.pid, SIGTERM)
            wait_calls.waitpid(member.pid)
        if error.errno in _FORBIDDEN or isinstance(error, _Undecided):
            raise
        raise CommandProblem(f"{failed_call}: {os.strerror(error.errno or 0)}", 126) from error
    return Job(members, pgid if is_grouped else None, plan.text)


class _Spawn:
    """One process of the job, with the descriptors that were opened for it."""

    def __init__(
        self,
        process: ProcessPlan,
        context: JobContext,
        chosen: _Signals,
        group: int | None,
        *,
        is_first: bool,
        has_pid: bool,
    ) -> None:
        self._process = process
        self._context = context
        self._signals = chosen
        self._group = group
        self._is_first = is_first
        self._has_pid = has_pid
        """Whether the process needs a process id even if its program cannot be started."""
        self._file_actions: list[tuple[object, ...]] = []
        self._opened: list[int] = []
        self._sources: dict[int, int | None] = {}
        """The shell's descriptor that each descriptor of the child duplicates; None if closed."""

    def run(self, stdin: int | None, stdout: int | None) -> ChildProcess:
        """Spawn the process between two pipe ends; raise OSError if that is impossible."""
        try:
            if stdin is not None:
                self._put(stdin, 0)
            if stdout is not None:
                self._put(stdout, 1)
            for action in self._process.actions:
                try:
                    self._prepare(action)
                except OSError as error:
                    return self._report_failure(redirector.problem(action, error), 1)
            return self._spawn()
        finally:
            for descriptor in self._opened:
                descriptors.close(descriptor)

    def _put(self, source: int, descriptor: int) -> None:
        self._file_actions.append((os.POSIX_SPAWN_DUP2, source, descriptor))
        self._sources[descriptor] = source

    def _prepare(self, action: Action) -> None:
        if not isinstance(action, CloseDescriptor):
            redirector.check_number(action.descriptor)
        match action:
            case OpenFile(descriptor, path, flags):
                self._put(self._out_of_the_way(descriptors.open_file(path, flags)), descriptor)
            case HereText(descriptor, data):
                self._put(self._out_of_the_way(redirector.readable(data)), descriptor)
            case Duplicate(descriptor, source):
                if source not in self._sources:
                    redirector.check_source(source)
                own_source = self._sources.get(source, source)
                if own_source is None or not descriptors.is_open(own_source):
                    raise OSError(errno.EBADF, os.strerror(errno.EBADF))
                self._file_actions.append((os.POSIX_SPAWN_DUP2, source, descriptor))
                self._sources[descriptor] = own_source
            case CloseDescriptor(descriptor):
                # posix_spawn fails for a number above the limit, unlike close(2) in a child.
                if descriptor in self._sources or descriptors.is_open(descriptor):
                    self._file_actions.append((os.POSIX_SPAWN_CLOSE, descriptor))
                self._sources[descriptor] = None

    def _out_of_the_way(self, opened: int) -> int:
        # Opened files must not have numbers that the child's redirections use.
        if any(action.descriptor > 2 for action in self._process.actions) or opened < 3:
            opened = descriptors.move_above(opened)
        self._opened.append(opened)
        return opened

    def _spawn(self) -> ChildProcess:
        argv = self._process.argv
        environment, path = self._context.program(self._process)
        file, error = locate(argv[0], path)
        if not error:
            pid, error = self._try(file, argv, environment)
        if error:
            failed_call.note("execve", error, argv[0], file)
            return self._report_failure(*explanation(argv, file, error))
        return ChildProcess(pid, self._process.text, argv[0])

    def _try(
        self, file: str, argv: tuple[str, ...], environment: dict[str, str]
    ) -> tuple[int, int]:
        """Spawn a file; return its pid and 0, or _NO_PROCESS and an errno; raises like run()."""
        try:
            return self._call(file, argv, environment), 0
        except ValueError:
            return _NO_PROCESS, errno.ENOENT
        except OSError as problem:
            error = problem.errno or errno.EIO
            if error in _RETRIED or (error in _FORBIDDEN and self._is_first):
                raise
            if self._is_first and not _fails_alike(argv[0]):
                raise _Undecided from problem
        if error == errno.ENOEXEC and is_text(file):
            # POSIX XCU 2.9.1.4: a text file without `#!` is a script.
            words = script_argv(file, argv)
            return self._call(words[0], words, environment), 0
        return _NO_PROCESS, error

    def _call(self, file: str, argv: tuple[str, ...], environment: dict[str, str]) -> int:
        return processes.posix_spawn(
            file,
            argv,
            environment,
            file_actions=self._file_actions,
            group=self._group,
            mask=self._signals.mask,
            defaults=self._signals.defaults,
        )

    def _report_failure(self, message: str, status: int) -> ChildProcess:
        standard_error = self._sources.get(2, 2)
        if standard_error is not None:
            complaint = self._context.with_hint(message, self._process, status)
            console.complain(complaint, self._context.shell.where, standard_error)
        if self._has_pid:
            return ChildProcess(self._fork_and_exit(status), self._process.text)
        process = ChildProcess(_NO_PROCESS, self._process.text)
        process.status = Exited(status)
        return process

    def _fork_and_exit(self, status: int) -> int:
        """Fork a child that takes the failure over and ends with this status; return its pid."""
        pid = processes.fork()
        if pid == 0:
            failed_call.take_over()
            os._exit(status)
        if self._group is not None:
            processes.setpgid(pid, self._group)
        return pid
