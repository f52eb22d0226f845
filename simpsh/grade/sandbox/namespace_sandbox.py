"""Runs a submission and its judge in namespaces that end with their first process.

    worker ──► helper ──► pid 1 of the namespace ──► the judge ──► the submission's processes

The judge sends its results line by line; the worker ends all processes at the time limit. If the
worker dies, the kernel ends all processes below it. Each kind of sandbox is tried with a harmless
program to find the strictest that works on this machine.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.patience import VARIABLE as PATIENCE, patience
from simpsh.base.phrases import listed, status_words
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGKILL
from simpsh.base.wait_status import Exited, encode
from simpsh.grade.sandbox.file_view import FileView, files_of_programs
from simpsh.grade.sandbox.nested_program import VARIABLE, client_for
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.kernel import landlock, namespaces, signals
from simpsh.kernel.descriptors import close, close_all_but, pipe2, write_all
from simpsh.kernel.processes import (
    chdir,
    exit_now,
    forget_arguments,
    fork,
    set_child_subreaper,
    umask,
)
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import process_containment
from simpsh.process.child_changes import DeathWith, carry_out
from simpsh.process.contained_run import take_all
from simpsh.process.machine_permits import all_refused, why_no_group
from simpsh.process.own_directory import remove_tree
from simpsh.process.proc import may_trace_others, stat_fields, stat_line
from simpsh.process.process_containment import ControlGroup
from simpsh.process.process_tree import family
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import in_own_process

_BROKEN = 125
_FOLDER = "/tmp/submission"
"""The folder of the submission's copy in the sandbox."""
_SHARED = b"shared"
_PROBE_SECONDS = 20.0 * patience()
_MOST_BYTES = 64 << 20
_BETWEEN_LOOKS = 1.0
_NO_USER = (
    "grade: nothing was run: in a container, too, a submission must be another user than "
    "its judge. Else it writes its own marks. What to do: be root with CAP_SETUID, CAP_SETGID "
    "and CAP_SYS_PTRACE (a container: --cap-add SYS_PTRACE), "
    f"by an interpreter that every user may execute: {sys.executable}"
)
_WEAK = (
    "grade: nothing was run: this machine does not keep apart {}; a submission could read "
    "solutions and other submissions, write files, signal processes and use the network. What to "
    "do: {}; or give each submission a container of its own and say --sandbox none, which accepts "
    "this"
)
_FOR_ROOT = (
    "run it with CAP_SYS_ADMIN (a container: --cap-add SYS_ADMIN --security-opt "
    "seccomp=unconfined) and user namespaces (sysctl user.max_user_namespaces), by an interpreter "
    f"that every user may execute: {sys.executable}"
)
_FOR_USERS = (
    "permit user namespaces (sysctl user.max_user_namespaces; on Ubuntu also "
    f"{namespaces.APPARMOR_SETTING}=0)"
)


class FileVisibility(Record):
    """The files that are visible inside, besides those of the system and the interpreter."""

    hidden: tuple[str, ...] = ()
    """Directories that appear empty inside: results, solutions."""
    source: str = ""
    """The submission; it can be read at SandboxSession.source."""
    of_check: tuple[str, ...] | None = None
    """Files that a tutor's check sees, and the submission does not; None if there is no check."""


class SandboxSession(Record):
    """The resources of a function that works in the sandbox."""

    send: Callable[[bytes], object]
    """Sends a line to the worker."""
    source: str
    """A path at which the submission can be read."""
    directory: str
    """An empty directory, removed afterwards."""
    shares_inodes: bool = False
    """Whether a socket or a FIFO of the system can be used; see SubmissionRoot.enter()."""


def best_sandbox(
    limits: SubmissionLimits,
    hidden: tuple[str, ...] = (),
    *,
    may_be_weak: bool = False,
    is_in_container: bool = False,
    is_for_check: bool = False,
) -> Sandbox:
    """Return the strictest sandbox in which a Python program runs on this machine.

    A submission cannot see the `hidden` paths. `may_be_weak` permits a sandbox without namespaces;
    `is_in_container` permits it if the submission runs as a different user. A tutor's check
    (`is_for_check`) needs namespaces unless `may_be_weak`.

    Raises SimpshError: no sandbox works here, or only a weak one.
    """
    sandbox = _strictest(limits, hidden, is_for_check=is_for_check)
    if sandbox is None:
        reason = "; ".join(all_refused().values()) or "is the memory of [limits] too small?"
        raise SimpshError(f"grade: no program runs here within these limits; {reason}")
    if is_in_container and not (sandbox.uid or sandbox.has_namespaces):
        raise SimpshError(_NO_USER)
    # Without namespaces, a submission could find the check and its files.
    is_apart = sandbox.has_namespaces or (is_in_container and not is_for_check)
    if not (is_apart or may_be_weak):
        remedy = _FOR_ROOT if os.geteuid() == 0 else _FOR_USERS
        weak = _WEAK.format(listed(sandbox.missing), remedy)
        raise SimpshError("; ".join([weak, *all_refused().values()]))
    return sandbox


