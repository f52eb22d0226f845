"""All C of the course follows its rules, unless a lesson shows the breach of one."""

from pathlib import Path

import lessons
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Compare, Repair
from tests.support.c_rules import broken_rules

COURSE = Path(lessons.__file__).parent
SHOWN = {
    ("identity", "ids"): "the groups of a set-user-ID program are its user's",
    ("fork-bomb", "fork"): "a bomb continues if fork fails",
    ("fork-can-fail", "fork"): "fork fails, and the program does not notice",
    ("how-many", "fork"): "a puzzle in one expression",
    ("sigchld-handler", "signal"): "signal() is compared with sigaction()",
    ("signals-handlers", "errno"): "main finds the handler's errno",
    ("signals-handlers", "unsafe"): "main and the handler share a static buffer",
}
"""The lessons whose programs break a rule because the lesson shows the breach."""


def programs():
    """Yield each C program of the course: the lesson's id, whether it is short, the source."""
    for path in sorted(COURSE.glob("*/*/*.c")):
        # Beside no Python, it is a demonstration of a dozen lines, which assumes that fork works.
        yield path.parent.name, not path.with_suffix(".py").exists(), path.read_text()
    for lesson in Library().all()[0]:
        for step in lesson.steps:
            if isinstance(step, Repair):
                yield lesson.id, True, step.program("c", is_broken=False)
            elif isinstance(step, Compare) and step.run.code.language == "c":
                for edit in step.variants.values():
                    yield lesson.id, True, edit.apply(step.run.code.source)


def test_no_c_of_the_course_breaks_a_rule_that_it_does_not_show():
    seen, faults = set(), []
    for name, is_short, source in programs():
        for rule, where in broken_rules(source):
            if not (is_short and rule == "fork"):
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
