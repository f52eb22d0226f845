"""What one submission uses up, no other is refused; at worst a neighbour is not judged.

`not_isolated` names what all submissions share.
"""

import csv
import errno
import io
import json
import os
import re
import resource
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from simpsh.base.events import Call, Event, Fork, Reap
from simpsh.grade.sandbox.resource_budget import BUDGET, POOLS
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.grade.sandbox.shared_resources import require_enough
from simpsh.kernel.namespaces import become_user
from simpsh.kernel.processes import Limit, set_child_subreaper, setrlimit
from simpsh.process.proc import count_threads
from simpsh.process.worker import in_own_process
from tests.grade.confinement import accepted
from tests.grade.sandbox.graders import ME, ORDINARY, USERS, Grader, has_spare_ids
from tests.grade.sandbox.hogs import HOGS, POOLED
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.harness.sh import PROJECT
from tests.support.needed_programs import require

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


@pytest.mark.usual("this one")
@pytest.mark.long("hogs use all that they may use")
@pytest.mark.parametrize("who", USERS)
def test_hogs_use_up_nothing_that_others_need(outside, who):
    done = Grader(who, outside).python("-m", "tests.grade.sandbox.hogs")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    if "process ids" in found["missing"]:
        pytest.skip("no namespaces here")
    refused = [line for key in ("in", "out") for line in found[key].splitlines()]
    if POOLS in found["missing"]:
        refused = [line for line in refused if line.split()[0] not in POOLED]
    assert not refused
    assert (POOLS in found["missing"]) == (who == ORDINARY or not has_spare_ids())


# Each neighbour begins its work when the hogs have done theirs.
LATER = "import time; time.sleep(2)\n"
HOGS_OF_A_CLASS = {
    "processes.py": "processes and threads",
    "disk.py": "files, bytes",
    "memory.py": "memory",
    "descriptors.py": "open descriptors",
}


@pytest.mark.long("hogs use all that they may use")
@pytest.mark.parametrize("who", [ME, ORDINARY])
def test_hogs_change_no_mark_of_their_neighbours(outside, who):
    grader = Grader(who, outside)
    require("prlimit")
    (outside / "class").mkdir()
    handed = {name: HOGS[hog] for name, hog in HOGS_OF_A_CLASS.items()}
    handed |= {"right.py": LATER + RIGHT, "wrong.py": LATER + ONE_WAIT}
    for name, text in handed.items():
        (outside / "class" / name).write_text(text)
    grader.own(outside)
    words = ("--exercise", "two-children", *accepted(), "--format", "csv")
    # So few that one submission can use them up.
    limits = ("prlimit", "--nproc=60") if who == ORDINARY else ()
    done = grader.grade(*words, "-o", "results", "class", limits=limits)
    rows = csv.DictReader(io.StringIO(done.stdout))
    marks = {row["submission"]: f"{row['points']}/{row['of']}" for row in rows}
    for name, mark in {"right.py": "7/7", "wrong.py": "4/7"}.items():
        # Root gives each submission a user of its own, so nothing is shared.
        is_apart = who == ME and os.geteuid() == 0
        if is_apart or name in marks:
            assert marks[name] == mark, done.stderr
        else:
            assert f"{name}: not judged: " in done.stderr
    assert " broke" not in done.stderr
    assert marks.keys() & HOGS_OF_A_CLASS.keys(), done.stderr


def _events(*happened: object) -> list[Event]:
    return [Event(1, what) for what in happened]  # type: ignore[arg-type]


def test_a_program_is_blamed_for_its_own_processes_and_not_for_those_of_others():
    births = [Fork(number, f"P{number}") for number in range(1, 4)]
    refused = Call("fork", errno=errno.EAGAIN)
    require_enough(_events(*births, refused), most=4)
    with pytest.raises(JudgeRefused, match="when it had 4 of 5"):
        require_enough(_events(*births, refused), most=5)
    with pytest.raises(JudgeRefused, match="when it had 3 of 4"):
        require_enough(_events(*births, Reap(1, "P1"), refused), most=4)
    for own in (Call("prlimit64", (0, 6, 0x7F00, 0)), Call("setrlimit", (6, 0x7F00))):
        require_enough(_events(*births, own, refused), most=9)
    others = [Call("prlimit64", (0, 6, 0, 0x7F00)), Call("setrlimit", (7, 0x7F00))]
    others.append(Call("setrlimit", (6, 0x7F00), errno=errno.EPERM))
    for other in others:
        with pytest.raises(JudgeRefused, match="when it had 4 of 9"):
            require_enough(_events(*births, other, refused), most=9)
    require_enough(_events(Call("fork", errno=errno.ENOSYS)), most=4)
    with pytest.raises(JudgeRefused, match="in the whole system"):
        require_enough(_events(Call("pipe2", errno=errno.ENFILE)), most=4)
    require_enough(_events(Call("pipe2", errno=errno.EMFILE)), most=4)


# The kernel counts a submission's processes; an honest submission may still fork.
MISSING = "number of its processes"
ANOTHER = 61_234


def forks_next_to_threads() -> bool:
    """Return whether a program may fork although its user has 20 threads elsewhere."""
    if os.geteuid() == 0:
        become_user(ANOTHER)
    set_child_subreaper(True)
    done = threading.Event()
    for _ in range(20):
        threading.Thread(target=done.wait).start()
    sandbox = with_user(Sandbox(SubmissionLimits(processes=2)))
    end = run_in_sandbox(sandbox, ("/bin/sh", "-c", "sleep 0 & wait $!"), "/", 60)
    done.set()
    return end.is_good


def lacks_a_process() -> bool:
    """Return whether this user has many more processes than those in this /proc."""
    most = count_threads(os.getuid()) + 20
    setrlimit(resource.RLIMIT_NPROC, Limit(most, most))
    try:
        subprocess.run("true")
    except BlockingIOError:
        return True
    return False


def test_threads_of_the_same_user_take_no_process_from_a_submission():
    # If the limit counts processes of other tests, try again.
    may_fork = any(in_own_process(forks_next_to_threads, 100) for _ in range(5))
    if not may_fork and os.geteuid() and in_own_process(lacks_a_process, 100):
        pytest.skip("this user has processes in another PID namespace, which are counted, too")
    assert may_fork


@pytest.mark.parametrize(
    ("release", "with_users", "counts"),
    [
        ("5.10.0-28-amd64", True, True),
        ("5.14.0-570.el9.x86_64", True, False),
        ("6.1.0", True, False),
        ("6.1.0", False, True),
    ],
)
def test_the_report_says_if_other_processes_count(monkeypatch, release, with_users, counts):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release=release))
    sandbox = Sandbox(has_namespaces=True, with_users=with_users)
    assert (MISSING in sandbox.missing) is counts
    assert (with_user(sandbox).others > 0) is counts
    # In namespaces the others cannot be seen, so the count from outside is used.
    outside = with_user(sandbox)
    assert with_user(outside, is_second=True) == outside


def test_the_processes_of_another_user_do_not_count(monkeypatch):
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(release="5.4.0"))
    sandbox = with_user(Sandbox(uid=65534))
    assert MISSING not in sandbox.missing
    assert sandbox.others == 0
