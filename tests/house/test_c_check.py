"""`make check-c`: C with the same calls passes, other C is refused."""

import re
from collections import Counter

import pytest

from simpsh.course.lesson.c_beside_python import read_c_source
from tests.course.lesson_files import GOOD_CLAIM, failures, library, run_of, write_lesson
from tools import c_check
from tools.c_check import CLessonCheck, report_lines
from tools.c_counterpart import fork_names
from tools.run_likeness import RunLikeness, difference

pytestmark = pytest.mark.needs("compiler")

HEAD = """\
/* One child. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

"""
ONE_CHILD = """\
void one_child(void) {
    int status;
    pid_t child = fork();
    if (child == 0)  // in the child
        _exit(7);
    waitpid(child, &status, 0);
    printf("it ended with %d\\n", WEXITSTATUS(status));
    fflush(stdout);
}
"""
MARKED = '''
def marked() -> None:
    """Held at a mark, then killed by a signal."""
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    os.kill(child, signal.SIGTERM)  # ① both are alive
    os.waitpid(child, 0)
'''
MARKED_IN_C = """\
void marked(void) {
    pid_t child = fork();
    if (child == 0)  // in the child
        pause();
    kill(child, SIGTERM);  // ① both are alive
    waitpid(child, NULL, 0);
}
"""
MARKED_CLAIMS = """
    Claim("At ① the child sleeps.",
        "at(1).child.asleep_in == 'pause' and at(1).parent.state == 'held'"),
    Claim("The signal kills it.", "child.killed('SIGTERM')"),
    Claim("The line is told.", "parent.reaches('os.kill')"),
"""


def in_c(folder, source, steps=None, before=""):
    write_lesson(folder, "tried", steps or run_of(GOOD_CLAIM), before)
    if source:
        (folder / "c").mkdir()
        (folder / "c" / "tried.c").write_text(HEAD + source)
    return CLessonCheck(library(folder).find("tried")).run()


def refusals(folder, source):
    return [reason for _, _, reason in failures(in_c(folder, source))]


def test_equal_c_passes_and_the_claims_hold_for_it(tmp_path):
    report = in_c(tmp_path, ONE_CHILD)
    assert failures(report) == []
    line, *_ = report_lines([report])
    assert "1 demonstration the same in C, 1 claim true of it, " in line


def test_marks_hold_the_c_as_they_hold_the_python(tmp_path):
    report = in_c(tmp_path, MARKED_IN_C, run_of(MARKED_CLAIMS, code="marked"), MARKED)
    assert failures(report) == []
    # The third claim is about a line, which C does not report.
    assert [one.sentence for one in report.checks if one.kind == "c claim"] == [
        "At ① the child sleeps. (in C)",
        "The signal kills it. (in C)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "ended with %d",
            "ended by %d",
            "parent, call 3: write 1 16 it ended with 7\n  in Python; "
            "write 1 14 it ended by 7\n  in C",
        ),
        (
            "_exit(7)",
            "_exit(8)",
            "parent, call 2: waits for child gets child 1792  in Python; "
            "waits for child gets child 2048  in C",
        ),
        (
            "waitpid(child, &status, 0);",
            "close(0); waitpid(child, &status, 0);",
            "parent, call 2: waits for child gets child 1792  in Python; close 0  in C",
        ),
        (
            "    fflush(stdout);",
            "    fflush(stdout);\n    pause();",
            "parent, call 4: ends 0 in Python; nothing more in C",
        ),
        ("child", "worker", "parent, call 1: forks child in Python; forks worker in C"),
        ("_exit(7);", "_exit(7);  // ①", "its marks are ①, not none"),
        ("one_child", "another", "one_child is not in tried.c"),
        ("int status;", "int status, unused;", "unused variable"),
        (
            "pid_t child",
            "if (1)\n    pid_t child",
            "is no statement of its own: put it into braces",
        ),
    ],
)
def test_c_with_other_calls_is_refused(tmp_path, monkeypatch, old, new, reason):
    monkeypatch.setattr(c_check, "MOST_RUNS", 1)  # these runs have one order
    found = refusals(tmp_path, ONE_CHILD.replace(old, new).replace("one_worker", "one_child"))
    # glibc 2.43 and later block and unblock signals around the call of fork.
    numbered = re.compile(r"call \d+")
    assert any(numbered.sub("call", reason) in numbered.sub("call", one) for one in found), found


