"""An installed course is found by its distribution's own files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from simpsh.course.lesson.lesson_library import Course, Library, installed_courses
from tests.course.lesson.test_lesson_library import LESSON
from tests.support.shells import PYTHON, run_command


@pytest.fixture
def hostile(tmp_path):
    """A directory with a package of the course's name in it, which says when it is used."""
    for folder in ("lessons", "lessons/fork"):
        Path(tmp_path, folder).mkdir()
        Path(tmp_path, folder, "__init__.py").write_text("raise SystemExit('hostile')\n")
    for name in ("claims", "glossary", "plans", "fork/rule_4_copied", "own"):
        Path(tmp_path, f"lessons/{name}.py").write_text("LESSON = 1\nraise SystemExit('hostile')\n")
    return tmp_path


def test_a_folder_lessons_in_the_working_directory_shadows_nothing(hostile):
    for words, expected in (
        (("list",), "rule-4-copied "),
        (("what", "zombie"), "collect"),
        (("exercise", "list"), "two-children"),
        (("show", "rule-4-copied"), "Rule 4"),
    ):
        done = run_command([PYTHON, "-m", "simpsh", "lesson", *words], cwd=hostile)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert expected in done.stdout
        assert "hostile" not in done.stdout


def installed(place: Path, package: str, files: dict[str, str], *, record: str | None) -> None:
    """Lay a distribution with a course into a directory, as an installer does."""
    about = place / f"{package.partition('.')[0]}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[simpsh.lessons]\nx = {package}\n")
    if record is not None:
        (about / "RECORD").write_text(record)
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)


def test_a_course_in_units_below_another_package_is_read_with_its_order(tmp_path, monkeypatch):
    files = {
        "uni/course/__init__.py": "ORDER = ('second', 'first')\n",
        "uni/course/one/__init__.py": "",
        "uni/course/one/first.py": LESSON.format(id="first", chapter="fork"),
        "uni/course/second.py": LESSON.format(id="second", chapter="fork"),
        "uni/course/glossary.py": "TERMS = {'uni': 'A term.'}\n",
    }
    installed(tmp_path, "uni.course", files, record="".join(f"{name},,\n" for name in files))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    [own, other] = installed_courses()
    assert own.package == "lessons"
    library = Library(courses=[other])
    assert library.ids == ("second", "first")
    assert library.path_of("first") == "course/one/first.py"
    assert library.find("first").title == "first"
    assert sys.modules["uni.course.one.first"].LESSON is library.find("first")
    assert library.glossary().page().count("A term.") == 1
    assert library.problems == []


@pytest.mark.parametrize("way", ["a .pth file", "direct_url.json", "no list of files", "none"])
def test_an_editable_course_is_found_where_its_source_is(tmp_path, monkeypatch, way):
    source, site = tmp_path / "source", tmp_path / "site"
    record = {"a .pth file": "edited.pth,,\n", "no list of files": None}.get(way, "")
    installed(site, "edited", {"edited.pth": f"{source}\n"}, record=record)
    if way == "direct_url.json":
        about = f'{{"url": "{tmp_path.as_uri()}/source", "dir_info": {{"editable": true}}}}'
        (site / "edited-1.0.dist-info" / "direct_url.json").write_text(about)
    # Without a list the course is next to its distribution.
    places = {"direct_url.json": source / "src", "no list of files": site}
    inside = places.get(way, source) / "edited"
    inside.mkdir(parents=True)
    (inside / "__init__.py").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    expected = Course("edited", "" if way == "none" else str(inside))
    assert installed_courses()[1] == expected
