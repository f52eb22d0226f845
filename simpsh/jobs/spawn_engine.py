"""Starting a job by posix_spawn, for scripts that nobody watches: no copy of the shell is made.

The shell searches PATH and opens redirections itself, once; what spawn cannot do – a body to
run in the child, a FIFO to wait for, signals to ignore, the terminal to take – is refused by
`can_start` before anything is opened.
"""

from __future__ import annotations

import errno
import os
import stat

from simpsh.errors import CommandProblem
from simpsh.jobs import redirecting, search
from simpsh.jobs.child import with_hint
from simpsh.jobs.job import Job, Process
from simpsh.kernel import descriptors, processes, signals, waiting
from simpsh.kernel.signals import SIG_DFL
from simpsh.plan.values import CloseDescriptor, Duplicate, HereText, OpenFile
from simpsh.wait_status import Exited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.jobs.context import Context
    from simpsh.plan.values import Action, JobPlan, ProcessPlan

_NO_PROCESS = 0
_RETRIED = (errno.EAGAIN, errno.ENOMEM)


def can_start(plan: JobPlan, context: Context) -> bool:
    """Tell whether spawn can do everything in the plan, as fork would."""
    if plan.runs_behind and not context.has_job_control:
        return False  # the child must ignore SIGINT and SIGQUIT
    if plan.output is not None and context.has_job_control:
        return False  # the child must ignore the signals that stop
    if context.terminal is not None and not plan.runs_behind:
        return False  # the child must take the terminal before it begins
    return all(
        process.body is None and all(map(_opens_at_once, process.actions))
        for process in plan.processes
    )


def _opens_at_once(action: Action) -> bool:
    if not isinstance(action, OpenFile):
        return True
    try:
        return not stat.S_ISFIFO(os.stat(action.path).st_mode)
    except OSError:
        return True


def start(plan: JobPlan, context: Context, *, is_grouped: bool) -> Job:
    """Spawn the processes of a job, from left to right.

    A command that cannot be executed, or whose redirection fails, has said so on its own
    standard error and counts as ended with the status that fork's child would have had.

    Raises:
        CommandProblem: the system has no process or descriptor left; nothing is left behind.
    """
    dispositions = context.dispositions_of_children(is_stoppable=True)
    defaults = [number for number, action in dispositions.items() if action == SIG_DFL]
    members: list[Process] = []
    pgid: int | None = None
    previous: int | None = None
    pipe: descriptors.Pipe | None = None
    last = len(plan.processes) - 1
    failed_call = "pipe"
    try:
        for index, process in enumerate(plan.processes):
            failed_call = "pipe"
            pipe = descriptors.pipe2() if index < last else None
            failed_call = "fork"
            stdout = plan.output if pipe is None else pipe.write_end
            group = (pgid or 0) if is_grouped else None
            spawn = _Spawn(process, context, defaults, group)
            member = spawn.run(previous, stdout)
            pgid = pgid or member.pid or None
            members.append(member)
            # End of file comes when the last write end anywhere is closed: ours must go.
            if previous is not None:
                descriptors.close(previous)
            if pipe is not None:
                descriptors.close(pipe.write_end)
            previous = None if pipe is None else pipe.read_end
    except OSError as error:
        for end in (previous, *((pipe.read_end, pipe.write_end) if pipe else ())):
            if end is not None:
                descriptors.close(end)
        _give_up(members)
        raise CommandProblem(f"{failed_call}: {os.strerror(error.errno or 0)}", 126) from error
    return Job(members, pgid if is_grouped else None, plan.text)


def _give_up(members: list[Process]) -> None:
    # Unlike forked members behind a gate, these run already: without the rest they make no sense.
    for member in members:
        if member.pid != _NO_PROCESS:
            signals.kill(member.pid, 15)
            waiting.waitpid(member.pid)


