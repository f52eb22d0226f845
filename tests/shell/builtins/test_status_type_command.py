""": times history verbose status type command."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from simpsh.base.wait_status import Exited, Killed, Stopped
from simpsh.shell.builtins.process_resources import minutes
from tests.shell.builtins.builtin_calls import call, shell

PATH = "/usr/bin:/bin"


def test_colon_does_nothing_and_succeeds():
    answer = call(shell(), ":", "-x", "y")
    assert (answer.status, answer.output, answer.error) == (0, "", "")


def test_times_prints_the_shells_and_the_childrens_minutes():
    lines = call(shell(), "times").output.splitlines()
    assert [len(line.split()) for line in lines] == [2, 2]
    assert minutes(125.25) == "2m5.250000s"
    assert call(shell(), "times", "x").status == 0
    assert call(shell(), "times", "-x").status == 2


def test_history_numbers_the_lines():
    state = shell()
    state.history = ["ls", "a\nb", "pwd"]
    assert call(state, "history").output == "    1  ls\n    2  a\n       b\n    3  pwd\n"
    assert call(state, "history", "1").output == "    3  pwd\n"
    assert call(state, "history", "0").output == ""
    assert call(state, "history", "99").status == 0
    assert call(state, "history", "x").status == 2


def test_verbose_sets_the_level_and_tells_it():
    state = shell()
    acting = SimpleNamespace(observe=lambda level: setattr(state, "verbosity", level))
    assert call(state, "verbose", "2", acting=acting).output == ""
    assert state.verbosity == 2
    assert call(state, "verbose").output.startswith("2: ")


@pytest.mark.parametrize("level", ["4", "-1", "x", ""])
def test_verbose_knows_four_levels(level):
    assert call(shell(), "verbose", level).status == 2


def test_status_without_a_wait_says_so():
    assert call(shell(), "status").output.startswith("No process")


def test_status_takes_a_killed_process_apart():
    state = shell()
    state.last_wait, state.last_status = Killed(11, True), 139
    assert (
        call(state, "status").output
        == """\
The last wait stored the status word 0x008b:

    15 14 13 12 11 10  9  8    7   6  5  4  3  2  1  0
  ┌─────────────────────────┬───┬──────────────────────┐
  │  0  0  0  0  0  0  0  0  │ 1 │ 0  0  0  1  0  1  1  │
  └─────────────────────────┴───┴──────────────────────┘
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


@pytest.mark.parametrize("status", [Exited(255), Killed(64), Stopped(20)])
def test_status_fits_into_80_columns(status):
    state = shell()
    state.last_wait = status
    assert max(map(len, call(state, "status").output.splitlines())) <= 80


def test_status_tells_when_the_last_status_is_of_something_else():
    state = shell()
    state.last_wait, state.last_status = Exited(3), 1
    assert "$? is 1 by now" in call(state, "status").output


@pytest.mark.parametrize(
    ("operands", "status", "output"),
    [
        (
            ("time", "cd", ":", "cat"),
            0,
            "time is a shell keyword\ncd is a shell builtin\n"
            ": is a special shell builtin\ncat is /usr/bin/cat\n",
        ),
        # The words of constructs that are left out are keywords, too.
        (("if", "esac"), 0, "if is a shell keyword\nesac is a shell keyword\n"),
        ((), 0, ""),
        (("nosuch", "cd"), 1, "cd is a shell builtin\n"),
    ],
)
def test_type_tells_keywords_builtins_and_programs_apart(operands, status, output):
    answer = call(shell(PATH=PATH), "type", *operands)
    assert (answer.status, answer.output) == (status, output)
    assert ("nosuch: not found" in answer.error) == ("nosuch" in operands)


def test_command_v_names_what_would_run():
    answer = call(shell(PATH=PATH), "command", "-v", "cat", "cd", "{", "nosuch")
    assert (answer.status, answer.output) == (127, "/usr/bin/cat\ncd\n{\n")
    assert call(shell(PATH=PATH), "command", "-v", "if", "for").output == "if\nfor\n"
    assert call(shell(PATH="/nosuch"), "command", "-pv", "cat").output == "/bin/cat\n"


def test_command_V_is_wordy():
    answer = call(shell(PATH=PATH), "command", "-V", "cat", "nosuch")
    assert (answer.status, answer.output) == (127, "cat is /usr/bin/cat\n")
    assert answer.error.endswith("command: nosuch: not found\n")


@pytest.mark.parametrize(
    ("options", "output"),
    [
        *((options, "cd\n") for options in ("-vp", "-pv", "-Vv", "-v -p", "-p -v")),
        *((options, "cd is a shell builtin\n") for options in ("-Vp", "-pV", "-vV", "-V -p")),
    ],
)
def test_command_v_asks_wherever_its_letter_is_and_the_last_counts(options, output):
    assert call(shell(PATH=PATH), "command", *options.split(), "cd").output == output


def test_a_path_that_was_typed_is_shown_as_an_absolute_one():
    answer = call(shell(PATH=PATH), "command", "-v", os.path.relpath("/bin/cat"), "/bin/cat")
    first, second = answer.output.splitlines()
    assert first.startswith("/")
    assert os.path.samefile(first, "/bin/cat")
    assert second == "/bin/cat"


def test_a_program_found_by_a_relative_entry_of_PATH_is_shown_by_its_whole_path(tmp_path):
    (tmp_path / "own").write_text("")
    (tmp_path / "own").chmod(0o755)
    relative = os.path.relpath(tmp_path)
    shown = call(shell(PATH=relative), "command", "-v", "own").output
    assert shown.startswith("/")
    assert os.path.samefile(shown.rstrip("\n"), tmp_path / "own")


def test_command_runs_the_words_that_follow():
    state = shell(PATH=PATH)
    ran = []
    acting = SimpleNamespace(run_program=lambda *asked: ran.append(asked) or 7)
    assert call(state, "command", "--", "cd", "-P", "/", acting=acting).status == 7
    assert call(state, "command", acting=acting).status == 0
    state.variables["PATH"] = "/nosuch"
    call(state, "command", "-p", "cat", "x", acting=acting)
    assert ran == [(["cd", "-P", "/"], None), (["cat", "x"], os.confstr("CS_PATH"))]
