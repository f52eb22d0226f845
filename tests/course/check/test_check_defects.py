"""check: a sound lesson passes, and each defect that an author can make is told in one line."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.course.lesson_files import GOOD_CLAIM, check, failures, run_of, write_lesson
from tests.support.untraceable import without_ptrace

QUESTION = """Predict(
    "What is printed?",
    Choice("it ended with 7", parent.prints("it ended with 7"), "So it is."),
    Choice("it ended with 0", parent.prints("it ended with 0"), "It is not."),
)"""
TRY = """Try("Print a.", expect=output == "a\\n", hint="h", solution="printf 'a\\\\n'", praise="p",
    wrong=["printf b", "true"])"""


def test_a_sound_lesson_passes_and_everything_in_it_is_counted(tmp_path):
    write_lesson(tmp_path, "tried", f"{QUESTION}, {run_of(GOOD_CLAIM)}, {TRY}")
    report = check(tmp_path)
    assert failures(report) == []
    assert Counter(one.kind for one in report.checks) == {
        "run": 1,
        "claim": 1,
        "variant": 1,
        "question": 1,
        "try": 1,
        "line": 2,
        "screen": 1,
    }
    assert report.is_good


def test_a_look_at_what_nobody_could_watch_is_skipped_and_not_failed(tmp_path):
    write_lesson(tmp_path, "tried", f"{run_of(GOOD_CLAIM)}, Show('family', of='one', at='rest')")
    report = without_ptrace(lambda: check(tmp_path))
    [look] = [one for one in report.checks if one.kind == "show"]
    assert look.verdict == "skipped"
    assert "lets no process trace its child" in look.reason
    assert failures(report) == []


def defect(tmp_path, steps, before=""):
    """The one complaint about a lesson."""
    write_lesson(tmp_path, "tried", steps, before)
    found = failures(check(tmp_path))
    assert len(found) == 1, found
    assert "\n" not in found[0][2]
    return found[0]


def test_a_claim_that_is_false_is_told_with_what_was_found(tmp_path):
    claim = """Claim("It is 3.", parent.prints("it ended with 3"), wrong=delete("print("))"""
    assert defect(tmp_path, run_of(claim)) == (
        "claim",
        1,
        "the parent printed “it ended with 7⏎”",
    )


def test_a_claim_that_nothing_can_break_is_none(tmp_path):
    claim = """Claim("It is 7.", parent.prints("it ended with 7"))"""
    kind, step, reason = defect(tmp_path, run_of(claim))
    assert (kind, step) == ("lesson", 0)
    assert "step 1 (Run): claim “It is 7.”: it needs a wrong variant" in reason


def test_a_task_that_nothing_can_fail_is_none(tmp_path):
    task = """Try("t", expect=output == "a", hint="h", solution="printf a", praise="p")"""
    kind, step, reason = defect(tmp_path, task)
    assert (kind, step) == ("lesson", 0)
    assert "step 1 (Try): " in reason


def test_a_wrong_variant_of_which_the_claim_holds_is_told(tmp_path):
    claim = """Claim("It is 7.", parent.prints("it ended with 7"),
        wrong=replace("print(", "print(end='', *()) or print("))"""
    assert defect(tmp_path, run_of(claim)) == (
        "variant",
        1,
        "the claim holds of the wrong variant, too",
    )


def test_a_wrong_variant_that_does_not_run_proves_nothing(tmp_path):
    claim = """Claim("It is 7.", parent.prints("it ended with 7"),
        wrong=replace("os._exit(7)", "os.no_such_call(7)"))"""
    kind, step, reason = defect(tmp_path, run_of(claim))
    assert (kind, step) == ("variant", 1)
    assert reason.startswith("the wrong variant does not run: ")
    assert "AttributeError" in reason


def test_an_edit_that_does_not_fit_is_told(tmp_path):
    claim = """Claim("It is 7.", parent.prints("it ended with 7"),
        wrong=replace("os._exit(8)", "os._exit(0)"))"""
    write_lesson(tmp_path, "tried", run_of(claim))
    found = failures(check(tmp_path))
    assert found
    assert all("“os._exit(8)” is not in the demonstration" in reason for *_, reason in found)


TWO_TRUE = """Predict("What?",
    Choice("one", parent.prints("it ended with 7"), "b"),
    Choice("other", child.exits(7) and returns if False else returns, "b"))"""
NONE_TRUE = """Predict("What?",
    Choice("one", parent.prints("it ended with 8"), "b"), Choice("other", hangs, "b"))"""


@pytest.mark.parametrize(("question", "count"), [(TWO_TRUE, 2), (NONE_TRUE, 0)])
def test_exactly_one_choice_must_be_true(tmp_path, question, count):
    kind, step, reason = defect(tmp_path, f"{question}, {run_of(GOOD_CLAIM)}")
    assert (kind, step) == ("question", 1)
    assert f"exactly one choice must be true of the run, and {count} are" in reason


def test_a_near_miss_that_is_the_right_answer_is_told(tmp_path):
    ask = """Ask("How many processes?", how_many_processes, "b", near={2: "no", 3: "no"})"""
    assert defect(tmp_path, f"{ask}, {run_of(GOOD_CLAIM)}") == (
        "answer",
        1,
        "2 is given as a near miss, and is the right answer",
    )


LEAKING = """
def leaking() -> None:
    child = os.fork()
    if child == 0:  # in the child
        signal.pause()
    print("it ended with 7", flush=True)
