"""What Tab offers, place by place."""

from __future__ import annotations

import os

import pytest

from simpsh.repl.command_names import ProgramNames
from simpsh.repl.completion import SHOWN, common_prefix, completion
from simpsh.shell.jobs.job_table import ChildProcess, Job
from simpsh.shell.language.syntax_tree import SimpleCommand
from simpsh.shell.state import State


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working directory, and below it `bin`, which is all of PATH."""
    (tmp_path / "here").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def state(folder):
    return State({"PATH": f"{folder}/bin", "HOME": f"{folder}/here", "LONG_NAME": "its value"})


def texts(before, state):
    return [one.text for one in completion(before, state, ProgramNames()).candidates]


def shown(before, state):
    found = completion(before, state, ProgramNames()).candidates
    return [(one.shown, one.description) for one in found]


def completed(before, state):
    """The line after Tab: what is common to all candidates has been typed."""
    found = completion(before, state, ProgramNames())
    return before[: len(before) - found.replaced] + found.common


def _program(folder, name, mode=0o755):
    (folder / "bin" / name).write_text("")
    (folder / "bin" / name).chmod(mode)


def test_a_command_is_a_program_in_path_or_a_builtin(folder, state):
    _program(folder, "umbrella")
    _program(folder, "umlaut", mode=0o644)
    assert texts("um", state) == ["umask", "umbrella"]
    assert shown("umb", state) == [("umbrella", f"{folder}/bin")]


def test_a_directory_of_path_is_read_again_when_it_has_changed(folder, state):
    programs = ProgramNames()
    assert completion("umb", state, programs).candidates == ()
    _program(folder, "umbrella")
    os.utime(folder / "bin", ns=(1, 1))
    assert [one.text for one in completion("umb", state, programs).candidates] == ["umbrella "]


def test_on_an_empty_line_the_builtins_are_offered_with_their_usage(folder, state):
    _program(folder, "umbrella")
    found = dict(shown("", state))
    assert found["umask"].startswith("umask")
    assert "umbrella" not in found


def test_the_only_candidate_is_followed_by_a_blank(folder, state):
    _program(folder, "umbrella")
    assert completed("umb", state) == "umbrella "


def test_a_command_with_a_slash_is_a_program_or_leads_to_one(folder, state):
    _program(folder, "umbrella")
    _program(folder, "umlaut", mode=0o644)
    (folder / "bin" / "umdir").mkdir()
    assert texts("../bin/um", state) == ["umbrella", "umdir/"]


def test_an_argument_is_a_file(folder, state):
    (folder / "here" / "one.txt").write_text("")
    assert completed("cat o", state) == "cat one.txt "


def test_a_directory_ends_in_a_slash_and_no_blank_follows(folder, state):
    (folder / "here" / "sub").mkdir()
    assert completed("ls s", state) == "ls sub/"
    assert completed("ls ../here/s", state) == "ls ../here/sub/"


def test_what_several_files_have_in_common_is_typed(folder, state):
    for name in ("chapter1", "chapter2"):
        (folder / "here" / name).write_text("")
    assert completed("cat c", state) == "cat chapter"
    assert texts("cat c", state) == ["chapter1", "chapter2"]


def test_hidden_files_are_offered_when_asked_for(folder, state):
    for name in (".hidden", "plain"):
        (folder / "here" / name).write_text("")
    assert texts("cat ", state) == ["plain "]
    assert texts("cat .h", state) == [".hidden "]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cat a", r"cat a\ \$b\'c "),
        ('cat "a', 'cat "a \\$b\'c" '),
        ("cat 'a", "cat 'a $b'\\''c' "),
        (r"cat a\ ", r"cat a\ \$b\'c "),
        ('cat "../here/a', 'cat "../here/a \\$b\'c" '),
        ("cat >a", r"cat >a\ \$b\'c "),
    ],
)
def test_a_name_is_quoted_as_the_user_began(folder, state, before, after):
    (folder / "here" / "a $b'c").write_text("")
    assert completed(before, state) == after


def test_bytes_that_are_no_text_are_completed_unchanged(folder, state):
    with open(os.fsencode(folder) + b"/here/caf\xe9", "w"):
        pass
    assert completed("cat c", state) == "cat caf\udce9 "


def test_a_newline_in_a_name_is_put_into_quotes(folder, state):
    (folder / "here" / "two\nlines").write_text("")
    assert completed("cat t", state) == "cat 'two\nlines' "


def test_after_cd_there_are_directories_only(folder, state):
    (folder / "here" / "sub").mkdir()
    (folder / "here" / "sum").write_text("")
    assert texts("cd s", state) == ["sub/"]
    assert texts("cat s", state) == ["sub/", "sum"]


def test_a_file_may_follow_an_equals_sign_or_a_colon(folder, state):
    (folder / "here" / "disk").write_text("")
    assert completed("dd if=d", state) == "dd if=disk "
    assert completed("P=/bin:d", state) == "P=/bin:disk "


def test_tildes_and_variables_lead_to_directories(folder, state):
    (folder / "here" / "sub").mkdir()
    assert completed("ls ~/s", state) == "ls ~/sub/"
    assert completed("ls $HOME/s", state) == "ls $HOME/sub/"
    assert completed('ls "${HOME}/s', state) == 'ls "${HOME}/sub/'


def test_a_user_is_completed_behind_a_tilde(state):
    assert "~root/" in texts("ls ~roo", state)


def test_a_variable_is_completed_behind_a_dollar_sign_with_its_value_beside_it(state):
    assert completed("echo $LONG", state) == "echo $LONG_NAME"
    assert completed('echo "${LONG', state) == 'echo "${LONG_NAME}'
    assert shown("echo a$LONG", state) == [("LONG_NAME", "its value")]


def test_no_variable_is_completed_in_single_quotes(state):
    assert texts("echo '$LONG", state) == []


def test_jobs_are_completed_where_jobs_are_meant(state):
    for pid, text in ((11, "sleep 100"), (12, "cat")):
        job = Job([ChildProcess(pid, text)], pid, text)
        state.jobs.add(job)
        state.jobs.give_number(job)
    assert shown("fg ", state) == [("%1", "Running: sleep 100"), ("%2", "Running: cat")]
    assert texts("kill -s TERM %2", state) == ["%2 "]
    assert texts("wait %", state) == ["%1", "%2"]


def test_signals_are_completed_where_signals_are_meant(state):
    assert texts("kill -s TE", state) == ["TERM "]
    assert texts("kill -s SIGTE", state) == ["SIGTERM "]
    assert shown("kill -TE", state) == [("-TERM", "Terminated")]
    assert texts("trap 'echo x' EX", state) == ["EXIT "]
    assert texts("trap 'echo x' US", state) == ["USR1", "USR2"]


def test_options_of_set_are_completed(state):
    assert texts("set -o no", state) == [
        "noclobber",
        "noexec",
        "noglob",
        "nolog",
        "notify",
        "nounset",
    ]


def test_functions_aliases_and_reserved_words_are_completed(state):
    state.functions["zzfunction"] = SimpleCommand()
    state.aliases["zzalias"] = "ls -l"
    assert shown("zz", state) == [("zzalias", "alias for ls -l"), ("zzfunction", "function")]
    assert ("while", "reserved word") in shown("whil", state)


def test_levels_of_narration_are_completed(state):
    assert texts("verbose ", state) == ["0", "1", "2", "3"]


def test_topics_of_help_are_completed(state):
    assert "pipeline" in [one.strip() for one in texts("help pipe", state)]


def test_names_of_variables_are_completed_behind_export(state):
    assert texts("export LONG", state) == ["LONG_NAME "]


def test_inside_a_substitution_a_command_begins(folder, state):
    _program(folder, "umbrella")
    assert completed("echo $(umb", state) == "echo $(umbrella "


def test_a_directory_that_cannot_be_read_offers_nothing(state):
    assert texts("cat /proc/nonexistent/a", state) == []


def test_of_very_many_files_only_the_first_are_shown(folder, state):
    for number in range(SHOWN + 50):
        (folder / "here" / f"file{number:04}").write_text("")
    assert len(texts("cat f", state)) == SHOWN
    assert completed("cat f", state) == "cat file0"


def test_nothing_in_common_is_nothing():
    assert common_prefix(["a", "b"]) == ""
    assert common_prefix([]) == ""
    assert common_prefix(["same", "same"]) == "same"
