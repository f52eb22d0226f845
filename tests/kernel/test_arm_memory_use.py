"""What instructions of aarch64 do to memory, and where; as an assembler of aarch64 encodes them."""

from __future__ import annotations

import pytest

from simpsh.kernel.machine.arm_memory_use import use_of
from simpsh.kernel.machine.memory_use import NO_USE

REGISTERS = [100_000 + 1000 * number for number in range(31)]
COUNTER, STACK_POINTER = 500_000, 900_000
X0, X1, X2, X3, X4, X6 = (REGISTERS[number] for number in (0, 1, 2, 3, 4, 6))


def uses(word):
    found = use_of(word)
    return found.address(REGISTERS, COUNTER, STACK_POINTER), found.width, found.reads, found.writes


@pytest.mark.parametrize(
    ("word", "address", "width", "kind"),
    [
        (0xB9400001, X0, 4, "load"),  # ldr w1, [x0]
        (0xF94007E1, STACK_POINTER + 8, 8, "load"),  # ldr x1, [sp, #8]
        (0xB8647843, X2 + 4 * X4, 4, "load"),  # ldr w3, [x2, x4, lsl #2]
        (0xB864D843, X2 + 4 * X4, 4, "load"),  # ldr w3, [x2, w4, sxtw #2]
        (0x789FE0C5, X6 - 2, 2, "load"),  # ldursh x5, [x6, #-2]
        (0xF85F8041, X2 - 8, 8, "load"),  # ldur x1, [x2, #-8]
        (0xF900081F, X0 + 16, 8, "store"),  # str xzr, [x0, #16]
        (0x38001401, X0, 1, "store"),  # strb w1, [x0], #1
        (0xF81F0C01, X0 - 16, 8, "store"),  # str x1, [x0, #-16]!
        (0xA9BE7BFD, STACK_POINTER - 32, 16, "store"),  # stp x29, x30, [sp, #-32]!
        (0xA8C27BFD, STACK_POINTER, 16, "load"),  # ldp x29, x30, [sp], #32
        (0x69410801, X0 + 8, 8, "load"),  # ldpsw x1, x2, [x0, #8]
        (0xAD010400, X0 + 32, 32, "store"),  # stp q0, q1, [x0, #32]
        (0x3DC00400, X0 + 16, 16, "load"),  # ldr q0, [x0, #16]
        (0x7D000420, X1 + 2, 2, "store"),  # str h0, [x1, #2]
        (0x99404041, X2 + 4, 4, "load"),  # ldapur w1, [x2, #4]
        (0xD9008041, X2 + 8, 8, "store"),  # stlur x1, [x2, #8]
        (0x18FFFFC1, COUNTER - 8, 4, "load"),  # ldr w1, .-8
        (0x5C000040, COUNTER + 8, 8, "load"),  # ldr d0, .+8
        (0x4C9F0800, X0, 64, "store"),  # st4 {v0.4s-v3.4s}, [x0], #64
        (0x0D409000, X0, 4, "load"),  # ld1 {v0.s}[1], [x0]
        (0x4D408400, X0, 8, "load"),  # ld1 {v0.d}[1], [x0]
        (0x4D60EC00, X0, 32, "load"),  # ld4r {v0.2d-v3.2d}, [x0]
        (0x88A17C62, X3, 4, "both"),  # cas w1, w2, [x3]
        (0x48207C82, X4, 16, "both"),  # casp x0, x1, x2, x3, [x4]
        (0xB821007F, X3, 4, "both"),  # stadd w1, [x3]
    ],
)
def test_where_an_instruction_uses_memory(word, address, width, kind):
    assert uses(word) == (address, width, kind != "store", kind != "load")


@pytest.mark.parametrize(
    ("word", "use"),
    [
        (0xF9800000, NO_USE),  # prfm pldl1keep, [x0]
        (0xF89FF000, NO_USE),  # prfum pldl1keep, [x0, #-1]
        (0xD4000001, NO_USE),  # svc #0
        (0xD53BD040, NO_USE),  # mrs x0, tpidr_el0
        (0xD65F03C0, NO_USE),  # ret
        (0x8B020020, NO_USE),  # add x0, x1, x2
        (0x1E622820, NO_USE),  # fadd d0, d1, d2
        (0xD5033BBF, NO_USE),  # dmb ish
        (0x04220020, NO_USE),  # add z0.b, z1.b, z2.b
        (0x885F7C41, None),  # ldxr w1, [x2]
        (0xC803FC41, None),  # stlxr w3, x1, [x2]
        (0xC8240861, None),  # stxp w4, x1, x2, [x3]
        (0xF8200420, None),  # ldraa x0, [x1]
        (0xD50B7420, None),  # dc zva, x0
        (0xA400A000, None),  # ld1b {z0.b}, p0/z, [x0]
        (0xD9200820, None),  # stg x0, [x1]
        (0xF83FD100, None),  # ld64b x0, [x8]
    ],
)
def test_what_uses_no_memory_and_what_is_not_followed(word, use):
    assert use_of(word) is use


@pytest.mark.parametrize(
    ("word", "order"),
    [
        (0xB9400001, "weak"),  # ldr w1, [x0]
        (0x88DFFC41, "acquire"),  # ldar w1, [x2]
        (0xC89FFC41, "release"),  # stlr x1, [x2]
        (0xB8BFC041, "weak"),  # ldapr w1, [x2]: a release before it may come later
        (0x88DF7C41, "weak"),  # ldlar w1, [x2]
        (0x88E17C62, "acquire"),  # casa w1, w2, [x3]
        (0xC8A1FC62, "release"),  # casl x1, x2, [x3]
        (0xF8610062, "release"),  # ldaddl x1, x2, [x3]
        (0xB8E18062, "both"),  # swpal w1, w2, [x3]
        (0xB8210062, "weak"),  # ldadd w1, w2, [x3]
    ],
)
def test_how_an_access_is_kept_in_order(word, order):
    assert use_of(word).order == order


@pytest.mark.parametrize(
    ("word", "address", "is_atomic"),
    [
        (0xF9400001, 8, True),  # ldr x1, [x0]
        (0xF9400001, 12, False),
        (0x29410801, 8, False),  # ldp w1, w2, [x0, #8]
        (0x3DC00400, 16, False),  # ldr q0, [x0, #16]
        (0x48207C82, 16, True),  # casp x0, x1, x2, x3, [x4]
    ],
)
def test_what_a_processor_does_in_one(word, address, is_atomic):
    assert use_of(word).is_atomic(address) == is_atomic


@pytest.mark.parametrize(
    ("word", "register"),
    [
        (0xB9400001, 1),  # ldr w1, [x0]
        (0x39400CC5, 5),  # ldrb w5, [x6, #3]
        (0xB864D843, 3),  # ldr w3, [x2, w4, sxtw #2]
        (0xF8408401, None),  # ldr x1, [x0], #8: it changes x0, too
        (0xF940001F, None),  # ldr xzr, [x0]
        (0xB98004C5, None),  # ldrsw x5, [x6, #4]
        (0xF900081F, None),  # str xzr, [x0, #16]
    ],
)
def test_a_load_of_a_register_is_known_to_its_end(word, register):
    use = use_of(word)
    assert (use.loaded, use.length) == (-1 if register is None else register, 4)
