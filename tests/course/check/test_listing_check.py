"""`lesson check --listings`: a listing does what its lesson says when a student runs it."""

import pytest

from simpsh.course.check.check_report import EXPLORED, ORDERS, PIPE, TERMINAL, WAYS
from simpsh.course.check.listing_check import ListingCheck
from tests.course.lesson_files import library, run_of, write_lesson

pytestmark = pytest.mark.long("each test runs a lesson's programs in several ways")

RACING = '''
def racing() -> None:
    """The mark makes the order; no line does."""
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(7)
    os.write(1, b"parent ")  # ① the child has written
    os.waitpid(child, 0)


def killing() -> None:
    """The mark holds the parent until the child has ended."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)
    os.kill(child, signal.SIGKILL)  # ① the child has ended
    os.waitpid(child, 0)


def buffered() -> None:
    """What is in the buffer depends on where the output leads."""
    print("before")
    child = os.fork()
    if child == 0:  # in the child
        print("child")
        return
    os.waitpid(child, 0)


def resting() -> None:
    """It waits for a signal that the user sends."""
    print("waits", flush=True)
    signal.pause()
'''
SEVEN = 'Claim("The child ends with 7.", "child.exits(7)")'


def failures(folder, *steps, ways=(ORDERS,)):
    """Return the kinds and reasons of the failed checks of a lesson with these steps.

    A search of all orders costs as much as twenty checks of a few orders.
    """
    write_lesson(folder, "listed", ", ".join(steps), RACING)
    report = ListingCheck(library(folder).find("listed"), free_runs=3, ways=ways).run()
    assert {*ways} <= {one.kind for one in report.checks}
    return {one.kind: one.reason for one in report.of("failed")}


@pytest.mark.usual
def test_an_order_that_only_a_mark_makes_is_another_result(tmp_path):
    found = failures(tmp_path, run_of(code="racing"), ways=(ORDERS, EXPLORED))
    assert [*found] == [EXPLORED, ORDERS]
    assert "“parent child ”" in found[EXPLORED]


def test_outputs_that_the_lesson_shows_are_no_other_results(tmp_path):
    both = 'may_print=["child parent ", "parent child "],'
    assert failures(tmp_path, run_of(code="racing", more=both), ways=WAYS) == {}
    never = 'may_print=["child parent ", "parent child ", "child "],'
    found = failures(tmp_path, run_of(code="racing", more=never))
    assert found == {"listing": "no run and no order does"}
    explore = "Explore(racing, id='every', native=5)"
    assert failures(tmp_path, run_of(code="racing"), explore) == {}


def test_a_claim_that_only_a_mark_makes_true_is_refused(tmp_path):
    assert failures(tmp_path, run_of(SEVEN)) == {}
    found = failures(tmp_path, run_of(SEVEN, code="killing"))
    assert [*found] == [ORDERS]
    assert "The child ends with 7." in found[ORDERS]


def test_the_lesson_says_what_a_terminal_shows_otherwise(tmp_path):
    ways = TERMINAL, PIPE
    found = failures(tmp_path, run_of(code="buffered"), ways=ways)
    assert [*found] == [TERMINAL]
    assert "“before⏎child⏎”" in found[TERMINAL]
    told = 'on_terminal="before\\nchild\\n",'
    assert failures(tmp_path, run_of(code="buffered", more=told), ways=ways) == {}


def test_a_program_that_waits_for_its_user_is_compared_up_to_its_rest(tmp_path):
    run = run_of(code="resting", more="at_rest=[Kill(parent)],")
    assert failures(tmp_path, run, ways=WAYS) == {}


def test_a_run_that_may_leave_a_process_and_leaves_none_is_no_other_result(tmp_path):
    program = '''
def collecting() -> None:
    """One child, which the parent collects in each order."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)
    os.waitpid(child, 0)
'''
    step = "Run(collecting, id='one', leaves=[child])"
    write_lesson(tmp_path, "leaving", step, before=program)
    report = ListingCheck(library(tmp_path).find("leaving"), free_runs=3, ways=[EXPLORED]).run()
    assert {one.kind: one.verdict for one in report.checks} == {
        "listing": "passed",
        EXPLORED: "passed",
    }
