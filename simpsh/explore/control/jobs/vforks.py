"""vfork without the kernel's wait: the explorer itself holds the parent.

The kernel would let the parent go on in the middle of the child's end, between two of its steps,
where nothing can be held. So the call is made without CLONE_VFORK: the child runs in its parent's
memory all the same, and the parent is held until the child has another program, or has given that
memory up.
"""

from __future__ import annotations

from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.operations import visible_operations as ops
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS

CLONE_VM, CLONE_VFORK = 0x100, 0x4000
CLONE_CLEAR_SIGHAND = 1 << 32
"""Of clone3 alone: the child has no handlers. posix_spawn(3) of newer glibc asks for it."""
_OTHER_SIGNAL = 1


def clone_flags(process: HeldProcess) -> int:
    """Return the flags of clone(2); a signal at the end that is not SIGCHLD is one more bit."""
    if process.call == "clone3":
        data = ptrace.read_memory(process.pid, process.args[0], 40)
        flags, signal = int.from_bytes(data[:8], "little"), int.from_bytes(data[32:], "little")
    else:
        flags, signal = process.args[0] & 0xFFFFFF00, process.args[0] & 0xFF
    return flags | (0 if signal == SIGCHLD else _OTHER_SIGNAL)


def before_fork(process: HeldProcess) -> None:
    """Let the vfork that a process stands at not wait."""
    values = registers.getregs(process.pid)
    process.before_vfork = list(values)
    if process.call == "vfork":
        registers.replace_call(values, NUMBERS["clone"], (CLONE_VM | SIGCHLD, 0, 0, 0, 0))
        registers.setregs(process.pid, values)
    elif process.call == "clone":
        registers.replace_call(values, NUMBERS["clone"], (process.args[0] & ~CLONE_VFORK,))
        registers.setregs(process.pid, values)
    else:
        _set_flags(process, keep=False)


def _set_flags(process: HeldProcess, *, keep: bool) -> None:
    """Set or clear the flag in the structure that clone3 is given."""
    flags = int.from_bytes(ptrace.read_memory(process.pid, process.args[0], 8), "little")
    flags = flags | CLONE_VFORK if keep else flags & ~CLONE_VFORK
    ptrace.write_memory(process.pid, process.args[0], flags.to_bytes(8, "little"))


def is_vfork(process: HeldProcess) -> bool:
    """Return whether the fork that a process has just made is such a vfork."""
    return bool(process.before_vfork)


def after_fork(process: HeldProcess, child: HeldProcess) -> None:
    """Let a parent have the registers again that the call was given, and the child as well."""
    if process.call == "clone3":
        _set_flags(process, keep=True)
    child.at_birth = process.before_vfork
    _restore(process.pid, process.before_vfork)
    process.before_vfork = []


def clear_handlers(child: HeldProcess) -> None:
    """Let a child have the default where its parent had a handler; see CLONE_CLEAR_SIGHAND."""
    for signal in child.caught:
        child.actions.pop(signal, None)
    child.caught = child.resetting = child.informed = frozenset()


def begin(child: HeldProcess) -> None:
    """Let a child that has not run yet have the registers that the call was given."""
    if child.at_birth:
        _restore(child.pid, child.at_birth)
        child.at_birth = []


def _restore(pid: int, before: list[int]) -> None:
    values = registers.getregs(pid)
    for place in registers.ARGUMENTS:
        # On aarch64 the first argument's register is the result's, too: 0 in the child.
        if place != registers.RESULT:
            values[place] = before[place]
    registers.setregs(pid, values)


def gives_up_memory(process: HeldProcess) -> bool:
    """Make the step of a vfork child that has called exit, if it is the one that frees its parent.

    Its descriptors are given up in the next.
    """
    is_exiting = isinstance(process.operation, ops.Exiting)
    if not is_exiting or process.is_released or not process.was_vforked or not process.ends:
        return False
    process.is_exiting = process.is_released = True
    process.operation = ops.GivingUp()
    process.pending = ()
    return True
