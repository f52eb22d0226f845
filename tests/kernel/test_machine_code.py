"""Calls and jumps are read from the bytes of both architectures, on either."""

from __future__ import annotations

import struct

from simpsh.kernel.machine.machine_code import CALL_OF_VALUE, NO_CALL, ArmCode, IntelCode


def words(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


# adrp x16, the next page; ldr x17, [x16, #24]; add x16, x16, #24; br x17
ENTRY = (0xB0000010, 0xF9400E11, 0x91006210, 0xD61F0220)
BTI_C, NOP = 0xD503245F, 0xD503201F


def test_a_call_before_an_address_on_aarch64():
    machine = ArmCode()
    assert machine.call_before(words(0x94000002), 0x1004) == 0x1008, "bl, two instructions on"
    assert machine.call_before(words(0x97FFFFFF), 0x1004) == 0xFFC, "bl, one instruction back"
    assert machine.call_before(words(0xD63F0260), 0x1004) == CALL_OF_VALUE, "blr x19"
    assert machine.call_before(words(NOP), 0x1004) == NO_CALL


def test_an_entry_of_the_linkage_table_on_aarch64():
    machine = ArmCode()
    assert machine.linkage_place(words(*ENTRY, NOP), 0x10010) == 0x11018
    assert machine.linkage_place(words(BTI_C, *ENTRY), 0x10010) == 0x11018
    assert machine.linkage_place(words(0xF0FFFFF0, *ENTRY[1:]), 0x10010) == 0x0F018, "a page back"
    assert machine.linkage_place(words(NOP, *ENTRY), 0x10010) == -1
    assert machine.linkage_place(b"", 0x10010) == -1


def test_calls_and_jumps_in_code_on_aarch64():
    code = words(NOP, 0x94000004, 0x14000002, 0xD65F03C0)
    machine = ArmCode()
    assert list(machine.calls(code, 0x2000)) == [(0x2014, False)]
    assert list(machine.jumps(code, 0x2000)) == [0x2010]


def test_the_same_on_x86_64():
    machine = IntelCode()
    assert machine.call_before(b"\x90\x90\xe8\x0b\0\0\0", 0x1000) == 0x100B
    assert machine.call_before(b"\x90\x90\x90\x90\x90\xff\xd0", 0x1000) == CALL_OF_VALUE, (
        "call *%rax"
    )
    assert machine.call_before(b"\x90" * 7, 0x1000) == NO_CALL
    entry = b"\xf3\x0f\x1e\xfa\xff\x25\x10\0\0\0"
    assert machine.linkage_place(entry, 0x1000) == 0x101A
    assert (0x1007, True) in machine.calls(b"\xff\x15\x01\0\0\0", 0x1000)
    assert (0x1006, False) in machine.calls(b"\xe8\x01\0\0\0", 0x1000)
    assert list(machine.jumps(b"\xe9\xfb\xff\xff\xff", 0x1000)) == [0x1000]
