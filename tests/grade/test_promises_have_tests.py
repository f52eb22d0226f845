"""Each promise about what a submission can see, reach, spoil or earn has a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness.sh import PROJECT

_REACH = "sandbox/test_reach.py::test_nothing_of_the_host_can_be_reached"
_HOSTILE = "sandbox/test_hostile_class.py::"
_EACH = f"{_HOSTILE}test_each_submission_gets_its_points_and_a_sentence"
_BORROWED = "test_borrowed_work.py::"
_SHELLS = "shells/test_substitute_shells.py::"
_OWN = "test_checks_of_ones_own.py::"
_HOGS = "sandbox/test_resource_budget.py::test_hogs_use_up_nothing_that_others_need"
_ROWS = (
    "sandbox/test_resource_budget.py::"
    "test_each_row_of_the_budget_is_bounded_and_has_a_hog_or_a_reason_for_none"
)
_DOCUMENTS = ("docs/grading.md", "SECURITY.md")
# A part of a sentence of these documents, and the test of what it promises.
PROMISES = {
    # What it can see.
    "can neither read nor change your files": _REACH,
    "there is no other process to signal": _REACH,
    "Nothing else can be written, or is visible": _REACH,
    "a lock of the system cannot be used through it": _REACH,
    "no terminal, interface or object of yours": _REACH,
    "of the grader's variables only `PATH`": (
        "sandbox/test_reach.py::"
        "test_of_the_variables_of_the_grader_a_submission_sees_those_that_programs_need"
    ),
    "The program does not see the check": f"{_OWN}test_a_programs_output_reaches_the_check",
    "the program does not see the next lines": (
        f"{_OWN}test_a_program_reads_what_it_is_given_and_never_what_the_check_reads"
    ),
    "If a check runs the submission directly": (
        f"{_OWN}test_a_check_as_the_submissions_user_is_refused"
    ),
    # What it can reach and spoil.
    "no process is left over": _EACH,
    "Other results are not affected": _EACH,
    "its report says so, and it is still judged": (
        "test_promises_of_a_class.py::"
        "test_a_submission_that_exceeds_a_limit_is_judged_and_its_report_says_so"
    ),
    "simpsh follows no links": (f"{_HOSTILE}test_links_and_devices_in_a_folder_are_not_followed"),
    "unpacked in the sandbox": (f"{_HOSTILE}test_hostile_archives_are_contained_and_bombs_refused"),
    "no other submission is refused": _HOGS,
    "A test uses up each of these at once": _HOGS,
    "`not_isolated` names the exceptions": _ROWS,
    "sockets other than UNIX, TCP and UDP": (
        "sandbox/test_resource_budget.py::"
        "test_sockets_are_filtered_by_protocol_and_sync_waits_for_no_disk"
    ),
    "refuses a machine that isolates too little": (
        "test_a_machine_with_little_isolation_is_refused_before_anything_runs"
    ),
    "no cell of the CSV is a": (
        "test_no_name_or_output_can_break_the_table_or_command_a_terminal_or_spreadsheet"
    ),
    # What it can earn.
    "A submission gets no points for a behaviour if another shell did the work": (
        f"{_SHELLS}test_a_shell_gets_no_points_if_another_shell_does_the_work"
    ),
    "be a copy or a script of one": (f"{_SHELLS}test_a_copy_of_an_installed_shell_gets_no_points"),
    "no check is earned by": (
        f"{_BORROWED}test_work_of_another_program_earns_nothing_and_the_reason_names_it"
    ),
    "A named program counts only with its own code": (
        f"{_BORROWED}test_a_named_program_with_other_code_in_it_earns_nothing"
    ),
    "A shell is named only with the code of": (
        f"{_BORROWED}test_a_shell_is_asked_for_with_the_code_that_the_line_gives_it"
    ),
    "An answer that was": "test_an_answer_that_no_wait_gave_loses_its_check",
    "Nor does a named program that runs for show": (
        "assignments/test_other_programs.py::"
        "test_a_program_that_runs_for_show_earns_nothing_without_a_step_that_confirms"
    ),
    "a line that copies its arguments is lost": (
        "test_precomputed_answers.py::test_an_answer_that_no_wait_gave_loses_its_check"
    ),
    "Printing a program's output earns nothing": (
        "test_printing_the_expected_output_without_the_programs_gets_no_points"
    ),
    "A shell may execute itself": "test_a_shell_that_executes_itself_once_is_itself",
    "is allowed": f"{_SHELLS}test_a_helper_that_no_line_asked_for_is_no_cheat",
    "are equally hard": "test_a_shell_that_recognizes_known_lines_gets_few_points",
    "A result counts only if no other user can have written it": (
        "test_a_result_that_another_user_may_have_written_is_not_a_mark"
    ),
    "are refused. `ID.c.txt` is judged": "test_two_programs_of_equal_standing_are_refused",
    "An unchanged start program does not count": (
        "test_an_unchanged_start_program_is_reported_as_one"
    ),
    # No false blame, and marks that explain themselves.
    "the submission gets no mark": "test_a_call_of_the_judge_that_fails_changes_no_mark",
    "others have used them up, and it is not judged": (
        "test_a_program_is_blamed_for_its_own_processes_and_not_for_those_of_others"
    ),
    "A submission that is not judged has no result": (
        "test_a_result_of_other_contents_is_no_mark_after_a_failure_of_the_judge"
    ),
    "says which file was judged": "test_a_page_says_which_file_was_judged_and_how",
    "judges the\nsubmission again, with the same marks": (
        "test_the_named_command_judges_a_submission_again_with_the_same_marks"
    ),
    "shows which marks would change": (
        "test_rejudging_shows_what_would_change_before_it_changes_marks"
    ),
    "each column has one meaning": "test_a_table_can_be_csv_or_json",
    # Of SECURITY.md.
    "changes its own mark, is a vulnerability": (
        "sandbox/test_hostile_class.py::"
        "test_each_submission_gets_its_marks_and_nothing_outside_is_changed"
    ),
    "If one of them reaches the terminal": (
        "test_no_name_or_output_can_break_the_table_or_command_a_terminal_or_spreadsheet"
    ),
    "page that simpsh writes runs it as a script": "test_nothing_of_a_submission_becomes_markup",
}


@pytest.fixture(scope="module")
def names() -> set[str]:
    """The names of all tests of grading."""
    folder = Path(PROJECT) / "tests"
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_is_in_a_document_and_its_test_exists(promise, names):
    documents = [(Path(PROJECT) / name).read_text(encoding="utf-8") for name in _DOCUMENTS]
    assert " ".join(promise.split()) in " ".join(" ".join(documents).split())
    name = PROMISES[promise].rpartition("::")[2]
    assert any(it.startswith(name) for it in names), name
