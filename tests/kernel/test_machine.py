"""The machine: its instructions, registers, pages and system calls."""

import ctypes
import os
import pathlib
import platform
import re
import subprocess
import sys

import pytest

from simpsh.kernel.machine import ptrace, syscall_table
from simpsh.kernel.machine.memory_access import MemoryUse, access_of
from simpsh.kernel.machine.registers import vector_registers, vector_values
from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NAMES, NUMBERS
from tests.harness.process import child, sleep_for_ever
from tests.harness.sh import PROJECT


@pytest.mark.parametrize(
    ("code", "reads", "writes", "width", "is_locked"),
    [
        pytest.param("8b00", True, False, 4, False, id="mov (%rax),%eax"),
        pytest.param("488910", False, True, 8, False, id="mov %rdx,(%rax)"),
        pytest.param("668910", False, True, 2, False, id="mov %dx,(%rax)"),
        pytest.param("c60001", False, True, 1, False, id="movb $1,(%rax)"),
        pytest.param("830001", True, True, 4, False, id="addl $1,(%rax)"),
        pytest.param("833800", True, False, 4, False, id="cmpl $0,(%rax)"),
        pytest.param("f0830001", True, True, 4, True, id="lock addl $1,(%rax)"),
        pytest.param("8710", True, True, 4, True, id="xchg %edx,(%rax)"),
        pytest.param("f0480fb111", True, True, 8, True, id="lock cmpxchg %rdx,(%rcx)"),
        pytest.param("f00fc110", True, True, 4, True, id="lock xadd %edx,(%rax)"),
        pytest.param("0fb600", True, False, 1, False, id="movzbl (%rax),%eax"),
        pytest.param("ff00", True, True, 4, False, id="incl (%rax)"),
        pytest.param("ff30", True, False, 8, False, id="push (%rax)"),
        pytest.param("0f1100", False, True, 16, False, id="movups %xmm0,(%rax)"),
        pytest.param("f30f1000", True, False, 4, False, id="movss (%rax),%xmm0"),
        pytest.param("f20f1100", False, True, 8, False, id="movsd %xmm0,(%rax)"),
        pytest.param("66410f6e4718", True, False, 4, False, id="movd 24(%r15),%xmm0"),
    ],
)
def test_an_instruction_reads_or_writes_its_width_of_memory(code, reads, writes, width, is_locked):
    use = access_of(bytes.fromhex(code).ljust(15, b"\x90"))
    assert (use.reads, use.writes, use.width, use.is_locked) == (reads, writes, width, is_locked)


@pytest.mark.parametrize(
    ("code", "register", "width", "length"),
    [
        pytest.param("8b00", 0, 4, 2, id="mov (%rax),%eax"),
        pytest.param("488b07", 0, 8, 3, id="mov (%rdi),%rax"),
        pytest.param("8b7708", 6, 4, 3, id="mov 8(%rdi),%esi"),
        pytest.param("4c8b8f00010000", 9, 8, 7, id="mov 256(%rdi),%r9"),
        pytest.param("448b642408", 12, 4, 5, id="mov 8(%rsp),%r12d"),
        pytest.param("8b1425a0860100", 2, 4, 7, id="mov 100000,%edx"),
        pytest.param("488b0578563412", 0, 8, 7, id="mov 0x12345678(%rip),%rax"),
        pytest.param("4a8b04ed00000000", 0, 8, 8, id="mov 0(,%r13,8),%rax"),
        pytest.param("428b442d00", 0, 4, 5, id="mov 0(%rbp,%r13),%eax"),
    ],
)
def test_a_load_into_a_register_is_decoded_completely(code, register, width, length):
    use = access_of(bytes.fromhex(code) + b"\x90" * 8)
    assert (use.loaded, use.width, use.length) == (register, width, length)


@pytest.mark.parametrize("code", ["668b07", "8a07", "3b07", "8907", "648b07", "0fb607"])
def test_other_instructions_are_left_to_the_processor(code):
    assert access_of(bytes.fromhex(code) + b"\x90" * 8).loaded < 0


# movsb, vmovdqu, vmovdqu64, mov %ecx,%eax, push, xlat, movbe
UNKNOWN = ["f3a4", "a4", "c5fe6f06", "62f1fe486f06", "89c8", "50", "d7", "0f38f007"]


def test_there_is_no_rule_for_two_operands_wide_vectors_and_registers():
    for code in UNKNOWN:
        assert access_of(bytes.fromhex(code).ljust(15, b"\x90")) is None, code


@pytest.mark.parametrize(
    ("width", "address", "is_atomic"),
    [(4, 0, True), (8, 62, False), (8, 3, True), (16, 32, True), (16, 8, False), (32, 0, False)],
)
def test_an_access_is_atomic_within_its_width_or_a_cache_line(width, address, is_atomic):
    use = MemoryUse(reads=True, writes=False, width=width)
    assert use.is_atomic(address) == is_atomic


# -- which components of the vector registers are in use does not count as their value ---------


_IN_USE, _SIZE = 512, 8
_X87_AND_SSE = 3


_NT_X86_XSTATE = 0x202


def set_vector_registers(pid, state):
    buffer = ctypes.create_string_buffer(state, len(state))
    described = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), len(state))
    ptrace.request(ptrace.SETREGSET, pid, _NT_X86_XSTATE, ctypes.addressof(described))


