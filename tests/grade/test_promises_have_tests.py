"""Each promise about what a submission can see, reach, spoil or earn has a test.

sandbox/attacks.py has those that an attack tries to break.
"""

import re
from pathlib import Path

from tests.harness.sh import PROJECT

_REACH = "test_nothing_of_the_host_can_be_reached"
_HOGS = "test_hogs_use_up_nothing_that_others_need"
# A part of a sentence of docs/grading.md or SECURITY.md, and the test of what it promises.
PROMISES = {
    # What it can see.
    "there is no other process to signal": _REACH,
    "Nothing else can be written, or is visible": _REACH,
    "a lock of the system cannot be used through it": _REACH,
    "no terminal, interface or object of yours": _REACH,
    "of the grader's variables only `PATH`": (
        "test_of_the_variables_of_the_grader_a_submission_sees_those_that_programs_need"
    ),
    "has other pids, System V objects and sockets than the check": (
        "test_a_programs_output_reaches_the_check_in_order_and_its_files_do_not"
    ),
    "the program does not see the next lines": (
        "test_a_program_reads_what_it_is_given_and_never_what_the_check_reads"
    ),
    "If a check runs the submission directly": ("test_a_check_as_the_submissions_user_is_refused"),
    # What it can reach and spoil.
    "unpacked in the sandbox": "test_hostile_archives_are_contained_and_bombs_refused",
    "no other submission is refused": _HOGS,
    "A test uses up each of these at once": _HOGS,
    "`not_isolated` names the exceptions": (
        "test_each_row_of_the_budget_is_bounded_and_has_a_hog_or_a_reason_for_none"
    ),
    "sockets other than UNIX, TCP and UDP": (
        "test_sockets_are_filtered_by_protocol_and_sync_waits_for_no_disk"
    ),
    "refuses a machine that isolates too little": (
        "test_a_machine_with_little_isolation_is_refused_before_anything_runs"
    ),
    "no cell of the CSV is a": (
        "test_no_name_or_output_can_break_the_table_or_command_a_terminal_or_spreadsheet"
    ),
    # What it can earn.
    "refuses every other program": (
        "test_each_cheat_loses_what_it_did_not_earn_and_honest_programs_lose_nothing"
    ),
    "costs all points": ("test_without_landlock_the_record_names_the_program_that_did_the_work"),
    "an installed shell under another name": "test_a_copy_of_an_installed_shell_gets_no_points",
    "in an exercise, such a script counts": (
        "test_a_script_of_a_shell_does_its_own_work_unless_it_runs_what_the_task_names"
    ),
    "A script of a shell may start": (
        "test_a_script_that_executes_the_shells_own_program_is_no_cheat"
    ),
    "An answer that was": "test_an_answer_that_no_wait_gave_loses_its_check",
    "a line that copies its arguments is lost": "test_an_answer_that_no_wait_gave_loses_its_check",
    "Printing a program's output earns nothing": (
        "test_printing_the_expected_output_without_the_programs_gets_no_points"
    ),
    "are equally hard": "test_a_shell_that_recognizes_known_lines_gets_few_points",
    "A result counts only if no other user can have written it": "grade_foreign_results.spec",
    "are refused. `ID.c.txt` is judged": "test_two_programs_of_equal_standing_are_refused",
    "An unchanged start program does not count": "grade_class.spec",
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
    "shows which marks would change": "grade_results.spec",
    "each column has one meaning": "test_a_table_can_be_csv_or_json",
    # Of SECURITY.md.
    "changes its own mark, is a vulnerability": (
        "test_each_attack_gets_its_mark_and_changes_nothing_outside"
    ),
    "If one of them reaches the terminal": (
        "test_no_name_or_output_can_break_the_table_or_command_a_terminal_or_spreadsheet"
    ),
    "page that simpsh writes runs it as a script": "test_nothing_of_a_submission_becomes_markup",
}


def test_each_promise_is_in_a_document_and_its_test_exists():
    project = Path(PROJECT)
    documents = [(project / name).read_text() for name in ("docs/grading.md", "SECURITY.md")]
    text = " ".join(" ".join(documents).split())
    assert [promise for promise in PROMISES if " ".join(promise.split()) not in text] == []
    tests = "".join(path.read_text() for path in Path(project, "tests/grade").rglob("test_*.py"))
    names = {*re.findall(r"^def (test_\w+)", tests, re.MULTILINE)}
    names |= {path.name for path in Path(project, "tests/spec").glob("grade_*.spec")}
    assert {*PROMISES.values()} - names == set()
