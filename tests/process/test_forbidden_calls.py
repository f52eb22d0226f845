"""If a system call is forbidden, each part uses another call or reports the cause."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache

import pytest

from simpsh.process.machine_permits import CALLS
from tests.course.lesson_files import GOOD_CLAIM, run_of, write_lesson
from tests.grade.two_children import RIGHT
from tests.harness.sh import PROJECT, run_command
from tests.harness.terminal import Terminal
from tests.support.container_profile import PROFILES
from tests.support.untraceable import refusing

pytestmark = pytest.mark.needs("ptrace")

SIMPSH = [sys.executable, "-P", "-m", "simpsh"]
LINES = r"""/bin/true; echo $(/bin/echo hi) | cat
x=$(head -c 100000 /dev/zero | tr '\0' x); cat <<E | wc -c
$x
E
sleep 0.01 & wait $!; (exec 3>out; echo y >&3); cat <out"""
TYPED = ("/bin/echo o$((1 + 1))k | cat", "sleep 50 &", "kill %1; wait", "exit 3")
PARTS = {
    "prompt": [],
    "script": ["-c", LINES],
    "fork": ["-o", "visible", "-c", LINES],
    "-v": ["-v", "-c", "/bin/true | cat; echo $(/bin/true)"],
    "jobs": ["-c", "set -m; sleep 50 & jobs; kill %1; wait $!; echo $?"],
    "trace": ["trace", "--plain", "/bin/true"],
    "page": ["trace", "-o", "run.html", "/bin/true"],
    "explore": ["explore", "--runs", "1", "/bin/sh", "-c", "/bin/echo a | /bin/cat & wait"],
    "step": ["step", "--schedule", "P0", "/bin/true"],
    "diagnose": ["diagnose", str(os.getpid())],
    "lesson": ["lesson", "check", "zz-tried", "--path", "."],
    "teach": ["lesson", "show", "zz-tried", "--path", ".", "--plain"],
    "exercise": ["lesson", "exercise", "check", "two-children", "mine.py"],
    "grade": ["grade", "--exercise", "two-children", "--quiet", "class"],
    "doctor": ["doctor"],
}
OTHERS = (
    *("eventfd2", "faccessat2", "fadvise64", "flock", "getrandom", "membarrier", "openat2", "rseq"),
    *("set_robust_list", "sysinfo", "timerfd_create", "userfaultfd"),
    *("epoll_ctl", "epoll_wait"),
)
"""Calls that simpsh, Python or the C library makes but does not depend on."""
FAILS_WITH_IT = ("setpgid", "prctl", "socketpair")
"""No container forbids these calls; without them neither jobs nor our helper processes work."""
SWEPT = [f"{call}={error}" for call in (*CALLS, *OTHERS) for error in ("EPERM", "ENOSYS")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with a lesson, a solution, and a class of one."""
    folder = tmp_path_factory.mktemp("place")
    write_lesson(folder, "zz-tried", run_of(GOOD_CLAIM))
    (folder / "class").mkdir()
    for path in (folder / "mine.py", folder / "class" / "ada.py"):
        path.write_text(RIGHT)
    return folder


def outcome(part, before, place):
    """Return the status and both outputs of a part, with numbers and blanks normalized."""
    variables = {**os.environ, "PYTHONPATH": PROJECT, "HOME": str(place), "TERM": "xterm"}
    command = [*before, *SIMPSH, *PARTS[part]]
    shutil.rmtree(place / "results", ignore_errors=True)
    if part == "prompt":
        with Terminal(command, environment=variables, directory=str(place)) as terminal:
            for line in TYPED:
                terminal.wait_prompt()
                terminal.send(f"{line}\r")
            return terminal.wait_exit(), "o2k" if "o2k" in terminal.screen() else "", ""
    done = run_command(command, cwd=place, env=variables, stdin=subprocess.DEVNULL)
    if part == "teach" and "checked: The parent gets 7." in done.stdout:
        # The order of the lines may differ.
        return done.returncode, "checked", done.stderr
    texts = (re.sub(r"[\d.]+", "N", " ".join(it.split())) for it in (done.stdout, done.stderr))
    return done.returncode, *texts


@cache
def free(part, place):
    return outcome(part, [], place)


def verdict(part, calls, place):
    """Return `=` for the same outcome, `told` if the cause is reported, or else the outcome."""
    try:
        status, out, err = outcome(part, refusing(calls), place)
    except AssertionError as problem:
        return f"the prompt: {problem}"
    if "Traceback" not in err and (status, out, err) == free(part, place):
        return "="
    names = re.findall(r"[a-z]\w+", PROFILES.get(calls, calls))
    is_told = any(re.sub(r"\d+", "N", name) in out + err for name in names)
    is_in_answer = not err and (status == 0 or part == "doctor")
    is_told = is_told and (is_in_answer or (err.count("simpsh: ") == 1 and "defect" not in err))
    return "told" if is_told and "Traceback" not in err else f"{status}: {out[-600:]}{err[-600:]}"


@pytest.mark.usual("waitid-fork", "docker-19.03-exercise")
@pytest.mark.long("each part runs without each call")
@pytest.mark.parametrize(
    ("calls", "part"),
    [
        ("waitid", "fork"),
        ("memfd_create,clone3", "script"),
        ("clone3,sched_yield=ENOSYS", "-v"),
        ("epoll_create1", "prompt"),
        ("signalfd4", "trace"),
        ("rt_sigtimedwait", "trace"),
        ("sendmsg=ENOSYS", "explore"),
        ("pidfd_open,pidfd_getfd", "explore"),
        ("sched_setaffinity,sched_getaffinity", "step"),
        ("process_vm_readv=ENOSYS", "lesson"),
        ("docker-19.03", "exercise"),
    ],
)
def test_without_a_call_a_part_does_the_same_or_names_the_refused_call(calls, part, place):
    assert verdict(part, calls, place) in ("=", "told")


def test_a_task_whose_program_is_refused_a_call_is_skipped_with_that_reason(place):
    done = run_command([*refusing("statx"), *SIMPSH, "lesson", "check", "looking"], cwd=place)
    assert (done.returncode, "(statx: a seccomp filter refuses" in done.stdout) == (0, True)


@pytest.mark.long("every part, without every call")
@pytest.mark.parametrize("calls", [*SWEPT, *PROFILES])
def test_no_part_breaks_if_a_call_is_refused(calls, place, capsys):
    seen = {part: verdict(part, calls, place) for part in PARTS}
    cells = (it if it in ("=", "told") else "!" for it in seen.values())
    with capsys.disabled():
        print(f"\n{calls:25}" + "".join(f"{cell:5}" for cell in cells), end=" ")
    wrong = {part: it for part, it in seen.items() if len(it) > 4}
    assert not wrong or calls.partition("=")[0] in FAILS_WITH_IT
