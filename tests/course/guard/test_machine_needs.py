"""doctor: every need is really tried, and each step that is lost is told with what to do."""

from __future__ import annotations

import json
import os
import shutil
import sys

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.course.guard import machine_needs, machine_probes
from tests.course.lesson_files import GOOD_CLAIM, library, run_of, write_lesson
from tests.support.processes import state_of
from tests.support.shells import PROJECT, run_command

IS_ROOT = os.geteuid() == 0
AS_SOMEBODY = """
import os, sys
# Imported while the files can be read.
import ctypes, json, mmap, pty, random, resource, shutil, tempfile, encodings.idna
from pathlib import Path
from simpsh.course.guard import machine_needs as needs, machine_probes, process_containment
from simpsh.kernel.namespaces import set_dumpable
from simpsh.trace.tracer import traced_run
if sys.argv[1] == "one processor":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
elif sys.argv[1] == "somebody":
    os.setgroups([])
    os.setresgid(54321, 54321, 54321)
    os.setresuid(54321, 54321, 54321)
    set_dumpable()
for name in needs.NEEDS:
    print(f"{name}: {needs.missing(name)}")
"""


def needs_as(whom, *before):
    """What is missing for somebody else, by name."""
    done = run_command([*before, sys.executable, "-c", AS_SOMEBODY, whom], cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


@pytest.mark.skipif(not IS_ROOT, reason="root is needed to forbid namespaces below one of its own")
def test_where_namespaces_are_used_up_the_setting_is_named():
    forbid = 'echo 0 >/proc/sys/user/max_pid_namespaces && exec "$@"'
    in_one = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"]
    missing = needs_as("nobody else", *in_one)
    assert "user.max_…_namespaces" in missing["namespaces"]
    assert "No space left" not in "".join(missing.values())


@pytest.mark.skipif(not IS_ROOT, reason="root is needed to mount")
def test_where_apparmor_takes_the_rights_from_namespaces_its_setting_is_named(tmp_path):
    # As on Ubuntu: its setting, and EPERM, which the kernel gives to who lives in a chroot.
    setting = "kernel.apparmor_restrict_unprivileged_userns"
    forbid = (
        "mount -t tmpfs settings /proc/sys/kernel"
        f" && echo 1 >/proc/sys/{setting.replace('.', '/')}"
        f' && mount --rbind / {tmp_path} && exec chroot {tmp_path} "$@"'
    )
    missing = needs_as("somebody", "unshare", "--mount", "sh", "-c", forbid, "sh")
    assert setting in missing["namespaces"]
    assert setting in missing["guard"]
    assert setting in machine_needs.NEEDS["namespaces"].remedy


@pytest.mark.skipif(not IS_ROOT, reason="root is needed to mount")
@pytest.mark.skipif(not shutil.which("busybox"), reason="there is no busybox")
def test_where_echo_is_busybox_a_link_of_another_name_is_missing():
    echo = os.path.realpath("/bin/echo")
    mount = f'mount --bind "$(command -v busybox)" {echo} && exec "$@"'
    missing = needs_as("nobody else", "unshare", "--mount", "sh", "-c", mount, "sh")
    assert "goes by its name" in missing["other names"]
    assert machine_needs.missing("other names") == "" or "busybox" in echo


def test_every_need_can_be_tried_and_answers_in_one_line():
    for name in machine_needs.NEEDS:
        reason = machine_needs.missing(name)
        assert "\n" not in reason
        assert len(reason) < 200


def test_a_need_is_tried_once():
    machine_needs.missing("pidfd")
    before = machine_needs.missing.cache_info().misses
    machine_needs.missing("pidfd")
    assert machine_needs.missing.cache_info().misses == before


def test_an_unknown_need_is_told_with_those_there_are():
    with pytest.raises(UsageProblem, match="need “magic”: it is one of ptrace, root, second cpu"):
        machine_needs.missing("magic")


def test_a_process_on_one_processor_misses_the_second():
    assert needs_as("one processor")["second cpu"] == "this process may use one processor only"


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_an_ordinary_user_misses_what_root_has_and_is_told_why():
    found = needs_as("somebody")
    assert found["root"] == "this is an ordinary user"
    assert found["page numbers"] == (
        "the kernel hides the numbers of pages from a process without CAP_SYS_ADMIN"
    )
    assert found["cgroup"].startswith("no control group can be made (")
    assert found["pidfd"] == machine_needs.missing("pidfd")
    assert found["terminal"] == machine_needs.missing("terminal")


def test_who_is_traced_already_cannot_trace():
    if machine_needs.missing("strace") or machine_needs.missing("ptrace"):
        pytest.skip("strace or ptrace is missing")
    found = needs_as("traced", shutil.which("strace"), "-f", "-qq", "-o", os.devnull)
    assert found["ptrace"].startswith("this process is already traced by strace (pid ")


@pytest.mark.skipif(not IS_ROOT, reason="root could become another user")
def test_root_without_the_right_to_change_its_user_is_no_root():
    if machine_needs.missing("namespaces") or not shutil.which("unshare"):
        pytest.skip("no user namespace can be had here")
    found = needs_as("root of a namespace", "unshare", "--user", "--map-root-user")
    assert found["root"] != ""


# -- which lessons lose what ----------------------------------------------------------------------


def lessons_with(tmp_path, *, step="()", claim="()"):
    claims = GOOD_CLAIM.replace("facts=", f"needs={claim}, facts=")
    write_lesson(tmp_path, "tried", f"Say('One.'), {run_of(claims, more=f'needs={step}')}")
    return library(tmp_path).find("tried")


def test_a_step_whose_need_is_missing_is_lost(tmp_path):
    lesson = lessons_with(tmp_path, step="('root', 'pidfd')")
    assert list(machine_needs.losses_of(lesson, {"root": "no root"})) == [
        machine_needs.LostStep("tried", 2, "one", "root", is_whole=True)
    ]


def test_a_claim_whose_need_is_missing_is_not_the_whole_step(tmp_path):
    lesson = lessons_with(tmp_path, claim="('page numbers',)")
    assert list(machine_needs.losses_of(lesson, {"page numbers": "hidden"})) == [
        machine_needs.LostStep("tried", 2, "one", "page numbers", is_whole=False)
    ]


def test_without_ptrace_every_demonstration_is_lost(tmp_path):
    lesson = lessons_with(tmp_path)
    found = machine_needs.losses_of(lesson, {"ptrace": "forbidden"})
    assert [one.need for one in found] == ["ptrace"]


@pytest.mark.parametrize(
    ("step", "need"),
    [
        ("Run(C('int main(void) { return 0; }'), id='c')", "compiler"),
        ("Run(one_child, id='t', terminal=True)", "terminal"),
        ("Run(one_child, id='g', guard=4)", "guard"),
        ("Run(Shell('true', program=('bash', '-c')), id='b')", "bash"),
        ("Compare(Run(one_child, id='g', guard=4), id='x', variants={}, columns={})", "guard"),
        ("Explore(one_child, id='e')", "ptrace"),
        ("Try('t', returns, 'h', 'true', 'p', wrong=['x'])", "ptrace"),
    ],
)
def test_what_a_step_is_tells_what_it_needs(tmp_path, step, need):
    write_lesson(tmp_path, "tried", step)
    [found] = library(tmp_path).find("tried").steps
    assert machine_needs.needs_of(found) == (need,)


def test_the_report_says_what_is_lost_and_what_to_do():
    losses = [
        machine_needs.LostStep("one", 2, "bomb", "root", is_whole=True),
        machine_needs.LostStep("one", 4, "pages", "page numbers", is_whole=False),
    ]
    missing = {"root": "this is an ordinary user"}
    lines = list(machine_needs.lines_of(machine_needs.MachineReport(missing, losses, 5, [])))
    assert any(line.startswith("  ✗ root          change the user, run a fork") for line in lines)
    assert "                  missing: this is an ordinary user" in lines
    assert "                  to do:   sudo simpsh …" in lines
    assert lines[-2:] == [
        "4 of 5 lessons show everything; in the others is only told:",
        "  one: step 2 “bomb” (root); some claims of step 4 “pages” (page numbers)",
    ]
    assert max(map(len, lines[1:])) <= 80


def test_with_nothing_missing_the_report_says_so():
    lines = list(machine_needs.lines_of(machine_needs.MachineReport({}, [], 32, [])))
    assert lines[-1] == "All 32 lessons show everything on this machine."
    assert sum(line.startswith("  ✓ ") for line in lines) == len(machine_needs.NEEDS)


def test_the_json_report_has_every_need_and_every_loss():
    losses = [machine_needs.LostStep("one", 2, "bomb", "root", is_whole=True)]
    examination = machine_needs.MachineReport({"root": "no"}, losses, 5, ["x.py: broken"])
    found = json.loads(machine_needs.as_json(examination))
    assert (found["schema"], found["complete"]) == ("simpsh.doctor/1", False)
    assert [one["name"] for one in found["needs"]] == list(machine_needs.NEEDS)
    assert [one["name"] for one in found["needs"] if not one["met"]] == ["root"]
    assert found["lost"] == [
        {"lesson": "one", "step": 2, "what": "bomb", "need": "root", "whole": True}
    ]
    assert found["problems"] == ["x.py: broken"]


def test_a_limit_that_counts_processes_outside_is_no_guard(monkeypatch):
    # As before Linux 5.14: in a new user namespace the user's other processes count, too.
    monkeypatch.setattr(machine_probes.process_containment.ProcessBound, "limit", _refuses_any)
    monkeypatch.setattr(machine_probes.process_containment.ProcessBound, "enter", _refuses_any)
    assert machine_probes.guard() == machine_probes._COUNTS_OTHERS


def _refuses_any(_bound):
    def refused():
        raise BlockingIOError

    machine_probes.fork = refused


def test_a_machine_without_hardware_watchpoints_is_told(monkeypatch):
    asked = []

    def cannot(pid, words):
        asked.append((state_of(pid), words))
        return False

    monkeypatch.setattr(machine_probes, "watch", cannot)
    said = machine_probes.watchpoints()
    assert said == "this machine gives a tracer no hardware watchpoints"
    assert [state for state, _ in asked] == ["t"]
