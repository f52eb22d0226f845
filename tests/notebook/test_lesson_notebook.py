"""Lessons and exercises as notebook files: complete, valid, and run from top to bottom."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from simpsh.course import NotShown, Say
from simpsh.course.lesson.lesson_library import Library
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.notebook.lesson_notebook import exercise_notebook, lesson_notebook
from tests.course.lesson_files import PLAIN_CLAIM, run_of, write_lesson
from tests.notebook.test_kernel import installed, run  # noqa: F401 - a fixture
from tests.support.shells import simpsh_command

RUNNER = Path(__file__).parent / "programs" / "run_notebook.py"


@pytest.fixture(scope="module")
def library():
    return Library()


def test_every_step_of_every_lesson_has_its_cell(library):
    lessons, _ = library.all()
    for lesson in lessons:
        cells = lesson_notebook([lesson])["cells"]
        assert len(cells) == len(lesson.steps) + 2
        for place, (step, cell) in enumerate(zip(lesson.steps, cells[1:-1], strict=True), 1):
            if isinstance(step, Say | NotShown):
                assert cell["cell_type"] == "markdown"
            else:
                assert cell["source"].startswith(f"%lesson {lesson.id} step {place}\n# ")
        assert lesson.remember in cells[-1]["source"]
        assert len({cell["id"] for cell in cells}) == len(cells)


def test_an_exercise_has_the_cells_of_nbgrader():
    catalogue = ExerciseCatalogue()
    folder = catalogue.folder("two-children")
    cells = exercise_notebook(catalogue.find(folder.id), folder)["cells"]
    marks = [cell["metadata"]["nbgrader"] for cell in cells]
    assert [one["solution"] for one in marks] == [False, True, False]
    assert [one["grade"] for one in marks] == [False, False, True]
    assert marks[2]["points"] == 7
    assert cells[1]["source"].startswith("cat >two-children.py <<'END_OF_PROGRAM'\n")
    assert cells[2]["source"] == "%exercise two-children two-children.py"


def test_an_exercise_about_a_shell_is_refused_in_one_line():
    done = run(*simpsh_command(), "lesson", "notebook", "--exercise", "shell-2")
    assert done.returncode == 2
    assert done.stderr == "simpsh: shell-2: what it asks of a shell is judged at a terminal only\n"


@pytest.mark.slow
def test_notebooks_run_from_top_to_bottom_and_false_claims_fail(installed, tmp_path):  # noqa: F811
    pytest.importorskip("nbclient", reason="pip install nbclient")
    own = tmp_path / "own"
    own.mkdir()
    claim = PLAIN_CLAIM.replace('prints("it ended with 7")', 'prints("it ended with 8")')
    write_lesson(own, "mine", run_of(claim))
    made = {
        "good": ["rule-1-both-continue"],
        "bad": ["mine", "--path", str(own)],
        "exercise": ["--exercise", "two-children"],
    }
    for name, words in made.items():
        written = tmp_path / f"{name}.ipynb"
        done = run(*simpsh_command(), "lesson", "notebook", *words, "-o", str(written))
        assert done.returncode == 0, done.stderr
    done = run(
        *(sys.executable, str(RUNNER), *(str(tmp_path / f"{name}.ipynb") for name in made)),
        cwd=tmp_path,
        JUPYTER_PATH=str(installed / "share/jupyter"),
        JUPYTER_RUNTIME_DIR=str(tmp_path),
        JUPYTER_PLATFORM_DIRS="1",
    )
    assert done.returncode == 0, done.stderr
    good, bad, exercise = json.loads(done.stdout)
    assert good["errors"] == []
    assert "✓" in good["text"]
    assert bad["errors"] == ["The parent gets 7."]
    assert exercise["errors"] == ["the exercise is not solved yet: see above"]
