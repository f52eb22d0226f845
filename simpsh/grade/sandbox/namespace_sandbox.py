"""Working where a submission can do no harm: in namespaces that end with their first process.

    worker ──► helper ──► pid 1 of the namespace ──► the judge ──► the submission's processes

What the judge finds comes back line by line; the worker ends all of them when the time is over.
If the worker dies, in whatever way, the kernel ends all below it. How well this machine can keep
a submission apart is found out by trying each way with a harmless program.

A namespace that maps its maker's id alone has one user: the judge, a tutor's check and a submission
are the same. Who has ids in /etc/subuid and /etc/subgid may let newuidmap(1) map them; who has
CAP_SETUID and CAP_SETGID may map any. Both is done from outside, by a process of the old namespace.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

import simpsh
from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.patience import VARIABLE as PATIENCE, patience
from simpsh.base.phrases import listed
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import Exited
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.kernel import namespaces, signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, open_file, pipe2, write_all
from simpsh.kernel.processes import chdir, exit_now, fork, set_child_subreaper, set_pdeathsig, umask
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import process_containment
from simpsh.process.contained_run import take_all
from simpsh.process.control_group import ControlGroup
from simpsh.process.machine_permits import all_refused, why_no_group
from simpsh.process.own_directory import remove_tree
from simpsh.process.process_containment import SPARE_USERS
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import Channel, Worker, in_own_process

_BROKEN = 125
_PROBE_SECONDS = 20.0 * patience()
_MOST_BYTES = 64 << 20
_PLAIN_FILES = namespaces.MS_NOSUID | namespaces.MS_NODEV
_PRIVATE = ("/tmp", "/var/tmp", "/dev/shm")
_ONE_USER = (
    "grade: nothing was run: the check and the submission would be the same user here; a "
    "submission could end the check, and change its files. What to do: install newuidmap (package "
    "uidmap) and have ids (usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER), "
    "or be root; or say --unconfined, which accepts this"
)
_NO_USER = (
    "grade: nothing was run: in a container, too, a submission must be another user than "
    "its judge. Else it writes its own marks. What to do: be root with CAP_SETUID and CAP_SETGID, "
    f"by an interpreter that every user may execute: {sys.executable}"
)
_WEAK = (
    "grade: nothing was run: this machine does not keep apart {}; a submission could read "
    "solutions and other submissions, write files, signal processes and use the network. What to "
    "do: {}; or give each submission a container of its own and say --unconfined, which accepts "
    "this"
)
_FOR_ROOT = (
    "run it with CAP_SYS_ADMIN (a container: --cap-add SYS_ADMIN --security-opt "
    f"seccomp=unconfined), by an interpreter that every user may execute: {sys.executable}"
)
_FOR_USERS = (
    "permit user namespaces (sysctl user.max_user_namespaces; on Ubuntu also "
    f"{namespaces.APPARMOR_SETTING}=0)"
)
_IMPORTED_LATE = "elftools"
"""The library that a judge imports when it has entered the sandbox."""
_KEPT = ("/", "/usr", "/etc", "/proc", "/dev", "/sys", "/bin", "/lib", "/lib64")
PROGRAMS = ("newuidmap", "newgidmap")
"""Of Debian's package uidmap."""


class FileVisibility(Record):
    """Which files are seen inside."""

    hidden: tuple[str, ...] = ()
    """Directories that are empty inside: results, other submissions, solutions."""
    shown: tuple[str, ...] = ()
    """Files and directories that are seen all the same, should what is above them be hidden."""
    source: str = ""
    """The submission; SandboxSession.source is where it can be read."""


class SandboxSession(Record):
    """What work in the sandbox can use."""

    send: Callable[[bytes], object]
    """Sends a line to the worker."""
    source: str
    """Where the submission can be read."""
    directory: str
    """An empty directory of its own, gone afterwards."""


def best_sandbox(
    limits: SubmissionLimits,
    hidden: tuple[str, ...] = (),
    *,
    may_be_weak: bool = False,
    is_in_container: bool = False,
    is_for_check: bool = False,
) -> Sandbox:
    """Return the strictest sandbox in which a Python program runs on this machine.

    `hidden` is what a submission may not see. With `may_be_weak` a sandbox without namespaces will
    do; with `is_in_container` it will if the submission is another user. Without `may_be_weak` a
    tutor's check (`is_for_check`) is another user than the submission.

    Raises SimpshError: none does, or only a weak one; nothing may be run.
    """
    for sandbox in _ways(limits):
        if in_own_process(partial(_works, sandbox, hidden), _PROBE_SECONDS):
            if is_in_container and not (sandbox.uid or sandbox.has_namespaces):
                raise SimpshError(_NO_USER)
            if not (sandbox.has_namespaces or may_be_weak or is_in_container):
                remedy = _FOR_ROOT if os.geteuid() == 0 else _FOR_USERS
                weak = _WEAK.format(listed(sandbox.missing), remedy)
                raise SimpshError("; ".join([weak, *all_refused().values()]))
            if is_for_check and not sandbox.uid and not may_be_weak:
                raise SimpshError(_ONE_USER)
            return sandbox
    reason = "; ".join(all_refused().values()) or "is --memory too small?"
    raise SimpshError(f"grade: no program runs here within these limits; {reason}")


