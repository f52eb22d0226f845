"""The page of claims lists each claim of the course with the steps that show it."""

from __future__ import annotations

import lessons.claims
from simpsh.course.lesson.lesson_library import Library
from tests.course.lesson_files import GOOD_CLAIM, PLAIN_CLAIM, library, run_of, write_lesson
from tools.write_claims import claims_page

PAGE = """\
## seven

Seven is seven.

- [tried](../lessons/tried.py), step 1: Seven.
- [tried](../lessons/tried.py), step 2: What?
- **The parent gets 7.** – [tried](../lessons/tried.py), step 3

## eight

Eight is eight.

- [tried](../lessons/tried.py), step 4: No machine has it.

## nine

Nine is nine.

- no step shows it

## Further claims of the lessons

- **The parent gets 7.** – [tried](../lessons/tried.py), step 5
"""


def test_claims_are_listed_with_their_steps_and_those_without_an_id_at_the_end(tmp_path):
    question = """Predict("What?", Choice("7", parent.prints("it ended with 7"), "b"),
        facts=("seven",))"""
    steps = f"""Say("Seven.", facts=("seven",)), {question}, {run_of(GOOD_CLAIM)},
        NotShown("eight", "No machine has it."), {run_of(PLAIN_CLAIM)}"""
    write_lesson(tmp_path, "tried", steps)
    claims = {"seven": "Seven is seven.", "eight": "Eight is eight.", "nine": "Nine is nine."}
    page = claims_page([library(tmp_path).find("tried")], claims, "lessons/{}.py".format)
    assert page[page.index("## ") :] == PAGE


def test_the_page_of_the_course_lists_each_claim_once():
    found = Library()
    page = claims_page(found.all()[0], found.claims(), found.path_of)
    for claim, sentence in lessons.claims.CLAIMS.items():
        assert page.count(f"\n## {claim}\n\n{sentence}\n") == 1


def test_what_the_report_lists_one_by_one_are_claims():
    listed = [claim for group in lessons.claims.GROUPS.values() for claim in group]
    assert set(listed) <= set(lessons.claims.CLAIMS)
    assert len(listed) == len(set(listed)) == 26
    assert len(lessons.claims.CLAIMS) == 155
