"""A fork server: all runs of a program are copies of one held process, the template.

The program is executed once and held at the first instruction of its new image. An injected clone
makes it fork for each run: starting a program costs more than all its steps. No code of the C
library has run by then that could cache the pid; with CLONE_PARENT the copy is a child of the
tracer. All runs have the same addresses.
"""

from __future__ import annotations

import errno
import os
import struct
import termios
import tty
from contextlib import suppress

from simpsh.base.errors import UsageProblem
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.objects.held_call import Conditions
from simpsh.explore.workplace.private_world import begin_pids
from simpsh.explore.workplace.workplace import Workplace
from simpsh.explore.workplace.workspace import RunInput, workplace_of
from simpsh.kernel import descriptors, signals
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.kernel.processes import (
    ADDR_NO_RANDOMIZE,
    disable_address_randomization,
    is_child_subreaper,
    set_child_subreaper,
)
from simpsh.process import proc
from simpsh.process.child_changes import (
    Change,
    ChildStart,
    NewSession,
    NotExecuted,
    OnlyDescriptors,
    Signals,
    Step,
)
from simpsh.process.double_fork import adopter_of_orphans
from simpsh.trace.tracer.traced_command import TracedCommand, start_seized, with_filter

_TEMPLATE_PID = 17_389
"""The template must not take the pid of a process of the program."""
_OPTIONS = (
    ptrace.TRACESYSGOOD
    | ptrace.TRACEFORK
    | ptrace.TRACEVFORK
    | ptrace.TRACECLONE
    | ptrace.TRACEEXEC
    | ptrace.TRACEVFORKDONE
    | ptrace.TRACEEXIT
    | ptrace.TRACESECCOMP
    | ptrace.EXITKILL
)
_CLONE_PARENT = 0x8000
_PR_SET_TSC, _PR_TSC_SIGSEGV = 26, 2
_AT_IGNORE, _AT_RANDOM = 1, 25
_OF_VDSO = (32, 33)  # AT_SYSINFO, which 32-bit x86 uses to make calls, and AT_SYSINFO_EHDR
_RANDOM = b"simpsh, explored"
_STACK_BYTES, _BLOCK = 1 << 18, 65536


def block_ending_signals() -> signals.Blocked:
    """Block signals that end this process while it acquires resources that no object owns yet."""
    return signals.Blocked(SIGHUP, SIGINT, SIGQUIT, SIGTERM)


class RunSetup:
    """The surroundings that runs share: working copy, input, output, template process.

    Raises UsageProblem: the program cannot be executed, or its directory cannot be copied.
    NotTraceable: the system does not permit a process to trace its child.
    """

    def __init__(self, program: ExploredProgram) -> None:
        self._program = program
        self.workspace = workplace_of(program.directory)
        try:
            self.output = ProgramOutput(is_terminal=program.has_terminal)
            self.workspace.refresh()
            self.input = self._open_input()
        except BaseException:
            self.workspace.close()
            raise
        self._template: ForkServer | None = None
        self._made_for: object = None
        """The filter and the conditions for which the template was made."""
        self._adopter = 0

    def begin(self, assembled: bytes, conditions: Conditions, first: int) -> int:
        """Return the pid of a new process of the program, held before its first instruction.

        The pid is `first` if the kernel permits that.
        """
        if self.workspace.refresh() and self.input.is_in_copy:
            self._end_template()
            self.input.close()
            self.input = self._open_input()
        self.input.renew()
        self.output.drain()
        if self._template is not None and self._made_for == (assembled, conditions):
            # If the template was killed, a new one is made.
            with suppress(ProcessLookupError, ChildProcessError):
                begin_pids(first)
                return self._template.fork()
        with block_ending_signals():
            self._end_template()
            begin_pids(_TEMPLATE_PID)
            # Until the template executes the program, it has all descriptors of the explorer.
            self.workspace.settle()
            ends = self.input.descriptor, self.output.theirs
            self._template = ForkServer(self._program, self.workspace, ends, assembled, conditions)
        self._made_for = assembled, conditions
        begin_pids(first)
        return self._template.fork()

    def _open_input(self) -> RunInput:
        program = self._program
        return RunInput(program.input, program.directory, self.workspace.directory)

    @property
    def adopter(self) -> int:
        """The pid of the process that adopts orphans outside the exploration."""
        if not self._adopter:
            with block_ending_signals():
                was_subreaper = is_child_subreaper()
                set_child_subreaper(False)
                try:
                    self._adopter = adopter_of_orphans()
                finally:
                    set_child_subreaper(was_subreaper)
        return self._adopter

    def close(self) -> None:
        """End the template, and remove the working copy."""
        self._end_template()
        self.input.close()
        self.output.close()
        self.workspace.close()

    def _end_template(self) -> None:
        if self._template is not None:
            self._template.close()
            self._template = None