def with_mask(state, mask):
    return state[:_IN_USE] + mask.to_bytes(_SIZE, "little") + state[_IN_USE + _SIZE :]


@pytest.mark.skipif(platform.machine() == "aarch64", reason="there is no mask of components")
def test_initial_values_are_the_same_whether_or_not_they_are_in_use():
    with child(sleep_for_ever) as pid:
        ptrace.seize(pid, 0)
        ptrace.interrupt(pid)
        os.waitpid(pid, 0)
        state = vector_registers(pid)
        if len(state) <= _IN_USE + _SIZE:
            pytest.skip("this processor has no XSAVE")
        set_vector_registers(pid, with_mask(state, 0))
        unused, values = vector_registers(pid), vector_values(pid)
        set_vector_registers(pid, with_mask(unused, _X87_AND_SSE))
        assert vector_registers(pid) == with_mask(unused, _X87_AND_SSE) != unused
        assert vector_values(pid) == values
        changed = bytearray(with_mask(unused, _X87_AND_SSE))
        changed[160] = 1  # the lowest byte of xmm0
        set_vector_registers(pid, bytes(changed))
        assert vector_values(pid) != values


# -- constants that depend on the size of a page: aarch64 may have pages of 16 or 64 KiB -------


SIZES = """
import os
import sys

asked, size = os.sysconf, int(sys.argv[1])
os.sysconf = lambda name: size if name == "SC_PAGE_SIZE" else asked(name)
from simpsh.explore.objects import memory_operations
from simpsh.explore.flags import SURE_BYTES
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT

print(SURE_BYTES, ONE_ARGUMENT_LIMIT, memory_operations.whole_pages(1))
"""


def test_arguments_and_memory_are_counted_in_pages_of_this_machine():
    command = [sys.executable, "-c", SIZES, str(64 * 1024)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout == "524288 2097152 65536\n"


# -- the numbers of system calls agree with the kernel's headers -------------------------------


HEADERS = {
    "x86_64": pathlib.Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": pathlib.Path("/usr/include/asm-generic/unistd.h"),
}


OBSERVED = re.compile(r"""@observable\(\s*(["'])(.+?)\1""")
OF_THE_LIBRARY = {
    *("_exit", "killpg", "posix_spawn", "sigaction", "sigprocmask", "sigtimedwait"),
    *("tcgetpgrp", "tcsetpgrp", "waitpid"),
}
if ARCHITECTURE in ("aarch64", "riscv64"):
    # The library makes these of newer calls.
    OF_THE_LIBRARY |= {"alarm", "dup2", "getpgrp", "open", "pause"}


def test_each_observable_call_is_named_after_its_man_page():
    folder = pathlib.Path(PROJECT, "simpsh/kernel")
    names = {
        name for path in folder.rglob("*.py") for _, name in OBSERVED.findall(path.read_text())
    }
    # Such as prctl(PR_SET_CHILD_SUBREAPER).
    parts = [re.fullmatch(r"(\w+)(\([^()]+\))?", name) for name in names]
    assert {part[1] for part in parts} - NUMBERS.keys() == OF_THE_LIBRARY


def test_the_numbers_agree_with_the_headers():
    header = HEADERS.get(ARCHITECTURE)
    if header is None or not header.exists():
        pytest.skip("the kernel's headers are not installed")
    assert len(NAMES) == len(NUMBERS)
    text = header.read_text()
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)
    # __NR_syscalls is the number of calls.
    numbers = {name: int(number) for name, number in defined if name != "syscalls"}
    for name, other in re.findall(r"#define __NR_(\w+) __NR3264_(\w+)", text):
        if other in numbers:
            numbers[name] = numbers[other]
    assert {name: numbers[name] for name in NUMBERS if name in numbers} == {
        name: number for name, number in NUMBERS.items() if name in numbers
    }
    # The header may lack the newest calls, and these two.
    newest = max(numbers.values())
    missing = NUMBERS.keys() - numbers.keys() - {"uretprobe", "uprobe"}
    assert all(NUMBERS[name] > newest for name in missing)
    # The table may lack only newer calls, because explore needs a name for each call.
    unknown = numbers.keys() - NUMBERS.keys()
    if ARCHITECTURE == "x86_64":
        assert all(numbers[name] > max(NUMBERS.values()) for name in unknown)


def test_a_missing_call_has_the_name_of_the_library(monkeypatch):
    monkeypatch.setattr(syscall_table, "NUMBERS", {"ppoll": 73, "clone": 220})
    assert syscall_table.library_name("ppoll", (0, 0, 0, 0)) == "pause"
    assert syscall_table.library_name("ppoll", (0, 0, 0x7FFC0, 0)) == "ppoll"
    assert syscall_table.library_name("clone", (0x4111, 0, 0, 0)) == "vfork"
    assert syscall_table.library_name("clone", (0x11, 0, 0, 0)) == "clone"
    # If the machine has pause and vfork themselves, the names do not change.
    monkeypatch.setattr(syscall_table, "NUMBERS", {"ppoll": 271, "pause": 34, "vfork": 58})
    assert syscall_table.library_name("ppoll", (0, 0, 0, 0)) == "ppoll"
    assert syscall_table.library_name("clone", (0x4111, 0, 0, 0)) == "clone"
