"""^C and a script: SIGINT goes to the whole group; a script whose child dies of it also dies.

So a program such as an editor can use ^C inside a script, and a script of programs without a
handler ends at once.
"""

import os
import shlex
import signal
from subprocess import PIPE

import pytest

from tests.harness.process import send, started, wait_for_state, wait_until
from tests.harness.sh import both_engines, run, simpsh

pytestmark = pytest.mark.long("each script in both engines")

ROUNDS = "while :; do sleep 0.01; done"


def interrupted(shell, script, directory, *, number=signal.SIGINT, at_rest=False):
    """Run a script in its own group and send the group the signal once `ready` exists.

    With `at_rest`, also wait until the shell itself sleeps.

    Returns:
        The exit status of the shell (minus the signal's number if killed), and its output.
    """
    words = [*shell.argv, "-c", script]
    with started(words, cwd=directory, stdout=PIPE, stderr=PIPE, text=True) as process:
        wait_until(lambda: (directory / "ready").exists(), "the script is ready")
        (directory / "ready").unlink()
        if at_rest:
            wait_for_state(process.pid, "S")
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


LOOP = f"sh -c 'touch ready; {ROUNDS}'"

DYING = {
    "a command": f"{LOOP}; echo never",
    "the last command": LOOP,
    "the last of a pipeline": f"true | {LOOP}; echo never",
    "a subshell": f"({LOOP}; echo never); echo never",
    "a substitution": f"x=$({LOOP}); echo never",
    "a group": f"{{ {LOOP}; echo never; }}; echo never",
    "behind or": f"{LOOP} || echo never",
    "a nested shell of the same kind": f'"$0" -c "{LOOP}; echo never"; echo never',
}


@pytest.mark.usual(
    "a command-fork", "a command-spawn", "a subshell-spawn", "a nested shell of the same kind-fork"
)
@both_engines
@pytest.mark.parametrize("name", DYING)
def test_a_script_whose_child_dies_of_sigint_dies_of_it(shell, name, tmp_path):
    script = DYING[name].replace('"$0"', shlex.join(shell.argv))
    assert interrupted(shell, script, tmp_path) == (-signal.SIGINT, "", "")


@pytest.mark.usual("spawn")
@both_engines
def test_a_script_continues_when_the_child_has_handled_sigint(shell, tmp_path):
    script = f"sh -c 'trap \"exit 3\" INT; touch ready; {ROUNDS}'; echo $?; exit 4"
    assert interrupted(shell, script, tmp_path) == (4, "3\n", "")
    # A trap runs after the command has ended; programs also ignore ignored signals.
    script = f"trap 'echo trapped $?' INT; {LOOP}; echo on; exit 6"
    assert interrupted(shell, script, tmp_path) == (6, "trapped 130\non\n", "")
    script = "trap '' INT; sh -c 'touch ready; sleep 0.3; echo alive'; echo on; exit 7"
    assert interrupted(shell, script, tmp_path) == (7, "alive\non\n", "")
    # A signal only to the child does not end the script.
    outcome = run(shell, "sh -c 'kill -INT $$'; echo $?; exit 5")
    assert (outcome.status, outcome.text, outcome.error) == (5, "130\n", "")


@pytest.mark.usual("fork")
@both_engines
def test_wait_is_interrupted_and_the_background_job_is_not(shell, tmp_path):
    script = (
        "trap 'echo got it' INT; sh -c 'while [ ! -e end ]; do sleep 0.01; done; exit 3' & "
        ": >ready; wait $!; echo $?; : >end; wait $!; echo $?"
    )
    assert interrupted(shell, script, tmp_path, at_rest=True) == (0, "got it\n130\n3\n", "")
    script = "sh -c 'while [ ! -e end ]; do sleep 0.01; done' >f 2>&1 & : >ready; wait; echo never"
    (tmp_path / "end").unlink()
    assert interrupted(shell, script, tmp_path, at_rest=True) == (-signal.SIGINT, "", "")


@both_engines
def test_other_signals_end_a_script_at_once_unless_trapped(shell, tmp_path):
    for number in (signal.SIGTERM, signal.SIGHUP):
        script = f"{LOOP}; echo never"
        assert interrupted(shell, script, tmp_path, number=number)[:2] == (-number, "")
        trapped = f"trap 'echo got it; exit 8' TERM HUP; {LOOP}; echo never"
        assert interrupted(shell, trapped, tmp_path, number=number)[:2] == (8, "got it\n")


@both_engines
def test_a_script_that_reads_or_opens_is_ended_by_sigint(shell, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for script in (": >ready; read x <fifo", "exec 3<>fifo; : >ready; read x <&3"):
        ended = interrupted(shell, f"{script}; echo never", tmp_path, at_rest=True)
        assert ended == (-signal.SIGINT, "", "")
    # SIGINT also ends a script of built-ins.
    (tmp_path / "many").write_text(": >ready\n" + "cd .\n" * 300_000)
    assert interrupted(shell, ". ./many; echo never", tmp_path) == (-signal.SIGINT, "", "")
    trapped = "trap 'echo trapped; exit 5' INT; . ./many; echo never"
    assert interrupted(shell, trapped, tmp_path) == (5, "trapped\n", "")


@both_engines
def test_a_script_that_waits_for_its_next_line_is_ended_by_sigint(shell, tmp_path):
    with started(shell.argv, cwd=tmp_path, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        process.stdin.write(b": >ready\n")
        process.stdin.flush()
        wait_until(lambda: (tmp_path / "ready").exists(), "its first line ran")
        wait_for_state(process.pid, "S")
        send(process.pid, signal.SIGINT)
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("option", ["-m", "+m"])
def test_a_copy_of_an_interactive_shell_resets_what_the_shell_ignored(option):
    script = (
        "trap '' TERM; (trap - TERM; read pid _ </proc/self/stat; kill $pid; echo never); echo $?\n"
    )
    answer = run(simpsh("-i", option), script, form="stdin")
    assert "never" not in answer.text
    assert "143" in answer.text


def test_without_job_control_a_sigint_that_only_a_job_got_runs_no_trap():
    script = "trap 'echo trapped' INT; sh -c 'kill -s INT $$'; echo $?\nkill -s INT $$\n:\n"
    answer = run(simpsh("-i", "+m"), script, form="stdin").text
    assert answer.count("trapped") == 1
    assert answer.index("130") < answer.index("trapped")