def test_a_demonstration_without_c_is_refused_unless_a_comment_gives_the_reason(tmp_path):
    assert refusals(tmp_path, "") == ["there is no c/tried.c yet"]
    reason = "/* one_child is about Python itself: it shows\n   the interpreter. */\n"
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "tried.c").write_text(reason)
    report = CLessonCheck(library(tmp_path).find("tried")).run()
    assert [(one.kind, one.verdict, one.why) for one in report.checks] == [
        ("python", "passed", ("it shows the interpreter.",))
    ]


def test_c_without_a_demonstration_is_reported(tmp_path):
    found = refusals(tmp_path, ONE_CHILD + "\nvoid two_children(void) {\n}\n")
    assert found == ["c/tried.c: the lesson has no two_children()"]


def test_the_report_counts_demonstrations_in_c_about_python_and_missing_ones(tmp_path):
    second = "def two() -> None:\n    os.write(1, b'2')\n"
    third = second.replace("two", "three")
    others = [run_of("", code=code).replace("'one'", f"'{code}'") for code in ("two", "three")]
    steps = ", ".join([run_of(GOOD_CLAIM), *others])
    about = "/* two is about Python itself: it shows the interpreter. */\n"
    report = in_c(tmp_path, ONE_CHILD + about, steps, f"{second}\n\n{third}")
    lines = list(report_lines([report]))
    assert "demonstrations in C: 1 of 3; about Python itself: 1; missing: 1" in lines


def test_c_whose_calls_differ_from_run_to_run_is_run_and_judged(tmp_path):
    free = "/* one_child is not compared: it says how late it is. */\n\n"
    other = ONE_CHILD.replace("    int status;", "    int status;\n    close(0);")
    report = in_c(tmp_path, free + other)
    line, *_ = report_lines([report])
    assert "1 claim true of it, 1 run and not compared, " in line
    assert report.checks[0].why == ("not compared: it says how late it is.",)
    # The claims of C that is not compared must hold.
    (tmp_path / "false").mkdir()
    assert refusals(tmp_path / "false", free + ONE_CHILD.replace("_exit(7)", "_exit(8)")) == [
        "parent.prints('it ended with 7') was False"
    ]


def test_a_name_of_the_c_library_gets_an_underscore_and_helpers_are_no_strays(tmp_path):
    python = MARKED.replace("marked", "remove")
    helper = "void tell(pid_t child) {\n    kill(child, SIGTERM);\n}\n\n"
    body = MARKED_IN_C.replace("marked", "remove_").replace("kill(child, SIGTERM);", "tell(child);")
    idle = "void idle(void) {\n}\n\n"
    source = helper + idle + body.replace("pause();", "{ idle(); pause(); }")
    report = in_c(tmp_path, source, run_of(MARKED_CLAIMS, code="remove"), python)
    assert failures(report) == []


def test_a_child_of_clone3_gets_its_name_from_the_births(tmp_path):
    path = tmp_path / "one.c"
    path.write_text(
        "    pid_t child = fork();\n    return syscall(SYS_clone3, &how, sizeof how);\n"
    )
    assert fork_names(read_c_source(str(path))) == {1: "child", 2: ""}


def likeness(**how):
    empty = {"acts": {}, "anytime": {}, "before": frozenset(), "looks": {}}
    return RunLikeness(**{**empty, **how})


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (
            likeness(anytime={"child": Counter({("gets", "SIGTERM"): 1})}),
            "child: gets SIGTERM in Python only",
        ),
        (
            likeness(
                acts={"child": (("write", 1),), "parent": (("read", 3),)},
                before=frozenset([("child", 0, "parent", 0)]),
            ),
            "child's “write 1” comes before parent's “read 3” by its causes in Python only",
        ),
        (
            likeness(looks={"①": [("child", "Z")]}),
            "at ①: [('child', 'Z')] in Python; no such moment in C",
        ),
    ],
)
def test_signals_causes_and_moments_are_compared(one, reason):
    other = likeness(acts=one.acts)
    assert difference(one, other, ("Python", "C")) == reason
    assert difference(one, one, ("Python", "C")) == ""
