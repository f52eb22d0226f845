"""type and command, history, verbose and status."""

from __future__ import annotations

import os
import re
from types import SimpleNamespace

import pytest

from simpsh.base.wait_status import Continued, Exited, Killed, Stopped
from simpsh.shell.builtins.status_word import draw_status
from tests.harness.sh import SIMPSH, run, run_command, simpsh_command
from tests.shell.builtins.builtin_calls import call, shell

PATH = "/usr/bin:/bin"


def test_type_continues_after_a_missing_name_and_command_takes_its_last_option():
    missing = call(shell(), "type", "nosuch", "cd", "time")
    words = "cd is a shell builtin\ntime is a shell keyword\n"
    assert (missing.status, missing.output) == (1, words)
    assert "type: nosuch: not found" in missing.error
    assert call(shell(PATH="/nosuch"), "command", "-pv", "cat").output == "/bin/cat\n"
    # The last of the letters counts, wherever it occurs.
    for options, output in {
        **dict.fromkeys(("-vp", "-pv", "-Vv", "-v -p", "-p -v"), "cd\n"),
        **dict.fromkeys(("-Vp", "-pV", "-vV", "-V -p"), "cd is a shell builtin\n"),
    }.items():
        assert call(shell(PATH=PATH), "command", *options.split(), "cd").output == output


def test_command_without_words_does_nothing_and_succeeds():
    for words in ((), ("-p",), ("-v",)):
        answer = call(shell(), "command", *words)
        assert (answer.status, answer.output, answer.error) == (0, "", "")


def test_command_gives_the_status_of_a_utility_that_runs_as_a_program():
    script = 'command false; echo "$?"; command true && echo yes'
    done = run_command([*simpsh_command(), "-v", "-c", script])
    assert (done.stdout, done.returncode) == ("1\nyes\n", 0)


def test_words_of_left_out_constructs_mean_nothing():
    for word in ("[[", "coproc", "function", "select"):
        answer = call(shell(PATH=PATH), "command", "-v", word)
        assert (answer.status, answer.output) == (127, "")


def test_a_script_prefers_a_program_of_its_path_to_a_teaching_builtin(tmp_path):
    program = tmp_path / "trace"
    program.write_text('#!/bin/sh\necho "program $1"\n')
    program.chmod(0o755)
    lines = (
        "trace a; (trace b); trace c | cat; x=$(trace d); echo $x; command trace e; "
        "command -v trace; type trace; command -v step"
    )
    (tmp_path / "lines").write_text(lines)
    extra = {"PATH": f"{tmp_path}:{PATH}"}
    for script in (lines, f". {tmp_path}/lines"):
        outcome = run(SIMPSH, script, extra=extra)
        printed = [f"program {letter}" for letter in "abcde"]
        assert outcome.text.splitlines() == [
            *printed, str(program), f"trace is {program}", "step",
        ]  # fmt: skip
    state = shell(PATH=f"{tmp_path}:{PATH}")
    state.has_prompt = True
    assert call(state, "type", "trace").output == "trace is a shell builtin\n"
    state.runs_file = True
    assert call(state, "type", "trace").output == f"trace is {program}\n"


def test_functions_replace_builtins_that_are_not_special():
    names = ("quit", "source", "step", "local", "cd", "disown", "history")
    script = "".join(f"{name}() {{ echo {name}; }}; {name} x; " for name in names)
    assert run(SIMPSH, script).text.split() == [*names]


def test_a_program_is_shown_by_its_whole_path(tmp_path):
    (tmp_path / "own").write_text("")
    (tmp_path / "own").chmod(0o755)
    for name, path in (
        (os.path.relpath(tmp_path / "own"), PATH),
        ("own", os.path.relpath(tmp_path)),
    ):
        shown = call(shell(PATH=path), "command", "-v", name).output
        assert shown.startswith("/")
        assert os.path.samefile(shown.rstrip("\n"), tmp_path / "own")


def test_history_numbers_the_lines():
    state = shell()
    state.history = ["ls", "a\nb", "pwd"]
    assert call(state, "history").output == "    1  ls\n    2  a\n       b\n    3  pwd\n"
    assert call(state, "history", "1").output == "    3  pwd\n"
    assert call(state, "history", "0").output == ""
    assert call(state, "history", "99").status == 0
    assert call(state, "history", "x").status == 2


def test_verbose_turns_narration_on_and_off_and_has_one_level():
    state = shell()
    acting = SimpleNamespace(
        observe=lambda *, is_narrated: setattr(state, "is_narrated", is_narrated)
    )
    for level in ("1", "0"):
        assert call(state, "verbose", level, acting=acting).output == ""
        assert call(state, "verbose").output.startswith(f"{level}: ")
    for level in ("4", "-1", "x", "", "02"):
        assert call(shell(), "verbose", level).status == 2
    for level in ("2", "3"):
        answer = call(shell(), "verbose", level)
        assert answer.status == 2
        assert answer.error == (
            f"verbose: {level}: there is one level; 'timeline --calls' prints the system calls of "
            "the last line, and 'trace LINE' records those of its programs\n"
        )


def test_status_shows_the_bits_of_a_killed_process():
    state = shell()
    assert call(state, "status").output.startswith("No process")
    state.last_wait, state.last_status = Killed(11, True), 139
    assert (
        call(state, "status").output
        == """\
The last wait stored the status word 0x008b:

    15 14 13 12 11 10  9  8    7    6  5  4  3  2  1  0
  ┌─────────────────────────┬────┬──────────────────────┐
  │  0  0  0  0  0  0  0  0 │  1 │  0  0  0  1  0  1  1 │
  └─────────────────────────┴────┴──────────────────────┘
  bits 15–8  high byte      = 0    unused: the process was killed
  bit 7      core flag      = 1    a core was dumped
  bits 6–0   low seven bits = 11   killed by SIGSEGV

  WIFSIGNALED(status) is true
  WTERMSIG(status) = 11 (SIGSEGV)
  WCOREDUMP(status) is true

  In words: abnormal termination: killer signal: 11 (SIGSEGV): core dumped
  In $?:    128 + 11 = 139
"""
    )
    signals = (kind(number) for kind in (Killed, Stopped) for number in range(1, 65))
    cores = (Killed(number, True) for number in range(1, 65))
    for status in (*map(Exited, range(256)), *signals, *cores, Continued()):
        assert max(map(len, draw_status(status, 57).splitlines())) <= 57
        lines = draw_status(status).splitlines()
        edges = [[at for at, char in enumerate(line) if char in "┌┬┐│└┴┘"] for line in lines[1:4]]
        # Each bit number ends above its digit.
        ends = [[at.end() for at in re.finditer("[0-9]+", line)] for line in (lines[0], lines[2])]
        assert edges[0] == edges[1] == edges[2], status
        assert ends[0] == ends[1], status
    state.last_wait, state.last_status = Exited(3), 1
    assert "$? is now 1, which is not made of this status" in call(state, "status").output


@pytest.mark.pty
def test_status_keeps_the_status_and_what_why_explains(start_shell):
    terminal = start_shell("--no-rc")
    terminal.wait_prompt()
    terminal.run("sh -c 'kill -9 $$'")
    terminal.run("status")
    terminal.run("status; echo kept $?")
    terminal.wait("kept 137")
    terminal.run("sh -c 'kill -9 $$'")
    terminal.run("status")
    terminal.run("why")
    terminal.wait("kernel  the wait stored 0x0009")
    terminal.run("nosuch")
    terminal.run("status")
    terminal.run("why")
    terminal.wait("execve")
