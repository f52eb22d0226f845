"""A bomb stays within its limit, and nobody of it outlives its guard; tried in a PID namespace."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.process import process_containment
from simpsh.process.machine_permits import missing
from simpsh.process.process_containment import NotGuarded
from simpsh.process.worker import in_own_process
from tests.course.run.bombs import ORDINARY_USER
from tests.support.shells import PROJECT, run_command

IS_ROOT = os.geteuid() == 0
LINUX = tuple(map(int, re.findall(r"\d+", os.uname().release)[:2]))


def explode(case, *unshare):
    """Run a case of bombs.py where its end is the end of everything it made."""
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


@pytest.mark.parametrize(
    ("case", "way"), [("limit", "uid"), ("user", "users"), ("cgroup", "cgroup")]
)
def test_a_bomb_has_exactly_as_many_processes_as_its_way_permits_and_leaves_nobody(case, way):
    if case == "cgroup" and missing("cgroup"):
        pytest.skip(missing("cgroup"))
    if case != "cgroup" and not IS_ROOT:
        pytest.skip("only root can become another user")
    if case == "user" and LINUX < (5, 14):
        pytest.skip("the limit counts this user's other processes, too")
    assert explode(case) == {"way": way, "met": "." * 16, "left": []}


@pytest.mark.needs("ptrace", "root")
def test_killing_the_teacher_or_the_supervisor_of_a_bomb_at_any_moment_leaves_nobody():
    seen = explode("killed")
    assert seen["lingering"] == []
    assert seen["rounds"] >= 10


def test_without_the_tracer_that_was_promised_the_demonstration_is_refused():
    untraced = "^the guard does not hold: no process traces the demonstration$"
    with pytest.raises(NotGuarded, match=untraced):
        in_own_process(process_containment.prepare(4).enter, 60)


@pytest.mark.needs("root")
def test_an_ordinary_user_gets_no_control_group_and_a_message():
    def try_it():
        os.setresuid(ORDINARY_USER, ORDINARY_USER, ORDINARY_USER)
        process_containment.prepare("cgroup 4")

    with pytest.raises(NotGuarded, match=r"^no control group with a limit of processes: "):
        in_own_process(try_it, 60)


@pytest.mark.needs("root")
def test_whoever_is_bound_is_another_user_without_any_privilege_and_reads_its_limit():
    def bind():
        process_containment.prepare(4).limit()
        import resource

        users = set(os.getresuid()) | set(os.getresgid())
        with open("/proc/self/status") as file:
            powers = {line.split()[1] for line in file if line.startswith(("CapPrm", "CapEff"))}
        nobody_else = users.isdisjoint({0, 65534}) and len(users) == 1
        return nobody_else, powers, os.getgroups(), resource.getrlimit(resource.RLIMIT_NPROC)

    assert in_own_process(bind, 60) == (True, {"0000000000000000"}, [], (4, 4))


def test_a_guard_that_is_misspelt_or_out_of_range_is_reported():
    for guard in ("", "16 limit", "limit", "limit x", "group 16", "cgroup -1"):
        with pytest.raises(UsageProblem, match="it is a number, 'limit NUMBER' or 'cgroup NUMBER'"):
            process_containment.parse(guard)
    for guard in (0, 513, "limit 100000"):
        with pytest.raises(UsageProblem, match="the number is between 1 and 512"):
            process_containment.parse(guard)
