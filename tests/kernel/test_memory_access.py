"""Which instructions read and write memory, how much, and which lock it."""

from __future__ import annotations

import pytest

from simpsh.kernel.machine.memory_access import MemoryUse, operands_of, uses_of


@pytest.mark.parametrize(
    ("code", "reads", "writes", "width", "is_locked"),
    [
        ("8b00", True, False, 4, False),  # mov (%rax),%eax
        ("488910", False, True, 8, False),  # mov %rdx,(%rax)
        ("668910", False, True, 2, False),  # mov %dx,(%rax)
        ("c60001", False, True, 1, False),  # movb $1,(%rax)
        ("830001", True, True, 4, False),  # addl $1,(%rax)
        ("833800", True, False, 4, False),  # cmpl $0,(%rax)
        ("f0830001", True, True, 4, True),  # lock addl $1,(%rax)
        ("8710", True, True, 4, True),  # xchg %edx,(%rax)
        ("f0480fb111", True, True, 8, True),  # lock cmpxchg %rdx,(%rcx)
        ("f00fc110", True, True, 4, True),  # lock xadd %edx,(%rax)
        ("0fb600", True, False, 1, False),  # movzbl (%rax),%eax
        ("ff00", True, True, 4, False),  # incl (%rax)
        ("ff30", True, False, 8, False),  # push (%rax)
        ("f3a4", None, None, None, None),  # rep movsb has two memory operands
        ("0f1100", False, True, 16, False),  # movups %xmm0,(%rax)
        ("f30f1000", True, False, 4, False),  # movss (%rax),%xmm0
        ("f20f1100", False, True, 8, False),  # movsd %xmm0,(%rax)
        ("66410f6e4718", True, False, 4, False),  # movd 24(%r15),%xmm0
        ("c5fe6f06", True, False, 32, False),  # vmovdqu (%rsi),%ymm0
        ("c5fe7f07", False, True, 32, False),  # vmovdqu %ymm0,(%rdi)
        ("62f1fe486f06", True, False, 64, False),  # vmovdqu64 (%rsi),%zmm0
    ],
)
def test_the_memory_accesses_of_instructions(code, reads, writes, width, is_locked):
    found = uses_of(bytes.fromhex(code))
    if reads is None:
        assert len(found) > 1
    else:
        [use] = found
        assert (use.reads, use.writes, use.width) == (reads, writes, width)
        assert (use.is_locked, use.is_known) == (is_locked, True)


@pytest.mark.parametrize(
    ("code", "register", "width", "length"),
    [
        ("8b00", 0, 4, 2),  # mov (%rax),%eax
        ("488b07", 0, 8, 3),  # mov (%rdi),%rax
        ("8b7708", 6, 4, 3),  # mov 8(%rdi),%esi
        ("4c8b8f00010000", 9, 8, 7),  # mov 256(%rdi),%r9
        ("448b642408", 12, 4, 5),  # mov 8(%rsp),%r12d
        ("8b1425a0860100", 2, 4, 7),  # mov 100000,%edx
        ("488b0578563412", 0, 8, 7),  # mov 0x12345678(%rip),%rax
        ("4a8b04ed00000000", 0, 8, 8),  # mov 0(,%r13,8),%rax
        ("428b442d00", 0, 4, 5),  # mov 0(%rbp,%r13),%eax
    ],
)
def test_a_load_into_a_register_is_decoded_completely(code, register, width, length):
    [use] = uses_of(bytes.fromhex(code) + b"\x90" * 8)
    assert (use.loaded, use.width, use.length) == (register, width, length)


@pytest.mark.parametrize("code", ["668b07", "8bc7", "8a07", "3b07", "8907", "648b07", "0fb607"])
def test_other_instructions_are_left_to_the_processor(code):
    uses = uses_of(bytes.fromhex(code) + b"\x90" * 8)
    assert all(use.loaded < 0 for use in uses)


@pytest.mark.parametrize(
    ("width", "address", "is_atomic"),
    [(4, 0, True), (8, 62, False), (8, 3, True), (16, 32, True), (16, 8, False), (32, 0, False)],
)
def test_atomic_accesses_of_a_processor(width, address, is_atomic):
    use = MemoryUse(reads=True, writes=False, width=width, base=0)
    assert use.is_atomic(address) == is_atomic


# As registers.getregs() returns them: r15 is 0, rax 10000, rdi 14000, rip 16000, fs 21000.
VALUES = [1000 * place for place in range(27)]


@pytest.mark.parametrize(
    ("code", "uses"),
    [
        ("8b4708", [(14008, 4, False)]),  # mov 8(%rdi),%eax
        ("4889441f08", [(14000 + 5000 + 8, 8, True)]),  # mov %rax,8(%rdi,%rbx)
        ("c7050001000001000000", [(16000 + 10 + 256, 4, True)]),  # movl $1,256(%rip)
        ("8b0500010000", [(16000 + 6 + 256, 4, False)]),  # mov 256(%rip),%eax
        ("64488b042528000000", [(21000 + 40, 8, False)]),  # mov %fs:40,%rax
        ("a4", [(13000, 1, False), (14000, 1, True)]),  # movsb
        ("62f1fd48e74702", [(14000 + 128, 64, True)]),  # vmovntdq %zmm0,128(%rdi)
        ("488d4708", []),  # lea 8(%rdi),%rax
        ("ff2500010000", []),  # jmp *256(%rip)
        ("89c8", []),  # mov %ecx,%eax
        ("c3", []),  # ret
    ],
)
def test_the_memory_addresses_of_instructions(code, uses):
    found = operands_of(bytes.fromhex(code).ljust(15, b"\x90"), VALUES)
    assert [(one.address, one.width, one.writes) for one in found] == uses


def test_scattered_memory_is_unknown():
    assert operands_of(bytes.fromhex("c4e2719004171f"), VALUES) is None  # vpgatherdd