def _strictest(
    limits: SubmissionLimits, hidden: tuple[str, ...], *, is_for_check: bool
) -> Sandbox | None:
    """Return the strictest sandbox in which a program runs; None if there is none."""
    for sandbox in _candidates(limits):
        # A check is not traced.
        if not (is_for_check or sandbox.has_namespaces or _may_trace_as(sandbox.uid)):
            continue
        works = in_own_process(
            partial(_works, sandbox, hidden, is_for_check=is_for_check), _PROBE_SECONDS
        )
        if works:
            return changed(sandbox, shares_inodes=works == _SHARED)
    return None


def _may_trace_as(uid: int) -> bool:
    """Return whether this process may read the memory of a process of a user; 0 for its own."""
    return not uid or may_trace_others()


def _candidates(limits: SubmissionLimits) -> list[Sandbox]:
    """Return the sandboxes that this user could have, the strictest first."""
    has_group = not why_no_group(limits.together)
    unconfined = Sandbox(limits, has_group=has_group, landlock_version=landlock.version())
    apart = changed(unconfined, has_namespaces=True)
    if os.geteuid() == 0:
        # A placeholder: each submission gets its own uid; see with_user().
        return [changed(apart, uid=65534), changed(unconfined, uid=65534), unconfined]
    return [apart, unconfined]


def _works(sandbox: Sandbox, hidden: tuple[str, ...], *, is_for_check: bool) -> bytes:
    """Run a harmless program in a sandbox; return `good`, _SHARED, or nothing if it fails.

    This process becomes a subreaper.
    """
    sandbox = with_user(sandbox)

    def work(inside: SandboxSession) -> None:
        argv = [sys.executable, "-S", "-E", "-c", "open('new', 'w').close()"]
        sandbox.give(inside.directory)
        user, variables = changed(sandbox, is_of_check=is_for_check), {}
        if is_for_check:
            client = client_for(user)
            argv, variables = [client.path, *argv], {VARIABLE: client.path}
        done = run_in_sandbox(user, argv, inside.directory, _PROBE_SECONDS / 2, variables)
        if done.is_good:
            inside.send(_SHARED if inside.shares_inodes else b"good")

    visibility = FileVisibility(hidden, of_check=() if is_for_check else None)
    lines, _ = work_in_sandbox(sandbox, visibility, work)
    return lines[0] if lines in ([b"good"], [_SHARED]) else b""


def work_in_sandbox(
    sandbox: Sandbox, visibility: FileVisibility, work: Callable[[SandboxSession], object]
) -> tuple[list[bytes], str]:
    """Call `work` in a new process inside the sandbox's namespaces.

    Return the lines that `work` sent, and why the submission ended it early; empty if it did not.

    `work` is called as this process's user, but with the sandbox's view of the system; the
    submission's processes call Sandbox.enter(). Raises SimpshError: the control group of the
    sandbox cannot be made. JudgeRefused: it ended early, and the submission cannot be the reason.
    """
    set_child_subreaper(True)
    report = pipe2()
    worker = os.getpid()
    group = None
    if sandbox.has_group:
        with naming("no control group for memory"):
            group = ControlGroup(sandbox.limits.together)
    temporary, name = os.path.split(_FOLDER)
    # With namespaces it has a private /tmp, which the kernel removes with them.
    if not sandbox.has_namespaces:
        temporary = tempfile.mkdtemp(prefix="simpsh-sandbox-")
    pid = fork()
    if pid == 0:  # in the child
        given = (worker, report.write_end, os.path.join(temporary, name))
        _be_inside(sandbox, visibility, work, given, group)
    close(report.write_end)
    data = bytearray()
    try:
        late = _await_end(pid, report.read_end, data, sandbox.limits)
        if late:
            signals.kill(pid, SIGKILL)
        ended = waitpid(pid)
    finally:
        close(report.read_end)
        collect_all()
        used_memory = group is not None and group.was_exhausted()
        if group is not None:
            with suppress(OSError):  # a later grader removes it
                group.remove()
        if not sandbox.has_namespaces:
            remove_tree(temporary)
    lines = bytes(data).split(b"\n")[:-1]
    if late:
        return lines, late
    if ended is None or ended[1] != Exited(0):
        # A submission can do this by a signal, or by using all the memory of the control group.
        if sandbox.may_signal_judge or used_memory:
            return lines, "it ended the process that judged it"
        words = "" if ended is None else f": {status_words(encode(ended[1]))}"
        raise JudgeRefused(f"its judge ended early{words}")
    return lines, ""


