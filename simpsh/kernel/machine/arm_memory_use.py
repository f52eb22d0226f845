"""What one instruction of aarch64 does to memory, and where.

All instructions have four bytes, and those that load and store are encoded much alike. What is not
known here is None: exclusive loads and stores (a tracer's stop between the two makes the second one
fail for ever), instructions of SVE and of memory tagging, and those that clear a whole cache line.
See the Arm Architecture Reference Manual for A-profile, C4.1, "A64 instruction set encoding".
"""

from __future__ import annotations

from collections.abc import Callable

from simpsh.base.record import changed
from simpsh.kernel.machine.memory_use import COUNTER, NO_USE, STACK_POINTER, MemoryUse

_LENGTH = 4


def uses_of(code: bytes) -> tuple[MemoryUse, ...] | None:
    """Return what the instruction at the beginning of some code does to memory; see use_of()."""
    use = use_of(int.from_bytes(code[:_LENGTH], "little"))
    return None if use is None else (use,) if use.width else ()


def use_of(word: int) -> MemoryUse | None:
    """Return what an instruction does to memory; NO_USE if nothing, None if it is not known.

    >>> found = use_of(0xB9400001)  # ldr w1, [x0]
    >>> found.reads, found.writes, found.width, found.base, found.loaded
    (True, False, 4, 0, 1)
    >>> use_of(0x885F7C01), use_of(0x8B010000) is NO_USE  # ldxr w1, [x0]; add x0, x0, x1
    (None, True)
    """
    group = word >> 25 & 0b1111
    if group & 0b0101 == 0b0100:
        kind = next((read for mask, value, read in _KINDS if word & mask == value), None)
        use = None if kind is None else kind(word)
        return changed(use, order="weak") if use and use.width and not use.order else use
    if group == _SVE:
        # Those that use memory have the highest bit.
        return None if word >> 31 else NO_USE
    if word & 0xFFF80000 == _SYS:
        return None
    return None if group in _UNASSIGNED else NO_USE


_SVE, _UNASSIGNED, _SYS = 0b0010, (0b0000, 0b0001, 0b0011), 0xD5080000


