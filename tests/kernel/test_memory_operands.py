"""The memory operands of x86-64 instructions."""

from __future__ import annotations

import pytest

from simpsh.kernel.machine.memory_access import operands_of

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
def test_where_an_instruction_uses_memory(code, uses):
    found = operands_of(bytes.fromhex(code).ljust(15, b"\x90"), VALUES)
    assert [(one.address, one.width, one.writes) for one in found] == uses


def test_scattered_memory_is_unknown():
    assert operands_of(bytes.fromhex("c4e2719004171f"), VALUES) is None  # vpgatherdd
