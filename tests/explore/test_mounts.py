"""A file that a private world shows differently is named, whatever is mounted there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.explore.workplace.private_world import why_not_private
from tests.support.needed_programs import require

ROOT = Path(__file__).parents[2]


def in_mounts(script: str, *, propagation: str = "private") -> str:
    """Run a script in a mount namespace of its own; return its output."""
    if os.geteuid() != 0 or why_not_private():
        pytest.skip(why_not_private() or "root is needed")
    require("unshare")
    words = ["unshare", "-m", "--propagation", propagation, "sh", "-ec", script]
    variables = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        words, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=300, check=False
    )
    assert not done.stderr
    return done.stdout


def reasons_in(script: str, line: str, propagation: str = "private") -> str:
    """Explore a line after a script has mounted something; return the reasons, as one text."""
    explore = f"\"$PYTHON\" -m simpsh explore --runs 0 --budget 20 --json '{line}'"
    found = json.loads(in_mounts(f"{script}; exec 2>&1; {explore}", propagation=propagation))
    return " ".join(found["reasons"])


REFUSED = "changes or signals something outside, which was refused: "
MOUNTED = "mkdir m; mount -t tmpfs tmpfs m; echo inner > m/inner; touch locked; mkfifo fifo"
FIXED = "mount --bind . .; mount -o remount,bind,ro .; cd ."
ROWS = {
    "a directory with a mount": (MOUNTED, "cat m/inner; echo x > new", REFUSED),
    "a FIFO of the outside": (MOUNTED, ": < fifo & :", "something outside, which was refused"),
    "a lock of the outside": (
        MOUNTED,
        "flock locked echo locked",
        "something outside, which was refused",
    ),
    "a read-only directory": (FIXED, "cat f; echo x > new", REFUSED),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_directory_with_mounts_can_only_be_read(row, tmp_path):
    script, line, words = ROWS[row]
    (tmp_path / "f").write_text("two\n")
    propagation = "shared" if row == "a directory with a mount" else "private"
    assert words in reasons_in(f"cd {tmp_path}; {script}", line, propagation)
    assert {each.name for each in tmp_path.iterdir()} <= {"f", "m", "locked", "fifo"}


OUTSIDE = {
    "echo x > {home}/new": REFUSED,
    "mkdir {home}/new": REFUSED,
    "rm {home}/data": REFUSED,
    "cat {home}/data; test -w /etc/passwd; echo x > /tmp/n; rm /tmp/n": "does not show",
    "cat {home}/data; echo x > /tmp/n; rm /tmp/n; echo y > /dev/null": "",
    "cat /run/simpsh-test": "does not show as outside: /run/simpsh-test",
    "echo x > /run/simpsh-dir/new": "does not show as outside: ",
    "ls /run": "does not show as outside: /run",
}


@pytest.mark.parametrize("line", OUTSIDE)
def test_a_change_outside_the_directory_is_refused_and_hidden_files_are_named(line, tmp_path):
    script = (
        "mount -t tmpfs tmpfs /run; touch /run/simpsh-test; mkdir /run/simpsh-dir;"
        f" mount -t tmpfs tmpfs /opt; touch /opt/data; cd {tmp_path}"
    )
    found = reasons_in(script, line.format(home="/opt"))
    assert (not found) == (not OUTSIDE[line])
    assert OUTSIDE[line] in found


TALKS = """
import socket
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
try:
    one.sendto(b"hello", "/opt/service")
except OSError as error:
    print(error.strerror)
"""
SERVES = """
import socket, subprocess, sys
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
one.bind("/opt/service")
one.setblocking(False)
words = [sys.executable, "-m", "simpsh", "explore", "--budget", "20", sys.executable, "-ISc", TALKS]
print(subprocess.run(words, capture_output=True, text=True).stdout)
try:
    print("got", one.recv(9))
except BlockingIOError:
    print("got nothing")
"""


def test_a_socket_of_the_outside_gets_nothing(tmp_path):
    (tmp_path / "serves.py").write_text(f"TALKS = {TALKS!r}\n{SERVES}")
    script = f'mount -t tmpfs tmpfs /opt; cd {tmp_path}; exec "$PYTHON" serves.py'
    found = in_mounts(script)
    assert found.endswith("got nothing\n")
    assert "Connection refused" in found


def test_a_container_that_covers_parts_of_proc_permits_a_user_no_private_world():
    code = (
        "from tests.support.ordinary_user import become_user, import_all;"
        " from simpsh.explore.workplace.private_world import why_not_private;"
        " import_all(); become_user(); print(why_not_private())"
    )
    refused = in_mounts(f'mount -t tmpfs tmpfs /proc/sys/fs; "$PYTHON" -c "{code}"')
    assert refused.startswith("parts of /proc are covered here (/proc/sys/fs")


def test_grade_keeps_its_sandbox_with_mounts_on_files(tmp_path):
    mounts = (
        "for f in hosts hostname; do cp /etc/$f $D/$f; mount --bind $D/$f /etc/$f; done;"
        " mount -o remount,bind,ro /sys;"
    )
    code = (
        "from simpsh.grade.sandbox.namespace_sandbox import best_sandbox;"
        " from simpsh.grade.sandbox.sandbox import SubmissionLimits;"
        " found = best_sandbox(SubmissionLimits());"
        " print(found.has_namespaces, 'sockets of other programs' in found.missing)"
    )
    assert in_mounts(f'D={tmp_path}; {mounts} "$PYTHON" -c "{code}"') == "True False\n"
