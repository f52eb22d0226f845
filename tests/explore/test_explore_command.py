"""`simpsh explore` from the command line: table, verdict, an instructor's set, pictures."""

from __future__ import annotations

import fcntl
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


@pytest.mark.usual
def test_each_output_has_a_row_with_its_schedule_and_the_verdict_is_the_last_line(explore, race):
    status, output, complaints = explore("--runs", "0", race, COLUMNS="400")
    assert (status, complaints) == (0, "")
    *lines, verdict = output.splitlines()
    assert lines == [
        f"{race}: 2 outputs",
        "P0 is the program, P1 its first child, P1.2 the second child of P1.",
        "",
        "   1  “CPE”",
        f'      simpsh step --schedule "P1" {race}',
        "   2  “PCE”",
        f'      simpsh step --schedule "P0" {race}',
        "",
        "Every process ends with status 0.",
    ]
    headline = "EVERY ORDER OF THE MODEL, not checked by a free run (2 outputs, from 2 runs in "
    assert verdict.startswith(headline)
    assert verdict.endswith(
        "): by the rules of explore, no order of the processes gives another output, but no free "
        "run was asked for. Controlled runs led to each. "
        "This assumes that nothing depends on the values of pids and addresses."
    )


def test_free_runs_are_counted_next_to_each_output(explore, race):
    _, output, _ = explore("--runs", "30", race)
    lines = output.splitlines()
    assert lines[2] == "seen here: how often it came in 30 free runs; the kernel chose the order"
    assert lines[4] == "      seen here  output"
    counts = [int(line.split()[1]) for line in lines if line.endswith(("“CPE”", "“PCE”"))]
    assert sum(counts) == 30
    assert all(" of 30" in line for line in lines if "“" in line)


def test_a_long_command_is_cut_at_the_width_and_a_long_output_folded(explore):
    line = f"printf {'0123456789' * 5}"
    for columns, title in ((69, f"'{line}': 1 output"), (40, f"'{line[:27]} …: 1 output")):
        _, output, _ = explore("--runs", "0", line, COLUMNS=str(columns))
        assert output.splitlines()[0] == title
        assert all(len(row) <= columns for row in output.splitlines())


def test_a_line_runs_in_a_copy_that_it_prints_as_its_own_directory(explore, tmp_path):
    line = "pwd > f; pwd; echo a & echo b; wait"
    status, output, _ = explore("--runs", "3", line, COLUMNS="300")
    assert status == 0
    directory = f"{tmp_path}/empty"
    assert f"“{directory}\\na\\nb\\n”" in output
    assert f"“{directory}\\nb\\na\\n”" in output
    assert "Always: f holds “" in output
    assert "simpsh-explored" not in output
    assert "\nCOMPLETE (2 outputs" in output
    assert "NOT COMPLETE" not in output
    assert "--pty" not in output, "on a terminal the set is the same"


def test_above_the_maximum_the_count_and_samples_are_printed(explore, compiled):
    program = compiled("programs/children.c")
    _, output, _ = explore("--runs", "0", "--max", "5", program, "4", COLUMNS="200")
    assert re.search(r" 4: 24 outputs\n[1-5] of them:\n", output)
    assert "Controlled runs led to each." in output


def test_34650_outputs_are_counted_and_samples_are_printed(explore, compiled):
    _, output, _ = explore("--runs", "5", compiled("programs/writers.c"), "3", "4", COLUMNS="200")
    # An output is a choice of places for the four a, then for the four b: 12! / (4! 4! 4!).
    assert re.search(r" 3 4: 34,650 outputs\n[0-9]+ of them:\n", output)
    assert "\nCOMPLETE (34,650 outputs" in output
    assert "To see the order that leads to one of them, name the output:\n" in output
    assert re.search(r"\n\S+ explore --find [abc]{12} \S+ 3 4\n", output)
    assert "--schedule" not in output, "a long table has one line for each row"


