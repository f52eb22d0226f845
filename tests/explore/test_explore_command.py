"""`simpsh explore` from the command line: values; tests/spec/explore.spec has what it prints."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import closing

import pytest

import simpsh
from simpsh.base.patience import patience
from tests.harness.sh import PROJECT, run_command
from tests.harness.terminal import Terminal
from tests.support.needed_programs import require

pytestmark = pytest.mark.long("each test explores a command")

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT)}
EXPLORE = (sys.executable, "-m", "simpsh", "explore")
WITHOUT_NAMESPACES = (
    *(sys.executable, "-c"),
    "import os, sys; from simpsh.kernel import namespaces; namespaces.unshare_users();"
    " open('/proc/sys/user/max_user_namespaces', 'w').write('0');"
    " os.execv(sys.argv[1], sys.argv[1:])",
)
"""Executes its arguments while the kernel refuses further namespaces."""


@pytest.fixture
def explore(tmp_path):
    """Run `simpsh explore` in an empty directory; return its status, output and error output."""
    directory = tmp_path / "empty"
    directory.mkdir()

    def run(*words, **variables):
        # A busy machine uses up the default budget. Short searches take no longer with this one.
        budget = () if "--budget" in words else ("--budget", str(60 * patience()))
        environment = {**ENVIRONMENT, **variables}
        done = run_command([*EXPLORE, *budget, *words], cwd=directory, env=environment)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def race(compiled):
    return compiled("programs/child_parent_end.c")


# -- the table -------------------------------------------------------------------------------------


def test_free_runs_are_counted_next_to_each_output(explore, race):
    _, output, _ = explore("--runs", "30", race)
    lines = output.splitlines()
    counts = [int(line.split()[1]) for line in lines if line.endswith(("“CPE”", "“PCE”"))]
    assert sum(counts) == 30
    assert all(" of 30" in line for line in lines if "“" in line)


@pytest.mark.usual
def test_json_has_outcomes_bytes_and_reasons_as_fields(explore, source):
    main = 'int main(void) { write(1, "\\xff", 1); clock(); }'
    program = f"#include <time.h>\n#include <unistd.h>\n{main}"
    path = source(program)
    status, output, _ = explore("--json", path)
    found = json.loads(output)
    assert (status, found["command"], found["is_complete"]) == (0, [path], False)
    assert [(one["output"], one["statuses"]) for one in found["outcomes"]] == [
        ("\udcff", [["P0", {"code": 0}]])
    ]
    advice = "print no times, and decide nothing by them"
    reason = f"it measures time by the clock (clock_gettime), at race.c:3; {advice}"
    assert found["reasons"] == [reason]


def test_colours_are_for_terminals_and_no_color_is_respected(race, tmp_path):
    argv = [*EXPLORE, "--runs", "5", race]
    for variables, is_coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        terminal = Terminal(argv, environment={**ENVIRONMENT, **variables}, directory=tmp_path)
        try:
            terminal.wait(r"COMPLETE\S* \(2 outputs")
            [row] = [
                n for n, line in enumerate(terminal.screen().splitlines()) if "COMPLETE" in line
            ]
            cell = terminal.cell(row, 0)
            assert (cell.fg != "default") == is_coloured
        finally:
            terminal.close()


def test_questions_of_bash_about_a_terminal_raise_no_flag(tmp_path):
    argv = [*EXPLORE, "--runs", "5", "--budget", "60", "bash", "-c", "echo a & wait"]
    with closing(Terminal(argv, environment=ENVIRONMENT, directory=tmp_path)) as terminal:
        terminal.wait(r"COMPLETE\S* \(")
        assert "NOT COMPLETE" not in terminal.screen()


@pytest.mark.parametrize("line", ["ls -l", "id", "whoami", "find . -name d", "cp d e; cat e"])
def test_a_common_tool_does_not_spoil_the_result(line, explore, tmp_path):
    (tmp_path / "empty" / "d").write_text("x\n")
    _, output, _ = explore("--runs", "5", f"({line}); echo end")
    assert "\nCOMPLETE (1 output" in output


# -- deadlocks, and sets to compare with -----------------------------------------------------------


@pytest.mark.usual
def test_a_deadlock_is_reported_in_words_and_in_python(explore, compiled, tmp_path):
    program = compiled("programs/forgotten_write_end.c")
    _, output, _ = explore("--runs", "0", program)
    words = " ".join(output.split())
    assert "1 “m” deadlock: P0 reads up to 9 bytes from pipe A: pipe A is empty" in words
    assert "P0 itself" in words
    assert "Every process" not in output, "one has not ended"
    [outcome] = simpsh.all_outcomes([program], directory=tmp_path, budget_seconds=60).outcomes
    assert [name for name, _ in outcome.deadlock] == ["P0"]
    assert outcome.statuses == (("P1", simpsh.Exited(0)),)


# -- refusals, and signals -------------------------------------------------------------------------


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_large_directory_is_not_changed(is_refused, compiled, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 10_000_001)
    words = ("--runs", "2", compiled("programs/counter_unlocked.c"))
    argv = [*(WITHOUT_NAMESPACES if is_refused else ()), *EXPLORE, *words]
    done = run_command(argv, cwd=tmp_path, env=ENVIRONMENT)
    if is_refused:
        assert (done.returncode, done.stdout) == (2, "")
        assert "is too large to be copied" in done.stderr
    else:
        assert "COMPLETE (2 outputs" in done.stdout
        assert "counter holds “1”" in done.stdout
        assert "counter holds “2”" in done.stdout
    assert os.listdir(tmp_path) == ["large"]


@pytest.mark.skipif(os.geteuid() != 0, reason="root is needed to mount")
def test_a_program_of_a_copied_directory_runs_if_dev_shm_forbids_programs(compiled, tmp_path):
    shutil.copy(compiled("programs/child_parent_end.c"), tmp_path / "race")
    line = 'mount -t tmpfs -o noexec none /dev/shm && exec "$@"'  # as in a container of Docker
    argv = ["unshare", "--mount", "sh", "-c", line, "sh", *WITHOUT_NAMESPACES, *EXPLORE, "./race"]
    assert "COMPLETE (2 outputs" in run_command(argv, cwd=tmp_path, env=ENVIRONMENT).stdout


def test_a_reader_that_leaves_early_is_no_error(race, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    argv = (*EXPLORE, "--runs", "0", race)
    pipes = {"stdout": writer, "stderr": subprocess.PIPE, "capture_output": False}
    with open(writer, "w"):
        done = run_command(argv, cwd=tmp_path, env=ENVIRONMENT, **pipes)
    assert (done.returncode, done.stderr) == (0, "")


INTERRUPTED = """
import fcntl, os, signal, sys
from simpsh.__main__ import main
left, number = int(sys.argv.pop(1)), getattr(signal, sys.argv.pop(1))
# A byte in it is a signal for this process, also from a namespace where it has no pid.
bell, rope = os.pipe()
fcntl.fcntl(bell, fcntl.F_SETOWN, os.getpid())
fcntl.fcntl(bell, fcntl.F_SETSIG, number)
fcntl.fcntl(bell, fcntl.F_SETFL, os.O_ASYNC)

