"""Ids and pages of the lessons of 1.0: each leads to a lesson, or says that it has left."""

from __future__ import annotations

import json
import re
import shutil
import tomllib

import pytest

from simpsh.base.errors import SimpshError
from simpsh.course.check.check_report import LessonReport
from simpsh.course.lesson.lesson_library import Library, NoSuchLesson, SeveralLessons, course_index
from simpsh.course.site import site_build
from simpsh.course.site.site_pages import GLOSSARY, INDEX
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.diagnosis.symptoms import SYMPTOMS
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.shell.causes import LESSONS
from tests.house.source_tree import ROOT, shown

HERE = ROOT / "tests/promises/upgrade"
PROGRESS = HERE / "home/.local/state/simpsh/progress.json"
IDS = tomllib.loads((HERE / "lesson_ids.toml").read_text())
PAGES = (HERE / "site_pages.txt").read_text().split()
"""The pages that `lesson site` of 1.0 wrote; other pages of the web link to them."""
OF_1_0 = sorted({page.removesuffix(".html") for page in {*PAGES} - {INDEX, GLOSSARY}})
MERGED, LEFT = IDS["merged"], IDS["left"]
EXERCISES = sorted({*json.loads(PROGRESS.read_text())["exercises"], *IDS["exercises_left"]})


def test_the_table_of_ids_is_about_lessons():
    assert not MERGED.keys() & {*LEFT}
    assert {*MERGED.values()} <= {*OF_1_0} - MERGED.keys() - {*LEFT}
    assert {*LEFT} <= {*OF_1_0}


@pytest.fixture(scope="module")
def library():
    return Library()


@pytest.mark.parametrize("name", sorted({*OF_1_0, *MERGED}))
def test_each_id_is_a_lesson_or_leads_to_one_or_says_that_it_has_left(name, library):
    if name in library.ids or name not in LEFT:
        assert library.find(name).id == (name if name in library.ids else MERGED[name])
        return
    with pytest.raises(SimpshError) as refusal:
        library.find(name)
    assert re.fullmatch(rf"{name}: .*\bleft\b.*", str(refusal.value))


@pytest.mark.parametrize("name", EXERCISES)
def test_each_exercise_is_there_or_says_that_it_has_left(name):
    catalogue = ExerciseCatalogue()
    if name in catalogue.ids:
        assert catalogue.folder(name).id == name
        return
    assert name in IDS["exercises_left"]
    with pytest.raises(SimpshError) as refusal:
        catalogue.folder(name)
    assert re.fullmatch(rf".*\b{name}\b.*\bleft\b.*", str(refusal.value))


def test_each_page_of_the_site_is_there(tmp_path, monkeypatch):
    def published(_library, lessons, *_):
        return [LessonReport(lesson.id, page=lesson.title) for lesson in lessons]

    # Checking each lesson takes minutes, and does not change the list of pages.
    monkeypatch.setattr(site_build, "_publish", published)
    site_build.build_site(Library(), [], str(tmp_path / "site"))
    assert {*PAGES} - {path.name for path in (tmp_path / "site").iterdir()} == set()


# -- progress ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("former", "lesson"), MERGED.items())
def test_a_merged_lesson_that_is_done_does_not_make_its_host_done(former, lesson, tmp_path):
    done = {"is_done": True, "is_ended": True}
    for given, is_done in (({former: done}, False), ({former: done, lesson: done}, True)):
        file = tmp_path / "progress.json"
        file.write_text(json.dumps({"format": 1, "last": former, "lessons": given}))
        progress = StudentProgress(file)
        assert progress.position(lesson).is_done is is_done
        progress.store_position("shell-loop", 1)
        assert StudentProgress(file).position(lesson).is_done is is_done


