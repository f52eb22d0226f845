"""More user ids than one's own, for a grader who is not root: where a user namespace has them.

A namespace that maps its maker's id alone has one user: the judge, a tutor's check and a submission
are the same. Who has ids in /etc/subuid and /etc/subgid may let newuidmap(1) map them; who has
CAP_SETUID and CAP_SETGID may map any. Both is done from outside, by a process of the old namespace.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Callable
from contextlib import suppress

from simpsh.process.process_containment import SPARE_USERS
from simpsh.process.worker import Channel, Worker

PROGRAMS = ("newuidmap", "newgidmap")
"""Of Debian's package uidmap."""


def id_mapper() -> Callable[[], None]:
    """Return what maps SPARE_USERS in the user namespace that this process is about to make.

    It is called when the namespace is made, and raises PermissionError if no ids can be mapped.
    """
    maker, own = os.getpid(), {"uid": os.getuid(), "gid": os.getgid()}

    def serve(channel: Channel) -> None:
        if channel.receive():
            for kind, program in zip(("uid", "gid"), PROGRAMS, strict=True):
                _map(kind, program, maker, own[kind])
            channel.send(value=True)

    worker = Worker(serve)

    def map_ids() -> None:
        worker.channel.send(value=True)
        is_mapped = worker.channel.receive()
        worker.end()
        if not is_mapped:
            raise PermissionError("no user ids can be mapped")

    return map_ids


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
    names = {str(os.getuid())}
    with suppress(KeyError):
        names.add(pwd.getpwuid(os.getuid()).pw_name)
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            name, *numbers = line.strip().split(":")
            is_range = len(numbers) == 2 and all(number.isdigit() for number in numbers)
            if name in names and is_range and int(numbers[1]) >= count:
                return int(numbers[0])
    return 0
