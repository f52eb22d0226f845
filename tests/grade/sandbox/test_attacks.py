"""Each attack of the table earns what it deserves, and changes nothing outside."""

import hashlib
import json
import os
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.kernel import landlock
from tests.grade.confinement import accepted
from tests.grade.sandbox.attacks import (
    ATTACKS,
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
    SPIES,
    Attack,
    make_class,
    python,
)
from tests.grade.sandbox.graders import ME, ORDINARY, USERS, Grader
from tests.grade.two_children import RIGHT

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(900)]


def snapshot(root: Path) -> dict[str, tuple[object, ...]]:
    """Return the kind, mode, owner and text of each file below a folder."""
    found: dict[str, tuple[object, ...]] = {}
    for top, folders, files in os.walk(root):
        if len(top) > 2000:
            folders.clear()
            continue
        for path in (os.path.join(top, name) for name in (*folders, *files)):
            now = os.lstat(path)
            is_small_file = stat.S_ISREG(now.st_mode) and now.st_size < 1 << 20
            text = ""
            if is_small_file and os.access(path, os.R_OK):
                text = hashlib.sha256(Path(path).read_bytes()).hexdigest()
            found[path] = (now.st_mode, now.st_uid, now.st_size, text)
    return found


def machine_state() -> dict[str, object]:
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


def command_lines() -> Iterator[str]:
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            yield Path(f"/proc/{name}/cmdline").read_text(errors="replace").strip("\0")
        except OSError:
            continue


def judge(
    folder: Path, who: str, task: str, *more: str
) -> tuple[list[Attack], dict[str, dict[str, object]], str]:
    """Judge the attacks on a task; return them, their results and the table.

    Fails if anything outside has changed, or a process is left.
    """
    grader = Grader(who, folder)
    (grader.home / "a_good.py.json").write_text("mine\n")
    catalogue = ExerciseCatalogue()
    meant = {
        "RESULTS": f"{folder}/results",
        "SUBMISSIONS": f"{folder}/submissions",
        "SHARED": f"{folder}/shared",
        "HOME": str(grader.home),
        "SOLUTION": catalogue.folder("two-children").file("solution.py"),
        "SHELL": Path(catalogue.folder("shell-1").file("solution.py")).read_text(),
    }
    attacks = make_class(folder / "submissions", task, meant)
    (folder / "check.sh").write_text(CHECK_SCRIPT)
    (folder / "expected.txt").write_text(CHECK_ANSWERS)
    grader.own(folder, *folder.iterdir(), *(folder / "submissions").iterdir())
    asked = ("--check", "sh check.sh expected.txt") if task == CHECK else ("--exercise", task)
    listening = listen_in(folder / "shared")
    before, machine = snapshot(folder), machine_state()
    with listening:
        words = (*more, *asked, "submissions")
        done = grader.grade(*words, timeout=800)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert done.returncode == 0, done.stdout + done.stderr
    assert not any(line.endswith(MARK) for line in command_lines()), "a process is left"
    after = snapshot(folder)
    assert {path: after.get(path) for path in before} == before
    results = [path for path in after if path.startswith(f"{folder}/results")]
    # The grader itself stores its list of courses there.
    own = (f"{grader.home}/.cache", f"{grader.home}/.local")
    assert {path for path in after.keys() - before if not path.startswith(own)} <= {*results}
    assert machine_state() == machine
    for path in results[1:]:
        assert stat.S_IMODE(os.lstat(path).st_mode) in (0o600, 0o700), path
    found = [json.loads(one.read_text()) for one in (folder / "results").glob("*.json")]
    assert "\x1b" not in done.stdout
    return attacks, {one["name"]: one for one in found}, done.stdout


def wrong_marks(attacks: list[Attack], found: dict[str, dict[str, object]], who: str) -> list[str]:
    """Return the attacks whose marks or sentences are wrong."""
    meant = {READABLE: FULL if who == ME and os.geteuid() == 0 else NONE}
    wrong = []
    for attack in attacks:
        one = found[attack.name]
        said = json.dumps([one["problem"], one["remarks"], one["marks"]], ensure_ascii=False)
        share = one["points"] / one["of"]
        earns = meant.get(attack.earns, attack.earns)
        is_right = {FULL: share == 1, NONE: share < 0.5, LESS: share < 1}[earns]
        if not is_right or not re.search(attack.says, said):
            wrong.append(f"{attack.name!r}: {one['points']}/{one['of']} {said[:600]}")
    return wrong


JUDGED = [(PYTHON, ME), (SHELL, ME), *((CHECK, who) for who in USERS)]


@pytest.mark.usual("check-this one")
@pytest.mark.long("fifty submissions try to escape, and some use all that they may use")
@pytest.mark.parametrize(("task", "who"), JUDGED)
def test_each_attack_gets_its_mark_and_changes_nothing_outside(outside, who, task):
    more = accepted() if who == ME else ()
    attacks, found, table = judge(outside, who, task, *more)
    assert sorted(found) == sorted(attack.name for attack in attacks)
    wrong = wrong_marks(attacks, found, who)
    assert not wrong, "\n".join(wrong)
    if who == ME and os.geteuid() == 0 and not more:
        lacking = {word for result in found.values() for word in result["not_isolated"]}
        assert lacking <= {"memory of all its processes together"}
    if who == ORDINARY:
        assert table.splitlines()[-1].startswith("not isolated: ")


@pytest.mark.parametrize("task", ATTACKS)
def test_each_program_of_an_attack_is_python_or_names_its_interpreter(task):
    """An attack with a syntax error would earn nothing, too."""
    for attack in (attack for attacks in ATTACKS[task].values() for attack in attacks):
        is_python = attack.name.endswith(".py") or attack.name in SPIES
        if isinstance(attack.program, str) and is_python and attack.program != "SHELL":
            compile(attack.program, attack.name, "exec")


# In one more PID namespace.
APART_FROM_ALL = ("unshare", "-pf", "--kill-child", "--mount-proc")


def test_an_ordinary_user_contains_them_and_the_report_names_missing_isolation(outside):
    handed = outside / "submissions"
    (handed / "closed").mkdir(parents=True)
    (handed / "closed" / "secret.txt").touch(mode=0)
    solution = ExerciseCatalogue().folder("two-children").file("solution.py")
    kills = "for pid in (os.getppid(), 1, -1):\n    try:\n        os.kill(pid, 9)\n"
    kills += "    except OSError:\n        pass\n"
    reads = f"os.execv(sys.executable, [sys.executable, {solution!r}, *sys.argv[1:]])\n"
    for name, text in {"good": RIGHT, "kills": python(kills), "reads": python(reads)}.items():
        (handed / f"{name}.py").write_text(text)
    grader = Grader(ORDINARY, outside, APART_FROM_ALL)
    grader.own(outside)
    grader.require_namespaces()
    done = grader.grade("--exercise", "two-children", "submissions")
    closed, good, killing, reading = done.stdout.splitlines()[2:6]
    sentence = "secret.txt cannot be read: Permission denied"
    assert closed == f" ✗     0/7  closed    {sentence}", done.stdout + done.stderr
    assert good == " ✓     7/7  good.py"
    # Since version 6, Landlock blocks signals to the judge, which has the same user.
    sentence = "it ended the process that watched it" if landlock.version() < 6 else ""
    assert killing.startswith(f" ✗     0/7  kills.py  {sentence}")
    assert reading.startswith(" ✗     0/7  reads.py ")
    last = done.stdout.splitlines()[-1]
    assert last.startswith("not isolated: ")
    assert "user" in last
