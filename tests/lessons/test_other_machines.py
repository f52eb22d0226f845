"""Lessons also hold with a low limit, in a large process, or on a kernel that lacks a feature."""

import mmap
import resource
import sys

import pytest

from simpsh.course.check.course_check import check_course
from simpsh.course.lesson.lesson import runs_of
from simpsh.course.lesson.lesson_library import Library
from tests.course.demonstrations import perform
from tests.harness.sh import PROJECT, run_command
from tests.support.untraceable import refusing


@pytest.mark.timeout(120)
def test_a_kernel_without_huge_pages_is_enough():
    # On such a kernel, madvise(2) fails with EINVAL.
    check = ["-m", "simpsh", "lesson", "check", "posix-spawn"]
    done = run_command([*refusing("madvise=EINVAL"), sys.executable, *check], cwd=PROJECT)
    assert " 0 failed" in done.stdout, done


def test_a_task_sets_no_limit_that_a_user_may_not_set():
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (2000, 2000))

    program = (
        "import sys\nfrom simpsh.course.lesson.lesson_library import Library\n"
        "Library().find('fork-bomb')\nprint(sys.modules['simpsh_lesson_fork_bomb'].LIMIT)"
    )
    done = run_command([sys.executable, "-c", program], cwd=PROJECT, preexec_fn=limit)
    assert done.stdout == "1999\n", done


@pytest.mark.parametrize("run", ["one-row", "two-rows"])
def test_rule_3_is_not_stopped_in_each_round_of_its_loops(run):
    seen = perform(runs_of(Library().find("rule-3-parallel"))[run])
    assert "marks in the shorter row: 2" in seen.output
    # Both loops run 200 times or more, but only 20 executions of a line without calls are recorded.
    [number] = [n for n, row in enumerate(seen.source.split("\n"), 1) if "rows[mine + now]" in row]
    assert 0 < sum(line == number for _, _, line in seen.arrivals) <= 2 * 20


SIZE = 160 << 20


def test_page_tables_of_a_large_checking_process_do_not_count():
    with mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        for page in range(0, SIZE, mmap.PAGESIZE):
            memory[page] = 1
        report = check_course(Library(), ["posix-spawn"])
    [lesson] = report.lessons
    # A busy machine may refuse the claim about processor time, but not the one about tables.
    failed = [one for one in lesson.of("failed") if "page tables" in one.sentence]
    assert not [one.reason for one in failed if "also holds" in one.reason]