@pytest.mark.usual
def test_find_prints_the_order_of_one_output(explore, compiled):
    words = "--runs", "5", "--find", "abccbaabcabc", compiled("programs/writers.c"), "3", "4"
    _, output, _ = explore(*words, COLUMNS="400")
    assert "An order prints “abccbaabcabc”:" in output
    letters = re.findall(r"P[123] writes “([abc])” to the output", output)
    assert "abccbaabcabc".startswith("".join(letters))
    schedule = re.search(r'step --schedule "([^"]+)"', output)
    assert schedule is not None
    [row] = re.findall(r"^ +\d+ .*“.*”$", output, re.MULTILINE)
    assert "“abccbaabcabc”" in row


@pytest.mark.usual
def test_find_proves_that_an_output_cannot_come(explore, compiled):
    words = "--runs", "5", "--find", "abccbaabcabb", compiled("programs/writers.c"), "3", "4"
    _, output, _ = explore(*words, COLUMNS="400")
    assert (
        "“abccbaabcabb” cannot come: no order prints it; "
        "some outputs begin with “abccbaabcab”, but no further.\n"
    ) in output
    assert "\nCOMPLETE (34,650 outputs" in output


def test_find_takes_escapes_and_adds_the_last_line_end(explore):
    line = "echo a & echo b & wait"
    for sought in (r"b\na\n", r"b\na", "b\na\n"):
        _, output, _ = explore("--runs", "0", "--find", sought, line, COLUMNS="300")
        assert r"An order prints “b\na\n”:" in output
    _, output, _ = explore("--runs", "0", "--find", r"a\nc", line, COLUMNS="300")
    assert (
        r"By the rules of explore, no order prints “a\nc”; some outputs begin with “a\n”" in output
    )


def test_find_claims_nothing_about_an_incomplete_set(explore, compiled):
    words = "--runs", "0", "--budget", "0.3", "--find", "x", compiled("programs/children.c"), "9"
    _, output, _ = explore(*words, COLUMNS="300")
    assert "No order that is known prints “x”, but others may: see below.\n" in output


@pytest.mark.usual
def test_an_incomplete_verdict_names_the_reason(explore, compiled):
    words = ("--runs", "0", "--budget", "0.3", compiled("programs/children.c"), "9")
    status, output, _ = explore(*words, COLUMNS="999")
    assert status == 0
    # On a busy machine there may be more reasons.
    assert re.search(
        r"^NOT COMPLETE \(after [^\n]*\n(  – [^\n]*\n)*"
        r"  – the budget of 0\.3 seconds of processor time was used up by \d+ runs? and [\d,]+ "
        r"states, of which [\d,]+ are open; "
        r"try --budget 1\.2, fewer processes, or fewer rounds of loops$",
        output,
        re.MULTILINE,
    )
    assert re.search(r"\nNext: \S+ explore --budget 1\.2 \S*children 9\n$", output)


def test_an_incomplete_verdict_ends_with_the_next_command(explore):
    _, output, _ = explore("--runs", "0", "sh", "-c", "cat /proc/loadavg", COLUMNS="999")
    assert "; give the program what it needs as arguments\n" in output
    assert re.search(r"\nNext: \S+ step sh -c 'cat /proc/loadavg'\n$", output)


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
    reason = f"it measures time by the clock (clock_gettime), at race.c:3; {found['advice'][0]}"
    assert found["reasons"] == [reason]
    location = {"line": "race.c:3", "call": "clock_gettime", "command": ""}
    assert found["places"] == [["measures time by the clock", location]]
    assert (found["open_states"], dict(found["steps"])) == (0, {"race.c:3": 1, "end of main": 1})


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


@pytest.mark.parametrize("line", ["ls -la", "id", "whoami", "find . -name d", "cp d e; cat e"])
def test_a_common_tool_does_not_spoil_the_result(line, explore, tmp_path):
    (tmp_path / "empty" / "d").write_text("x\n")
    _, output, _ = explore("--runs", "2", f"({line}); echo end")
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


