"""The template is the program before its first instruction; every run is a fork of it.

Starting a program – forking a large process, execve, mapping – costs more than all its steps. So
it is executed once, held at the first instruction of its new image, and made to fork by an
injected clone for each run. Nothing of the C library has run by then that could remember who it
was; with CLONE_PARENT the copy is a child of the tracer, as if it had been forked there. All runs
have the same addresses, even where randomization cannot be switched off.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem
from simpsh.kernel import ptrace, registers
from simpsh.kernel.descriptors import is_open, set_flags
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import keep_addresses
from simpsh.kernel.registers import ORIG_RAX, R8, R10, RAX, RDI, RDX, RIP, RSI, RSP
from simpsh.kernel.signals import ALL, SIG_DFL, SIG_SETMASK, set_dispositions, sigprocmask
from simpsh.kernel.syscall_table import NUMBERS
from simpsh.trace.starting import Command, start_seized

if TYPE_CHECKING:
    from simpsh.explore.program import Program

OPTIONS = (
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
_CLONE_PARENT, _SIGCHLD, _SIGKILL, _SIGSTOP = 0x8000, 17, 9, 19
_AT_IGNORE, _AT_RANDOM, _AT_SYSINFO_EHDR = 1, 25, 33
_RANDOM = b"simpsh, explored"
_STACK_BYTES = 1 << 18
_STOPPED, _LAST_OF_THREE = 0x7F, 2


class Template:
    """A held process that copies of the program are forked from.

    Args:
        program: what to execute.
        directory: where it runs.
        output: the descriptor of its output and error output.
        assembled: the seccomp filter.

    Raises:
        UsageProblem: it cannot be executed.
        NotTraceable: the system lets no process trace its child.
    """

    def __init__(self, program: Program, directory: str, output: int, assembled: bytes) -> None:
        null = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
        descriptors = ((0, null), (1, output), (2, output))
        environment = dict(program.environment or os.environ)
        # A bare name is found again by PATH, and stays the program's argv[0].
        first = program.path if "/" in program.argv[0] else program.argv[0]
        command = Command((first, *program.argv[1:]), environment, directory, descriptors)
        try:
            self.pid = start_seized(command, OPTIONS, assembled, _prepare)
        finally:
            os.close(null)
        try:
            self._await_program(program)
            forget_chance(self.pid)
            self._go()  # to the return of execve
            self._start = registers.registers(self.pid)
            self._start[ORIG_RAX] = 2**64 - 1
            self._instruction = _system_call_instruction(self.pid)
        except BaseException:
            self.close()
            raise

    def fork(self) -> int:
        """Return the pid of a new copy, held before its first instruction.

        Raises:
            OSError: EAGAIN; the limit of processes is reached. ESRCH; the template was killed.
        """
        values = list(self._start)
        values[RIP] = self._instruction
        values[RAX] = NUMBERS["clone"]
        values[RDI] = _CLONE_PARENT | _SIGCHLD
        values[RSI] = values[RDX] = values[R10] = values[R8] = 0
        registers.set_registers(self.pid, values)
        self._go()  # to the entry of the call
        while (event := self._go()) == ptrace.EVENT_SECCOMP:
            pass
        if event not in (ptrace.EVENT_FORK, ptrace.EVENT_CLONE):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        child = ptrace.event_message(self.pid)
        ptrace.next_status(child)
        registers.set_registers(child, self._start)
        self._go()  # to its return
        return child

    def close(self) -> None:
        """End the template."""
        try:
            os.kill(self.pid, _SIGKILL)
            while True:
                # SIGKILL does not release a process that is held at its exit event.
                _resume(self.pid)
                status = ptrace.next_status(self.pid)
                if status is None or status.word & 0xFF != _STOPPED:
                    return
        except (ProcessLookupError, ChildProcessError):
            return

    def _go(self) -> int:
        ptrace.resume_to_call(self.pid)
        return self._next()

    def _await_program(self, program: Program) -> None:
        while (event := self._next()) != ptrace.EVENT_EXEC:
            if event < 0:
                raise UsageProblem(f"{program.argv[0]}: cannot be executed")
            ptrace.resume(self.pid)

    def _next(self) -> int:
        """Return the event of the template's next stop; -1 if it is ending."""
        status = ptrace.next_status(self.pid)
        if status is None or status.word & 0xFF != _STOPPED:
            return -1
        event = status.word >> 16
        return -1 if event == ptrace.EVENT_EXIT else event


def _resume(pid: int) -> None:
    try:
        ptrace.resume(pid)
    except ProcessLookupError:
        return


def _prepare() -> None:
    """Be in the child as at a fresh start: three descriptors, nobody's signals, no chance."""
    for number in map(int, os.listdir("/proc/self/fd")):
        if number > _LAST_OF_THREE and is_open(number):
            set_flags(number, fcntl.FD_CLOEXEC)
    setsid()
    set_dispositions(dict.fromkeys(ALL - {_SIGKILL, _SIGSTOP}, SIG_DFL))
    sigprocmask(SIG_SETMASK, ())
    keep_addresses()


def forget_chance(pid: int) -> None:
    """Make what exec gives a new program the same in every run.

    The sixteen random bytes are overwritten. The vDSO is struck from the list of what there is,
    so that the clock is read by system calls, which can be seen.
    """
    stack = registers.registers(pid)[RSP]
    data = _memory(pid, stack, _STACK_BYTES)
    words = struct.unpack(f"{len(data) // 8}Q", data[: len(data) // 8 * 8])
    place = words.index(0, words[0] + 2) + 1  # past argc and argv, then past the environment
    while place + 1 < len(words) and words[place]:
        if words[place] == _AT_SYSINFO_EHDR:
            ptrace.write_memory(pid, stack + 8 * place, struct.pack("Q", _AT_IGNORE))
        elif words[place] == _AT_RANDOM:
            ptrace.write_memory(pid, words[place + 1], _RANDOM)
        place += 2


def _system_call_instruction(pid: int) -> int:
    """Return the address of a system call instruction in executable memory."""
    with open(f"/proc/{pid}/maps") as file:
        lines = [line.split() for line in file]
    for span, permissions, *_ in lines:
        if permissions[2] == "x":
            first, end = (int(word, 16) for word in span.split("-"))
            found = _memory(pid, first, end - first).find(registers.SYSCALL_INSTRUCTION)
            if found >= 0:
                return first + found
    raise UsageProblem("this program's memory holds no system call instruction")


def _memory(pid: int, address: int, count: int) -> bytes:
    try:
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            memory.seek(address)
            return memory.read(count)
    except OSError:
        return b""
