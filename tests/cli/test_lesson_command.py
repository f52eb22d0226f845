"""simpsh lesson …: ids, options, files and statuses; each misuse gets one line."""

from __future__ import annotations

import json
import os
import pwd
import re
import signal
import subprocess
import sys

import pytest

from lessons import CORE
from simpsh.cli.command_line import run
from tests.course.lesson_files import PLAIN_CLAIM, run_of, write_lesson
from tests.harness.process import wait_until
from tests.harness.sh import PROJECT, run_command, run_simpsh, simpsh_command


def lesson(*words, given="", directory=None):
    """Run `simpsh lesson words…` and return its outcome."""
    return run_simpsh(
        "lesson",
        *map(str, words),
        cwd=directory or PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        input=given,
    )


@pytest.fixture
def folder(tmp_path):
    write_lesson(tmp_path, "zz-tried", f'Say("A thought."), {run_of(PLAIN_CLAIM)}')
    return tmp_path


def test_alone_it_shows_the_position_and_the_list_has_lessons_of_the_user(folder):
    done = lesson("--path", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(
        rf"^The course: 0 of {len(CORE) + 1} core lessons done, .* left\.$", done.stdout, re.M
    )
    assert re.search(r"^Next: shell-loop, “.*” \(core, \d+ minutes\)\.$", done.stdout, re.M)
    assert re.search(r"^All lessons: .*simpsh lesson list$", done.stdout, re.M)
    assert len(done.stdout.splitlines()) < 10
    done = lesson("list", "--path", folder)
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("The course", "● rule-4-copied", "○ pid-1", "zz-tried"):
        assert words in done.stdout
    (folder / "broken.py").write_text("LESSON = 1 / 0\n")
    done = lesson("list", "--path", folder, "--plain")
    assert done.returncode == 1
    assert "zz-tried: " in done.stdout
    assert done.stderr == (
        f"simpsh: {folder}/broken.py, line 1: ZeroDivisionError: division by zero\n"
    )


def test_a_name_alone_runs_the_lesson_and_no_name_continues(folder, own_state):
    done = lesson("tried", "--path", folder, "--auto", "--plain")
    assert (done.returncode, done.stderr) == (0, "")
    assert "A sentence." in done.stdout
    # `run` continues with the unfinished lesson.
    lesson("zz-tried", "--path", folder)
    done = lesson("run", "--path", folder)
    assert "A thought." in done.stdout
    done = lesson("hang")
    assert (done.returncode, done.stderr) == (
        2,
        "simpsh: hang: several lessons have it in their ids: pipe-hang, hangup\n",
    )
    for word, unit, first in (
        ("exec", "exec and wait", "exec-replaces"),
        ("fork", "fork", "rule-1-both-continue"),
        ("families", "signals and families", "signals-handlers"),
    ):
        done = lesson(word)
        assert done.returncode == 2
        assert done.stderr.startswith(f"simpsh: {word}: name a lesson of the unit {unit}: {first},")


def test_a_lesson_runs_from_its_start_or_from_a_step_by_number_or_by_id(folder):
    for words in (["run", "--auto"], ["show"]):
        done = lesson(words[0], "zz-tried", "--path", folder, "--plain", *words[1:])
        assert (done.returncode, done.stderr) == (0, "")
        for expected in ("A thought.", "it ended with 7", "A sentence."):
            assert expected in done.stdout
    again = run_of(PLAIN_CLAIM).replace("'one'", "'two'")
    write_lesson(folder, "zz-long", f'Say("A thought."), {run_of()}, Say("Another."), {again}')
    for step in ("3", "two"):
        done = lesson("run", "zz-long", "--from", step, "--auto", "--plain", "--path", folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert "A thought." not in done.stdout
        assert "Another." in done.stdout
        assert "it ended with 7" in done.stdout


def test_leaving_at_the_end_of_the_input_saves_the_position_and_shows_how_to_return(folder):
    done = lesson("run", "zz-tried", "--path", folder, given="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "A sentence." not in done.stdout
    command = f"lesson run zz-tried --path {folder}"
    assert f"simpsh {command}" in " ".join(done.stdout.split())
    # Inside simpsh, the suggested command is the built-in, without `simpsh` in front.
    done = run_simpsh("-c", f"{command} </dev/null", env=os.environ)
    assert done.returncode == 0, done.stderr
    assert f" with: {command}" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("run rule-4-copyed", "there is no such lesson; did you mean rule-4-copied?"),
        ("new 1st", "the id of a lesson is lower-case words"),
    ],
)
def test_an_unknown_id_gets_one_line_and_status_2(line, complaint, capfd):
    # Other misuses are in test_help.py.
    assert run(["lesson", *line.split()]) == 2
    output, error = capfd.readouterr()
    assert output == ""
    assert error.startswith(f"simpsh: {line.split()[1]}: {complaint}")


def test_the_status_is_1_if_something_failed(folder):
    write_lesson(folder, "zz-false", run_of(PLAIN_CLAIM.replace("with 7", "with 8")))
    done = lesson("check", "zz-f", "--path", folder)
    assert done.returncode == 1
    assert "FAILED step 1 (one): The parent gets 7: the parent printed" in done.stdout


def test_a_check_is_reported_with_its_evidence(folder):
    # --why shows the evidence for each claim and each refusal.
    done = lesson("check", "zz-tried", "--path", folder, "--why")
    assert (
        "      ✓ step 2 (one): The parent gets 7.\n"
        "          the parent printed “it ended with 7⏎”\n"
    ) in done.stdout
    assert "– refused: “os._exit(0)” in place of “os._exit(7)”\n" in done.stdout
    line = "ok    zz-tried                    1 claim, 1 wrong variant refused"
    assert line in done.stdout
    assert "1 lesson: " in done.stdout


def test_sigchld_that_was_ignored_at_the_start_does_no_harm():
    # A program may leave SIGCHLD ignored: then the statuses of children are lost.
    ignoring = ("sh", "-c", "trap '' CHLD; exec \"$@\"", "sh")
    check = (sys.executable, "-m", "simpsh", "lesson", "check")
    done = run_command((*ignoring, *check, "exec-replaces"), cwd=PROJECT)
    assert " 0 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupted_check_leaves_no_process_and_no_file(folder, tmp_path, number):
    endless = "def endless() -> None:\n    while True:\n        pass\n"
    claim = 'Claim("It returns.", returns, wrong=delete("pass"))'
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write_lesson(folder, "zz-endless", run_of(claim, code="endless"), endless)
    with subprocess.Popen(
        [*simpsh_command(), "lesson", "check", "zz-endless", "zz-tried", "--path", str(folder)],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(temporary)},
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        # A demonstration has its own directory below its worker's.
        wait_until(lambda: list(temporary.glob("*/*/simpsh-lesson-*")), "a demonstration runs")
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == -number
    assert list(temporary.iterdir()) == []


@pytest.fixture
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "simpsh" / "progress.json"


def test_progress_is_exported_and_forgotten(folder, own_state):
    assert lesson("run", "zz-tried", "--path", folder, given="\n" * 20).returncode == 0
    assert json.loads(own_state.read_text())["lessons"]["zz-tried"]["is_done"] is True
    forgotten = lesson("reset", "zz-tried", "--path", folder)
    assert forgotten.stdout == "Forgotten: your progress in zz-tried.\n"
    assert json.loads(own_state.read_text())["lessons"] == {}


GUESS = {
    "lesson": "zombie",
    "step": 2,
    "question": "What is left?",
    "answer": "nothing",
    "is_right": False,
    "why": "=it is dead",
}


def test_answers_are_exported_as_a_table_with_the_name_on_request(folder, own_state):
    own_state.parent.mkdir(parents=True, exist_ok=True)
    own_state.write_text(json.dumps({"format": 1, "lessons": {}, "guesses": [GUESS]}))
    head = "lesson,step,question,choice,right,first_vote,second_vote,why,kind\r\n"
    row = "zombie,2,What is left?,nothing,no,,,'=it is dead,guess\r\n"
    assert exported() == f"{head}{row}"
    name = pwd.getpwuid(os.getuid()).pw_name
    assert exported("--names") == f"name,{head}{name},{row}"
    file = folder / "answers.csv"
    assert exported("-o", file) == ""
    assert file.read_bytes().decode() == f"{head}{row}"
    reported = lesson("report", file)
    assert "nothing – 1 of 1. zombie, step 2: What is left?" in reported.stdout
    file.write_text("precious")
    done = lesson("report", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"simpsh: {file}: it has no column choice; ")
    done = lesson("progress", "export", "-o", f"{file}/x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"simpsh: {file}/x: Not a directory\n"


def exported(*options):
    argv = [*simpsh_command(), "lesson", "progress", "export", *options]
    return run_command(argv, cwd=PROJECT, text=False, check=True).stdout.decode()


def test_a_new_lesson_passes_its_check_and_is_not_overwritten(tmp_path):
    made = lesson("new", "my-first-fork", directory=tmp_path)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("./my_first_fork.py: a small, complete lesson.")
    checked = lesson("check", "my-first-fork", "--path", tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "3 claims, 4 wrong variants refused, 1 question" in checked.stdout
    (tmp_path / "my_first_fork.py").write_text("precious")
    again = lesson("new", "my-first-fork", directory=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert [path.read_text() for path in tmp_path.glob("my*")] == ["precious"]
    done = lesson("new", "my-fork", "--path", tmp_path / "missing")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"simpsh: {tmp_path}/missing/")


def test_a_test_that_was_left_names_the_command_for_the_same_one(tmp_path):
    done = lesson("test", "--seed", "5", "-o", "my result.csv", directory=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith(" lesson test --seed 5 -o 'my result.csv'\n")
    assert not [*tmp_path.iterdir()]
