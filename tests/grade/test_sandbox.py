"""Whatever a submission does, it is contained and told so; the others' results are as ever.

All of it happens inside one more PID namespace: should the sandbox have a hole, no other process
is hit.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.trace.tracer.traced_run import why_not
from tests.grade.two_children import RIGHT
from tests.support.shells import PROJECT, run_command

SIMPSH = [sys.executable, "-P", "-m", "simpsh", "grade"]
OUTER = ["unshare", "-pf", "--kill-child", "--mount-proc"]


def _is_possible() -> bool:
    if os.geteuid() != 0 or why_not() or not shutil.which("unshare"):
        return False
    return subprocess.run([*OUTER, "true"], capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.skipif(not _is_possible(), reason="root is needed, with namespaces and ptrace"),
    pytest.mark.timeout(150),
]

TOGETHER = "memory of all its processes together"
HOSTILE = {
    "forks": """
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
    "fills": """
for place in (".", "/tmp", os.path.expanduser("~"), "/var/tmp", "/dev/shm"):
    for number in range(30):
        try:
            with open(f"{place}/fill{number}", "wb") as file:
                while True:
                    file.write(b"x" * (1 << 20))
        except OSError:
            pass
""",
    "kills": """
for pid in (os.getppid(), 1, -1):
    try:
        os.kill(pid, 9)
    except OSError:
        pass
""",
    "ignores": """
import signal, time
for number in (1, 2, 3, 15):
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(0.01)
""",
    "daemon": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            pass
    os._exit(0)
""",
    "deepens": """
for _ in range(1500):
    os.mkdir("deeper")
    os.chdir("deeper")
os.mkfifo("fifo")
""",
    "gigabyte": """
for _ in range(1024):
    os.write(1, b"x" * (1 << 20))
""",
    "reads": """
os.execv(sys.executable, [sys.executable, "SOLUTION", *sys.argv[1:]])
""",
    "rewrites": """
for place in ("RESULTS", "SUBMISSIONS"):
    for name in ["a_good.py", "a_good.py.json", "z_good.py.json", "forks.py.json"]:
        try:
            os.makedirs(place, exist_ok=True)
            with open(f"{place}/{name}", "w") as file:
                file.write("{}")
        except OSError:
            pass
""",
    "signals": """
for pid in range(2, 5000):
    if pid != os.getpid():
        try:
            os.kill(pid, 9)
        except OSError:
            pass
""",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The results of all of them, and of two that are good, by name; and where they lie."""
    place = tmp_path_factory.mktemp("class")
    handed = place / "submissions"
    handed.mkdir()
    words = {
        "SOLUTION": ExerciseCatalogue().folder("two-children").solutions[0],
        "RESULTS": str(place / "results"),
        "SUBMISSIONS": str(handed),
    }
    for name, text in {"a_good": RIGHT, **HOSTILE, "z_good": RIGHT}.items():
        for word, meant in words.items():
            text = text.replace(word, meant)
        (handed / f"{name}.py").write_text("import os, sys\n" + text)
    argv = [*OUTER, *SIMPSH, "--exercise", "two-children", "-j", "4", "--seconds", "20"]
    done = run_command([*argv, "submissions"], cwd=place, timeout=140)
    assert done.returncode == 0, done.stderr
    # What takes long tells how far it is.
    assert all(line.startswith("grade: ") for line in done.stderr.splitlines()), done.stderr
    found = {path.name[:-8]: json.loads(path.read_text()) for path in (place / "results").iterdir()}
    return found, done.stdout


@pytest.mark.slow
def test_all_have_a_result_and_nothing_is_kept_together(graded):
    found, table = graded
    assert sorted(found) == sorted(["a_good", *HOSTILE, "z_good"])
    assert {word for one in found.values() for word in one["not_isolated"]} <= {TOGETHER}
    assert table.splitlines()[0].endswith(f": {len(found)} submissions")


@pytest.mark.slow
def test_the_others_have_what_they_deserve(graded):
    found, _ = graded
    assert [found[name]["points"] for name in ("a_good", "z_good")] == [7, 7]
    assert [found[name]["problem"] for name in ("a_good", "z_good")] == ["", ""]


@pytest.mark.slow
def test_who_reads_the_solution_finds_none(graded):
    found, _ = graded
    # Executed, the solution would have got all of them.
    assert found["reads"]["points"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("forks", "and continued to fork when it was refused more"),
        ("fills", "it filled the room that its files have"),
        ("kills", "it sent a signal to every process it could reach (kill -1)"),
        ("ignores", "it was ended after 10 seconds"),
        ("gigabyte", "it printed 1024 MiB"),
        ("signals", "it sent a signal to a process that is not its own, and was refused"),
    ],
)
def test_what_it_did_is_said_in_a_sentence(graded, name, sentence):
    one = graded[0][name]
    said = "; ".join([*one["remarks"], one["problem"]])
    # On a busy machine its time may be over before it has come so far.
    may_be_late = name not in ("kills", "ignores")
    assert sentence in said or (may_be_late and "ended after" in said), said
    assert one["points"] == 0


@pytest.mark.slow
def test_a_daemon_ends_with_its_submission(graded):
    one = graded[0]["daemon"]
    assert one["points"] == 0
    assert one["problem"] == ""


