"""All C of the course follows its rules, unless a lesson shows the breach of one."""

import os
from pathlib import Path

import lessons
from simpsh.course import C, Compare, Explore, Repair, Run
from simpsh.course.lesson.lesson_library import Library
from tests.support.c_rules import broken_rules

COURSE = Path(lessons.__file__).parent
SHOWN = {
    ("alternate-stack ends", "errno"): "the handler returns to the instruction that failed",
    ("exec/c/identity.c", "ids"): "the groups of a set-user-ID program are its user's",
    ("exec/c/groups_and_credentials.c", "ids"): "the wrong orders are the lesson",
    ("fork/c/fork_bomb.c", "fork"): "a bomb goes on where fork fails",
    ("fork/c/fork_can_fail.c", "fork"): "fork fails, and the program does not notice",
    ("fork/c/how_many.c", "fork"): "a puzzle in one expression",
    ("groups-and-credentials repair", "ids"): "the list of groups is missing",
    ("identity repair", "ids"): "the groups of a set-user-ID program are its user's",
    ("pipes/c/capture_ways_out.c", "fork"): "the manager goes on, also if the fork fails",
    ("sigchld-handler installers", "signal"): "signal() is compared with sigaction()",
    ("signals-handlers errors", "errno"): "main finds the handler's errno",
    ("signals-handlers text", "errno"): "errno is the next program of the lesson",
    ("signals-handlers text", "unsafe"): "main and the handler share a static buffer",
}
"""The programs that break a rule because a lesson shows the breach."""


def programs():
    """Yield each C program of the course with its name: files, lessons, variants and repairs."""
    for path in sorted(COURSE.rglob("*.c")):
        yield os.fspath(path.relative_to(COURSE)), path.read_text(encoding="utf-8")
    for lesson in Library(()).all()[0]:
        for step in lesson.steps:
            if isinstance(step, Repair):
                for is_broken in (True, False):
                    yield f"{lesson.id} repair", step.program("c", is_broken=is_broken)
            elif isinstance(step, Run | Explore | Compare):
                run = step.demonstration
                if isinstance(run.code, C):
                    edits = step.variants.values() if isinstance(step, Compare) else ()
                    for edit in (run.edit, *edits):
                        yield f"{lesson.id} {step.id}", edit.apply(run.code.source)


def test_no_c_of_the_course_breaks_a_rule_that_it_does_not_show():
    seen, faults = set(), []
    for name, source in programs():
        for rule, where in broken_rules(source):
            if rule == "fork" and not name.endswith(".c"):
                continue  # a listing of a dozen lines
            seen.add((name, rule))
            faults += [] if (name, rule) in SHOWN else [f"{name}: {rule}: {where}"]
    assert not faults, "see signal-safety(7):\n  " + "\n  ".join(dict.fromkeys(faults))
    assert not SHOWN.keys() - seen, "these no longer break the rule"


def test_a_handler_and_its_functions_change_only_volatile_flags():
    program = """
    static int sum;
    static void add(void) {{
        sum++;
    }}
    static void note(int number) {{
        {};
    }}
    int main(void) {{
        struct sigaction action = {{.sa_handler = note}};
    }}
    """
    program = program.replace("\n    ", "\n")
    assert [*broken_rules(program.format("add()"))] == [("volatile", "sum")]
    assert [*broken_rules(program.format("_exit(1)"))] == []