def _ways(limits: SubmissionLimits) -> list[Sandbox]:
    """Return the sandboxes that this user could have, the strictest first."""
    unconfined = Sandbox(limits, has_group=not why_no_group("memory", limits.together))
    # Any uid that is not root's stands for the one that each submission will get.
    other_user = changed(unconfined, uid=65534)
    # For root without CAP_SYS_ADMIN, and for a user who has ids to give away.
    nested = changed(other_user, has_namespaces=True, with_users=True)
    if os.geteuid() == 0:
        return [changed(nested, with_users=False), nested, other_user, unconfined]
    return [nested, changed(nested, uid=0), unconfined]


def _works(sandbox: Sandbox, hidden: tuple[str, ...]) -> bool:
    """Return whether a harmless program runs in it; this process becomes a subreaper."""
    own = with_user(sandbox)

    def work(inside: SandboxSession) -> None:
        argv = (sys.executable, "-S", "-E", "-c", "open('new', 'w').close()")
        own.give(inside.directory)
        if run_in_sandbox(own, argv, inside.directory, _PROBE_SECONDS / 2).is_good:
            inside.send(b"good")

    lines, _ = work_in_sandbox(own, FileVisibility(hidden), work)
    return lines == [b"good"]


def work_in_sandbox(
    sandbox: Sandbox, visibility: FileVisibility, work: Callable[[SandboxSession], object]
) -> tuple[list[bytes], str]:
    """Do work in a process of its own inside the sandbox's namespaces.

    Return the lines that it sent, and why it did not come to its end; empty if it did.

    The submission's processes must enter the sandbox by themselves: `work` is called as this
    process's user, but with the sandbox's view of the system.

    Raises OSError: EAGAIN EMFILE …; no process or descriptor can be made. SimpshError: the sandbox
    is to have a control group, and cannot.
    """
    set_child_subreaper(True)
    report = pipe2()
    worker = os.getpid()
    # Inside namespaces it has a /tmp that ends with them, however that comes.
    directory = "" if sandbox.has_namespaces else tempfile.mkdtemp(prefix="simpsh-sandbox-")
    group = None
    if sandbox.has_group:
        with naming("no control group for memory"):
            group = ControlGroup("memory", sandbox.limits.together)
    pid = fork()
    if pid == 0:  # in the child
        _be_inside(sandbox, visibility, work, (worker, report.write_end, directory), group)
    close(report.write_end)
    data = bytearray()
    try:
        deadline = time.monotonic() + sandbox.limits.seconds
        is_late = not take_all({report.read_end: data}, deadline, most=_MOST_BYTES)
        if is_late:
            signals.kill(pid, SIGKILL)
        ended = waitpid(pid)
    finally:
        close(report.read_end)
        collect_all()
        if group is not None:
            with suppress(OSError):  # a later grader removes it
                group.remove()
        if directory:
            remove_tree(directory)
    lines = bytes(data).split(b"\n")[:-1]
    if is_late:
        return lines, f"it was ended after {sandbox.limits.seconds} seconds"
    if ended is None or ended[1] != Exited(0):
        return lines, "it ended the process that judged it"
    return lines, ""


