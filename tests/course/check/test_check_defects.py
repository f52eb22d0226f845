"""check: a sound lesson passes, and each mistake of an author gets one line."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.course.lesson_files import GOOD_CLAIM, check, failures, run_of, write_lesson
from tests.support.untraceable import without

pytestmark = pytest.mark.long("each defect is checked in a lesson of its own")

QUESTION = """Predict(
    "What is printed?",
    Choice("it ended with 7", parent.prints("it ended with 7"), "So it is."),
    Choice("it ended with 0", parent.prints("it ended with 0"), "It is not."),
)"""
TRY = """Try("Print a.", {"a": output == "a\\n"}, hint="h", solution="printf 'a\\\\n'",
    wrong={"printf b": "w", "true": "w"})"""
LEAKING = """
def leaking() -> None:
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    print("it ended with 7", flush=True)


def broken() -> None:
    os.write(1, b"x")
    raise OSError("no more")
"""
LEAK_CLAIM = """Claim("p", parent.prints("it ended with 7"), wrong=delete("print("))"""
ROWS = """Compare(Run(one_child, id="base"), id="rows",
    variants={{"as it is": Edit(), "with 0": replace("os._exit(7)", "os._exit(0)"),
        "with 1": replace("os._exit(7)", "os._exit(1)")}},
    columns={{"says": output}}, claims=[Claim("A sentence.", of("as it is", {}))])"""


@pytest.mark.usual
def test_a_sound_lesson_passes_and_everything_in_it_is_counted(tmp_path):
    rows = ROWS.format('parent.prints("it ended with 7")')
    leak = run_of(LEAK_CLAIM, code="leaking", more="leaves=[child]").replace("'one'", "'left'")
    write_lesson(
        tmp_path, "tried", f"{QUESTION}, {run_of(GOOD_CLAIM)}, {TRY}, {rows}, {leak}", LEAKING
    )
    report = check(tmp_path)
    assert failures(report) == []
    assert Counter(one.kind for one in report.checks) == {
        "run": 3,
        "claim": 3,
        "variant": 2,
        "row": 1,
        "question": 1,
        "title": 1,
        "try": 1,
        "line": 2,
    }
    [row] = [one.why for one in report.checks if one.kind == "row"]
    assert row == ("“as it is”: not so of “with 0”, “with 1”",)
    assert report.is_good


@pytest.mark.usual
def test_an_unobservable_step_is_skipped_with_the_reason_and_does_not_fail(tmp_path):
    steps = f"{QUESTION}, {run_of(GOOD_CLAIM)}, Show('family', of='one', at='rest')"
    write_lesson(tmp_path, "tried", steps)
    report = without("ptrace", lambda: check(tmp_path))
    assert [one.kind for one in report.of("skipped")] == ["question", "run", "claim"]
    for check_result in report.of("skipped"):
        assert "a seccomp filter refuses ptrace" in check_result.reason
    assert failures(report) == []


def seven(wrong=""):
    return run_of(f"""Claim("It is 7.", parent.prints("it ended with 7"){wrong})""")


def task(expect, solution, wrong=(), text="t"):
    return (
        f"""Try({text!r}, {{"it": output == "{expect}"}}, hint="h", solution="{solution}", """
        f"""wrong={dict.fromkeys(wrong, "w")})"""
    )


def asks(*expectations):
    choices = ", ".join(f'Choice("{n}", {one}, "b")' for n, one in enumerate(expectations))
    return f"""Predict("What?", {choices}), {run_of(GOOD_CLAIM)}"""


EDIT_MISFIT = "“os._exit(8)” is not in the code"
DEFECTS = {
    "a wrong variant of which the claim holds": (
        seven(""", wrong=replace("print(", "print(end='', *()) or print(")"""),
        {("variant", 1): "the claim also holds for the wrong variant"},
    ),
    "a wrong variant that does not run": (
        seven(""", wrong=replace("os._exit(7)", "os.no_such_call(7)")"""),
        {("variant", 1): "the wrong variant does not run: .*AttributeError.*"},
    ),
    "an edit that does not fit": (
        seven(""", wrong=replace("os._exit(8)", "os._exit(0)")"""),
        {
            ("lesson", 0): f".*{re.escape(EDIT_MISFIT)}.*",
            ("variant", 1): f"{re.escape(EDIT_MISFIT)}.*",
        },
    ),
    "two true choices": (
        asks('parent.prints("it ended with 7")', "returns"),
        {("question", 1): "exactly one choice must be true of the run, and 2 are.*"},
    ),
    "no true choice": (
        asks('parent.prints("it ended with 8")', "hangs"),
        {("question", 1): "exactly one choice must be true of the run, and 0 are.*"},
    ),
    "a near miss that is the right answer": (
        f"""Ask("How many processes?", how_many_processes, "b", near={{2: "no", 3: "no"}}),
        {run_of(GOOD_CLAIM)}""",
        {("answer", 1): "2 is given as a near miss, and is the right answer"},
    ),
    "near misses that are numbers, and a right answer that is none": (
        f"""Ask("How does it end?", parent.output, "b", near={{7: "no"}}), {run_of(GOOD_CLAIM)}""",
        {
            (
                "answer",
                1,
            ): "it ended with 7 is right: all answers in near are numbers, too, or none is"
        },
    ),
    "a process that is left": (
        run_of(LEAK_CLAIM, code="leaking"),
        {("run", 1): r"it leaves processes: child \(S\)"},
    ),
    "a row that no other row contradicts": (
        ROWS.format("returns"),
        {("row", 1): "the claim about “as it is” also holds for all other rows"},
    ),
    "a solution that is refused": (
        task("a", "printf b", ["printf c"]),
        {("try", 1): "it: the output was b, not a"},
    ),
    "a wrong line that is accepted": (
        task("a", "printf a", ["printf 'a'"]),
        {("line", 1): "every sub-claim holds"},
    ),
    "an expectation that breaks": (
        run_of(
            """Claim("b", Expectation("b", lambda scene: 1 / 0), wrong=delete("print("))""",
            GOOD_CLAIM,
        ),
        {("claim", 1): r"the engine broke: ZeroDivisionError: division by zero.*"},
    ),
}


@pytest.mark.usual("a wrong variant of which the claim holds", "a wrong line that is accepted")
@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_reported_in_one_line_and_nothing_else_is(tmp_path, defect):
    steps, expected = DEFECTS[defect]
    write_lesson(tmp_path, "tried", steps, LEAKING)
    reasons = {(kind, step): reason for kind, step, reason in failures(check(tmp_path))}
    assert reasons.keys() == expected.keys()
    for kind_and_step, pattern in expected.items():
        assert re.fullmatch(pattern, reasons[kind_and_step]), reasons[kind_and_step]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (
            run_of("""Claim("x", output == "x", wrong=delete("os.write"))""", code="broken"),
            "line 2: OSError: no more",
        ),
        (f"""{run_of(GOOD_CLAIM)}, Show("family", of="one", at="②")""", "②"),
        (
            run_of(GOOD_CLAIM, more="needs=('magic',)"),
            "need “magic”: it is one of ptrace, root, second cpu",
        ),
    ],
)
def test_a_fault_of_a_whole_step_is_listed_among_its_failures(tmp_path, steps, words):
    write_lesson(tmp_path, "tried", steps, LEAKING)
    reasons = [reason for *_, reason in failures(check(tmp_path))]
    assert any(words in reason for reason in reasons), reasons
