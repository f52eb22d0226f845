"""A script on standard input: the shell reads a command at a time, programs read the rest."""

import os
from subprocess import PIPE

import pytest

from tests.harness.process import sh, started, wait_for_state
from tests.harness.sh import SIMPSH, Outcome, both_engines, run, run_command

SCRIPTS = {
    "a program takes the next line": (
        "sh -c 'read x; echo program: $x'\nthis is data\necho shell\n",
        "program: this is data\nshell\n",
    ),
    "a builtin takes the next line": ('read x\nthis is data\necho "[$x]"\n', "[this is data]\n"),
    "a subshell takes two": ("(read x; read y; echo $y-$x)\none\ntwo\necho on\n", "two-one\non\n"),
    "a program takes all": ("cat\necho not run\nnot a command either (\n", None),
    "exec takes all": ("exec cat\necho not run\n", "echo not run\n"),
    "nothing is taken when input is redirected": ("cat </dev/null\necho on\n", "on\n"),
    "the background takes nothing": ("cat & wait\necho on\n", "on\n"),
    "a here-document is the command's": ("cat <<E\ntext\nE\necho on\n", "text\non\n"),
    "a continued command": ("printf '%s,' a \\\nb 'c\nd'\nexit 4\nnever\n", "a,b,c\nd,"),
    "no newline at the end": ("echo on", "on\n"),
    "carriage returns stay": ("printf '[%s]' a\r\n", "[a\r]"),
    "a pipeline takes": ("sh -c 'read x; echo $x' | cat\ndata\necho on\n", "data\non\n"),
    "a substitution takes": ("x=$(sh -c 'read x; echo $x')\ndata\necho \"<$x>\"\n", "<data>\n"),
    "constructs over lines": (
        "if :\nthen x=$(\necho `echo 'a\nb'`\n) |\ncat; fi; read y\ndata\necho $y\n",
        "data\n",
    ),
    "a script that is read": ("printf 'read z\\n' >f; . ./f\ndata\necho $z\n", "data\n"),
}


def through_a_pipe(shell, script):
    """Run a script that arrives through a pipe, all at once."""
    done = run_command(shell.argv, input=script.encode(), text=False)
    return Outcome(done.stdout, done.stderr, done.returncode)


@both_engines
def test_the_rest_is_left_for_programs(shell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for script, output in SCRIPTS.values():
        expected = script.partition("\n")[2] if output is None else output
        status = 4 if "exit 4" in script else 0
        for outcome in (run(shell, script, form="stdin"), through_a_pipe(shell, script)):
            assert (script, outcome.text, outcome.error) == (script, expected, "")
            assert outcome.status == status


@both_engines
def test_the_offset_of_a_shared_file_is_after_the_last_command(shell):
    script = "exit 3\nthe rest\n"
    outcome = run(
        type(shell)("shared", ("/bin/sh", "-c", '"$@"; echo $?; cat', "sh", *shell.argv)),
        script,
        form="stdin",
    )
    assert outcome.text == "3\nthe rest\n"


@both_engines
def test_commands_run_while_the_rest_has_not_been_written(shell):
    """The shell runs complete commands without waiting until the pipe is full or closed."""
    with started(shell.argv, stdin=PIPE, stdout=PIPE, bufsize=0) as process:
        for number in range(3):
            process.stdin.write(f"echo answer {number}\n".encode())
            assert os.read(process.stdout.fileno(), 100) == f"answer {number}\n".encode()
        process.stdin.write(b"exit 5\n")
        assert process.wait(timeout=60) == 5


@pytest.mark.parametrize(
    ("words", "output"),
    [(["-s"], "a\n"), (["-i"], "a\n"), (["-c", "read -r x; printf '%s\\n' \"$x\""], "echo a\n")],
    ids=["-s", "-i", "read"],
)
def test_a_pipe_with_o_nonblock_is_read_to_its_end(words, output):
    """POSIX (XCU sh, STDIN): the shell enables blocking reads."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    with started([*SIMPSH.argv, *words], stdin=read_end, stdout=PIPE, text=True) as process:
        # It tries to read before there is something, and continues to wait.
        wait_for_state(process.pid, "S")
        os.write(write_end, b"echo a\n")
        os.close(write_end)
        assert process.communicate(timeout=60)[0] == output
    assert os.get_blocking(read_end) or "-i" in words
    os.close(read_end)
    assert process.returncode == 0


@both_engines
def test_a_descriptor_that_cannot_be_read_is_one_line_and_2(shell):
    # head limits the output in case the error repeats endlessly.
    words = sh('{ "$@" 2>&1 >/dev/null; echo $?; } | head -n 9', *shell.argv)
    with open(os.devnull, "wb") as sink:
        error, status = run_command(words, stdin=sink).stdout.splitlines()
    assert error.startswith("simpsh: ")
    assert status == "2"


@both_engines
def test_a_new_standard_input_in_the_middle_of_a_script_is_read_as_in_bash(shell):
    script = (
        "exec <<'E'\nprintf 'one '; read x; printf '<%s> ' $x\nword\nprintf two\nE\nprintf no\n"
    )
    outcome = run(shell, script, form="stdin")
    assert (outcome.text, outcome.error, outcome.status) == ("one <word> two", "", 0)