def _signed(word: int, place: int, bits: int) -> int:
    value = word >> place & (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def _base(word: int) -> int:
    return word >> 5 & 31


def _is_load(word: int) -> bool:
    return bool(word >> 22 & 1)


def _of_exclusives(word: int) -> MemoryUse | None:
    size, is_load, is_last = word >> 30, _is_load(word), bool(word >> 15 & 1)
    if word >> 23 & 1 and not word >> 21 & 1:
        return MemoryUse(
            is_load, not is_load, 1 << size, _base(word),
            order=_order(acquires=is_load and is_last, releases=not is_load and is_last),
            loaded=_register(word) if is_load else -1,
        )  # fmt: skip
    if word >> 21 & 1 and (word >> 23 & 1 or not word >> 31):
        # cas; casp, whose operand is a pair of registers.
        width = 1 << size if word >> 23 & 1 else 8 << (size & 1)
        return _locked(word, width, acquires=is_load, releases=is_last)
    return None


def _order(*, acquires: bool, releases: bool) -> str:
    if acquires and releases:
        return "both"
    return "acquire" if acquires else "release" if releases else ""


def _locked(word: int, width: int, *, acquires: bool, releases: bool) -> MemoryUse:
    return MemoryUse(
        reads=True, writes=True, width=width, base=_base(word),
        is_locked=True, order=_order(acquires=acquires, releases=releases),
    )  # fmt: skip


def _register(word: int) -> int:
    number = word & 31
    return -1 if number == STACK_POINTER else number


def _of_literals(word: int) -> MemoryUse:
    size, is_vector = word >> 30, word >> 26 & 1
    if not is_vector and size == 3:
        return NO_USE  # prfm
    width = 4 << size if is_vector else 8 if size == 1 else 4
    return MemoryUse(
        reads=True, writes=False, width=width, base=COUNTER,
        displacement=4 * _signed(word, 5, 19),
        loaded=_register(word) if not is_vector and size < 2 else -1,
    )  # fmt: skip


def _of_ordered_at_places(word: int) -> MemoryUse | None:
    """Return what ldapur and stlur do."""
    kind = word >> 22 & 3
    if word >> 30 == 3 and kind > 1:
        return None
    return MemoryUse(
        kind != 0, kind == 0, 1 << (word >> 30), _base(word),
        displacement=_signed(word, 12, 9),
        order="" if kind else "release",
        loaded=_register(word) if kind == 1 else -1,
    )  # fmt: skip


def _of_pairs(word: int) -> MemoryUse | None:
    size, is_vector, is_load = word >> 30, word >> 26 & 1, _is_load(word)
    if size == 3 or (not is_vector and size == 1 and not is_load):
        return None  # stgp
    width = 4 << size if is_vector else 4 << (size >> 1)
    # After the access the base is changed, or before it.
    displacement = 0 if word >> 23 & 3 == 1 else width * _signed(word, 15, 7)
    return MemoryUse(is_load, not is_load, 2 * width, _base(word), displacement, is_one=False)


def _of_registers(word: int) -> MemoryUse | None:
    size, is_vector, kind = word >> 30, word >> 26 & 1, word >> 22 & 3
    if not is_vector and size == 3 and kind == 2:
        return NO_USE  # prfm
    width = 1 << size
    if is_vector:
        is_load, width = bool(kind & 1), 16 if kind & 2 else width
        if kind & 2 and size:
            return None
    else:
        is_load = kind != 0
        if kind == 3 and size >= 2:
            return None
    fields = _address_fields(word, width)
    if fields is None:
        return None
    displacement, index, extension, shift, changes_base = fields
    fills_register = kind == 1 and not is_vector and not changes_base
    return MemoryUse(
        is_load, not is_load, width, _base(word), displacement, index, extension, shift,
        loaded=_register(word) if fills_register else -1,
    )  # fmt: skip


def _address_fields(word: int, width: int) -> tuple[int, int, int, int, bool] | None:
    """Return displacement, index, extension, shift, and whether the base is changed, too."""
    if word >> 24 & 1:
        return width * (word >> 10 & 0xFFF), -1, 3, 0, False
    form = word >> 10 & 3
    if not word >> 21 & 1:
        # 1: the base is changed after the access, 3: before it.
        return 0 if form == 1 else _signed(word, 12, 9), -1, 3, 0, bool(form & 1)
    if form != 2 or not word >> 14 & 1:
        return None  # a signed address
    shift = width.bit_length() - 1 if word >> 12 & 1 else 0
    return 0, word >> 16 & 31, word >> 13 & 7, shift, False


def _of_atomics(word: int) -> MemoryUse | None:
    """Return what ldadd, swp and their kin do; and ldapr."""
    operation, is_swap_group = word >> 12 & 7, word >> 15 & 1
    width = 1 << (word >> 30)
    if not is_swap_group or operation == 0:
        acquires, releases = bool(word >> 23 & 1), _is_load(word)
        return _locked(word, width, acquires=acquires, releases=releases)
    if operation == 4:
        # It lets a store-release before it be overtaken: less than `acquires` says.
        return MemoryUse(True, False, width, _base(word), loaded=_register(word))  # noqa: FBT003
    return None


_COUNTS = {0: 4, 2: 4, 4: 3, 6: 3, 7: 1, 8: 2, 10: 2}
"""By the field `opcode`: how many vector registers are loaded or stored."""


def _of_vector_lists(word: int) -> MemoryUse | None:
    is_load, code = _is_load(word), word >> 12 & 15
    if word >> 24 & 1:
        scale = code >> 2 & 3
        count = ((code >> 1 & 1) << 1 | word >> 21 & 1) + 1
        size = word >> 10 & 3 if scale == 3 else 3 if scale == 2 and word >> 10 & 1 else scale
        width = count << size
    elif code in _COUNTS:
        width = _COUNTS[code] * (16 if word >> 30 & 1 else 8)
    else:
        return None
    return MemoryUse(is_load, not is_load, width, _base(word), is_one=False)


_KINDS: tuple[tuple[int, int, Callable[[int], MemoryUse | None]], ...] = (
    (0x3F000000, 0x08000000, _of_exclusives),
    (0x3B000000, 0x18000000, _of_literals),
    (0x3F200C00, 0x19000000, _of_ordered_at_places),
    (0x3A000000, 0x28000000, _of_pairs),
    (0x3F200C00, 0x38200000, _of_atomics),
    (0x3A000000, 0x38000000, _of_registers),
    (0xBE000000, 0x0C000000, _of_vector_lists),
)
"""What is compared of an instruction, with what, and what reads it: the first that fits."""
