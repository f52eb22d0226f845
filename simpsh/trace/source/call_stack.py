"""The call stack of a thread that is held: which function called which, by addresses.

It begins with the registers, and goes from frame to frame by call frame information. A place
that cannot be followed truthfully ends it: nothing is guessed from what looks like an address.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from operator import add, and_, ge, gt, le, lshift, lt, mul, or_, rshift, sub, xor

from elftools.dwarf.callframe import RegisterRule

from simpsh.base.events import CallSite
from simpsh.kernel.machine.registers import (
    CODE_BITS,
    DWARF_PROGRAM_COUNTER,
    DWARF_RETURN_ADDRESS,
    DWARF_STACK_POINTER,
)
from simpsh.trace.source.dwarf_problems import DWARF_PROBLEMS
from simpsh.trace.source.frame_rules import Expression, FrameRule
from simpsh.trace.source.process_image import MappedFile, ProcessImage, Way

MOST_FRAMES = 64

_ADDRESSES = (1 << 64) - 1
_HAS_LINK_REGISTER = DWARF_RETURN_ADDRESS != DWARF_PROGRAM_COUNTER
_AT_ONCE = 4096
_WORD = struct.Struct("<Q")
_CALL = struct.Struct("<Bi")
_CALL_OPCODE, _LONGEST_LEAF = 0xE8, 128
_LEAF = FrameRule(DWARF_STACK_POINTER, 8, ((DWARF_RETURN_ADDRESS, -8),), (), is_signal_frame=False)

ReadMemory = Callable[[int, int, int], bytes]
"""Returns bytes of a thread's memory: thread, address, count; fewer where they are not there."""


class StackMemory:
    """The memory of a held thread, read a page at a time."""

    def __init__(self, tid: int, read_memory: ReadMemory) -> None:
        self._tid = tid
        self._read = read_memory
        self._first, self._data = 0, b""
        self.words: dict[int, int] = {}
        """What was read, by address."""
        self.is_all = True
        """Whether the way rested on nothing else than the first address and stack pointer."""

    def word(self, address: int) -> int:
        """Return the 8 bytes at an address as a number; raises LookupError if they are missing."""
        place = address - self._first
        if not 0 <= place <= len(self._data) - 8:
            self._first, place = address, 0
            self._data = self._read(self._tid, address, _AT_ONCE)
            if len(self._data) < 8:
                raise LookupError("memory that cannot be read")
        found: int = _WORD.unpack_from(self._data, place)[0]
        self.words[address] = found
        return found


def frames(
    registers: list[int], memory: StackMemory, image: ProcessImage, *, is_in_call: bool
) -> Iterator[tuple[MappedFile, int]]:
    """Go through the frames of a thread, the innermost first: the file, and the address in it.

    The address is that of the instruction that was being executed: of a call, its last byte.

    Args:
        registers: the general ones in DWARF's order, the last of them the program counter.
        memory: the thread's.
        image: what is mapped where.
        is_in_call: whether the thread stands behind a system call's instruction.
    """
    has_called = is_in_call
    found_out = {DWARF_STACK_POINTER, DWARF_PROGRAM_COUNTER}
    for depth in range(MOST_FRAMES):
        found = image.locate(registers[DWARF_PROGRAM_COUNTER])
        if found is None:
            return
        file, address = found
        address -= has_called
        yield file, address
        try:
            rule = file.rules.at(address)
            if rule is None and depth == 0 and is_in_call:
                rule = _rule_of_leaf(registers, memory, image)
            # Behind a signal's frame lies what was interrupted: it has not called the handler.
            if rule is None or rule.is_outermost or rule.is_signal_frame:
                return
            saved = {number for number, _ in rule.saved}
            is_in_register = _HAS_LINK_REGISTER and DWARF_RETURN_ADDRESS not in saved
            # Only the innermost function still has its return address in the register.
            if depth > 0 and is_in_register:
                return
            memory.is_all &= rule.base in found_out and not rule.computed and not is_in_register
            found_out |= saved
            caller = _caller(registers, memory, rule)
        except DWARF_PROBLEMS:
            return
        # A stack grows down.
        if caller[DWARF_STACK_POINTER] < registers[DWARF_STACK_POINTER]:
            return
        registers, has_called = caller, True


def way_of(memory: StackMemory, stack: int, at: CallSite) -> Way | None:
    """Return the way just gone, if it rested on a stack that begins here, and on nothing else."""
    if not memory.is_all or not memory.words:
        return None
    words = tuple((place - stack, _WORD.pack(value)) for place, value in memory.words.items())
    size = max(distance for distance, _ in words) + _WORD.size
    if min(distance for distance, _ in words) < 0 or size > _AT_ONCE:
        return None
    return Way(size, words, at)


