"""The programs that students use run inside the sandbox; its processes are counted."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import threading
from types import SimpleNamespace

import pytest

from simpsh.base.errors import SimpshError
from simpsh.grade.sandbox.namespace_sandbox import (
    FileVisibility,
    SandboxSession,
    best_sandbox,
    work_in_sandbox,
)
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.kernel.namespaces import become_user
from simpsh.kernel.processes import Limit, set_child_subreaper, setrlimit
from simpsh.process.proc import count_threads
from simpsh.process.worker import in_own_process
from tests.support.needed_programs import is_installed

_MAIN = "printf '#include <stdlib.h>\\nint main(void) { malloc(5); return 3; }\\n' > a.c; "
LINES = {
    "cc": f"{_MAIN} cc a.c -o a; ./a; [ $? = 3 ]",
    "gcc": f"{_MAIN} gcc -O2 -fsanitize=undefined a.c -o a; ./a; [ $? = 3 ]",
    "make": f"{_MAIN} printf 'all: a b\\na b:\\n\\tcc -o $@ a.c\\n' > Makefile; make -s; [ -x b ]",
    "gdb": f"{_MAIN} cc -g a.c -o a; gdb -batch -ex run ./a | grep -q 'exited with code 03'",
    "valgrind": f"{_MAIN} cc -g a.c -o a; valgrind --leak-check=full ./a 2>&1 | grep -q 'lost: 5 '",
    "strace": "strace -f -o out sh -c 'true | cat' && grep -q execve out",
    "python3": "python3 -c 'import asyncio, multiprocessing as m; print(m.Pool(2).map(abs, [1]))'",
    "node": 'node -e \'require("child_process").execSync("echo hi > x")\' && grep -q hi x',
    "go": "printf 'package main\\nfunc main() {}\\n' > a.go; HOME=. go run a.go",
    "perl": "perl -e 'my $p = fork; exit 3 unless $p; waitpid $p, 0; exit($? != 768)'",
    "bash": "mkfifo f; bash -c 'cat f & echo hi > f; wait; exec 3<>f; [ -t 0 ]'; [ $? = 1 ]",
    "mktemp": "mktemp && mktemp -p /dev/shm && mv $(mktemp) b && ln b $(mktemp -d)/c",
    "flock": "flock -n file true",
    "unshare": "! unshare -Ur true",
}


@pytest.mark.needs("cc")
@pytest.mark.timeout(400)
def test_the_tools_of_students_run_and_make_no_namespace():
    def in_sandbox() -> dict[str, str]:
        sandbox = with_user(best_sandbox(SubmissionLimits(300, processes=200), may_be_weak=True))

        def work(inside: SandboxSession) -> None:
            for name, line in LINES.items():
                if is_installed(name):
                    folder = os.path.join(inside.directory, name)
                    os.mkdir(folder)
                    sandbox.give(folder)
                    done = run_in_sandbox(sandbox, ("/bin/sh", "-c", line), folder, 100)
                    problem = "" if done.is_good else f"{done.status} {done.output[-300:]}"
                    inside.send(f"{name}\0{problem}".replace("\n", " / ").encode())

        lines, problem = work_in_sandbox(sandbox, FileVisibility(), work)
        assert not problem, problem
        return dict(line.decode().split("\0", 1) for line in lines)

    try:
        found = in_own_process(in_sandbox, 390)
    except SimpshError as problem:
        pytest.skip(str(problem))
    assert found.keys() >= {name for name in ("bash", "mktemp") if shutil.which(name)}
    failed = {name: problem for name, problem in found.items() if problem}
    assert not failed, failed


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
