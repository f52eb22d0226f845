"""A class is judged: each submission once, with its result in every form."""

import errno
import json
import os
import re
import signal
import stat
from pathlib import Path

import pytest

from simpsh.base.wait_status import Exited
from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.classes import class_judge
from simpsh.grade.classes.class_judge import ClassAssignment, ClassRun, failure_words
from simpsh.grade.classes.class_tasks import CommandTask, ExerciseTask
from simpsh.grade.classes.submissions import Submission, SubmissionRefused, content_of, copy_into
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.reports.class_results import Result, load
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox
from simpsh.grade.sandbox.sandboxed_command import CommandEnd
from simpsh.process.worker import in_own_process
from tests.grade.confinement import grade
from tests.grade.two_children import IN_C, ONE_WAIT, RIGHT
from tests.support.needed_programs import require

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test judges a class")]


def hand_in(folder: Path, **texts: str) -> Path:
    folder.mkdir()
    for name, text in texts.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


EXERCISE = ("--exercise", "two-children")


RIGHT_ONES = ["alice.py", "bob.c", "carol", "frank", "grace", "heidi"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A class with right programs in Python, in C and in folders, and a wrong one."""
    require("cc", "make")
    folder = tmp_path_factory.mktemp("class")
    handed = hand_in(folder / "submissions", alice__py=RIGHT, bob__c=IN_C, dave__py=ONE_WAIT)
    # A folder with another program, one with a Makefile, and an unchanged start program.
    hand_in(handed / "carol", notes__py="not the program\n")
    (handed / "carol" / "two-children.py").write_text(RIGHT)
    hand_in(
        handed / "frank",
        number__c="#include <stdlib.h>\nint number(char *a) { return atoi(a); }\n",
        Makefile="two-children: two-children.c number.c\n\tcc -w -o $@ $^\n",
    )
    changed = "int number(char *);\n" + IN_C.replace("atoi(", "number(")
    (handed / "frank" / "two-children.c").write_text(changed)
    (handed / "grace").mkdir()
    (handed / "grace" / "two-children.c").write_text(IN_C)
    os.utime(handed / "grace" / "two-children.c", (1, 1))
    start = ExerciseCatalogue().folder("two-children").starts["py"]
    (handed / "grace" / "two-children.py").write_text(start)
    # Its children execute a program that only the default target builds.
    hand_in(
        handed / "heidi",
        code__c="#include <stdlib.h>\nint main(int c, char **v) { return atoi(v[c - 1]); }\n",
        Makefile="two-children: two-children.c\n\tcc -w -o $@ $<\n\nall: two-children code\n"
        ".DEFAULT_GOAL = all\n",
    )
    child = 'exit(execl(strcat(dirname(words[0]), "/code"), "code", words[i], (char *)0))'
    assert "exit(atoi(words[i]))" in IN_C
    text = "#include <libgen.h>\n#include <string.h>\n" + IN_C
    (handed / "heidi" / "two-children.c").write_text(text.replace("exit(atoi(words[i]))", child))
    done = grade(*EXERCISE, "submissions", cwd=folder)
    return folder, done.stdout


@pytest.mark.usual
def test_each_right_program_gets_all_points(judged):
    rows = [row.split()[1:3] for row in judged[1].splitlines()[2:9]]
    points = dict.fromkeys(RIGHT_ONES, "7/7") | {"dave.py": "4/7"}
    assert {name: point for point, name in rows} == points


def test_a_submission_with_a_result_is_not_judged_again(judged):
    folder, before = judged
    results = folder / "results"
    names = {path.name for path in results.iterdir()} - {"published"}
    assert names == {f"{name}.json" for name in (*RIGHT_ONES, "dave.py")}
    assert results.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in results.glob("*.json")} == {0o600}
    assert "What to look at" in json.loads((results / "dave.py.json").read_text())["feedback"]
    (results / "bob.c.json").unlink()
    inodes = {path.name: path.stat().st_ino for path in results.glob("*.json")}
    assert grade(*EXERCISE, "submissions", cwd=folder).stdout == before
    after = {path.name: path.stat().st_ino for path in results.glob("*.json")}
    assert {name: after[name] for name in inodes} == inodes
    assert "bob.c.json" in after


def test_a_result_of_other_contents_is_no_mark_after_a_failure_of_the_judge(tmp_path, monkeypatch):
    path = hand_in(tmp_path / "submissions", dave__py="print(1)") / "dave.py"
    results = tmp_path / "results"
    assignment = ClassAssignment(CommandTask("true"), Sandbox())

    def judged(text: str, *, fails: str = "") -> dict[str, str]:
        path.write_text(text)

        def judge(_assignment: object, submission: Submission, key: str) -> Result:
            if fails:
                raise JudgeRefused(fails)
            return Result(submission.name, key, "a task", ())

        def read(*_: object) -> str:
            raise JudgeRefused(fails)

        monkeypatch.setattr(class_judge, "judge_one", judge)
        with monkeypatch.context() as patch:
            if fails == "reading":
                patch.setattr(class_judge, "content_of", read)
            run = ClassRun(assignment, str(results))
            run.run([Submission("dave.py", str(path))], 1, lambda: None)
        return run.failed

    def keys() -> list[str]:
        return [load(str(path)).key for path in results.glob("[!.]*.json")]

    for fails in ("judging", "reading"):
        assert judged("print(1)") == {}
        [first] = keys()
        # The result of the first contents is removed, and no report takes it for a mark.
        assert fails in judged("print(2)", fails=fails)["dave.py"]
        assert keys() == []
        assert judged("print(2)") == {}
        assert keys() != [first]
        assert [each.name for each in results.iterdir()] == ["dave.py.json"]


@pytest.mark.timeout(30)
def test_a_result_larger_than_the_buffer_of_a_channel_is_received(tmp_path, monkeypatch):
    large = "x" * (4 << 20)

    def judge(_: ClassAssignment, submission: Submission, key: str) -> Result:
        return Result(submission.name, key, "a task", (), recording=large)

    monkeypatch.setattr(class_judge, "judge_one", judge)
    submissions = []
    for number in range(3):
        path = tmp_path / f"{number}.py"
        path.write_text("print(1)")
        submissions.append(Submission(path.name, str(path)))
    assignment = ClassAssignment(CommandTask("true"), Sandbox())
    class_run = ClassRun(assignment, str(tmp_path / "results"))
    class_run.run(submissions, 2, lambda: None)
    assert class_run.failed == {}
    assert [len(result.recording) for result in class_run.results] == [len(large)] * 3


@pytest.mark.usual
def test_a_missing_result_is_reported_in_one_line_and_the_others_are_judged(tmp_path):
    hand_in(tmp_path / "submissions", alice__py=RIGHT, dave__py=ONE_WAIT)
    (tmp_path / "results" / "dave.py.json" / "inside").mkdir(parents=True)
    done = grade(*EXERCISE, "submissions", cwd=tmp_path, status=1)
    assert "7/7  alice.py" in done.stdout
    warnings = [line for line in done.stderr.splitlines() if "dave.py" in line]
    assert len(warnings) == 1
    assert warnings[0].startswith("simpsh: grade: dave.py: ")
    assert warnings[0].endswith("dave.py.json: Is a directory; judge it again")


def test_a_killed_judge_and_a_silent_command_are_reported_in_words(tmp_path, monkeypatch):
    def failures() -> dict[str, str]:
        task = ClassAssignment(CommandTask("true"), Sandbox())
        class_run = ClassRun(task, str(tmp_path / "results"))
        class_run.run([Submission("a.py", str(tmp_path))], 1, lambda: None)
        return class_run.failed

    monkeypatch.setattr(ClassRun, "_work", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    failed = in_own_process(failures, 60)
    assert failed == {"a.py": "its judge ended early: killed by SIGKILL"}
    assert CommandEnd(Exited(3), "").words == "it exits with status 3"
    assert CommandEnd(None, "").words == "it did not end in time"


@pytest.mark.needs("compiler")
def test_a_submission_without_a_program_has_all_checks(tmp_path):
    good = Path(ExerciseCatalogue().folder("shell-1").file("solution.py")).read_text()
    hand_in(tmp_path / "submissions", bad__c="int main( {\n", good__py=good)
    (tmp_path / "lab.toml").write_text('title = "Lab"\n[points]\ncd = 2\n[limits]\nseconds = 50\n')
    for options, title, keys in (
        (("--exercise", "shell-1"), None, None),
        (("--assignment", "lab.toml"), "Lab", ["moves"]),
    ):
        words = (*options, "--format", "json", "-o", f"of{options[0]}", "submissions")
        found = json.loads(grade(*words, cwd=tmp_path).stdout)
        assert found["task"].startswith(title or "")
        bad, good = found["submissions"]
        assert (bad["name"], bad["points"], good["points"]) == ("bad.c", 0, good["of"])
        checks = [
            [
                (check["key"], check["sentence"], check["points"])
                for check in one["marks"][0]["checks"]
            ]
            for one in (bad, good)
        ]
        assert checks[0] == checks[1]
        assert keys in (None, [key for key, _, _ in checks[0]])


@pytest.mark.usual
def test_a_submission_is_judged_again_if_an_input_of_its_result_has_changed(tmp_path):
    hand_in(tmp_path / "submissions", one__txt="text\n")
    tools = hand_in(tmp_path / "tools", check__sh='grep -q other "$2"\n')
    (tools / "expected").write_text("text\n")
    line = f"sh {tools}/check.sh --expected={tools}/expected"
    task = [("--check", line)]
    result = tmp_path / "results" / "one.txt.json"

    def judged_again():
        before = result.stat().st_mtime_ns
        table = grade(*task[-1], "submissions", cwd=tmp_path).stdout
        return result.stat().st_mtime_ns != before, table.splitlines()[2].split()[1]

    grade(*task[-1], "submissions", cwd=tmp_path)
    assert judged_again() == (False, "0/1")
    (tools / "check.sh").write_text("true\n")
    assert judged_again() == (True, "1/1")
    assert judged_again() == (False, "1/1")
    (tools / "expected").write_text("other\n")
    assert judged_again() == (True, "1/1")
    (tmp_path / "lab.toml").write_text(f"check = '{line}'\n[limits]\nseconds = 77\n")
    task.append(("--assignment", "lab.toml"))
    assert judged_again() == (True, "1/1")
    (tmp_path / "submissions" / "one.txt").write_text("changed\n")
    assert judged_again() == (True, "1/1")
    # A damaged result is judged again, too.
    result.write_bytes(bytes(100))
    assert judged_again() == (True, "1/1")
    assert judged_again() == (False, "1/1")


def test_a_change_of_an_exercise_or_of_its_imports_makes_another_task(tmp_path):
    own = tmp_path / "course" / "exercises"
    own.mkdir(parents=True)
    catalogue = ExerciseCatalogue()
    folder = catalogue.folder("two-children")
    (own / "two-children").mkdir()
    for name in ("exercise.py", "solution.py", "task.md"):
        (own / "two-children" / name).write_text(folder.text(name))
    (own / "shared.py").write_text("")

    def key():
        own_catalogue = ExerciseCatalogue([str(tmp_path / "course")])
        exercise = own_catalogue.find("two-children")
        return ExerciseTask(exercise, own_catalogue.folder("two-children"), 0, Assignment()).key

    keys = [key()]
    assert key() == keys[0]
    for changed in (own / "shared.py", own / "two-children" / "solution.py"):
        changed.write_text(changed.read_text() + "\n")
        keys.append(key())
    assert len({*keys}) == 3


def test_the_size_limit_is_for_the_sum_of_all_files(tmp_path):
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(bytes(400_000))
    with pytest.raises(SubmissionRefused, match=r"2 has 0\.3815 MiB; all of a submission may have"):
        content_of(str(tmp_path), 1)


def test_everyone_can_read_a_copied_submission_and_execute_its_programs(tmp_path):
    given = {"two.c": ("int main;", 0o600), "run": ("#!/bin/sh", 0o600), "tool": ("x", 0o4700)}
    (tmp_path / "given").mkdir()
    (tmp_path / "copies").mkdir()
    for name, (text, mode) in given.items():
        (tmp_path / "given" / name).write_text(text)
        (tmp_path / "given" / name).chmod(mode)
    made, left_out = copy_into(str(tmp_path / "given"), "ann", str(tmp_path / "copies"), 1)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in Path(made).iterdir()}
    assert modes == {"two.c": 0o644, "run": 0o755, "tool": 0o755}
    assert left_out == ()


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


@pytest.mark.usual
def test_a_class_has_one_private_seed_which_the_report_names_and_an_option_repeats(tmp_path):
    hand_in(tmp_path / "submissions", a__py=SHELL)
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


@pytest.mark.usual
def test_of_the_variables_of_the_grader_a_submission_sees_those_that_programs_need(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "x")
    known = {"HOME", "LANG", "LC_ALL", "LSAN_OPTIONS", "PATH", "SIMPSH_PATIENCE"}
    sees = f"import os\nassert not {{*os.environ}} - {known!r}, [*os.environ]\n"
    hand_in(tmp_path / "submissions", a__py=sees + RIGHT)
    assert "7/7" in grade("--exercise", "two-children", "submissions", cwd=tmp_path).stdout


def test_an_unexplained_failure_of_the_judge_names_its_place():
    with pytest.raises(OSError, match="Invalid") as caught:
        os.pidfd_open(-1)
    place = r"Invalid argument \(test_class\.py, line \d+\)"
    assert re.fullmatch(place, failure_words(caught.value))
    # The missing file, or what the machine lacks, says enough.
    with pytest.raises(FileNotFoundError) as caught:
        os.stat("/no/file")
    assert failure_words(caught.value) == "/no/file: No such file or directory"
    assert failure_words(OSError(errno.ENOMEM, "")) == "Cannot allocate memory"