class _Spawn:
    """One process of the job, with what was opened for it."""

    def __init__(
        self, process: ProcessPlan, context: Context, defaults: list[int], group: int | None
    ) -> None:
        self._process = process
        self._context = context
        self._defaults = defaults
        self._group = group
        self._file_actions: list[tuple[object, ...]] = []
        self._opened: list[int] = []
        self._stands_for: dict[int, int | None] = {}
        """What the child's descriptors are copies of, as far as they differ from the shell's."""

    def run(self, stdin: int | None, stdout: int | None) -> Process:
        """Spawn the process between its two pipe ends.

        Raises:
            OSError: EAGAIN, ENOMEM, EMFILE; no process can be made.
        """
        try:
            if stdin is not None:
                self._put(stdin, 0)
            if stdout is not None:
                self._put(stdout, 1)
            for action in self._process.actions:
                try:
                    self._prepare(action)
                except OSError as error:
                    return self._failed(redirecting.problem(action, error), 1)
            return self._spawn()
        finally:
            for descriptor in self._opened:
                descriptors.close(descriptor)

    def _put(self, source: int, descriptor: int) -> None:
        self._file_actions.append((os.POSIX_SPAWN_DUP2, source, descriptor))
        self._stands_for[descriptor] = source

    def _prepare(self, action: Action) -> None:
        match action:
            case OpenFile(descriptor, path, flags):
                redirecting.check_number(descriptor)
                self._put(self._out_of_the_way(descriptors.open_file(path, flags)), descriptor)
            case HereText(descriptor, data):
                redirecting.check_number(descriptor)
                self._put(self._out_of_the_way(redirecting.readable(data)), descriptor)
            case Duplicate(descriptor, source):
                self._duplicate(descriptor, source)
            case CloseDescriptor(descriptor):
                self._file_actions.append((os.POSIX_SPAWN_CLOSE, descriptor))
                self._stands_for[descriptor] = None

    def _duplicate(self, descriptor: int, source: int) -> None:
        redirecting.check_number(descriptor)
        if source not in self._stands_for:
            redirecting.check_source(source)
        stands_for = self._stands_for.get(source, source)
        if stands_for is None or not descriptors.is_open(stands_for):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self._file_actions.append((os.POSIX_SPAWN_DUP2, source, descriptor))
        self._stands_for[descriptor] = stands_for

    def _out_of_the_way(self, opened: int) -> int:
        # Numbers that the child's redirections use must not be taken by what is opened here.
        if any(action.descriptor > 2 for action in self._process.actions) or opened < 3:
            try:
                moved = descriptors.dup_above(opened)
            finally:
                descriptors.close(opened)
            opened = moved
        self._opened.append(opened)
        return opened

    def _spawn(self) -> Process:
        argv = self._process.argv
        name = argv[0]
        shell = self._context.shell
        environment = shell.environment(self._process.assignments)
        file, error = self._find(name, dict(self._process.assignments).get("PATH"))
        if file is not None:
            try:
                return Process(self._call(file, argv, environment), self._process.text)
            except (ValueError, UnicodeEncodeError):
                error = errno.ENOENT
            except OSError as problem:
                error = problem.errno or errno.EIO
                if error in _RETRIED:
                    raise
                self._context.known_programs().pop(name, None)
            if error == errno.ENOEXEC and search.is_text(file):
                # POSIX XCU 2.9.1.4: a text file without a format of its own is a script.
                pid = self._call("/bin/sh", ("/bin/sh", file, *argv[1:]), environment)
                return Process(pid, self._process.text)
        status = 127 if file is None and error == errno.ENOENT else search.exit_status(error)
        return self._failed(search.explanation(name, file or name, error, argv), status)

    def _find(self, name: str, own_path: str | None) -> tuple[str | None, int]:
        if "/" in name:
            return name, 0
        known = self._context.known_programs() if own_path is None else {}
        file = known.get(name)
        if file is not None:
            return file, 0
        path = self._context.path if own_path is None else own_path
        file = search.find_program(name, path)
        if file is not None:
            known[name] = file
            return file, 0
        present = [file for file in search.candidates(name, path) if os.path.lexists(file)]
        return (present[0], errno.EACCES) if present else (None, errno.ENOENT)

    def _call(self, file: str, argv: tuple[str, ...], environment: dict[str, str]) -> int:
        return processes.posix_spawn(
            file,
            argv,
            environment,
            file_actions=self._file_actions,
            group=self._group,
            defaults=self._defaults,
        )

    def _failed(self, message: str, status: int) -> Process:
        shell = self._context.shell
        text = f"{shell.where}{with_hint(shell, message, self._process.argv[0], status)}\n"
        standard_error = self._stands_for.get(2, 2)
        process = Process(_NO_PROCESS, self._process.text)
        process.status = Exited(status)
        if standard_error is not None:
            try:
                descriptors.write_all(standard_error, os.fsencode(text))
            except OSError:
                return process
        return process
