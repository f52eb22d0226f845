"""No submission is refused a resource that another one uses up; at worst a neighbour is not judged.

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

import pytest

from simpsh.base.events import Call, Event, Fork, Reap
from simpsh.grade.sandbox.sandbox import POOLS, JudgeRefused, Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.grade.sandbox.shared_resources import require_enough
from simpsh.kernel.namespaces import become_user
from simpsh.kernel.processes import Limit, set_child_subreaper, setrlimit
from simpsh.process.proc import count_threads
from simpsh.process.worker import in_own_process
from tests.grade.confinement import accepted
from tests.grade.sandbox.graders import ME, ORDINARY, USERS, Grader
from tests.grade.sandbox.hogs import HOGS, POOLED
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.harness.sh import PROJECT
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(300)]


def limits_held() -> dict[str, tuple[int, int]]:
    """Return the limits of a process before and after it got those of a submission."""
    names = [name for name in vars(resource) if name.startswith("RLIMIT_")]
    before = [resource.getrlimit(getattr(resource, name))[1] for name in names]
    SubmissionLimits().hold()
    after = [resource.getrlimit(getattr(resource, name))[1] for name in names]
    return dict(zip(names, zip(before, after, strict=True), strict=True))


def test_a_submission_has_the_documented_limits():
    text = (Path(PROJECT) / "docs/grading.md").read_text(encoding="utf-8")
    found = re.findall(r"`(RLIMIT_\w+)`: ([\d,]+)(?: (KiB|MiB))?", text)
    held, units = in_own_process(limits_held, 20), {"": 1, "KiB": 1 << 10, "MiB": 1 << 20}
    assert len(found) >= 4
    for name, digits, unit in found:
        number, (before, after) = int(digits.replace(",", "")) * units[unit], held[name]
        assert after == (number if before < 0 else min(number, before)), name


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
    assert (POOLS in found["missing"]) == (who == ORDINARY or os.geteuid() != 0)


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


def test_a_program_is_blamed_for_its_own_processes_alone():
    births = [Fork(number, f"P{number}") for number in range(1, 4)]
    refused = Call("fork", errno=errno.EAGAIN)
    require_enough(_events(*births, refused), most=4)
    with pytest.raises(JudgeRefused, match="when it had 4 of 5"):
        require_enough(_events(*births, refused), most=5)
    require_enough(_events(*births, refused), most=5, is_whole=False)
    # The refusal is recorded before a birth that the kernel counted earlier.
    require_enough(_events(*births[:2], refused, births[2]), most=4)
    with pytest.raises(JudgeRefused, match="when it had 3 of 4"):
        require_enough(_events(*births[:2], Reap(1, "P1"), births[2], refused), most=4)
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


def test_the_report_says_if_other_processes_count():
    assert MISSING in Sandbox().missing
    assert MISSING not in Sandbox(has_namespaces=True).missing
    assert MISSING not in with_user(Sandbox(uid=65534)).missing