def test_a_change_of_the_progress_keeps_all_the_rest(tmp_path):
    shutil.copy(PROGRESS, file := tmp_path / "progress.json")
    file.chmod(0o600)
    StudentProgress(file, pytest.fail).store_position("zombie", 1)
    old, new = json.loads(PROGRESS.read_text()), json.loads(file.read_text())
    assert (new.pop("last"), old.pop("last")) == ("zombie", "rule-3-parallel")
    added = new["lessons"].pop("zombie")
    assert added["step"] == 1
    # Fields that have left: the title of the step, the score, the day of a question's return.
    for entry in old["lessons"].values():
        del entry["question"], entry["guessed"]
    for entry in old["surprises"]:
        del entry["day"]
    for former in course_index().merged.keys() & old["lessons"].keys():
        # A guess in a merged lesson now belongs to its host, which begins at its start.
        at_start = {"step": 0, "is_done": False, "is_ended": False}
        expected = {**old["lessons"].pop(former), **at_start}
        assert new["lessons"].pop(MERGED[former]) == expected
    for entry in old["guesses"] + old["surprises"]:
        entry["lesson"] = MERGED.get(entry["lesson"], entry["lesson"])
    assert new == old


# -- ids outside the course --------------------------------------------------------------------

COMMANDS = (
    re.compile(r"\blesson (?:run|show|check|reset) ([a-z][a-z0-9-]*[a-z0-9])\b"),
    re.compile(r"\blesson ([a-z0-9]+(?:-[a-z0-9]+)+)\b"),
)
"""Commands that take an id, or a part of one."""
LINKS = (
    re.compile(r"[?]lesson=([a-z][a-z0-9-]*)"),
    re.compile(r"\bcourse/([a-z0-9-]+)\.html"),
    re.compile(r"\blessons/[a-z_]+/([a-z0-9-]+)/\w+\.(?:py|c)\b"),
)
HYPHENATED = re.compile(
    rf"(?<![\w-])({'|'.join(name for name in {*OF_1_0, *MERGED} if '-' in name)})(?![\w-])"
)
"""The ids of 1.0 that are no words of their own."""
TEXTS = ("README.md", "SECURITY.md", "docs", "simpsh", "tools", "containers")
"""Everything but the course itself, the tests, and the changelog, which says what has left."""


def project_texts():
    """Yield the path and the text of each file that names lessons to a reader of today."""
    for top in TEXTS:
        whole = ROOT / top
        for path in sorted(whole.rglob("*")) if whole.is_dir() else [whole]:
            # Decisions of 1.0 have four digits.
            is_of_today = not re.match("docs/adr/[0-9]{4}-", shown(path))
            if path.is_file() and is_of_today and path.suffix != ".pyc":
                try:
                    yield shown(path), path.read_text()
                except UnicodeDecodeError:
                    continue  # a picture


def names_a_lesson(library, name):
    """Whether a command with this word would run a lesson, or list several."""
    try:
        library.path_of(name)
    except SeveralLessons:
        return True
    except NoSuchLesson:
        return False
    return True


def test_each_lesson_that_is_named_outside_the_course_exists():
    library = Library([str(ROOT / "docs/example-course/fork_course")])
    there = {*library.ids, *(page.removesuffix(".html") for page in (INDEX, GLOSSARY))}
    missing, seen = [], set()
    for path, text in project_texts():
        created = {*re.findall(r"\bnew ([a-z0-9-]+)", text)}
        typed = {name for pattern in COMMANDS for name in pattern.findall(text)}
        named = {name.replace("_", "-") for link in LINKS for name in link.findall(text)}
        named |= {*HYPHENATED.findall(text)}
        missing += [f"{path}: {name}" for name in sorted(named - there - created)]
        missing += [
            f"{path}: lesson {name}"
            for name in sorted(typed - created)
            if not names_a_lesson(library, name)
        ]
        seen |= named
    assert missing == []
    # The texts name most lessons; patterns that no longer match would find none.
    assert len(seen) > len(library.ids) / 2


def test_each_symptom_and_each_explained_failure_leads_to_a_lesson():
    symptoms = {lesson for _, lesson, _ in SYMPTOMS.values()}
    assert {*LESSONS.values()} | symptoms <= {*Library().ids}