class ForkServer:
    """The template: a held process from which copies of the program are forked.

    Raises UsageProblem: the program cannot be executed. NotTraceable: the system does not permit a
    process to trace its child.
    """

    def __init__(
        self,
        program: ExploredProgram,
        workplace: Workplace,
        ends: tuple[int, int],
        assembled: bytes,
        conditions: Conditions,
    ) -> None:
        self._workplace, self._renewals = workplace, workplace.renewals
        command = command_of(program, workplace.directory, *ends)
        changes: list[Change] = [Step("be confined", workplace.confine), NewSession(), Signals()]
        if not conditions.moves_addresses:
            changes.append(Step("fix its addresses", disable_address_randomization))
        last = with_filter(assembled)
        self._start_of = ChildStart(*changes, *command.changes(OnlyDescriptors(), last=last))
        self.pid = start_seized(self._start_of, _OPTIONS)
        try:
            self._await_program(program)
            begin_image(self.pid, conditions)
            self._go(self.pid)  # to the return of execve
            self._start = registers.getregs(self.pid)
            self._start[registers.CALL] = registers.NO_CALL
            self._after_call = _after_call_instruction(self.pid)
            if conditions.moves_addresses:
                # With other addresses in each run, mktemp would make another file in each.
                self._make_call(self.pid, "personality", ADDR_NO_RANDOMIZE)
            if registers.READS_CYCLE_COUNTER:
                # Instructions that read the counter now raise SIGSEGV; see PR_SET_TSC(2const).
                self._make_call(self.pid, "prctl", _PR_SET_TSC, _PR_TSC_SIGSEGV)
        except BaseException:
            self.close()
            raise

    def fork(self) -> int:
        """Return the pid of a new copy, held before its first instruction.

        Raises OSError: EAGAIN; the process limit is reached. ESRCH; the template was killed.
        """
        event = self._make_call(self.pid, "clone", _CLONE_PARENT | SIGCHLD)
        if event not in (ptrace.EVENT_FORK, ptrace.EVENT_CLONE):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        child = ptrace.geteventmsg(self.pid)
        ptrace.next_status(child)
        self._make_call(child, "setpgid", 0)
        if self._workplace.renewals != self._renewals:
            self._enter_directory(child)
        registers.setregs(child, self._start)
        self._go(self.pid)  # to the return of clone
        return child

    def _enter_directory(self, pid: int) -> None:
        """Move a copy into the renewed directory; the template is in an older one."""
        path = os.fsencode(self._workplace.directory) + b"\0"
        address = self._start[registers.STACK_POINTER]
        # Save the words of exec, which the path overwrites for the call.
        before = ptrace.read_memory(pid, address, len(path))
        ptrace.write_memory(pid, address, path)
        self._make_call(pid, "chdir", address)
        ptrace.write_memory(pid, address, before)

    def _make_call(self, pid: int, name: str, *arguments: int) -> int:
        """Make a call in a process that is held at its start; return the event that follows."""
        values = list(self._start)
        padded = (*arguments, 0, 0, 0, 0)[:5]
        registers.begin_call(values, self._after_call, NUMBERS[name], padded)
        registers.setregs(pid, values)
        self._go(pid)  # to the entry of the call
        while (event := self._go(pid)) == ptrace.EVENT_SECCOMP:
            pass
        return event

    def _go(self, pid: int) -> int:
        ptrace.cont_to_syscall(pid)
        return _next_event(pid)

    def _await_program(self, program: ExploredProgram) -> None:
        while (event := _next_event(self.pid)) != ptrace.EVENT_EXEC:
            if event < 0:
                problem = self._start_of.failure()
                if problem is None or isinstance(problem, NotExecuted):
                    raise UsageProblem(f"{program.argv[0]}: cannot be executed")
                raise problem
            ptrace.cont(self.pid)

    def close(self) -> None:
        """End the template."""
        end_held(self.pid)


