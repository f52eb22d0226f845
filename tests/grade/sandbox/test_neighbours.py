"""What one submission uses up costs its neighbours no mark: at worst they are not judged."""

from __future__ import annotations

import csv
import errno
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simpsh.base.events import Call, Event, Fork, Reap
from simpsh.grade.sandbox.sandbox import JudgeRefused
from simpsh.grade.sandbox.shared_resources import require_enough
from simpsh.process.own_directory import remove_tree
from tests.grade.confinement import accepted
from tests.grade.sandbox.test_hostile_class import grader_of, packages_in
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.harness.sh import run_command
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.timeout(300)]
# Each neighbour begins its work when the hogs have done theirs.
LATER = "import time; time.sleep(2)\n"
HOGS = {
    "processes.py": """
import os, time
try:
    while os.fork():
        pass
except OSError:
    pass
time.sleep(5)
""",
    "disk.py": """
import os, time
number = 0
try:
    while True:
        with open(f"/tmp/{number}", "wb") as file:
            number += 1
            file.write(bytes(16 << 20))
except OSError:
    pass
time.sleep(5)
""",
    "memory.py": """
import os, time
kept = []
try:
    for _ in range(40):
        kept.append(bytearray(os.urandom(1 << 20)) * 8)
except MemoryError:
    pass
time.sleep(5)
""",
    "descriptors.py": """
import os, time
try:
    while True:
        os.pipe()
except OSError:
    pass
time.sleep(5)
""",
}


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that an ordinary user may use, outside /tmp, which is hidden."""
    above = "/var/lib" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(dir=above, prefix="simpsh-tests-"))
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    yield folder
    remove_tree(str(folder))


@pytest.mark.long("hogs use all that they may use")
@pytest.mark.parametrize("who", ["this one", "ordinary"])
def test_hogs_change_no_mark_of_their_neighbours(shared, who):
    command = grader_of(who)
    require("prlimit")
    (shared / "class").mkdir()
    for name, text in {**HOGS, "right.py": LATER + RIGHT, "wrong.py": LATER + ONE_WAIT}.items():
        (shared / "class" / name).write_text(text)
    environment = {**os.environ, "HOME": str(shared)}
    if who == "ordinary":
        # So few that one submission can use them up.
        command = [*command[:-1], "prlimit", "--nproc=60", command[-1]]
        environment["PYTHONPATH"] = packages_in(shared)
    words = ["-B", "-P", "-m", "simpsh", "grade", "-q", "-j", "6", "--exercise", "two-children"]
    argv = [*command, *words, *accepted(), "--format", "csv", "-o", "results", "class"]
    done = run_command(argv, cwd=shared, env=environment)
    rows = csv.DictReader(io.StringIO(done.stdout))
    marks = {row["submission"]: f"{row['points']}/{row['of']}" for row in rows}
    for name, mark in {"right.py": "7/7", "wrong.py": "4/7"}.items():
        if who == "this one" and os.geteuid() == 0:
            # As each has a user of its own, nothing is shared.
            assert marks[name] == mark, done.stderr
        elif name in marks:
            assert marks[name] == mark, done.stderr
        else:
            assert f"{name}: not judged: " in done.stderr
    assert " broke" not in done.stderr
    assert set(marks) & set(HOGS), done.stderr


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
