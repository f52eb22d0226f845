"""A class of hostile submissions: right marks, right sentences, nothing outside is changed.

SIMPSH_CLASS=all judges all of them as this user, and as an ordinary user with and without
subordinate ids.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import elftools
import pygments
import pytest

import lessons
import simpsh
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.kernel import landlock
from simpsh.process.own_directory import remove_tree
from tests.grade.confinement import accepted
from tests.grade.sandbox.hostile_class import (
    APART,
    CHECK,
    CHECK_ANSWERS,
    CHECK_SCRIPT,
    FULL,
    LESS,
    MARK,
    NONE,
    PYTHON,
    READABLE,
    SHELL,
    Kind,
    make_class,
)
from tests.grade.sandbox.kernel_attempts import python
from tests.grade.two_children import RIGHT
from tests.harness.sh import PROJECT, run_command
from tests.support.needed_programs import require

IS_LONG = os.environ.get("SIMPSH_CLASS") == "all"
GRADE = ["-B", "-P", "-m", "simpsh", "grade", "-j", "2"]
ORDINARY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
# Bind files with ids for this user over the system's files, in a private mount namespace.
WITH_IDS = ["unshare", "-m", "sh", "-c"]
WITH_IDS += [
    'for one in subuid subgid; do mount --bind "$1" /etc/$one || exit; done; shift; exec "$@"'
]
IDENTITIES = {"this one": [], "ordinary": ORDINARY, "ordinary with ids": ORDINARY}
COMMANDS = {**IDENTITIES, "system's interpreter": []}
pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(900)]


@pytest.fixture
def outside() -> Iterator[Path]:
    """A directory outside /tmp, because /tmp is always hidden."""
    above = "/var/lib" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(dir=above, prefix="simpsh-tests-"))
    folder.chmod(0o755)
    yield folder
    remove_tree(str(folder))


def grader_of(who: str) -> list[str]:
    """Return a command that runs a Python interpreter as this user."""
    if who == "this one":
        return [sys.executable]
    if os.geteuid() != 0:
        pytest.skip("root is needed")
    require("setpriv")
    command = [*COMMANDS[who], "/usr/bin/python3"]
    probe = [*command, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    if subprocess.run(probe, check=False).returncode:
        pytest.skip("no other interpreter")
    if who == "ordinary with ids":
        require("newuidmap")
    return command


def snapshot(*roots: str | Path) -> dict[str, tuple[object, ...]]:
    """Return the kind, mode, owner and text of each file below some folders."""
    found: dict[str, tuple[object, ...]] = {}
    for root in roots:
        for top, folders, files in os.walk(root):
            if len(top) > 2000:
                folders.clear()
                continue
            for name in (*folders, *files):
                path = os.path.join(top, name)
                now = os.lstat(path)
                text = ""
                is_small_file = stat.S_ISREG(now.st_mode) and now.st_size < 1 << 20
                if is_small_file and os.access(path, os.R_OK):
                    text = hashlib.sha256(Path(path).read_bytes()).hexdigest()
                found[path] = (now.st_mode, now.st_uid, now.st_size, text)
    return found


def other_resources() -> dict[str, object]:
    """Return other resources that a submission could have changed."""
    settings = ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname")
    keys = Path("/proc/keys")
    return {
        "settings": [Path(one).read_text() for one in settings],
        "objects": [
            re.findall(r"^ *471[12] ", Path(f"/proc/sysvipc/{kind}").read_text(), re.MULTILINE)
            for kind in ("shm", "sem", "msg")
        ],
        "shm": sorted(one for one in os.listdir("/dev/shm") if re.search("good|hostile", one)),
        "tmp": sorted(one for one in os.listdir("/tmp") if re.search("good|hostile|^f0$", one)),
        # A kernel without /proc/keys has no keys.
        "keys": re.findall("simpsh-hostile", keys.read_text() if keys.exists() else ""),
    }


def listen_in(shared: Path) -> socket.socket:
    """Make a directory that all users may use, with a socket; return the listening socket."""
    shared.mkdir()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(shared / "socket"))
    listening.listen()
    listening.setblocking(False)
    os.mkfifo(shared / "fifo")
    (shared / "locked").touch()
    for path in (shared, *shared.iterdir()):
        path.chmod(0o777)
    return listening


def judged(
    folder: Path, who: str, task: str, *more: str
) -> tuple[list[Kind], dict[str, dict[str, object]], str]:
    """Judge the class of a task; return the submissions, their results and the table."""
    command = grader_of(who)
    catalogue = ExerciseCatalogue()
    home = folder / "home"
    home.mkdir()
    (home / "a_good.py.json").write_text("mine\n")
    words = {
        "RESULTS": str(folder / "results"),
        "SUBMISSIONS": str(folder / "submissions"),
        "HOME": str(home),
        "SHARED": str(folder / "shared"),
        "SOLUTION": catalogue.folder("two-children").solutions[0],
        "SHELL": Path(catalogue.folder("shell-1").file("solution.py")).read_text(),
    }
    kinds = make_class(folder / "submissions", task, words, is_long=IS_LONG)
    (folder / "check.sh").write_text(CHECK_SCRIPT)
    (folder / "expected.txt").write_text(CHECK_ANSWERS)
    (folder / "ids").write_text("65534:200000:65536\n")
    if who != "this one":
        for path in (folder, *folder.iterdir(), *(folder / "submissions").iterdir()):
            os.chown(path, 65534, 65534, follow_symlinks=False)
    task_options = (
        ["--check", "sh check.sh expected.txt"] if task == CHECK else ["--exercise", task]
    )
    packages = packages_in(folder) if who != "this one" else PROJECT
    listening = listen_in(folder / "shared")
    before, other = snapshot(folder), other_resources()
    if who == "ordinary with ids":
        command = [*WITH_IDS, "sh", str(folder / "ids"), *command]
    # No other submission computes endlessly, so give slow programs enough time.
    seconds = "20" if IS_LONG and task == PYTHON else "60"
    argv = [*command, *GRADE, "--seconds", seconds, *more, *task_options, "submissions"]
    environment = os.environ | {"HOME": str(home), "PYTHONPATH": packages}
    with listening:
        done = run_command(argv, cwd=folder, env=environment, timeout=800)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert done.returncode == 0, done.stdout + done.stderr
    assert not any(path.endswith(MARK) for path in _command_lines()), "a process is left"
    after = snapshot(folder)
    results = [path for path in after if path.startswith(f"{folder}/results")]
    assert {path: after.get(path) for path in before} == before
    # The grader itself stores its list of courses there.
    own = (f"{home}/.cache", f"{home}/.local")
    new = {path for path in set(after) - set(before) if not path.startswith(own)}
    assert new <= {*results}
    assert other_resources() == other
    for path in results[1:]:
        assert stat.S_IMODE(os.lstat(path).st_mode) in (0o600, 0o700), path
    found = [json.loads(one.read_text()) for one in (folder / "results").iterdir()]
    assert "\x1b" not in done.stdout
    return kinds, {one["name"]: one for one in found}, done.stdout


def packages_in(folder: Path, *more: ModuleType) -> str:
    """Copy simpsh, the libraries that it imports and other packages; return their folder.

    An ordinary user may be unable to read the directory of the project, such as one of root's.
    """
    for package in (elftools, pygments, simpsh, lessons, *more):
        # A folder without __init__.py is listed once for each entry of sys.path that has it.
        (source,) = {*package.__path__}
        shutil.copytree(source, folder / "packages" / package.__name__)
    return str(folder / "packages")


def _command_lines() -> Iterator[str]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                yield Path(f"/proc/{name}/cmdline").read_text(errors="replace").strip("\0")
            except OSError:
                continue


def mistakes(kinds: list[Kind], found: dict[str, dict[str, object]], who: str) -> list[str]:
    """Return the submissions whose marks or sentences are wrong."""
    wrong = []
    for kind in kinds:
        one = found[kind.name]
        said = json.dumps([one["problem"], one["remarks"], one["marks"]], ensure_ascii=False)
        share = one["points"] / one["of"]
        wanted = kind.points
        if wanted == APART:
            wanted = FULL if who != "ordinary" else kind.points
        if wanted == READABLE:
            wanted = FULL if who == "this one" and os.geteuid() == 0 else NONE
        is_right = {FULL: share == 1, NONE: share < 0.5, LESS: share < 1, APART: share < 1}[wanted]
        if not is_right or not re.search(kind.said, said):
            short = json.dumps([one["problem"], one["remarks"]])
            wrong.append(f"{kind.name!r}: {one['points']}/{one['of']} {short} {said[:600]}")
    return wrong


SMALL = [
    pytest.param(
        *(PYTHON, "this one"),
        marks=pytest.mark.long("fifty submissions, of which some use all that they may use"),
    ),
    (SHELL, "this one"),
    (CHECK, "this one"),
    (CHECK, "ordinary with ids"),
]
ALL = [(task, who) for task in (PYTHON, SHELL, CHECK) for who in IDENTITIES]


@pytest.mark.usual("check-this one")
@pytest.mark.long("fifty submissions try to escape")
@pytest.mark.parametrize(("task", "who"), ALL if IS_LONG else SMALL)
def test_each_submission_gets_its_marks_and_nothing_outside_is_changed(outside, who, task):
    if who == "this one" and os.geteuid() != 0:
        require("newuidmap")
    is_weak = task == CHECK and who == "ordinary"
    more = ("--unconfined",) if is_weak else accepted() if who == "this one" else ()
    kinds, found, table = judged(outside, who, task, *more)
    assert sorted(found) == sorted(kind.name for kind in kinds)
    wrong = mistakes(kinds, found, who)
    assert not wrong, "\n".join(wrong)
    if who == "this one" and os.geteuid() == 0 and not more:
        lacking = {word for result in found.values() for word in result["not_isolated"]}
        assert lacking <= {"memory of all its processes together"}
    if who == "ordinary with ids":
        assert "user" not in table.splitlines()[-1]
    if is_weak:
        assert table.splitlines()[-1].startswith("not isolated: ")


def by_ordinary(folder: Path, *what: str) -> subprocess.CompletedProcess[str]:
    """Judge submissions as an ordinary user, in one more PID namespace."""
    argv = ["unshare", "-pf", "--kill-child", "--mount-proc", *grader_of("ordinary")]
    environment = os.environ | {"HOME": str(folder), "PYTHONPATH": packages_in(folder)}
    os.chown(folder, 65534, 65534)
    if subprocess.run([*argv[:-1], "unshare", "-Upf", "true"], check=False).returncode:
        pytest.skip("no namespaces, or none for ordinary users")
    return run_command([*argv, *GRADE, *what, "submissions"], cwd=folder, env=environment)


def test_a_check_as_the_submissions_user_is_refused(outside):
    (outside / "submissions").mkdir()
    (outside / "submissions" / "right").write_text("#!/bin/sh\ntouch /var/tmp/witness\n")
    done = by_ordinary(outside, "--check", "true")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    for words in ("nothing was run", "the same user", "newuidmap", "--unconfined"):
        assert words in done.stderr
    assert os.listdir(outside / "results") == []


def test_an_ordinary_user_contains_them_and_the_report_names_missing_isolation(outside):
    handed = outside / "submissions"
    (handed / "closed").mkdir(parents=True)
    (handed / "closed" / "secret.txt").touch(mode=0)
    solution = ExerciseCatalogue().folder("two-children").solutions[0]
    kills = "for pid in (os.getppid(), 1, -1):\n    try:\n        os.kill(pid, 9)\n"
    kills += "    except OSError:\n        pass\n"
    reads = f"os.execv(sys.executable, [sys.executable, {solution!r}, *sys.argv[1:]])\n"
    for name, text in {"good": RIGHT, "kills": python(kills), "reads": python(reads)}.items():
        (handed / f"{name}.py").write_text(text)
    done = by_ordinary(outside, "--exercise", "two-children")
    closed, good, killing, reading = done.stdout.splitlines()[2:6]
    sentence = "secret.txt cannot be read: Permission denied"
    assert closed == f" ✗     0/7  closed    {sentence}", done.stdout + done.stderr
    assert good == " ✓     7/7  good.py"
    # Since version 6, Landlock blocks signals to the judge, which has the same user.
    sentence = "it ended the process that watched it"
    if landlock.version() >= 6:
        sentence = "it sent a signal to every process it could reach (kill -1)"
    assert killing == f" ✗     0/7  kills.py  {sentence}"
    assert reading.startswith(" ✗     0/7  reads.py ")
    last = done.stdout.splitlines()[-1]
    assert last.startswith("not isolated: ")
    assert "user" in last