PROBE = """\
import os, socket, sys
known = ("PATH", "HOME", "LC_ALL", "LANG", "LC_CTYPE", "SIMPSH_RUN", "SIMPSH_PATIENCE")
found = [name for name in os.environ if name not in known]
assert not found, f"variables {found}"
assert os.environ.get("SIMPSH_PATIENCE") == "3", "how slow the machine is"
assert 0 not in os.getresuid() and 0 not in os.getgroups(), "root"
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0, "capabilities"
assert int(status["CapBnd"], 16) == 0 or int(status["NoNewPrivs"]) == 1, "new privileges"
assert len([name for name in os.listdir("/proc") if name.isdigit()]) < 6, "neighbours"
assert os.listdir("HIDDEN/submissions") == os.listdir("HIDDEN/results") == [], "the class"
try:
    import simpsh.cli.command_line
    raise SystemExit("the grader itself, which is a shell")
except ImportError:
    pass
assert [name for _, name in socket.if_nameindex()] == ["lo"], "network"
for place in ("/", "/etc", "/var/lib", os.path.dirname(sys.executable)):
    assert not os.access(place, os.W_OK), f"{place} can be written"
with open("mine", "w") as file:
    file.write("fine")
print("nothing")
"""


@pytest.fixture
def elsewhere():
    """A directory that is not below /tmp, where everything is hidden anyway."""
    place = Path(tempfile.mkdtemp(dir="/var/lib", prefix="simpsh-tests-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_inside_there_is_no_neighbour_no_secret_no_network_and_no_root(elsewhere):
    handed = elsewhere / "submissions"
    handed.mkdir()
    (handed / "probe.py").write_text(PROBE.replace("HIDDEN", str(elsewhere)))
    done = run_command(
        [*OUTER, *SIMPSH, "--check", sys.executable, "submissions"],
        cwd=elsewhere,
        env=os.environ | {"SECRET_TOKEN": "x", "SIMPSH_PATIENCE": "3"},
    )
    assert "1/1  probe.py" in done.stdout, done.stdout


MEMORY = """\
import os, signal
children = []
for _ in range(12):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        held = bytearray(120 << 20)
        held[::4096] = b"x" * len(held[::4096])
        signal.pause()
    children.append(pid)
pid, status = os.wait()
for one in children:
    if one != pid:
        os.kill(one, signal.SIGTERM)
raise SystemExit(0 if status == signal.SIGKILL else "no process was stopped")
"""


@pytest.mark.slow
def test_all_processes_together_have_no_more_memory_than_one_may_have(tmp_path):
    handed = tmp_path / "submissions"
    handed.mkdir()
    (handed / "memory.py").write_text(MEMORY)
    check = ["--check", sys.executable, "--memory", "200", "--file-size", "8", "submissions"]
    done = run_command([*OUTER, *SIMPSH, *check], cwd=tmp_path)
    if TOGETHER in done.stdout:
        pytest.skip("no memory controller: the report says so")
    assert "1/1  memory.py" in done.stdout, done.stdout


def test_an_ordinary_user_contains_them_too_and_says_what_is_missing(elsewhere):
    python = "/usr/bin/python3"
    user = ["setpriv", "--reuid", "65534", "--clear-groups"]
    version = [*user, python, "-c", "import pygments, sys; sys.exit(sys.version_info < (3, 11))"]
    namespaces = [*user, "unshare", "-Upf", "true"]
    for command in (version, namespaces):
        if not shutil.which("setpriv") or subprocess.run(command, check=False).returncode:
            pytest.skip("no other interpreter with Pygments, or no namespaces for ordinary users")
    handed = elsewhere / "submissions"
    handed.mkdir()
    solution = ExerciseCatalogue().folder("two-children").solutions[0]
    for name, text in {"good": RIGHT, "kills": HOSTILE["kills"], "reads": HOSTILE["reads"]}.items():
        text = "import os, sys\n" + text.replace("SOLUTION", solution)
        (handed / f"{name}.py").write_text(text)
    os.chown(elsewhere, 65534, 65534)
    grader = [
        python,
        "-B",
        "-P",
        "-m",
        "simpsh",
        "grade",
        "--exercise",
        "two-children",
        "submissions",
    ]
    done = run_command(
        [*OUTER, *user, *grader],
        cwd=elsewhere,
        env=os.environ | {"HOME": str(elsewhere), "PYTHONPATH": PROJECT},
    )
    lines = done.stdout.splitlines()
    assert lines[2:5] == [
        " ✓     7/7  good.py",
        " ✗     0/7  kills.py  it ended the process that watched it",
        lines[4],
    ], done.stdout + done.stderr
    assert lines[4].startswith(" ✗     0/7  reads.py ")
    assert lines[-1].startswith("not isolated: ")
    assert "user" in lines[-1]


def test_a_machine_that_keeps_little_apart_is_refused_before_anything_runs(tmp_path):
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not here")
    (tmp_path / "submissions").mkdir()
    witness = tmp_path / "witness"
    (tmp_path / "submissions" / "good.py").write_text(f"open({str(witness)!r}, 'w')\n{RIGHT}")
    plain = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    argv = [*OUTER, *plain, *SIMPSH, "--exercise", "two-children"]
    done = run_command([*argv, "submissions"], cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "simpsh: grade: nothing was run: this machine does not keep apart " in done.stderr
    for words in ("process ids", "network", "a submission could ", "CAP_SYS_ADMIN", "--unconfined"):
        assert words in done.stderr
    assert not witness.exists()
    assert os.listdir(tmp_path / "results") == []
    done = run_command([*argv, "--unconfined", "submissions"], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("not isolated: ")
    assert "process ids" in last
