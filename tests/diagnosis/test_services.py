"""Idle services get no symptom and the right first sentence; their hangs are named.

A service whose program is not installed is skipped. `make test-machines ARGS=trixie-services-root`
installs all of them.
"""

import contextlib
import glob
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path

import pytest

from simpsh.diagnosis.answer import diagnose
from simpsh.process.proc import numbers, state
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import descendants, own_children
from tests.diagnosis.diagnosis_texts import text_of
from tests.diagnosis.test_waiting_programs import program
from tests.harness.process import stat_fields
from tests.support.needed_programs import lack

with open(Path(__file__).parent / "services.toml", "rb") as table:
    SERVICES = tomllib.load(table)
PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"
SECONDS = 60
LOOK_SECONDS, QUIET_SECONDS = 0.1, 1.5
"""A service has started if it uses no processor time for this long; some sleep meanwhile."""


ROWS = [
    pytest.param(
        name, marks=[pytest.mark.timeout(it["seconds"] + SECONDS)] if "seconds" in it else []
    )
    for name, it in SERVICES.items()
]


@pytest.mark.usual("python-http", "pool-worker-killed")
@pytest.mark.long("37 services start")
@pytest.mark.parametrize("name", ROWS)
def test_an_idle_service_is_at_rest_and_a_hang_has_its_symptom(name):
    """When nothing works any more, each process gets the answer of its row."""
    case = SERVICES[name]
    with started(case) as output:
        log = lambda: output.read_text("utf8", "replace")  # noqa: E731
        quiet, before = 0, None
        deadline = time.monotonic() + case.get("seconds", SECONDS)
        while quiet < QUIET_SECONDS or missing(case):
            assert time.monotonic() < deadline, f"{missing(case)} not begun, or busy:\n{log()}"
            time.sleep(LOOK_SECONDS)
            now = work_done()
            quiet, before = quiet + LOOK_SECONDS if now and now == before else 0, now
        wrong = disagreements(case)
        assert not wrong, "\n".join([*wrong, log()])


def missing(case):
    """Return the commands of the row that no process executes yet."""
    running = [command(pid) for pid in members()]
    return [key for key in case["processes"] if not any(is_like(key, it) for it in running)]


def work_done():
    """Return the processor time of each process of the service; None if one works."""
    ticks = {}
    for pid in members():
        if "R" in {state(task) for task in numbers(pid, "task")}:
            return None
        if fields := stat_fields(pid):
            ticks[pid] = fields[11:13]
    return ticks


def disagreements(case):
    """Return the answers that differ from the row; ask a process that runs again."""
    answers = []
    for pid in members():
        with contextlib.suppress(ProcessLookupError):
            while (found := diagnose(pid)).verdict == "running":
                pass
            answers.append(found)
    # For an ordinary user, a process of another user may hold the other end, too.
    is_in_doubt = os.geteuid() != 0 and any(found.not_permitted for found in answers)
    wrong = []
    for found in answers:
        if is_in_doubt and found.verdict == "not known":
            continue
        symptoms = case.get("stuck", {}).items()
        symptom = next((it for key, it in symptoms if is_like(key, found.command)), "")
        is_hidden = any(is_like(key, found.command) for key in case.get("hidden", ()))
        expected = ("stuck",) if symptom else ("at rest", *["not known"] * is_hidden)
        if found.verdict not in expected or found.symptom not in symptom.split(" or "):
            wrong.append(f"{found.command!r} ({found.verdict}):\n{text_of(found)}")
    return wrong


def is_like(pattern, text):
    """Return whether a text is a pattern's, in which … matches anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), text, re.DOTALL) is not None


@contextlib.contextmanager
def started(case):
    """Start a service in a directory of its own; yield the file with its output; end it."""
    is_root = os.geteuid() == 0
    if case.get("user") == "root" and not is_root:
        pytest.skip("only root can start it")
    if absent := [program for program in case["programs"] if not is_installed(program)]:
        lack(*absent)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    directory = Path(tempfile.mkdtemp(prefix="simpsh-service-"))
    user = case.get("user", "root") if is_root else None
    as_user = []
    if user not in (None, "root"):
        entry = pwd.getpwnam(user)
        os.chown(directory, entry.pw_uid, entry.pw_gid)
        as_user = ["setpriv", f"--reuid={user}", f"--regid={entry.pw_gid}", "--init-groups"]
    directory.chmod(0o755)
    environment = {"PATH": PATH, "DIR": f"{directory}", "PORT": f"{port}", "LANG": "C.UTF-8"}
    environment["HOME"] = f"{directory}"
    output = Path(f"{directory}.output")
    argv = [*as_user, "sh", "-c", case["start"]]
    with output.open("wb") as file:
        streams = {"stdin": subprocess.DEVNULL, "stdout": file, "stderr": file}
        with program(argv, cwd=directory, env=environment, **streams):
            yield output
    shutil.rmtree(directory)
    output.unlink()


def is_installed(program):
    """Return whether a program, or a file that a pattern names, exists."""
    return bool(glob.glob(program) if "/" in program else shutil.which(program, path=PATH))


def members():
    """Return the processes of the service, without dead ones that this process has to collect."""
    own = {pid for pid in own_children() if state(pid) != "Z"}
    return sorted(own.union(*(descendants(pid, 1000) for pid in own)))