def _await_end(pid: int, report: int, data: bytearray, limits: SubmissionLimits) -> str:
    """Read a report until its end; return why it must end early, or an empty text."""
    deadline = time.monotonic() + limits.clock
    while not take_all({report: data}, time.monotonic() + _BETWEEN_LOOKS, most=_MOST_BYTES):
        if _processor_seconds(pid) > limits.seconds:
            return f"it was ended after {limits.seconds} seconds of processor time"
        if time.monotonic() > deadline or len(data) >= _MOST_BYTES:
            return f"it was ended after {limits.clock} seconds"
    return ""


def _processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants, also of those that have ended."""
    ticks = 0
    for member in family(pid):
        with suppress(ValueError):  # the process is gone
            # utime, stime, cutime and cstime; see proc_pid_stat(5)
            ticks += sum(map(int, stat_fields(stat_line(member.process.pid))[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _be_inside(
    sandbox: Sandbox,
    visibility: FileVisibility,
    work: Callable[[SandboxSession], object],
    given: tuple[int, int, str],
    group: ControlGroup | None,
) -> NoReturn:
    """Confine this process, work and exit.

    `given` are the worker, the write end of the report's pipe, and the directory to make.
    """
    worker, report, directory = given
    status, failure, shares_inodes = _BROKEN, "", False

    def be_apart() -> None:
        nonlocal shares_inodes
        namespaces.unshare(namespaces.OF_A_SANDBOX)
        shares_inodes = _view_of(sandbox, visibility).enter()

    try:
        try:
            forget_arguments(b"simpsh grade")
            if group is not None:
                group.join()
            close_all_but((report,))
            source = visibility.source
            if sandbox.has_namespaces:
                if source:
                    # Open the submission now, because it is outside the new root.
                    opened = os.open(source, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
                    source = f"/proc/self/fd/{opened}"
                is_root = os.geteuid() == 0
                if is_root:
                    # It keeps all ids, so that the submission gets one of its own.
                    namespaces.enter_users(namespaces.user_namespace_below())
                process_containment.enclose(worker, with_users=not is_root, begin=be_apart)
            else:
                carry_out(DeathWith(worker))
                os.chmod(os.path.dirname(directory), 0o755)
            os.makedirs(directory, exist_ok=True)
            set_child_subreaper(True)
            _settle(directory)
            session = SandboxSession(
                lambda line: write_all(report, line + b"\n"), source, directory, shares_inodes
            )
            work(session)
        except SimpshError as problem:
            failure = f"it could not be confined: {problem}"
        except OSError as error:
            failure = f"it could not be confined: {console.in_words(error)}"
        except Exception as error:  # noqa: BLE001 - our own mistake, reported nowhere else
            failure = f"the judge broke: {error!r}"
        if failure:
            # If the worker was killed, this fails and the status remains _BROKEN.
            write_all(report, json.dumps({"failure": failure}).encode() + b"\n")
        status = 0
    finally:
        exit_now(status)


def _settle(directory: str) -> None:
    """Prepare the environment of the judge, which the submission inherits."""
    # Keep only variables that programs need; the others may hold secrets of the grader.
    needed = {name: os.environ[name] for name in ("PATH", PATIENCE) if name in os.environ}
    os.environ.clear()
    os.environ.update(PATH=os.defpath, HOME=directory, LC_ALL="C.UTF-8", LANG="C.UTF-8")
    os.environ.update(needed)
    os.chmod(directory, 0o755)
    umask(0o022)
    chdir(directory)
    tempfile.tempdir = os.path.dirname(directory)


def _view_of(sandbox: Sandbox, visibility: FileVisibility) -> FileView:
    return FileView(
        (*files_of_programs(), *(visibility.of_check or ())),
        visibility.hidden,
        room=sandbox.limits.room,
        terminals_of=sandbox.uid,
    )
