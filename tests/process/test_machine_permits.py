"""Permissions of this machine: every need is tested by trying it; reasons are one line."""

from __future__ import annotations

import os
import re
import resource
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.kernel.descriptors import HIGHEST, close_range, is_open
from simpsh.process import machine_permits, proc
from simpsh.process.machine_permits import CALLS, NEEDS, missing
from tests.harness.sh import PROJECT, run_command
from tests.support.needed_programs import path_of
from tests.support.untraceable import without

IS_ROOT = os.geteuid() == 0
AS_SOMEBODY = """
import os, sys
# Imported while the files can be read.
import _socket, ctypes, json, mmap, pty, random, resource, shutil, tempfile, encodings.idna
from pathlib import Path

from simpsh.kernel.machine import memory_access
from simpsh.kernel.namespaces import become_user
from simpsh.process import machine_permits, process_containment, worker
if sys.argv[1] == "one processor":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
elif sys.argv[1] == "somebody":
    become_user(54321)
for name in sys.argv[2].split(","):
    print(f"{name}: {machine_permits.missing(name)}")
"""


def missing_as(whom, needs, *before):
    """Return the reasons for the needs that another user lacks, by name."""
    done = run_command([*before, sys.executable, "-c", AS_SOMEBODY, whom, needs], cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can mount, and become another user")


@needs_root
def test_a_need_that_root_of_a_namespace_misses_has_the_setting_as_its_reason():
    forbid = 'echo 0 >/proc/sys/user/max_pid_namespaces && exec "$@"'
    in_one = ["unshare", "--user", "--map-root-user", "sh", "-c", forbid, "sh"]
    found = missing_as("nobody else", "namespaces,root", *in_one)
    assert "user.max_…_namespaces" in found["namespaces"]
    assert "No space left" not in "".join(found.values())
    assert found["root"] != ""


@needs_root
def test_the_apparmor_setting_that_restricts_namespaces_is_named(tmp_path):
    # Simulate Ubuntu: its setting, and EPERM, which the kernel returns to a process in a chroot.
    setting = "kernel.apparmor_restrict_unprivileged_userns"
    forbid = (
        "mount -t tmpfs settings /proc/sys/kernel"
        f" && echo 1 >/proc/sys/{setting.replace('.', '/')}"
        f' && mount --rbind / {tmp_path} && exec chroot {tmp_path} "$@"'
    )
    in_one = ["unshare", "--mount", "sh", "-c", forbid, "sh"]
    found = missing_as("somebody", "namespaces,guard", *in_one)
    assert setting in found["namespaces"]
    assert setting in found["guard"]
    assert setting in NEEDS["namespaces"].remedy


def test_every_need_can_be_tried_once_and_answers_in_one_line():
    for name in NEEDS:
        reason = missing(name)
        assert "\n" not in reason
        assert len(reason) < 200
    before = machine_permits.lack.cache_info().misses
    missing("pidfd")
    assert machine_permits.lack.cache_info().misses == before
    with pytest.raises(UsageProblem, match="need “magic”: it is one of ptrace, root, second cpu"):
        missing("magic")


def test_a_process_on_one_processor_misses_the_second_and_one_that_is_traced_a_tracer():
    found = missing_as("one processor", "second cpu")
    assert found["second cpu"] == "this process may use one processor only"
    if missing("ptrace"):
        pytest.skip(missing("ptrace"))
    traced = (path_of("strace"), "-f", "-qq", "-o", os.devnull)
    found = missing_as("traced", "ptrace", *traced)
    assert found["ptrace"].startswith("this process is already traced by strace (pid ")


@needs_root
def test_an_ordinary_user_misses_needs_and_each_has_a_reason():
    found = missing_as("somebody", ",".join(NEEDS))
    assert found["root"] == "this is an ordinary user"
    assert found["pidfd"] == missing("pidfd")
    assert found["terminal"] == missing("terminal")


def test_a_limit_that_counts_processes_outside_is_no_guard(monkeypatch):
    # Before Linux 5.14 the user's processes outside a new user namespace count as well.
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for release, reason in (("5.13.1-rc1", machine_permits._COUNTS_OTHERS), ("6.1.0-13-amd64", "")):
        monkeypatch.setattr(os, "uname", lambda release=release: SimpleNamespace(release=release))
        assert NEEDS["guard"].probe() == reason


# -- what simpsh itself calls ----------------------------------------------------------------------

NOWHERE_FORBIDDEN = """
    _exit alarm chdir close dup2 execve fcntl flock ftruncate getpgrp getpid getppid getrlimit
    kill killpg lseek open pause pipe2 posix_spawn prctl read setitimer setpgid setrlimit setsid
    sigaction sigprocmask sigtimedwait tcgetpgrp tcsetpgrp times umask wait4 waitpid write
"""
"""Calls that all programs make; if one is forbidden, no program runs."""

SANDBOX = {"capset", "mount", "umount2", "setns", "pivot_root", "landlock_restrict_self"}
"""Calls of the sandboxes of grade and explore, which report what they cannot isolate."""


def test_each_call_that_a_part_makes_is_in_the_table_and_asking_changes_nothing():
    made = set()
    for path in Path(PROJECT, "simpsh", "kernel").glob("*.py"):
        made |= set(re.findall(r"@observable\(\s*\"(\w+)", path.read_text()))
    text = Path(PROJECT, "simpsh/kernel/machine/ptrace.py").read_text()
    made |= set(re.findall(r"_library\.(\w+)", text))
    assert made - {*CALLS, *NOWHERE_FORBIDDEN.split()} == SANDBOX
    assert {name for need in NEEDS.values() for name in need.includes} <= {*CALLS, *NEEDS}

    def own_state():
        fields = ("NSpgid", "NSsid", "Seccomp", "Cpus_allowed", "FDSize")
        return [proc.status_field("self", name) for name in fields], os.listdir("/proc/self/fd")

    before = own_state()
    machine_permits.refused.cache_clear()
    assert machine_permits.all_refused() == {}
    assert own_state() == before


def test_without_close_range_only_open_descriptors_are_closed(monkeypatch):
    closed = []

    def close(number):
        closed.append(number)
        os_close(number)

    def closes_high_descriptors():
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        high = os.dup2(0, min(hard, 200_000) - 1)
        monkeypatch.setattr(os, "close", close)
        close_range(high - 10, HIGHEST)
        return [number - high for number in closed], is_open(high), is_open(0)

    os_close = os.close
    assert without("close_range", closes_high_descriptors) == ([0], False, True)