def _rule_of_leaf(
    registers: list[int], memory: StackMemory, image: ProcessImage
) -> FrameRule | None:
    """Return the rule of a function without one that has just been called; None for any other.

    The C library's clone(2) says nothing of itself, since the child returns on another stack. It
    is such a function if the stack begins with an address behind a call of this very place.
    """
    if _HAS_LINK_REGISTER:
        return None
    found = image.locate(memory.word(registers[DWARF_STACK_POINTER]))
    if found is None:
        return None
    file, behind_call = found
    opcode, distance = _CALL.unpack(file.file.bytes_at(behind_call - _CALL.size, _CALL.size))
    target = memory.word(registers[DWARF_STACK_POINTER]) + distance
    called = registers[DWARF_PROGRAM_COUNTER] - target
    if opcode != _CALL_OPCODE or not 0 <= called < _LONGEST_LEAF:
        return None
    return _LEAF


def _caller(registers: list[int], memory: StackMemory, rule: FrameRule) -> list[int]:
    """Return the registers that the caller has when this frame returns."""
    if isinstance(rule.base, int):
        cfa = registers[rule.base] + rule.offset & _ADDRESSES
    else:
        cfa = _value(rule.base, registers, memory, ())
    caller = [*registers]
    caller[DWARF_STACK_POINTER] = cfa
    for number, place in rule.saved:
        caller[number] = memory.word(cfa + place & _ADDRESSES)
    for number, kind, argument in rule.computed:
        caller[number] = _computed(kind, argument, cfa, registers, memory)
    caller[DWARF_PROGRAM_COUNTER] = caller[DWARF_RETURN_ADDRESS] & CODE_BITS
    return caller


def _computed(
    kind: str, argument: int | Expression, cfa: int, registers: list[int], memory: StackMemory
) -> int:
    if isinstance(argument, tuple):
        address = _value(argument, registers, memory, (cfa,))
        return memory.word(address) if kind == RegisterRule.EXPRESSION else address
    if kind == RegisterRule.VAL_OFFSET:
        return cfa + argument & _ADDRESSES
    if kind == RegisterRule.REGISTER:
        return registers[argument]
    # Undefined: whatever it held, nothing behind it may rest on it.
    return 0


_BINARY = {
    "DW_OP_plus": add,
    "DW_OP_minus": sub,
    "DW_OP_mul": mul,
    "DW_OP_and": and_,
    "DW_OP_or": or_,
    "DW_OP_xor": xor,
    "DW_OP_shl": lshift,
    "DW_OP_shr": rshift,
    "DW_OP_ge": ge,
    "DW_OP_gt": gt,
    "DW_OP_le": le,
    "DW_OP_lt": lt,
}
_LITERAL, _REGISTER = "DW_OP_lit", "DW_OP_breg"
_LARGEST_SHIFT = 63


def _value(
    expression: Expression, registers: list[int], memory: StackMemory, given: tuple[int, ...]
) -> int:
    """Evaluate a DWARF expression; see the DWARF standard, 2.5. Raises one of DWARF_PROBLEMS."""
    stack = [*given]
    for name, argument in expression:
        _evaluate(name, argument, stack, registers, memory)
    return stack[-1]


def _evaluate(
    name: str, argument: int, stack: list[int], registers: list[int], memory: StackMemory
) -> None:
    if name.startswith(_REGISTER) and name[len(_REGISTER) :].isdecimal():
        stack.append(registers[int(name[len(_REGISTER) :])] + argument & _ADDRESSES)
    elif name.startswith(_LITERAL):
        stack.append(int(name[len(_LITERAL) :]))
    elif name.startswith("DW_OP_const"):
        stack.append(argument & _ADDRESSES)
    elif name == "DW_OP_deref":
        stack.append(memory.word(stack.pop()))
    elif name == "DW_OP_plus_uconst":
        stack.append(stack.pop() + argument & _ADDRESSES)
    elif name == "DW_OP_dup":
        stack.append(stack[-1])
    else:
        second, first = stack.pop(), stack.pop()
        if second > _LARGEST_SHIFT and name in ("DW_OP_shl", "DW_OP_shr"):
            raise ArithmeticError("a shift out of the word")
        stack.append(int(_BINARY[name](first, second)) & _ADDRESSES)
