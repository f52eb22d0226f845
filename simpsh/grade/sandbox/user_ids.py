"""More user ids than one's own, for a grader who is not root: where a user namespace has them.

A namespace that maps its maker's id alone has one user: the judge, a tutor's check and a submission
are the same. Who has ids in /etc/subuid and /etc/subgid may let newuidmap(1) map them; who has
CAP_SETUID and CAP_SETGID may map any. Both is done from outside, by a process of the old namespace.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

from simpsh.base.wait_status import Exited
from simpsh.kernel.descriptors import close, pipe2
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.process_containment import SPARE_USERS

PROGRAMS = ("newuidmap", "newgidmap")
"""Of Debian's package uidmap."""


class IdMapper:
    """Maps the users of SPARE_USERS in a user namespace that this process is about to make."""

    def __init__(self) -> None:
        maker, uid, gid = os.getpid(), os.getuid(), os.getgid()
        go = pipe2()
        self._go = go.write_end
        self._pid = fork()
        if self._pid == 0:  # in the child
            close(go.write_end)
            _map_when_told(go.read_end, maker, {"uid": uid, "gid": gid})
        close(go.read_end)

    def map(self) -> None:
        """Have the ids mapped, now that the namespace is made.

        Raises:
            OSError: there are none, or they may not be mapped.
        """
        os.write(self._go, b"g")
        close(self._go)
        ended = waitpid(self._pid)
        if ended is None or ended[1] != Exited(0):
            raise PermissionError("no user ids can be mapped")


def _map_when_told(go: int, maker: int, own: dict[str, int]) -> NoReturn:
    status = 1
    try:
        if os.read(go, 1):
            for kind, program in zip(("uid", "gid"), PROGRAMS, strict=True):
                _map(kind, program, maker, own[kind])
            status = 0
    finally:
        exit_now(status)


def _map(kind: str, program: str, maker: int, own: int) -> None:
    first, count = SPARE_USERS.start, len(SPARE_USERS)
    try:
        with open(f"/proc/{maker}/{kind}_map", "w", encoding="ascii") as file:
            file.write(f"{own} {own} 1\n{first} {first} {count}\n")
    except OSError:
        path = shutil.which(program)
        given = _subordinate(f"/etc/sub{kind}", count)
        if path is None or not given:
            raise
        words = (maker, own, own, 1, first, given, count)
        if os.spawnv(os.P_WAIT, path, [program, *map(str, words)]) != 0:
            raise


def _subordinate(path: str, count: int) -> int:
    """Return the first of so many ids that a file gives to this user; 0 if there are none."""
    names = {str(os.getuid()), _own_name()}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            name, *numbers = line.strip().split(":")
            is_range = len(numbers) == 2 and all(number.isdigit() for number in numbers)
            if name in names and is_range and int(numbers[1]) >= count:
                return int(numbers[0])
    return 0


def _own_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""
