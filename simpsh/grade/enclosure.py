"""Working where a submission can do no harm: in namespaces that end with their first process.

    worker ──► helper ──► pid 1 of the namespace ──► the judge ──► the submission's processes

What the judge finds comes back line by line; the worker ends everybody when the time is over. If
the worker dies, in whatever way, the kernel ends all below it.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from simpsh.course import enclosing
from simpsh.course.collecting import collect_all
from simpsh.errors import SimpshError
from simpsh.grade.memory_group import MemoryGroup
from simpsh.kernel import mounts, namespaces, signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, open_file, pipe2, write_all
from simpsh.kernel.processes import (
    chdir,
    exit_now,
    fork,
    set_child_subreaper,
    set_parent_death_signal,
    umask,
)
from simpsh.kernel.waiting import waitpid
from simpsh.record import Record
from simpsh.wait_status import Exited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from simpsh.grade.cage import Cage

_SIGKILL, _SIGTERM = 9, 15
_BROKEN = 125
_PREFIX = "simpsh-cage-"
_FORGOTTEN_SECONDS = 86_400 * 2
_PIECE = 1 << 16
_MOST_BYTES = 64 << 20
_PRIVATE = ("/tmp", "/var/tmp", "/dev/shm")
_KEPT = ("/", "/usr", "/etc", "/proc", "/dev", "/sys", "/bin", "/lib", "/lib64")


class Sight(Record):
    """Which files are seen inside."""

    hidden: tuple[str, ...] = ()
    """Directories that are empty inside: results, other submissions, solutions."""
    shown: tuple[str, ...] = ()
    """Files and directories that are seen all the same, should what is above them be hidden."""
    source: str = ""
    """The submission; Inside.source is where it can be read."""


class Inside:
    """What work in the cage can use."""

    def __init__(self, send: Callable[[bytes], object], source: str, directory: str) -> None:
        self.send = send
        """Sends a line to the worker."""
        self.source = source
        """Where the submission can be read."""
        self.directory = directory
        """An empty directory of its own, gone afterwards."""


class Found(Record):
    """What came of work in a cage."""

    lines: tuple[bytes, ...]
    problem: str = ""
    """Why it did not come to its end, in a sentence; empty if it did."""


def work_inside(cage: Cage, sight: Sight, work: Callable[[Inside], object]) -> Found:
    """Do work in a process of its own inside the cage's namespaces, and return what it sent.

    Args:
        cage: what is kept apart; the submission's processes must enter it by themselves.
        sight: what is seen inside.
        work: called inside; this process's user, but with the cage's view of the system.

    Raises:
        OSError: EAGAIN EMFILE …; no process or descriptor can be made.
        NoMemoryGroup: the cage is to have one, and cannot.
    """
    set_child_subreaper(True)
    report = pipe2()
    worker = os.getpid()
    # Inside namespaces it has a /tmp that ends with them, however that comes.
    directory = "" if cage.has_namespaces else _own_directory()
    group = MemoryGroup(cage.limits.together) if cage.has_group else None
    pid = fork()
    if pid == 0:  # in the child
        if group is not None:
            group.join()
        _be_inside(cage, sight, work, (worker, report.write_end, directory))
    close(report.write_end)
    try:
        data, is_late = _read(report.read_end, time.monotonic() + cage.limits.seconds)
        if is_late:
            signals.kill(pid, _SIGKILL)
        ended = waitpid(pid)
    finally:
        close(report.read_end)
        collect_all()
        if group is not None:
            group.remove()
        if directory:
            shutil.rmtree(directory, ignore_errors=True)
    lines = tuple(data.split(b"\n")[:-1])
    if is_late:
        return Found(lines, f"it was ended after {cage.limits.seconds} seconds")
    if ended is None or ended[1] != Exited(0):
        return Found(lines, "it ended the process that judged it")
    return Found(lines)


def _own_directory() -> str:
    """Make a directory for this process; remove those of others that were killed."""
    place = tempfile.gettempdir()
    for name in os.listdir(place):
        path = os.path.join(place, name)
        # Not by pids: whoever works there may be in a PID namespace that is not ours.
        if name.startswith(_PREFIX) and time.time() - os.lstat(path).st_mtime > _FORGOTTEN_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
    return tempfile.mkdtemp(prefix=_PREFIX)


def _read(descriptor: int, deadline: float) -> tuple[bytes, bool]:
    """Read to the end of file; tell whether that came too late, or with too much."""
    data, poll = bytearray(), select.poll()
    poll.register(descriptor, select.POLLIN)
    while len(data) < _MOST_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return bytes(data), True
        piece = os.read(descriptor, _PIECE)
        if not piece:
            return bytes(data), False
        data += piece
    return bytes(data), True


# --------------------------------------------------------------------------------- inside


def _be_inside(
    cage: Cage, sight: Sight, work: Callable[[Inside], object], given: tuple[int, int, str]
) -> NoReturn:
    status = _BROKEN
    worker, report, directory = given
    failure = ""
    try:
        if cage.has_namespaces:
            enclosing.enclose(worker, with_users=cage.with_users)
        else:
            set_parent_death_signal(_SIGKILL)
        set_child_subreaper(True)
        close_range(3, report - 1)
        close_range(report + 1, HIGHEST)
        source = _look_only_at(cage, sight) if cage.has_namespaces else sight.source
        if cage.has_namespaces:
            directory = "/tmp/submission"
            os.mkdir(directory)
        _forget_surroundings(directory)
        work(Inside(lambda line: write_all(report, line + b"\n"), source, directory))
        status = 0
    except (OSError, SimpshError) as error:
        failure = f"it could not be confined: {error}"
    except Exception as error:  # noqa: BLE001 - a mistake of ours; nobody else would tell it
        failure = f"the judge broke: {error!r}"
    finally:
        if failure:
            write_all(report, json.dumps({"failure": failure}).encode() + b"\n")
            status = 0
        exit_now(status)


def _forget_surroundings(directory: str) -> None:
    """Keep what programs need, and no secret that the grader was given."""
    path = os.environ.get("PATH", os.defpath)
    os.environ.clear()
    os.environ.update(PATH=path, HOME=directory, LC_ALL="C.UTF-8", LANG="C.UTF-8")
    os.chmod(directory, 0o755)
    umask(0o022)
    chdir(directory)
    tempfile.tempdir = os.path.dirname(directory)


def _look_only_at(cage: Cage, sight: Sight) -> str:
    """Change what is mounted; return where the submission can be read now."""
    flags = namespaces.CLONE_NEWNS | namespaces.CLONE_NEWIPC
    namespaces.unshare(flags | (namespaces.CLONE_NEWNET if cage.is_offline else 0))
    # Opened before anything is hidden: some lie below what will be.
    needed = [(path, os.open(path, os.O_PATH)) for path in (*_needed(), *sight.shown)]
    source = os.open(sight.source, os.O_PATH | os.O_NOFOLLOW) if sight.source else -1
    mounts.keep_mounts_private()
    if cage.is_read_only:
        mounts.forbid_writing()
    mounts.mount("proc", "/proc", mounts.MS_NOSUID | mounts.MS_NODEV | mounts.MS_NOEXEC)
    if os.path.isdir("/dev/pts"):
        # Its own terminals, and nobody else's; they belong to the user it will be.
        owner = f",uid={cage.uid}" if cage.uid else ""
        options = f"newinstance,ptmxmode=666,mode=620{owner}"
        mounts.mount("devpts", "/dev/pts", mounts.MS_NOSUID | mounts.MS_NOEXEC, options)
    room = f"mode=1777,size={cage.limits.room}m"
    for place in _PRIVATE:
        if os.path.isdir(place):
            mounts.mount("tmpfs", place, mounts.MS_NOSUID | mounts.MS_NODEV, room)
    closed = _closed([path for path, _ in needed]) if cage.uid else []
    within = [place for place in sight.hidden if _is_below(place, [path for path, _ in needed])]
    for place in (_home(), *closed, *(one for one in sight.hidden if one not in within)):
        _hide(place)
    _show(needed)
    # Solutions may lie within what is needed.
    for place in within:
        _hide(place)
    for _, descriptor in needed:
        close(descriptor)
    return f"/proc/self/fd/{source}"


def _home() -> str:
    place = os.path.realpath(os.path.expanduser("~"))
    return "" if place in _KEPT or not os.path.isabs(place) else place


def _needed() -> list[str]:
    """Return what an interpreter needs of this one's files, wherever they lie."""
    import simpsh

    ours = os.path.dirname(os.path.abspath(simpsh.__file__))
    found = {os.path.abspath(sys.prefix), os.path.abspath(sys.base_prefix), ours}
    return sorted(path for path in found if path not in _KEPT)


def _closed(needed: Sequence[str]) -> list[str]:
    """Return the directories above what is needed that only their owner can get through."""
    found = []
    for path in needed:
        above = path
        while (above := os.path.dirname(above)) not in _KEPT:
            if os.path.isdir(above) and not os.stat(above).st_mode & 1:
                found.append(above)
    return sorted(set(found))


def _is_below(place: str, others: Sequence[str]) -> bool:
    return any(place.startswith(f"{other}/") for other in others)


def _hide(place: str) -> None:
    if place and os.path.isdir(place):
        mounts.mount("tmpfs", place, mounts.MS_NOSUID | mounts.MS_NODEV, "mode=755,size=1m")


def _show(needed: Sequence[tuple[str, int]]) -> None:
    """Let be seen again what is needed and was hidden with what is above it."""
    for path, descriptor in needed:
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            if os.path.isdir(f"/proc/self/fd/{descriptor}"):
                os.mkdir(path, 0o755)
            else:
                close(open_file(path, os.O_CREAT | os.O_WRONLY, 0o644))
            mounts.bind(f"/proc/self/fd/{descriptor}", path)