def _be_inside(
    sandbox: Sandbox,
    visibility: FileVisibility,
    work: Callable[[SandboxSession], object],
    given: tuple[int, int, str],
    group: ControlGroup | None,
) -> NoReturn:
    """Confine this process, work, and end; given: the worker, where to report, a directory."""
    worker, report, directory = given
    status, failure = _BROKEN, ""
    try:
        try:
            if group is not None:
                group.join()
            if sandbox.has_namespaces:
                map_ids = id_mapper() if sandbox.with_users and sandbox.uid else None
                process_containment.enclose(worker, with_users=sandbox.with_users, map_ids=map_ids)
            else:
                set_pdeathsig(SIGKILL)
            set_child_subreaper(True)
            close_range(3, report - 1)
            close_range(report + 1, HIGHEST)
            source = visibility.source
            if sandbox.has_namespaces:
                source, directory = _arrange_mounts(sandbox, visibility), "/tmp/submission"
                os.mkdir(directory)
            # Programs keep what they need, and no secret that the grader was given.
            needed = {name: os.environ[name] for name in ("PATH", PATIENCE) if name in os.environ}
            os.environ.clear()
            os.environ.update(PATH=os.defpath, HOME=directory, LC_ALL="C.UTF-8", LANG="C.UTF-8")
            os.environ.update(needed)
            os.chmod(directory, 0o755)
            umask(0o022)
            chdir(directory)
            tempfile.tempdir = os.path.dirname(directory)
            work(SandboxSession(lambda line: write_all(report, line + b"\n"), source, directory))
        except SimpshError as problem:
            failure = f"it could not be confined: {problem}"
        except OSError as error:
            failure = f"it could not be confined: {console.in_words(error)}"
        except Exception as error:  # noqa: BLE001 - a mistake of ours, told nowhere else
            failure = f"the judge broke: {error!r}"
        if failure:
            # Who would read it may have been killed.
            write_all(report, json.dumps({"failure": failure}).encode() + b"\n")
        status = 0
    finally:
        exit_now(status)


def _arrange_mounts(sandbox: Sandbox, visibility: FileVisibility) -> str:
    """Mount what is to be seen, and return where the submission can be read now."""
    flags = namespaces.CLONE_NEWNS | namespaces.CLONE_NEWIPC | namespaces.CLONE_NEWNET
    namespaces.unshare(flags)
    # What an interpreter needs of this one's files, wherever they lie. They are opened before
    # anything is hidden: some lie below what will be.
    ours = os.path.dirname(os.path.abspath(simpsh.__file__))
    folders = {os.path.abspath(sys.prefix), os.path.abspath(sys.base_prefix), ours}
    # `pip install --user` puts libraries into the home, which is hidden.
    folders |= {path for path in sys.path if os.path.isdir(os.path.join(path, _IMPORTED_LATE))}
    folders.difference_update(_KEPT)
    needed = {path: os.open(path, os.O_PATH) for path in (*sorted(folders), *visibility.shown)}
    source = os.open(visibility.source, os.O_PATH | os.O_NOFOLLOW) if visibility.source else -1
    namespaces.make_mounts_private()
    namespaces.make_mounts_read_only()
    namespaces.mount("proc", "/proc", _PLAIN_FILES | namespaces.MS_NOEXEC)
    if os.path.isdir("/dev/pts"):
        # Its own terminals, and no others; they belong to the user it will be.
        owner = f",uid={sandbox.uid}" if sandbox.uid else ""
        options = f"newinstance,ptmxmode=666,mode=620{owner}"
        namespaces.mount("devpts", "/dev/pts", namespaces.MS_NOSUID | namespaces.MS_NOEXEC, options)
    if os.path.exists("/dev/fuse"):
        # Who looks at a file of fuse(4) waits for the process that serves it. Whoever may make a
        # user namespace may serve one.
        namespaces.bind("/dev/null", "/dev/fuse")
    room = f"mode=1777,size={sandbox.limits.room}m"
    for place in filter(os.path.isdir, _PRIVATE):
        namespaces.mount("tmpfs", place, _PLAIN_FILES, room)
    hidden = {os.path.realpath(os.path.expanduser("~"))}
    if sandbox.uid:
        # The folders above what is needed that only their owner can get through.
        above = {folder for path in needed for folder in Path(path).parents if folder.is_dir()}
        hidden |= {str(folder) for folder in above if not folder.stat().st_mode & 1}
    within = [
        path for path in visibility.hidden if path.startswith(tuple(f"{path}/" for path in needed))
    ]
    for place in (
        *sorted(hidden.difference(_KEPT)),
        *(path for path in visibility.hidden if path not in within),
    ):
        _hide(place)
    # What is needed, and was hidden with what is above it, is seen again.
    for path, descriptor in needed.items():
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            if os.path.isdir(f"/proc/self/fd/{descriptor}"):
                os.mkdir(path, 0o755)
            else:
                close(open_file(path, os.O_CREAT | os.O_WRONLY, 0o644))
            namespaces.bind(f"/proc/self/fd/{descriptor}", path)
    # Solutions may lie within what is needed.
    for place in within:
        _hide(place)
    for descriptor in needed.values():
        close(descriptor)
    return f"/proc/self/fd/{source}"


def _hide(place: str) -> None:
    if os.path.isdir(place):
        namespaces.mount("tmpfs", place, _PLAIN_FILES, "mode=755,size=1m")


# ----------------------------------------------------------------------------- more users than one


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