def count(frame, event, _value):
    global left
    if event == "return" and frame.f_code.co_name == "next_status":
        left -= 1
        if not left:
            os.write(rope, b"!")

sys.setprofile(count)
main()
"""


@pytest.mark.usual("60")
@pytest.mark.parametrize("stops", [9, 13, 18, 21, 60, 402])
def test_a_signal_ends_explore_and_all_its_processes(compiled, stops, tmp_path):
    """The signal arrives after `stops` stops, for example during a fork or an exit."""
    program = compiled("programs/children.c")
    argv = [sys.executable, "-c", INTERRUPTED, str(stops)]
    words = ("explore", "--budget", "600", program, "9")
    ended = run_command([*argv, "SIGTERM", *words], cwd=tmp_path, env=ENVIRONMENT)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGTERM, "", "")
    ended = run_command([*argv, "SIGINT", *words], cwd=tmp_path, env=ENVIRONMENT)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


# -- from Python -----------------------------------------------------------------------------------


def test_all_outcomes_returns_the_set_and_ignores_the_callers_children(race, tmp_path):
    child = subprocess.Popen(["/bin/sh", "-c", "exit 7"])
    found = simpsh.all_outcomes([race], directory=tmp_path, budget_seconds=60)
    assert found.has_every_order
    assert found.texts == {"CPE", "PCE"}
    assert found.deadlocks == ()
    assert child.wait() == 7
    with pytest.raises(simpsh.SimpshError, match="nothing"):
        simpsh.all_outcomes(["./nothing", "x"], directory=tmp_path)


# -- first contact ---------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path):
    require("cc")
    path = tmp_path / "empty" / "race.c"

    def write(text):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return "race.c"

    return write


READS = """#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    char one = '?';
    pid_t child = fork();
    read(0, &one, 1);
    write(1, child ? "P" : "C", 1);
    write(1, &one, 1);
    if (child) wait(NULL);
}
"""


@pytest.mark.usual
def test_every_run_reads_the_bytes_of_a_pipe(source, tmp_path):
    argv = [*EXPLORE, "--why", "--runs", "5", "--budget", str(60 * patience()), source(READS)]
    report = run_command(argv, cwd=tmp_path / "empty", env=ENVIRONMENT, input="ab").stdout
    outputs = set(re.findall(r"^ +\d+ .*“(.*)”$", report, re.MULTILINE))
    assert {"PaCb", "CaPb", "PbCa", "CbPa", "PCab", "CPab", "PCba", "CPba"} >= outputs
    assert {"PaCb", "CaPb", "PbCa", "CbPa"} <= outputs
    assert "\nCOMPLETE (" in report
    assert "in 5 free runs" in report
    assumption = "all that its standard input brings is there from the beginning"
    assert assumption in " ".join(report.split())


def test_dev_null_replaces_a_terminal(source, tmp_path):
    argv = [*EXPLORE, "--why", source(READS)]
    ours, theirs = os.openpty()
    with open(ours), open(theirs) as given:
        done = run_command(argv, cwd=tmp_path / "empty", env=ENVIRONMENT, stdin=given)
    report = " ".join(done.stdout.split())
    assert " COMPLETE (" in report
    assert "its standard input is /dev/null instead of the present one" in report


DESCRIPTORS = """#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    char one = '-';
    int first = open("/dev/null", O_RDONLY), count = read(0, &one, 1);
    int errors = write(2, "e", 1);
    printf("%d %d %d %c\\n", first, count, errors, one);
}
"""


@pytest.mark.parametrize(
    ("redirection", "output"),
    [("<beside", "e3 1 1 b"), ("<here", "e3 1 1 h"), ("<removed", "e3 1 1 r")],
)
def test_the_standard_descriptors_come_from_the_caller(redirection, output, source, tmp_path):
    path = tmp_path / "empty" / source(DESCRIPTORS)
    for file in (path.parent / "here", tmp_path / "beside", path.parent / "removed"):
        file.write_text(file.name)
    line = f'exec "$@" {redirection.replace("beside", "../beside")}'
    if "removed" in line:
        line = f"exec <removed; rm removed; {line.removesuffix('<removed')}"
    argv = ["sh", "-c", line, "sh", *EXPLORE, "--json", path]
    found = json.loads(
        run_command(argv, cwd=path.parent, env=ENVIRONMENT, stdin=subprocess.DEVNULL).stdout
    )
    assert [one["output"] for one in found["outcomes"]] == [f"{output}\n"]
    assert found["is_complete"]


@pytest.mark.parametrize("flags", [os.O_RDWR, os.O_RDONLY | os.O_NONBLOCK])
def test_a_pipe_that_cannot_be_recorded_is_replaced(flags, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    reader, writer = os.open(tmp_path / "fifo", flags), os.open(tmp_path / "fifo", os.O_RDWR)
    with open(reader, "rb", 0) as given, open(writer, "r+b", 0):
        argv = [*EXPLORE, "--json", "cat"]
        done = run_command(argv, cwd=tmp_path, env=ENVIRONMENT, stdin=given)
    found = json.loads(done.stdout)
    assert [one["output"] for one in found["outcomes"]] == [""]
    assert any("/dev/null instead" in assumption for assumption in found["assumptions"])


def test_a_pipe_that_the_command_does_not_read_is_not_waited_for(race, tmp_path):
    reader, writer = os.pipe()
    with open(reader), open(writer, "w"):
        argv = [*EXPLORE, "--runs", "0", race]
        assert run_command(argv, cwd=tmp_path, env=ENVIRONMENT, stdin=reader).returncode == 0