@pytest.mark.needs("compiler")
def test_rows_name_the_lines_that_write_the_output(explore, tmp_path):
    main = 'if (!fork()) { write(1, "C", 1); _exit(0); }\nwrite(1, "P", 1);\nwait(0); }\n'
    (tmp_path / "race.c").write_text(
        f"#include <unistd.h>\n#include <sys/wait.h>\nint main(void) {{ {main}"
    )
    _, output, _ = explore("--runs", "0", str(tmp_path / "race.c"))
    assert "\n      P1 race.c:3, P0 race.c:4\n" in output
    assert "\n      P0 race.c:4, P1 race.c:3\n" in output


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


def test_another_directory_can_be_named(race, tmp_path):
    (small := tmp_path / "small").mkdir()
    argv = [*EXPLORE, "--runs", "0", "--dir", str(small), race]
    done = run_command(argv, cwd=tmp_path, env=ENVIRONMENT)
    assert done.returncode == 0
    assert f"simpsh step --dir {small} --schedule" in done.stdout


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
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGINT, "")
    assert re.search(r"NOT COMPLETE [^–]*– \^C ended the search, after \d+ runs?", ended.stdout)
    assert re.search(r"of \d+  “", ended.stdout)


def test_a_fact_that_free_runs_refute_is_not_reported_as_always_true(explore):
    _, output, _ = explore("--runs", "3", "mktemp -u > f")
    assert len(re.findall(r"f holds “/tmp/tmp\.\w+\\n”", output)) > 1
    assert "Always" not in output
    assert "In all that was found, every process ends with status 0." in output


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


BUFFERED = """#include <stdio.h>
#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    int unused;
    printf("start\\n");
    if (fork() == 0) { printf("c\\n"); return 0; }
    printf("p\\n");
    wait(NULL);
}
"""


def test_a_c_file_is_compiled_and_a_note_mentions_terminals(explore, source):
    status, output, complaints = explore("--runs", "0", source(BUFFERED))
    assert status == 0
    assert output.startswith("race.c: 1 output\n")
    assert "“start\\nc\\nstart\\np\\n”" in output
    assert "warning: unused variable" in complaints
    assert "it may have another set of outputs; see --pty." in " ".join(output.split())
    _, output, _ = explore("--runs", "0", "--pty", "race.c")
    assert "race.c: 2 outputs" in output
    assert "another set" not in output


GRANDCHILD = """#include <stdio.h>
#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    for (int i = 0; i < 3; i++) if (fork()) { wait(NULL); return 0; }
    sleep(1);
    printf("%d.", getpid());
}
"""


def test_a_wrong_or_missing_c_file_gets_one_line_and_long_process_names_are_not_cut(
    explore, source
):
    status, output, complaints = explore(source("int main(void) {"))
    assert (status, output) == (1, "")
    assert complaints.endswith("simpsh: race.c: it does not compile\n")
    status, output, complaints = explore("./rcae.c")
    assert (status, output) == (127, "")
    assert complaints == "simpsh: ./rcae.c: No such file or directory; did you mean ./race.c?\n"
    _, output, _ = explore("--pty", "--runs", "0", source(GRANDCHILD))
    assert "“<P1.1.1>.”" in output
    assert "Note: it sleeps, and a process may be delayed for longer" in " ".join(output.split())


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
    argv = [*EXPLORE, "--runs", "3", "--budget", str(60 * patience()), source(READS)]
    report = run_command(argv, cwd=tmp_path / "empty", env=ENVIRONMENT, input="ab").stdout
    outputs = set(re.findall(r"^ +\d+ .*“(.*)”$", report, re.MULTILINE))
    assert {"PaCb", "CaPb", "PbCa", "CbPa", "PCab", "CPab", "PCba", "CPba"} >= outputs
    assert {"PaCb", "CaPb", "PbCa", "CbPa"} <= outputs
    assert "\nCOMPLETE (" in report
    assert "seen here" in report, "there were free runs"
    assumption = "all that its standard input brings is there from the beginning"
    assert assumption in " ".join(report.split())


POLLS = """#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    struct pollfd input = {0, POLLIN, 0};
    char two[2];
    if (fork() == 0) return read(0, two, 2) < 0;
    for (int i = 0; i < 2; i++) {
        poll(&input, 1, 5000);
        printf("%x%d ", input.revents, (int)read(0, two, 2));
    }
    wait(NULL);
}
"""


