"""Reports of machines become rows; a later run replaces the rows of its machine alone."""

from __future__ import annotations

import json

from tests.support.machines.platform_table import BEGIN, END, differences, rows_of, with_rows
from tests.support.machines.settings import SETTINGS

LINES = [
    {"setting": "", "check": "machine", "kernel": "6.1", "python": "3.11.2", "page": 4096},
    {
        "setting": "yama-2",
        "check": "doctor",
        "verdict": "passed",
        "missing": {"ptrace": "no"},
        "lost": [["zombie", 2, True], ["zombie", 2, False]],
    },
    {
        "setting": "yama-2",
        "check": "lessons",
        "verdict": "failed",
        "passed": 7,
        "failed": 1,
        "skipped": 3,
    },
    {
        "setting": "yama-2",
        "check": "explore",
        "verdict": "refused",
        "equal": [],
        "refused": {"a": "not permitted"},
        "wrong": {},
    },
    {
        "setting": "yama-2",
        "check": "grade",
        "verdict": "refused",
        "text": "no process may be traced | here",
    },
    {"setting": "hidepid", "check": "setting", "verdict": "missing", "text": "no such option"},
]
TITLES = {one.name: one.title for one in SETTINGS}


def rows(machine="arm64"):
    return rows_of(machine, map(json.dumps, LINES), TITLES)


def test_each_setting_is_a_row_and_failures_are_counted():
    first, second = rows()
    assert first[:2] == ["arm64, Linux 6.1, Python 3.11.2", "user, Yama 2: no ptrace"]
    assert first[2:] == [
        "ptrace: 1 step lost",
        "7 passed, 1 failed, 3 explained only",
        "1 refused",
        "refused: no process may be traced / here",
        *("–", "–", "–"),
    ]
    assert second[1:4] == ["user, /proc with hidepid=2", "not made: no such option", "–"]


def test_where_doctor_says_something_else_than_the_checks_found_the_row_says_so():
    lost = {"verdict": "passed", "missing": {"cgroup": "no"}, "lost": [["bomb", 2, True]]}
    skips = [["bomb", 2, "run", "no"], ["bomb", 3, "question", "no"]]
    lessons = {"verdict": "passed", "skips": skips, "names": ["bomb"]}
    assert not differences({"doctor": lost, "lessons": lessons, "explore": {"verdict": "passed"}})
    more = {**lessons, "skips": [["bomb", 4, "claim", "no"]]}
    refused = {"verdict": "refused"}
    assert differences({"doctor": lost, "lessons": more, "explore": refused}) == [
        "bomb step 4 is explained only, unsaid",
        "bomb step 2 is shown",
        "explore is refused",
    ]
    without = {**lost, "missing": {"ptrace": "no"}}
    assert differences({"doctor": without, "grade": {"verdict": "passed"}}) == ["grade is possible"]


def test_a_later_run_replaces_rows_of_its_machine_and_settings_alone():
    page = f"before\n{BEGIN}\n{END}\nafter\n"
    page = with_rows(page, rows())
    page = with_rows(page, rows("arm64-16k"))
    again = with_rows(page, [[*rows()[0][:2], "nothing", *["–"] * 6]])
    assert again.startswith(f"before\n{BEGIN}\n| machine | setting | doctor misses |")
    assert again.endswith(f"|\n{END}\nafter\n")
    assert sum(line.startswith("| arm64,") for line in page.splitlines()) == 2
    assert sum(line.startswith("| arm64,") for line in again.splitlines()) == 2
    assert again.count("user, Yama 2: no ptrace | nothing |") == 1
    assert sum(line.startswith("| arm64-16k,") for line in again.splitlines()) == 2


def test_a_check_that_was_not_made_again_keeps_its_cell_on_the_same_machine_alone():
    page = with_rows(f"{BEGIN}\n{END}\n", rows())
    about, title, *checks = rows()[0]
    again = [about, title, "nothing", "–", "2 equal", *["–"] * 4]
    kept = ["nothing", checks[1], "2 equal", *checks[3:]]
    assert f"| {' | '.join((about, title, *kept))} |" in with_rows(page, [again])
    newer = [about.replace("6.1", "6.12"), *again[1:]]
    assert f"| {' | '.join(newer)} |" in with_rows(page, [newer])
    assert with_rows(page, [[about, title, *["–"] * 7]]) == page
