"""A demonstration leaves no process, zombie or file, whichever process is killed."""

import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.process import process_containment
from simpsh.process.machine_permits import missing
from simpsh.process.process_containment import NotGuarded
from simpsh.process.worker import in_own_process
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.course.records import Run
from tests.harness.process import children_of, fork_child, send, wait_until
from tests.harness.sh import PROJECT, run_command

pytestmark = pytest.mark.long("each test kills a run, or bombs it")

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 12


def leftovers():
    folder = tempfile.gettempdir()
    return [name for name in os.listdir(folder) if name.startswith("simpsh-lesson-")]


def collect_orphans():
    """Wait until all descendants have ended; the test runner is a subreaper."""

    def nobody():
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return not children_of(os.getpid())

    wait_until(nobody, "nobody of the demonstration is left")


@pytest.fixture
def own_tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.usual("leaves_an_orphan")
@pytest.mark.parametrize("code", [demo.copied, demo.leaves_an_orphan, demo.sleeps_long])
def test_after_a_run_there_is_no_child_no_descriptor_and_no_directory(code, own_tmp):
    before = sorted(os.listdir("/proc/self/fd"))
    perform(Run(code, id="x"))
    assert children_of(os.getpid()) == []
    assert sorted(os.listdir("/proc/self/fd")) == before
    assert leftovers() == []


def teach_until_killed(code):
    """Start a process that performs demonstrations in a loop; return its pid."""

    def teach():
        os.setsid()
        while True:
            perform(Run(code, id="x", also=[demo.start_server] if code is demo.capture else []))

    return fork_child(teach)


@pytest.mark.usual("capture")
@pytest.mark.parametrize("code", [demo.capture, demo.meets_thrice, demo.at_a_terminal])
def test_a_teacher_killed_at_any_moment_leaves_no_process(code, own_tmp):
    chance = random.Random(code.__name__)
    for _ in range(ROUNDS):
        teacher = teach_until_killed(code)
        # A random moment; a run takes some twenty milliseconds.
        time.sleep(chance.uniform(0.0, 0.05))
        send(teacher, signal.SIGKILL)
        os.waitpid(teacher, 0)
        collect_orphans()
    assert leftovers() == []


def is_over_without_children(teacher):
    """Kill the children of the teacher; collect the teacher and return True when it has ended."""
    for child in children_of(teacher):
        # A probe of the machine's permissions may have exited.
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return os.waitpid(teacher, os.WNOHANG)[0] == teacher


def sleep_in_a_run():
    with suppress(SimpshError):
        perform(Run(demo.sleeps_long, id="x"))


def test_a_supervisor_killed_at_any_moment_leaves_no_process(own_tmp):
    chance = random.Random(7)
    for _ in range(ROUNDS):
        teacher = fork_child(sleep_in_a_run)
        wait_until(lambda teacher=teacher: children_of(teacher), "the supervisor is there")
        time.sleep(chance.uniform(0.0, 0.02))
        wait_until(
            lambda teacher=teacher: is_over_without_children(teacher),
            "the teacher whose supervisors are killed ends",
        )
        collect_orphans()


@pytest.mark.usual
def test_a_cancelled_run_ends_at_once(own_tmp):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            perform(Run(demo.never_ends, id="x"))
        assert time.monotonic() - began < 40
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert children_of(os.getpid()) == []
    assert leftovers() == []


# A bomb stays within its limit, and no process outlives the guard; run in a PID namespace.


IS_ROOT = os.geteuid() == 0
LINUX = tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))


def explode(case, *unshare):
    """Run a case of bombs.py in a PID namespace, which ends all its processes."""
    if missing("namespaces") or not shutil.which("unshare"):
        pytest.skip("no PID namespace can be had here")
    options = ["--pid", "--fork", "--kill-child", *(["--mount-proc"] if IS_ROOT else []), *unshare]
    if not IS_ROOT:
        options += ["--user", "--map-root-user", "--mount-proc"]
    done = run_command(
        ["unshare", *options, sys.executable, "-m", "tests.course.run.bombs", case], cwd=PROJECT
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usual("limit")
@pytest.mark.parametrize("case", ["limit", "user"])
def test_a_fork_bomb_has_exactly_the_permitted_number_of_processes_and_leaves_none(case):
    if not IS_ROOT:
        pytest.skip("only root can become another user")
    if case == "user" and LINUX < (5, 14):
        pytest.skip("the limit counts this user's other processes, too")
    assert explode(case) == {"met": "." * 16, "left": []}


@pytest.mark.needs("ptrace", "root")
def test_killing_the_teacher_or_the_supervisor_of_a_fork_bomb_leaves_no_process():
    seen = explode("killed")
    assert seen["lingering"] == []
    assert seen["rounds"] >= 10


def test_a_demonstration_without_its_tracer_is_refused():
    with pytest.raises(NotGuarded) as refused:
        in_own_process(partial(process_containment.enter_guard, 4), 60)
    assert str(refused.value) == "the guard does not hold: no process traces the demonstration"


@pytest.mark.needs("root")
def test_a_limited_demonstration_runs_as_an_unprivileged_user_and_reads_its_limit():
    def bind():
        process_containment.limit_processes(4)
        import resource

        users = set(os.getresuid()) | set(os.getresgid())
        with open("/proc/self/status") as file:
            powers = {line.split()[1] for line in file if line.startswith(("CapPrm", "CapEff"))}
        nobody_else = users.isdisjoint({0, 65534}) and len(users) == 1
        return nobody_else, powers, os.getgroups(), resource.getrlimit(resource.RLIMIT_NPROC)

    assert in_own_process(bind, 60) == (True, {"0000000000000000"}, [], (4, 4))


def test_a_guard_that_is_out_of_range_is_reported():
    for guard in (0, 513):
        with pytest.raises(UsageProblem, match="the number is between 1 and 512"):
            process_containment.checked_guard(guard)
