"""Sentences of docs/grading.md about the judging of a class that no other test holds to."""

from __future__ import annotations

import errno
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from simpsh.grade.classes.class_judge import failure_words
from tests.grade.confinement import GRADE, accepted
from tests.grade.two_children import RIGHT
from tests.harness.sh import run_command
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test judges a class")]

ONE_BEHAVIOUR = '[points]\n"arguments" = 4\n'
SHELL = """\
import os
while True:
    try:
        words = input("$ ").split()
    except EOFError:
        break
    if words and os.fork() == 0:
        os.execvp(words[0], words[:-1])  # so that the report quotes the drawn words
    elif words:
        os.wait()
"""


def grade(*words: str, cwd: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = run_command([*GRADE, *accepted(), *words], cwd=cwd)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def hand_in(folder: Path, **texts: str) -> None:
    (folder / "submissions").mkdir()
    for name, text in texts.items():
        (folder / "submissions" / f"{name}.py").write_text(text)


@pytest.mark.usual
def test_a_class_has_one_private_seed_which_the_report_names_and_an_option_repeats(tmp_path):
    hand_in(tmp_path, a=SHELL)
    (tmp_path / "one.toml").write_text(ONE_BEHAVIOUR)
    task = ("--assignment", "one.toml")
    first = grade(*task, "submissions", cwd=tmp_path).stdout
    path = tmp_path / "results" / "seed"
    assert path.stat().st_mode & 0o777 == 0o600
    assert f"(questions drawn by --seed {path.read_text().strip()})" in first
    # A later submission is asked the same.
    (tmp_path / "submissions" / "b.py").write_text(SHELL)
    grade(*task, "submissions", cwd=tmp_path)

    def lost(name: str, results: str = "results") -> list[str]:
        (mark,) = json.loads((tmp_path / results / f"{name}.json").read_text())["marks"]
        return [check["instead"] for check in mark["checks"]]

    assert any(lost("a.py"))
    assert lost("a.py") == lost("b.py")
    for seed, results in ((path.read_text().strip(), "repeated"), ("7", "others")):
        grade(*task, "--seed", seed, "-o", results, "submissions", cwd=tmp_path)
    assert lost("a.py", "repeated") == lost("a.py") != lost("a.py", "others")
    done = grade(*task, "--part", "1/2", "-o", "part", "submissions", cwd=tmp_path, status=2)
    assert "give all of them one --seed" in done.stderr


@pytest.mark.parametrize("is_quiet", [False, True])
def test_standard_output_has_only_the_report_and_quiet_omits_the_progress(tmp_path, is_quiet):
    hand_in(tmp_path, a="", b="")
    master, slave = pty.openpty()
    quiet = ("--quiet",) if is_quiet else ()
    words = [*GRADE, *accepted(), "--check", "false", *quiet, "submissions"]
    with os.fdopen(slave, "w") as terminal:
        done = subprocess.run(
            words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=terminal, text=True, check=True
        )
        terminal.write("end")
    shown = os.read(master, 65536).decode()
    os.close(master)
    assert ("2 of 2 done, 0 left; 2 without full marks" in shown) is not is_quiet
    assert done.stdout.splitlines()[0] == "false: 2 submissions"
    assert "done," not in done.stdout


PRINTS = """
kind = "program"
[behaviour.prints]
steps = [{ start = [], output-to = "out" }, { ends = 3, asks = "it ends" }]
"""
EXCESSES = {
    "forks": (
        "import os, time\nwhile True:\n    if os.fork() == 0:\n        time.sleep(100)\n",
        "it made 19 processes, and was refused more",
    ),
    "writes": (
        "with open('f', 'wb', 0) as file:\n    while True:\n        file.write(bytes(1 << 20))\n",
        "it was refused a larger file",
    ),
}


@pytest.mark.usual("exercise")
@pytest.mark.parametrize("task", ["exercise", "assignment"])
def test_a_submission_that_exceeds_a_limit_is_judged_and_its_report_says_so(tmp_path, task):
    hand_in(tmp_path, **{name: text for name, (text, _) in EXCESSES.items()})
    (tmp_path / "task.toml").write_text(PRINTS)
    words = ("--exercise", "two-children") if task == "exercise" else ("--assignment", "task.toml")
    limits = ("--processes", "20", "--file-size", "2", "--format", "json")
    done = grade(*words, *limits, "submissions", cwd=tmp_path)
    found = {one["name"]: one["remarks"] for one in json.loads(done.stdout)["submissions"]}
    for name, (_, remark) in EXCESSES.items():
        assert remark in found[f"{name}.py"]


def test_a_failure_of_an_inner_make_is_the_reason(tmp_path):
    """As in a clone without its submodules."""
    require("cc", "make")
    folder = tmp_path / "submissions" / "a"
    (folder / "library").mkdir(parents=True)
    (folder / "two-children.c").write_text("int main(void) { return 0; }\n")
    (folder / "Makefile").write_text("two-children:\n\t$(MAKE) -C library\n")
    said = grade("--exercise", "two-children", "submissions", cwd=tmp_path).stdout
    assert "it was not built: make[1]: *** No targets specified and no makefile found" in said


def test_a_run_of_an_exercise_ends_after_half_of_the_seconds(tmp_path):
    hand_in(tmp_path, a="while True:\n    pass\n")
    words = ("--exercise", "two-children", "--seconds", "6", "submissions")
    assert "it was ended after 3 seconds" in grade(*words, cwd=tmp_path).stdout


@pytest.mark.usual
def test_of_the_variables_of_the_grader_a_submission_sees_those_that_programs_need(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "x")
    known = {"HOME", "LANG", "LC_ALL", "LSAN_OPTIONS", "PATH", "SIMPSH_PATIENCE"}
    sees = f"import os\nassert not {{*os.environ}} - {known!r}, [*os.environ]\n"
    hand_in(tmp_path, a=sees + RIGHT)
    assert "7/7" in grade("--exercise", "two-children", "submissions", cwd=tmp_path).stdout


def test_an_exercise_that_needs_a_control_group_is_not_tried_in_the_sandbox(tmp_path):
    hand_in(tmp_path, a=RIGHT)
    said = grade("--exercise", "bomb-cgroup", "submissions", cwd=tmp_path).stdout
    assert re.search(r"0/0  a\.py  not tried: cgroup: .* sandbox may make no control group", said)
    assert said.splitlines()[-1].startswith(("none was tried", "not isolated: "))


def test_one_submission_has_its_points_in_json(tmp_path):
    hand_in(tmp_path, a=RIGHT)
    words = "--exercise two-children --format json --table report.json -o results submissions/a.py"
    done = run_command([*GRADE, "one", *accepted(), *words.split()], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    (result,) = json.loads((tmp_path / "report.json").read_text())["submissions"]
    assert (result["points"], result["of"]) == (7, 7)


def test_an_unexplained_failure_of_the_judge_names_its_place():
    with pytest.raises(OSError, match="Invalid") as caught:
        os.pidfd_open(-1)
    place = r"Invalid argument \(test_promises_of_a_class\.py, line \d+\)"
    assert re.fullmatch(place, failure_words(caught.value))
    # The missing file, or what the machine lacks, says enough.
    with pytest.raises(FileNotFoundError) as caught:
        os.stat("/no/file")
    assert failure_words(caught.value) == "/no/file: No such file or directory"
    assert failure_words(OSError(errno.ENOMEM, "")) == "Cannot allocate memory"
