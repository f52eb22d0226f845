"""What `make test-fast` runs: a sample of every test file, so of every room, in one minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

FUNCTIONS_OF_A_FILE = 3
TERMINALS_OF_A_FILE = 1
"""A test at a terminal costs about as much as ten others."""

TOO_LONG = """
    test_of_fifty_processes_exactly_one_wins_every_round
    test_the_small_shell_without_a_mistake_gets_full_marks
    test_simpsh_gets_full_marks
    test_a_real_shell_gets_full_marks
    test_everybody_has_a_result_and_nothing_is_kept_together
    test_a_worker_that_no_signal_can_reach_is_replaced
    test_taking_a_lock_reads_no_clock
    test_every_function_and_class_is_used
    test_checking_one_lesson_passes_through_at_most_130_files
    test_random_programs_on_the_small_kernel
    test_rule_7_with_wrong_guesses_facts_and_a_break
    test_hundreds_of_commands_leave_no_zombie_and_no_descriptor
    test_generated_programs_do_what_they_do_in_dash
    test_a_new_lesson_passes_the_check_as_it_is
""".split()  # noqa: SIM905
"""Each of these takes more than two seconds of a processor; another test comes in its place."""


def choose(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield of each file the first test functions, of each function the first case."""
    seen: set[tuple[object, str]] = set()
    functions: Counter[object] = Counter()
    terminals: Counter[object] = Counter()
    for item in items:
        function = (item.path, getattr(item, "originalname", item.name))
        if item.get_closest_marker("slow") or function in seen or function[1] in TOO_LONG:
            continue
        seen.add(function)
        at_a_terminal = item.get_closest_marker("pty") is not None
        if functions[item.path] < FUNCTIONS_OF_A_FILE:
            if at_a_terminal and terminals[item.path] >= TERMINALS_OF_A_FILE:
                continue
            functions[item.path] += 1
            terminals[item.path] += at_a_terminal
            yield item
