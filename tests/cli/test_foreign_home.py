"""If root has another user's home, simpsh uses no file in it, and says so in one line."""

import os
from pathlib import Path

import pytest

from simpsh.course.run.c_compilation import compile_source
from tests.harness.sh import run_command, run_simpsh

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
OTHER = 12345


def plant(home, name, text):
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def give_away(home):
    for path in (home, *home.rglob("*")):
        os.chown(path, OTHER, OTHER)


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "alice"
    for name in (".config/simpsh/rc", ".profile", "env"):
        plant(home, name, "echo PLANTED\n")
    plant(home, ".local/state/simpsh/history", "echo HISTORY\n")
    plant(home, ".local/state/simpsh/progress.json", '{"format": 1, "lessons": {"zombie": {}}}')
    for number in (42, 43):
        name = f".local/state/simpsh/classes/2026-01-01-0000-otter{number}.jsonl"
        plant(home, name, f'{{"do": "class", "word": "otter{number}"}}\n')
    return home


def variables(home):
    return {
        "HOME": f"{home}",
        "ENV": f"{home}/env",
        **dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), ""),
    }


def test_a_session_reads_nothing_and_writes_nothing_there(home, start_shell):
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    give_away(home)
    shell = start_shell("-l", environment=variables(home))
    shell.wait("^>>")
    shell.send("echo second\r")
    shell.wait("^second")
    # Up shows the line of this session; there is no earlier line.
    shell.send("\x1b[A\x1b[A\x1b[A\x15exit\r")
    assert shell.wait_exit() == 0
    assert "PLANTED" not in shell.screen()
    assert "HISTORY" not in shell.screen()
    assert shell.screen().replace("\n  ", " ").count("belongs to another user") == 1
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_files_that_another_user_can_write_to_are_named_one_by_one(home, start_shell):
    (home / ".config/simpsh/rc").chmod(0o666)
    shell = start_shell(environment=variables(home) | {"ENV": "/dev/null"})
    shell.wait("^>>")
    shell.send("exit\r")
    assert shell.wait_exit() == 0
    assert "PLANTED" not in shell.screen()
    named = f"{home}/.config/simpsh/rc: other users can write to it"
    assert "".join(named.split()) in "".join(shell.screen().split())


def test_settings_of_this_user_are_read(home, start_shell):
    shell = start_shell("-l", environment=variables(home))
    shell.wait("^>>")
    assert shell.screen().count("PLANTED") == 3
    shell.send("exit\r")
    assert shell.wait_exit() == 0


@pytest.mark.needs("gcc")
def test_a_planted_compiled_program_is_not_executed(home, monkeypatch, tmp_path):
    for name, value in variables(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = "int main(void) { return 7; }\n"
    mine = Path(compile_source(source))
    assert mine.is_relative_to(home)
    assert Path(compile_source(source)) == mine
    mine.write_text("#!/bin/sh\necho PLANTED\n")
    # A program that another user may have changed is compiled again.
    mine.chmod(0o777)
    assert run_command([compile_source(source)]).returncode == 7
    mine.write_text("#!/bin/sh\necho PLANTED\n")
    give_away(home)
    elsewhere = compile_source(source)
    assert not Path(elsewhere).is_relative_to(home)
    assert run_command([elsewhere]).returncode == 7


def test_lessons_and_reports_use_nothing_of_a_home_of_another_user(home):
    give_away(home)
    for words in (("lesson",), ("lesson", "report", "--class"), ("lesson", "list")):
        done = run_simpsh(*words, variables=variables(home))
        assert done.stderr.count("\n") == 1
        assert "belongs to another user" in done.stderr
        assert "done" not in done.stdout or "0 of" in done.stdout


@pytest.mark.needs("ptrace")
def test_a_record_that_other_users_can_write_to_is_not_continued(home):
    record = plant(home, ".local/state/simpsh/truth.jsonl", "")
    record.chmod(0o666)
    done = run_simpsh("--truth", "-c", "true", variables=variables(home))
    assert "truth.jsonl: other users can write to it" in done.stderr
    assert record.read_text() == ""
