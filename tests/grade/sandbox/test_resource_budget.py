"""What one submission uses up, no other is refused; a way of running that shares it says so."""

from __future__ import annotations

import errno
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests
from simpsh.grade.sandbox.namespace_sandbox import (
    FileVisibility,
    SandboxSession,
    best_sandbox,
    work_in_sandbox,
)
from simpsh.grade.sandbox.resource_budget import BUDGET, POOLS
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.process.own_directory import remove_tree
from simpsh.process.worker import in_own_process
from tests.grade.sandbox.hogged_sandbox import HOGS, POOLED
from tests.grade.sandbox.test_hostile_class import WITH_IDS, grader_of, packages_in
from tests.harness.sh import PROJECT, run_command

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(300)]


def test_each_row_of_the_budget_is_bounded_and_has_a_hog_or_a_reason_for_none():
    for each in BUDGET:
        assert each.limit, each.name
        is_refused = bool(each.refused) or (
            not each.most and (bool(each.setting) or each.rlimit >= 0)
        )
        of_process = each.counted.startswith("process") and each.name != "open descriptors"
        is_namespace = each.name == "message queues"
        assert each.name in HOGS or is_refused or of_process or is_namespace, each.name
    assert not {*HOGS} - {each.name for each in BUDGET}
    # A sandbox that isolates nothing names each isolation that a row relies on.
    assert {each.isolation for each in BUDGET} - {""} <= {*Sandbox().missing}


# The row of the documented table that each resource is in.
DOCUMENTED = {
    "processes, threads": ("processes and threads",),
    "memory, kernel memory of files, locks and sockets": (
        "memory",
        "kernel memory of files, locks, timers, sockets",
    ),
    "bytes and inodes of files": ("files, bytes", "files, inodes", "bytes of one file"),
    "descriptors": ("open descriptors",),
    "queued signals, POSIX timers": ("queued signals, POSIX timers",),
    "POSIX message queues": ("bytes of POSIX message queues", "message queues"),
    "locked memory": ("locked memory",),
    "inotify": ("inotify instances", "inotify watches"),
    "terminals": ("terminals",),
    "System V objects, ports": ("System V objects", "ports"),
    "pipe buffers, epoll watches, descriptors in messages": (
        "pipe buffers",
        "epoll watches",
        "descriptors in messages of sockets",
    ),
    "processor time": ("processor time",),
}
REFUSED = "fanotify, keys, io_uring, asynchronous I/O, huge pages, real-time priority"


def _amount(text: str) -> set[int]:
    """Return the numbers of a cell, in bytes if they have a unit."""
    units = {"KiB": 1 << 10, "MiB": 1 << 20}
    found = re.findall(r"(?<![\w-])(\d[\d,]*)(?: (KiB|MiB))?", text)
    return {int(number.replace(",", "")) * units.get(unit, 1) for number, unit in found}


def test_the_documented_table_has_each_row_of_the_budget_with_its_limit():
    text = (Path(PROJECT) / "docs/grading.md").read_text(encoding="utf-8")
    _, _, section = text.partition("### The budget\n")
    table, _, _ = section.partition("\nA submission can still compute")
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE))
    del rows["counted"]
    assert {*rows} == {*DOCUMENTED, REFUSED}
    assert rows[REFUSED] == "refused"
    limits = {each.name: each.limit for each in BUDGET}
    named = [name for names in DOCUMENTED.values() for name in names]
    refused = {each.name for each in BUDGET if each.refused or not (each.most or each.words)} | {
        "huge pages"
    }
    assert {*named} | refused == {*limits}
    for row, names in DOCUMENTED.items():
        wanted = set().union(*(_amount(limits[name]) for name in names))
        assert wanted <= _amount(rows[row]), row


@pytest.fixture
def folder() -> Iterator[Path]:
    above = "/var/lib" if os.geteuid() == 0 else None
    made = Path(tempfile.mkdtemp(dir=above, prefix="simpsh-tests-"))
    made.chmod(0o755)
    yield made
    remove_tree(str(made))


@pytest.mark.usual("this one")
@pytest.mark.long("hogs use all that they may use")
@pytest.mark.parametrize("who", ["this one", "ordinary", "ordinary with ids"])
def test_hogs_use_up_nothing_that_others_need(folder, who):
    command, path = grader_of(who), str(PROJECT)
    if who != "this one":
        path = packages_in(folder, tests)
    if who == "ordinary with ids":
        (folder / "ids").write_text("65534:200000:65536\n")
        command = [*WITH_IDS, "sh", str(folder / "ids"), *command]
    environment = os.environ | {"HOME": str(folder), "PYTHONPATH": path}
    argv = [*command, "-B", "-P", "-m", "tests.grade.sandbox.hogged_sandbox"]
    done = run_command(argv, cwd=folder, env=environment, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    if "process ids" in found["missing"]:
        pytest.skip("no namespaces here")
    refused = [line for key in ("in", "out") for line in found[key].splitlines()]
    if POOLS in found["missing"]:
        refused = [line for line in refused if line.split()[0] not in POOLED]
    assert not refused
    assert (POOLS in found["missing"]) == (who == "ordinary" or os.geteuid() != 0)


ASKS = """
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
for family, kind, protocol in ((2, 2, 136), (2, 1, 262), (10, 5, 132), (2, 1, 6), (1, 1, 0)):
    try:
        socket.socket(family, kind, protocol)
        print(protocol, "made")
    except OSError as error:
        print(protocol, error.errno)
print(libc.io_setup(1, None) if hasattr(libc, "io_setup") else "-", libc.sync())
"""


def test_sockets_are_filtered_by_protocol_and_sync_waits_for_no_disk():
    def in_sandbox() -> str:
        sandbox = with_user(best_sandbox(SubmissionLimits(60), may_be_weak=True))

        def work(inside: SandboxSession) -> None:
            argv = (sys.executable, "-IS", "-c", ASKS)
            done = run_in_sandbox(sandbox, argv, inside.directory, 30)
            inside.send(done.output.replace("\n", " ").encode())

        return b" ".join(work_in_sandbox(sandbox, FileVisibility(), work)[0]).decode()

    refused = errno.EPROTONOSUPPORT
    expected = f"136 {refused} 262 {refused} 132 {refused} 6 made 0 made - 0"
    assert in_own_process(in_sandbox, 90).strip() == expected
