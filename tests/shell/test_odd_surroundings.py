"""The shell in an incomplete environment: closed descriptors, no directory, no terminal.

Each has no effect, or causes one clear line and a status; never a traceback.
"""

import os
import signal
import subprocess

import pytest

from tests.harness.sh import (
    BASH,
    FORK,
    SIMPSH,
    SPAWN,
    both_engines,
    needs_a_full_device,
    run,
    run_cases,
    through_sh,
)

pytestmark = pytest.mark.long("each oddity in each engine and form")

CLOSINGS = [
    "<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-",
]  # fmt: skip


@pytest.mark.usual("<&- >&- 2>&-")
@pytest.mark.parametrize("closing", CLOSINGS)
def test_standard_descriptors_closed_at_start_stay_closed_for_programs(closing):
    # A program writes its descriptors to a file; each line is "number target".
    script = """
    list='for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && echo $n; done'
    sh -c "$list" 3>plain >&3 3>&-; sh -c "$list" 9>nine
    : >empty; x=$(pwd); sh -c : | cat >piped; (pwd) >subshell
    sh -c '[ -e /proc/$$/fd/0 ]; echo $?' >has_stdin 2>stderr
    sh -c '[ -e /proc/$$/fd/2 ]; echo $?' >has_stderr
    exit 3
    """
    shell = (FORK, SPAWN)[CLOSINGS.index(closing) % 2]
    outcome = run(through_sh(shell, f"exec {closing}"), script)
    assert outcome.status == 3
    assert outcome.files["has_stdin"].content == (b"1\n" if "<" in closing else b"0\n")
    assert outcome.files["has_stderr"].content == (b"1\n" if "2>" in closing else b"0\n")
    assert outcome.files["subshell"].content.endswith(b"/work\n")
    assert outcome.files["empty"].content == outcome.files["piped"].content == b""
    assert b"Traceback" not in outcome.stderr


@pytest.mark.usual("fork", "spawn")
@both_engines
def test_a_closed_descriptor_can_neither_be_read_nor_written(shell):
    closed = through_sh(shell, "exec <&- >&-")
    answers = run_cases(
        through_sh(shell, "exec 8<&0 <&-"),
        {"read": "read x", "copy": "cat <&0", "program": "cat", "again": "x=$(cat </dev/null)"},
    )
    assert answers["read"].status != 0
    assert answers["copy"].status == 1
    assert answers["copy"].reason == "0: Bad file descriptor"
    assert (
        answers["program"].error
        == "cat: -: Bad file descriptor\ncat: closing standard input: Bad file descriptor\n"
    )
    assert (answers["again"].status, answers["again"].error) == (0, "")
    outcome = run(closed, "pwd; x=$?; echo text 2>/dev/null; (exit $x)")
    assert outcome.status == 1
    assert outcome.error == "simpsh: line 1: pwd: write error: Bad file descriptor\n"


@pytest.mark.usual("spawn")
@both_engines
def test_a_working_directory_that_was_removed(shell):
    script = "pwd; /bin/echo runs; (echo too); echo x >f; ls *; cd ..; echo $?; cd /; pwd"
    gone = through_sh(shell, "mkdir gone; cd gone; rmdir ../gone")
    outcome = run(gone, script)
    lines = outcome.text.splitlines()
    assert "runs" in lines
    assert "too" in lines
    assert lines[-1] == "/"
    assert outcome.status == 0
    assert b"Traceback" not in outcome.stderr
    assert "f: No such file or directory" in outcome.error


@pytest.mark.usual
def test_a_script_needs_no_variable_of_the_environment():
    for form in ("-c", "file", "stdin"):
        bare = run(through_sh(SIMPSH, 'exec env -i "$@"'), "echo text | cat; exit 5", form=form)
        assert (bare.text, bare.stderr, bare.status) == ("text\n", b"", 5)


@pytest.mark.parametrize(
    "variables",
    [{}, {"TERM": "nosuchterminal", "HOME": "/dev/null"}, {"HOME": "/proc/absent/home"}],
    ids=str,
)
def test_an_interactive_shell_without_a_terminal_or_a_home_reads_plainly(variables):
    done = subprocess.run(
        [*SIMPSH.argv, "-i"], input=b"echo one; exit 6\n", env={"PATH": os.defpath, **variables},
        capture_output=True, timeout=60, start_new_session=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6
    assert done.stdout.endswith(b"one\n")
    assert b"Traceback" not in done.stderr


@pytest.mark.usual
@needs_a_full_device
def test_output_of_simpsh_to_a_full_device_is_one_line_and_not_status_0():
    argv = " ".join(SIMPSH.argv)
    for options in ("--version", "--help", "-c 'pwd'", "-c 'help cd'"):
        full = run(BASH, f"{argv} {options} >/dev/full; echo $?")
        assert (options, full.text, full.error.count("\n")) == (options, "1\n", 1)
        assert full.error.endswith("write error: No space left on device\n")


def to_a_closed_pipe(options):
    """Run simpsh with these options; its standard output is a pipe without a reader."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    words = options.replace("'", "").split(maxsplit=1)
    done = subprocess.run(
        [*SPAWN.argv[:1], *words], stdout=write_end, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(write_end)
    return done.returncode, done.stderr


@pytest.mark.parametrize("options", ["--help", "-c 'help cd'", "lesson list"])
def test_simpsh_dies_quietly_of_a_pipe_that_its_reader_has_closed(options):
    assert to_a_closed_pipe(options) == (-signal.SIGPIPE, b"")


def test_a_script_dies_of_the_signal_of_its_builtin_with_and_without_narration():
    for begin in ("", "verbose 1; "):
        status, error = to_a_closed_pipe(f"-c {begin}echo a; printf END >&2")
        assert (status, b"END" in error) == (-signal.SIGPIPE, False)
        trap = 'trap "printf TRAP >&2" PIPE; '
        status, error = to_a_closed_pipe(f"-c {trap}{begin}echo a; printf END$? >&2")
        assert (status, b"TRAP" in error, b"END1" in error) == (0, True, True)


@pytest.mark.usual
@needs_a_full_device
def test_an_unreadable_error_message_does_not_change_the_status():
    script = "nosuch; echo $?; cd /proc/absent\necho $?\n("
    outcome = run(through_sh(SIMPSH, "exec 2>/dev/full"), script)
    assert (outcome.text, outcome.status) == ("127\n1\n", 2)