def _next_event(pid: int) -> int:
    """Return the event of a process's next stop; -1 if it is ending."""
    status = ptrace.next_status(pid)
    if status is None or not os.WIFSTOPPED(status.word):
        return -1
    event = status.word >> 16
    return -1 if event == ptrace.EVENT_EXIT else event


def end_held(pid: int) -> None:
    """Kill a held process, and reap it."""
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, SIGKILL)
        while True:
            # SIGKILL does not release a process that is held at its exit event.
            with suppress(ProcessLookupError):
                ptrace.cont(pid)
            status = ptrace.next_status(pid)
            if status is None or not os.WIFSTOPPED(status.word):
                return


def command_of(program: ExploredProgram, directory: str, source: int, output: int) -> TracedCommand:
    """Return the command that executes a program, reading from `source`, writing to `output`."""
    # A bare name is looked up in PATH again, and remains the program's argv[0].
    first = program.path if "/" in program.argv[0] else program.argv[0]
    if program.input is not None and program.input.is_closed:
        source = -1
    errors = -1 if program.has_no_errors else output
    ends = ((0, source), (1, output), (2, errors))
    environment = dict(program.environment or os.environ)
    return TracedCommand((first, *program.argv[1:]), environment, directory, ends)


def begin_image(pid: int, conditions: Conditions) -> None:
    """Make the data that exec gives a new program the same in every run under these conditions.

    The 16 random bytes are overwritten. The vDSO is removed from the auxiliary vector, so that the
    clock is read by system calls, which are visible.
    """
    stack = registers.getregs(pid)[registers.STACK_POINTER]
    data, size = proc.memory(pid, stack, _STACK_BYTES), registers.WORD
    words = struct.unpack(f"{len(data) // size}P", data[: len(data) // size * size])
    index = words.index(0, words[0] + 2) + 1  # past argc and argv, then past the environment
    while index + 1 < len(words) and words[index]:
        if words[index] in _OF_VDSO:
            ptrace.write_memory(pid, stack + size * index, struct.pack("P", _AT_IGNORE))
        elif words[index] == _AT_RANDOM:
            random = bytes(byte + conditions.draw & 0xFF for byte in _RANDOM)
            ptrace.write_memory(pid, words[index + 1], random)
        index += 2


def _after_call_instruction(pid: int) -> int:
    """Return the address after a system call instruction in executable memory."""
    for part in proc.memory_regions(pid):
        if part.permissions[2] == "x":
            code = proc.memory(pid, part.first, part.end - part.first)
            offset = registers.find_call_instruction(code)
            if offset >= 0:
                return part.first + offset + registers.CALL_LENGTH
    raise UsageProblem("this program's memory holds no system call instruction")


class ProgramOutput:
    """The program's standard output and standard error in every run: a pipe or pseudo-terminal.

    On a pseudo-terminal the C library buffers by lines.
    """

    def __init__(self, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        self._ours, self.theirs = output_ends(is_terminal=is_terminal)
        os.set_blocking(self._ours, False)
        self.target = proc.link("self", f"fd/{self.theirs}")
        """The target that /proc shows for the program's descriptor."""

    def drain(self) -> bytes:
        """Read the bytes written so far; on a terminal, some may arrive after the write returns."""
        data = b""
        with suppress(BlockingIOError):
            while piece := os.read(self._ours, _BLOCK):
                data += piece
        return data

    def close(self) -> None:
        """Close both ends."""
        descriptors.close(self._ours)
        descriptors.close(self.theirs)


def output_ends(*, is_terminal: bool) -> tuple[int, int]:
    """Return the explorer's and the program's end of a new terminal or pipe for the output."""
    if not is_terminal:
        pipe = descriptors.pipe2()
        return pipe.read_end, pipe.write_end
    ours, theirs = os.openpty()
    # Bytes pass unchanged: no carriage returns, no echo, no special characters.
    tty.setraw(theirs, termios.TCSANOW)
    return ours, theirs
