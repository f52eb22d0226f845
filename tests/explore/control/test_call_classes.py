"""Every system call is in one class, and the filter allows only private calls."""

import ctypes
import os
import signal
import struct

import pytest

from simpsh.explore.control.call_filter import assemble_filter
from simpsh.explore.objects.call_classes import (
    LEAVES_A_MARK,
    NAMED,
    PRIVATE,
    PRIVATE_CALLS,
    TAKES,
    WITHOUT_PLACES,
)
from simpsh.explore.objects.kernel_state import FOLLOWED
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, NUMBERS
from tests.harness.process import run_alone

pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the table is x86-64's")
ALLOW, TRACE = 0x7FFF0000, 0x7FF00000


def test_each_call_is_in_one_class():
    named = " ".join(NAMED.values()).split()
    private = " ".join(PRIVATE.values()).split()
    listed = [*private, *named]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(NUMBERS)
    assert PRIVATE_CALLS.isdisjoint(FOLLOWED.keys() | LEAVES_A_MARK)
    assert set(FOLLOWED) <= set(NUMBERS)
    assert LEAVES_A_MARK.isdisjoint(named)


def test_what_is_known_of_calls_agrees():
    assert (LEAVES_A_MARK | TAKES.keys()) <= NUMBERS.keys()
    assert WITHOUT_PLACES <= PRIVATE_CALLS
    # No argument of a call that takes none can point to memory.
    assert {call for call in PRIVATE_CALLS if TAKES.get(call) == 0} <= WITHOUT_PLACES


ON_DISK = next(words for words in PRIVATE if "disk" in words)


def test_no_private_call_shows_whether_another_process_exists():
    changing = {"brk", "umask", "epoll_create", "epoll_create1"}
    asked = sorted(PRIVATE_CALLS - set(PRIVATE[ON_DISK].split()) - changing)
    asked += ["capget", "clock_getres", "getpgid"]  # counterexamples, which do show it

    def answers(buffer, library, pid):
        for name in asked:
            for value in (pid, -pid, ~pid << 3 | 2):
                for index in range(3):
                    # All six: syscall(3) passes on whatever is in the registers of the others.
                    arguments = [0] * 6
                    arguments[index] = value
                    if name == "capget":
                        buffer[:8] = struct.pack("Ii", 0x20080522, value if index == 0 else 0)
                        arguments[:2] = ctypes.addressof(buffer), ctypes.addressof(buffer) + 8
                    library.syscall.restype = ctypes.c_long
                    words = [ctypes.c_long(word) for word in (NUMBERS[name], *arguments)]
                    yield name, library.syscall(*words), ctypes.get_errno()

    def compare():
        library = ctypes.CDLL(None, use_errno=True)
        buffer = (ctypes.c_char * 64)()
        child = os.fork()
        if child == 0:
            signal.pause()
        alive = list(answers(buffer, library, child))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        differing = {
            name
            for (name, *then), (_, *now) in zip(alive, answers(buffer, library, child), strict=True)
            if then != now
        }
        assert differing == {"capget", "clock_getres", "getpgid"}, differing

    run_alone(compare)


def answer(assembled, number, arguments=(0,) * 6, architecture=AUDIT_ARCHITECTURE):
    """Return the action of a filter for a call, computed like the kernel does."""
    data = struct.pack("IIQ6Q", number, architecture, 0, *arguments)
    code = list(struct.iter_unpack("HBBI", assembled))
    index = value = 0
    while True:
        operation, yes, no, operand = code[index]
        index += 1
        if operation == 0x20:
            (value,) = struct.unpack_from("I", data, operand)
        elif operation == 0x05:
            index += operand
        elif operation == 0x06:
            return operand
        else:
            holds = value == operand if operation == 0x15 else bool(value & operand)
            index += yes if holds else no


@pytest.mark.parametrize("signals_matter", [False, True])
@pytest.mark.parametrize("files_matter", [False, True])
def test_the_filter_lets_private_calls_through_and_no_others(signals_matter, files_matter):
    assembled = assemble_filter(signals_matter=signals_matter, files_matter=files_matter)
    unseen = set() if signals_matter else {"rt_sigprocmask", "rt_sigreturn"}
    unseen |= set() if files_matter else {"chdir", "getcwd", "mmap"}
    # With all arguments 0, these calls set no disposition and change nothing in the kernel.
    unseen |= {"rt_sigaction", "arch_prctl"}
    for name, number in NUMBERS.items():
        expected = ALLOW if name in PRIVATE_CALLS | unseen else TRACE
        assert answer(assembled, number) == expected, name
    assert answer(assembled, 9999) == TRACE
    assert answer(assembled, NUMBERS["getpid"] | 0x40000000) == TRACE
    assert answer(assembled, NUMBERS["getpid"], architecture=0x40000003) == TRACE


@pytest.mark.parametrize(
    ("name", "arguments", "is_let_through"),
    [
        ("mmap", (0, 1, 3, 0x22, -1 & 2**64 - 1, 0), True),
        ("mmap", (0, 1, 3, 0x21, -1 & 2**64 - 1, 0), False),
        ("mmap", (0, 1, 1, 0x02, 3, 0), True),
        ("mmap", (0, 1, 1, 0x01, 3, 0), False),
        ("ioctl", (1, 0x5401, 0, 0, 0, 0), True),
        ("ioctl", (1, 0x5402, 0, 0, 0, 0), False),
        ("fcntl", (1, 1, 0, 0, 0, 0), True),
        ("fcntl", (1, 3, 0, 0, 0, 0), False),
        ("fcntl", (1, 4, 0, 0, 0, 0), False),
        ("rt_sigaction", (2, 0, 1, 8, 0, 0), True),
        ("rt_sigaction", (2, 1, 0, 8, 0, 0), False),
    ],
)
def test_some_calls_are_private_by_their_arguments(name, arguments, is_let_through):
    assembled = assemble_filter(signals_matter=False, files_matter=False)
    assert answer(assembled, NUMBERS[name], arguments) == (ALLOW if is_let_through else TRACE)
