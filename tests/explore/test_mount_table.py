"""Each kind of mount is shown in a private world, and nothing of it changes outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.explore.workplace.private_world import why_not_private
from tests.explore.mount_rows import NEEDED, ROWS
from tests.support.needed_programs import require

ROOT = Path(__file__).parents[2]
OTHER_THAN_OVERLAY = {
    "a device": {"null": "read-only"},
    "overlay on overlay": {"level1": "copy"},
    "FUSE of another user": {"fuse": "hidden"},
    "special files": {"large": "read-only"},
    "hugetlbfs": {"hugetlbfs": "copy"},
    "vfat": {"vfat": "copy"},
    "a mount over a mount": {"twice": "copy"},
    "below a closed directory": {"closed": "copy"},
    **{kind: {kind: "hidden"} for kind in ("proc", "sysfs", "devpts", "mqueue", "cgroup2")},
}
"""What is not an overlay in each row, besides the row itself, which has a mount in it."""


def in_mounts(script: str, *, propagation: str = "private") -> str:
    """Run a script in a mount namespace of its own; return its output."""
    if os.geteuid() != 0 or why_not_private():
        pytest.skip(why_not_private() or "root is needed")
    require("unshare")
    words = ["unshare", "-m", "--propagation", propagation, "sh", "-ec", script]
    variables = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(
        words, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=300, check=False
    )
    assert not done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["private", "shared"])
def table(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("rows")
    script = f'exec "$PYTHON" -m tests.explore.mount_rows {place}'
    answer = json.loads(in_mounts(script, propagation=request.param))
    assert answer["refused"] == ""
    assert answer["changed"] == []
    assert answer["leaked"] == []
    return answer


@pytest.mark.usual("private-a file", "private-a mount over a mount", "shared-tmpfs")
@pytest.mark.long("each kind of mount in two name spaces")
@pytest.mark.parametrize("name", ROWS)
def test_each_mount_is_shown_and_renewed(name, table):
    if name in NEEDED:
        require(NEEDED[name])
    if name in table["lacking"]:
        pytest.skip(f"{name}: {table['lacking'][name].strip()}")
    seen = table["seen"][name]
    assert seen["before"] == table["outside"][name]
    assert seen["is_renewed"]
    assert seen["pids"] == []
    manners = {path: manner for path, (manner, _) in seen["manners"].items()}
    others = {path: manner for path, manner in manners.items() if manner != "overlay"}
    assert others == {".": "copy", **OTHER_THAN_OVERLAY.get(name, {})}
    is_fixed = name == "read-only" or "read-only" in manners.values()
    is_fixed |= name in ("overlay on overlay", "squashfs", "FUSE of this user, like NFS")
    assert bool(seen["errors"]) == is_fixed


EXPLORED = {
    "cat g & wait": "",
    "echo x >> g; cat f": "changes a file that has several paths",
    "echo x >> large": "can only be read in a private world: ",
    "flock large echo locked": "uses a lock or a FIFO of the outside",
    "cat second/version": "does not show: ",
    "echo x >> log; cat log": "",
}
"""Lines for a directory with mounts in it, and the words of the difference."""


@pytest.mark.parametrize("line", EXPLORED)
def test_a_difference_is_named(line, tmp_path):
    script = (
        f"cd {tmp_path}; echo one > f; echo two > g; mount --bind f g; truncate -s 17M large;"
        f" mkdir second; mount -t proc proc second; exec 2>&1;"
        f" \"$PYTHON\" -m simpsh explore --runs 0 --budget 20 --json '{line}'"
    )
    found = json.loads(in_mounts(script))
    assert (not found["reasons"]) == (not EXPLORED[line])
    assert EXPLORED[line] in " ".join(found["reasons"])
    shown = {each["path"]: each["manner"] for each in found["shown"]}
    assert shown[f"{tmp_path}/second"] == "hidden"
    assert (tmp_path / "g").read_text() == "two\n"


CONTAINER = (
    "mount -t tmpfs tmpfs /proc/sys/fs; for f in hosts hostname; do"
    " cp /etc/$f $D/$f; mount --bind $D/$f /etc/$f; done; mount -o remount,bind,ro /sys;"
)


@pytest.mark.parametrize("masks_proc", [False, True])
def test_a_container_is_understood(masks_proc, tmp_path):
    mounts = CONTAINER if masks_proc else CONTAINER.split(";", 1)[1]
    script = f'D={tmp_path}; {mounts} "$PYTHON" -m simpsh doctor --json || true'
    world = json.loads(in_mounts(script))["private_world"]
    shown = {each["path"]: each["manner"] for each in world["shown"]}
    if masks_proc:
        assert world["refused"].startswith("parts of /proc are covered here (/proc/sys/fs")
        assert shown == {}
    else:
        assert (world["refused"], shown["/etc"]) == ("", "copy")


def test_changes_of_the_root_directory_and_of_a_read_only_one_end_with_the_run(tmp_path):
    name = f"simpsh-test-{os.getpid()}"
    line = f"echo x >> {name}; cat {name}; echo y > /etc/{name} || echo no"
    script = (
        "mount --bind /etc/hosts /etc/hosts; mount --bind /etc /etc; mount -o remount,bind,ro /etc;"
        f" cd /; \"$PYTHON\" -m simpsh explore --runs 0 --budget 20 --json '{line}' 2>/dev/null"
    )
    found = json.loads(in_mounts(f"export PYTHONPATH={ROOT}; {script}"))
    [outcome] = found["outcomes"]
    assert outcome["output"].startswith("x\n")
    assert outcome["output"].endswith("no\n")
    assert not os.path.exists(f"/{name}")


def test_grade_keeps_its_sandbox_with_mounts_on_files(tmp_path):
    code = (
        "from simpsh.grade.sandbox.namespace_sandbox import best_sandbox;"
        " from simpsh.grade.sandbox.sandbox import SubmissionLimits;"
        " found = best_sandbox(SubmissionLimits());"
        " print(found.has_namespaces, 'sockets of other programs' in found.missing)"
    )
    script = f'{CONTAINER.split(";", 1)[1]} "$PYTHON" -c "{code}"'
    assert in_mounts(f"D={tmp_path}; {script}") == "True False\n"


ON_READ_ONLY = {
    ("", "cat small"): "",
    ("", "echo x > new"): "can only be read in a private world: ",
    ("", ": < fifo & :"): "uses a lock or a FIFO of the outside",
    ("sub", "echo x > new; cat new"): "",
}
"""Directories and lines within a large one without a layer, and the words of the difference."""


@pytest.mark.parametrize(("folder", "line"), ON_READ_ONLY)
def test_a_directory_without_a_layer_can_only_be_read(folder, line, tmp_path):
    script = (
        f"cd {tmp_path}; mkdir -p low/sub none one two; mkfifo low/fifo; truncate -s 20M low/big;"
        " echo hi > low/small; mount -t overlay overlay -o lowerdir=low:none one;"
        " mount -t tmpfs tmpfs none; mkdir none/up none/work;"
        " mount -t overlay overlay -o lowerdir=one,upperdir=none/up,workdir=none/work two;"
        f" cd ./two/{folder}; export PYTHONPATH={ROOT};"
        f" \"$PYTHON\" -m simpsh explore --runs 0 --budget 20 --json '{line}'"
    )
    found, words = json.loads(in_mounts(script)), ON_READ_ONLY[folder, line]
    assert (not found["reasons"]) == (not words)
    assert words in " ".join(found["reasons"])
    shown = {each["path"]: each["manner"] for each in found["shown"]}
    assert shown[f"{tmp_path}/two"] == "read-only"
    # The working directory is copied, if it is small.
    assert shown.get(f"{tmp_path}/two/sub") == ("copy" if folder else None)


EXPLORES_BESIDE_FUSE = """
import subprocess, sys
from pathlib import Path
from tests.explore.mount_rows import fuse_of
fuse_of(0)(Path(sys.argv[1]))
words = [sys.executable, "-m", "simpsh", "explore", "--budget", "60", *sys.argv[2:]]
print(subprocess.run(words, cwd=sys.argv[1], capture_output=True, text=True, timeout=100).stdout)
"""


def test_a_mount_whose_server_never_answers_is_not_looked_at(tmp_path):
    (tmp_path / "beside.py").write_text(EXPLORES_BESIDE_FUSE)
    script = f'PYTHONPATH=. exec "$PYTHON" {tmp_path}/beside.py {tmp_path}'
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    assert "\nCOMPLETE (1 output" in in_mounts(f"{script}/first true")
    shown = "".join(in_mounts(f"{script}/second ls fuse").split())
    assert f"aprivateworlddoesnotshow:{tmp_path}/second/fuse" in shown
