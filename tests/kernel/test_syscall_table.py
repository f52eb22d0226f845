"""The numbers of system calls agree with the kernel's headers."""

import pathlib
import re

import pytest

from simpsh.kernel.machine import syscall_table
from simpsh.kernel.machine.syscall_table import ARCHITECTURE, NAMES, NUMBERS
from tests.harness.sh import PROJECT

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
