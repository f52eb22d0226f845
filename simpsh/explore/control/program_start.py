"""The start of each run: its surroundings, and the program held at the end of its execve.

All runs have the same addresses, the same random bytes of exec, and no other clock than system
calls.
"""

from __future__ import annotations

import gc
import os
import struct
import termios
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from simpsh.base.errors import UsageProblem
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.objects.held_call import Conditions
from simpsh.explore.workplace.private_world import begin_pids
from simpsh.explore.workplace.run_limits import OutOfTime
from simpsh.explore.workplace.workspace import RunInput, workplace_of
from simpsh.kernel import descriptors, signals
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.processes import disable_address_randomization, disable_cycle_counter
from simpsh.kernel.signals import sigtimedwait
from simpsh.process import proc
from simpsh.process.child_changes import (
    Change,
    ChildStart,
    NewGroup,
    NotExecuted,
    OnlyDescriptors,
    Signals,
    Step,
)
from simpsh.trace.tracer.traced_command import TracedCommand, start_seized, with_filter

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
_AT_IGNORE, _AT_RANDOM = 1, 25
_OF_VDSO = (32, 33)  # AT_SYSINFO, which 32-bit x86 uses to make calls, and AT_SYSINFO_EHDR
_RANDOM = b"simpsh, explored"
_STACK_BYTES, _BLOCK = 1 << 18, 65536
_EXEC_SECONDS, _LOOK_SECONDS = 30.0, 0.1


def block_ending_signals() -> signals.Blocked:
    """Block signals that end this process while it acquires resources that no object owns yet."""
    return signals.Blocked(SIGHUP, SIGINT, SIGQUIT, SIGTERM)


class RunSetup:
    """The surroundings that runs share: working copy, input, output.

    Raises UsageProblem: the program's directory cannot be copied.
    """

    def __init__(self, program: ExploredProgram) -> None:
        self._program = program
        self.workspace = workplace_of(program.directory)
        try:
            self.output = ProgramOutput(is_terminal=program.has_terminal)
            self.input = RunInput(program.input)
        except BaseException:
            self.workspace.close()
            raise

    def begin(self, assembled: bytes, conditions: Conditions, first: int) -> int:
        """Return the pid of a new process of the program, held before its first instruction.

        The pid is `first` if the kernel permits that. Raises UsageProblem: the program cannot be
        executed. NotTraceable: the system does not permit a process to trace its child. OutOfTime.
        """
        self.workspace.refresh()
        self.input.renew()
        self.output.drain()
        ends = self.input.descriptor, self.output.theirs
        command = command_of(self._program, self.workspace.directory, *ends)
        changes: list[Change] = [Step("be confined", self.workspace.confine), NewGroup(), Signals()]
        if not conditions.moves_addresses:
            changes.append(Step("fix its addresses", disable_address_randomization))
        last = partial(_fix_clock_and_calls, with_filter(assembled))
        start = ChildStart(*changes, *command.changes(OnlyDescriptors(), last=last))
        with block_ending_signals():
            begin_pids(first)
            pid = start_seized(start, _OPTIONS)
            try:
                self._await_program(pid, start)
                begin_image(pid, conditions)
            except BaseException:
                _end_held(pid)
                raise
        return pid

    def _await_program(self, pid: int, start: ChildStart) -> None:
        limit = time.monotonic() + _EXEC_SECONDS
        while (event := _next_event(pid, limit)) != ptrace.EVENT_EXEC:
            if event < 0:
                problem = start.failure()
                if problem is None or isinstance(problem, NotExecuted):
                    raise UsageProblem(f"{self._program.argv[0]}: cannot be executed")
                raise problem
            ptrace.cont(pid)

    def close(self) -> None:
        """Remove the working copy."""
        self.input.close()
        self.output.close()
        self.workspace.close()


def _fix_clock_and_calls(install_filter: Callable[[], object] | None) -> None:
    # From here to the execve a look at the clock is a fault. A callback of the garbage collector
    # may look at it.
    gc.disable()
    if registers.READS_CYCLE_COUNTER:
        disable_cycle_counter()
    if install_filter is not None:
        install_filter()


def _next_event(pid: int, limit: float) -> int:
    """Return the event of a process's next stop; -1 if it is ending.

    SIGCHLD must be blocked. Raises OutOfTime: there is none until `limit` on the monotonic clock.
    """
    while (status := ptrace.next_status(pid, is_patient=False)) is None:
        _check_limit(limit)
        sigtimedwait((SIGCHLD,), _LOOK_SECONDS)
    _check_limit(limit)
    if not os.WIFSTOPPED(status.word):
        return -1
    event = status.word >> 16
    return -1 if event == ptrace.EVENT_EXIT else event


def _check_limit(limit: float) -> None:
    if time.monotonic() > limit:
        raise OutOfTime


def _end_held(pid: int) -> None:
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
    ends = ((0, source), (1, output), (2, output))
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
