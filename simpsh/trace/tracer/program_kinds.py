"""Programs that the tracer sees in part, and programs that lose a privilege because of it.

A program for 32-bit x86 makes calls with other numbers: they are followed. One for x32 makes calls
with yet others, which are not. A set-user-ID program gets no other user's rights while a process
without CAP_SYS_PTRACE traces it; see ptrace(2) and execve(2).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from simpsh.kernel.machine.syscall_table import I386_NAMES
from simpsh.process import proc
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess

_HEADER_BYTES = 20
_CLASS, _MACHINE = 4, slice(18, 20)
_CLASS_32 = 1
_EM_386, _EM_X86_64 = 3, 62


@dataclass(frozen=True, slots=True)
class _Program:
    """What an executed file says of itself."""

    is_32_bit: bool
    unseen: str
    """What is not seen of it, in words; empty if all is."""
    user: int
    """The user whose rights it is to get; -1 for none."""
    group: int


class ProgramKinds:
    """Notes what kind of program each execve began, and remarks on it where that is needed."""

    def __init__(self, account: FamilyAccount) -> None:
        self._account = account
        self._known: dict[str, _Program] = {}

    def executed(self, member: TracedProcess, file: str) -> None:
        """Note the program that a process, held at its execve event, begins."""
        program = self._known.get(file)
        if program is None:
            program = self._known[file] = _look_at(member.pid)
        member.is_32_bit = program.is_32_bit
        if program.unseen and self._account.level != "events":
            self._account.remark(f"{member.name} runs {file}, {program.unseen}")
        if program.user >= 0 or program.group >= 0:
            self._compare(member, file, program)

    def _compare(self, member: TracedProcess, file: str, program: _Program) -> None:
        for field, number, word in (("Uid", program.user, "user"), ("Gid", program.group, "group")):
            effective = proc.status_field(member.pid, field).split()[1:2]
            if number >= 0 and effective and int(effective[0]) != number:
                self._account.remark(
                    f"{member.name} runs {file} without the rights that its set-{word}-ID bit "
                    "gives it: a traced program gets no privilege"
                )


def _look_at(pid: int) -> _Program:
    try:
        found = os.stat(f"/proc/{pid}/exe")
    except OSError:
        # It was killed meanwhile.
        return _Program(is_32_bit=False, unseen="", user=-1, group=-1)
    # A file that may be executed and not read is empty here.
    is_32_bit, unseen = _kind(proc.beginning(pid, "exe", _HEADER_BYTES))
    user = found.st_uid if found.st_mode & stat.S_ISUID else -1
    # Without the group's execute bit, S_ISGID means something else.
    has_group = found.st_mode & stat.S_ISGID and found.st_mode & stat.S_IXGRP
    return _Program(is_32_bit, unseen, user, found.st_gid if has_group else -1)


def _kind(header: bytes) -> tuple[bool, str]:
    """Return whether the calls are those of 32-bit x86, and what is not seen of the program."""
    if len(header) < _HEADER_BYTES or header[:4] != b"\x7fELF" or header[_CLASS] != _CLASS_32:
        return False, ""
    machine = int.from_bytes(header[_MACHINE], "little")
    if machine == _EM_386 and I386_NAMES:
        return True, ""
    kind = "an x32 program" if machine == _EM_X86_64 else "a 32-bit program"
    return False, f"{kind}: its system calls are not seen, only births, programs, signals and ends"