def test_a_poll_of_the_piped_input_stores_the_same_events_as_the_kernel(source, tmp_path):
    argv = [*EXPLORE, "--json", "--budget", str(60 * patience()), source(POLLS)]
    found = json.loads(
        run_command(argv, cwd=tmp_path / "empty", env=ENVIRONMENT, input="abc").stdout
    )
    outputs = {outcome["output"] for outcome in found["outcomes"]}
    assert outputs == {"111 100 ", "112 100 ", "112 110 ", "112 111 "}
    assert found["is_complete"], found["reasons"]


@pytest.mark.parametrize("before", ["", "if (!child) setpgid(0, 0);", "if (child) return 0;"])
def test_the_terminal_is_read_in_the_foreground_alone(before, source, tmp_path):
    argv = [*EXPLORE, source(READS.replace("read", f"{before} read", 1))]
    ours, theirs = os.openpty()
    with open(ours), open(theirs) as given:
        done = run_command(argv, cwd=tmp_path / "empty", env=ENVIRONMENT, stdin=given)
        report = " ".join(done.stdout.split())
        expected = ["(SIGTTIN)"] if before else [" COMPLETE (", "nothing is typed at its terminal"]
        assert [words for words in expected if words not in report] == []


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


@pytest.mark.usual("<&--e0 0 1 -")
@pytest.mark.parametrize(
    ("redirection", "output"),
    [
        ("<&-", "e0 0 1 -"),
        ("2>&-", "2 0 -1 -"),
        ("<&- 2>&-", "0 0 -1 -"),
        ("<beside", "e3 1 1 b"),
        ("<here", "e3 1 1 h"),
        ("<removed", "e3 1 1 r"),
    ],
)
def test_the_standard_descriptors_are_those_of_the_caller(redirection, output, source, tmp_path):
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


ACCESS = """#include <fcntl.h>
#include <stdio.h>
int main(void) {
    printf("%x\\n", fcntl(0, F_GETFL));
}
"""


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND])
def test_a_device_as_standard_input_is_open_as_outside(flags, device, source, tmp_path):
    argv = [*EXPLORE, "--json", source(ACCESS)]
    with open(os.open(device, flags), "rb", 0) as given:
        native = fcntl.fcntl(given, fcntl.F_GETFL)
        done = run_command(argv, cwd=tmp_path / "empty", env=ENVIRONMENT, stdin=given)
    found = json.loads(done.stdout)
    assert [one["output"] for one in found["outcomes"]] == [f"{native:x}\n"]


@pytest.mark.parametrize("flags", [os.O_RDWR, os.O_RDONLY | os.O_NONBLOCK])
def test_a_pipe_that_cannot_be_recorded_is_replaced(flags, source, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    reader, writer = os.open(tmp_path / "fifo", flags), os.open(tmp_path / "fifo", os.O_RDWR)
    found = []
    with open(reader, "rb", 0) as given, open(writer, "r+b", 0):
        native = fcntl.fcntl(given, fcntl.F_GETFL)
        for command in (source(ACCESS), "cat"):
            argv = [*EXPLORE, "--json", command]
            keywords = {"cwd": tmp_path / "empty", "env": ENVIRONMENT, "stdin": given}
            found.append(json.loads(run_command(argv, **keywords).stdout))
    assert [one["output"] for each in found for one in each["outcomes"]] == [f"{native:x}\n", ""]
    assert any("/dev/null instead" in assumption for assumption in found[1]["assumptions"])


def test_a_pipe_that_the_command_does_not_read_is_not_waited_for(race, tmp_path):
    reader, writer = os.pipe()
    with open(reader), open(writer, "w"):
        argv = [*EXPLORE, "--runs", "0", race]
        assert run_command(argv, cwd=tmp_path, env=ENVIRONMENT, stdin=reader).returncode == 0


def test_a_removed_working_directory_gets_one_line(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f'rmdir "{gone}"; exec "{sys.executable}" -m simpsh explore echo a'
    done = run_command(["sh", "-c", line], cwd=gone, env=ENVIRONMENT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "simpsh: the working directory has been removed; cd to one that is there\n"
    )