"""


def test_a_demonstration_that_leaves_a_process_is_told_by_name(tmp_path):
    claim = """Claim("p", parent.prints("it ended with 7"), wrong=delete("print("))"""
    kind, step, reason = defect(tmp_path, run_of(claim, code="leaking"), LEAKING)
    assert (kind, step, reason) == ("run", 1, "it leaves processes: child (S)")


def test_what_is_meant_to_be_left_is_no_leak(tmp_path):
    claim = """Claim("p", parent.prints("it ended with 7"), wrong=delete("print("))"""
    steps = run_of(claim, code="leaking", more="leaves=[child]")
    write_lesson(tmp_path, "tried", steps, LEAKING)
    assert failures(check(tmp_path)) == []


def test_a_demonstration_that_raises_is_told_with_its_line(tmp_path):
    before = 'def broken() -> None:\n    os.write(1, b"x")\n    raise OSError("no more")\n'
    claim = """Claim("It writes x.", output == "x", wrong=delete("os.write"))"""
    write_lesson(tmp_path, "tried", run_of(claim, code="broken"), before)
    found = [one for one in failures(check(tmp_path)) if one[0] == "run"]
    assert len(found) == 1
    assert "line 2" in found[0][2]
    assert "OSError: no more" in found[0][2]


def test_a_row_that_no_other_row_contradicts_is_told(tmp_path):
    compare = """Compare(Run(one_child, id="base"), id="rows",
        variants={"as it is": Edit(), "with 0": replace("os._exit(7)", "os._exit(0)")},
        columns={"returns?": returns},
        claims=[Claim("It returns.", of("as it is", returns))])"""
    assert defect(tmp_path, compare) == (
        "row",
        1,
        "what is said of “as it is” is true of all other rows, too",
    )


def test_rows_are_each_others_wrong_variants(tmp_path):
    compare = """Compare(Run(one_child, id="base"), id="rows",
        variants={"as it is": Edit(), "with 0": replace("os._exit(7)", "os._exit(0)")},
        columns={"it says": output},
        claims=[Claim("Seven.", of("as it is", parent.prints("it ended with 7")))])"""
    write_lesson(tmp_path, "tried", compare)
    report = check(tmp_path)
    assert failures(report) == []
    assert [one.why for one in report.checks if one.kind == "row"] == [
        ("“as it is”: not so of “with 0”",)
    ]


def test_a_task_whose_solution_is_refused_is_told(tmp_path):
    task = """Try("t", expect=output == "a", hint="h", solution="printf b", praise="p",
        wrong=["printf c"])"""
    assert defect(tmp_path, task) == ("try", 1, "the output was b, not a")


def test_a_task_that_accepts_a_wrong_line_is_told(tmp_path):
    task = """Try("t", expect=output == "a", hint="h", solution="printf a", praise="p",
        wrong=["printf 'a'"])"""
    assert defect(tmp_path, task) == ("line", 1, "the output was a")


def test_a_task_that_is_not_on_one_screen_with_what_a_line_did_is_told(tmp_path):
    task = f"""Try({"Print a. " * 150!r}, expect=output == "a", hint="h", solution="printf a",
        praise="p", wrong=["seq 1 9"])"""
    kind, step, reason = defect(tmp_path, task)
    assert (kind, step) == ("screen", 0)
    assert re.fullmatch(r"step 1 has 3[0-9] lines with `printf a`", reason)


def test_a_look_at_a_moment_that_never_came_is_told(tmp_path):
    show = """Show("who ran", of="one", at="②")"""
    write_lesson(tmp_path, "tried", f"{run_of(GOOD_CLAIM)}, {show}")
    found = failures(check(tmp_path))
    assert any("②" in reason for *_, reason in found)


def test_a_need_that_nobody_knows_is_told(tmp_path):
    write_lesson(tmp_path, "tried", run_of(GOOD_CLAIM, more="needs=('magic',)"))
    found = failures(check(tmp_path))
    assert any("need “magic”: it is one of ptrace, root, second cpu" in one[2] for one in found)


def test_an_expectation_that_breaks_fails_its_check_and_no_other(tmp_path):
    claims = ("""Claim("b", Expectation("b", lambda scene: 1 / 0), wrong=delete("print("))""",)
    write_lesson(tmp_path, "tried", run_of(*claims, GOOD_CLAIM))
    found = failures(check(tmp_path))
    assert [one[0] for one in found] == ["claim"]
    assert found[0][2].startswith("the engine broke: ZeroDivisionError: division by zero (")
