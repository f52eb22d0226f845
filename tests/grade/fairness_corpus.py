"""Right programs in many styles: the judge must refuse none of them.

The first lines of a file in `right_programs/EXERCISE` name its style: `right:
NAME`, or `right: NAME | RECIPE` if a Makefile builds it. One source may be built in several ways. A
shell names the checks that it lacks (`lacks: KEY, …`), or the assignment that it is written for
(`asked: csapp-tsh`).
"""

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.reports.class_results import Result, load, one_line, remark
from simpsh.grade.sandbox.guarded_files import read_beginning
from simpsh.grade.sandbox.program_build import NOT_BUILT
from tests.grade.confinement import GRADE, accepted
from tests.harness.sh import run_command
from tests.support.needed_programs import is_installed

CATALOGUE = ExerciseCatalogue()
CORPUS = Path(__file__).parent / "right_programs"
_HEADING = re.compile(r"^(?:#|//) (right|lacks|asked): (.*)$", re.MULTILINE)
_HEADING_BYTES = 2000
_SOLUTION = "model solution"


class RightProgram(NamedTuple):
    """A right program of an exercise, in one style."""

    exercise: str
    path: str
    """The source, or a script."""
    style: str
    recipe: str = ""
    """How a Makefile builds it; empty if it is built or run like any submission."""
    lacks: tuple[str, ...] = ()
    """Behaviours that a shell lacks: `bg`, `statuses.killed`."""
    interpreter: str = ""
    """The program that the first line names, without its path; empty for a source."""
    asked: str = ""
    """The assignment that a shell is written for; empty for every behaviour that simpsh knows."""

    def lay_out(self, folder: str) -> None:
        """Make the folder that a student with this program submits."""
        os.mkdir(folder)
        _, ending = os.path.splitext(self.path)
        name = self.exercise + ("" if self.interpreter else ending)
        shutil.copyfile(self.path, os.path.join(folder, name))
        if self.interpreter:
            os.chmod(os.path.join(folder, name), 0o755)
        if self.recipe:
            Path(folder, "Makefile").write_text(f"{self.exercise}: {name}\n\t{self.recipe}\n")

    @property
    def is_solution(self) -> bool:
        """Whether it is a solution of the exercise itself."""
        return self.style.startswith(_SOLUTION)

    @property
    def needed(self) -> list[str]:
        """The compiler or interpreter that the program needs."""
        if words := [word for word in self.recipe.split() if "=" not in word]:
            return ["make", words[0]]
        if self.interpreter:
            return [self.interpreter]
        return ["cc"] if self.path.endswith(".c") else []


def right_programs(exercise: str) -> list[RightProgram]:
    """Return the right programs of an exercise: its model solutions, then the corpus."""
    folder = CATALOGUE.folder(exercise)
    programs = [
        RightProgram(exercise, folder.file(f"solution.{end}"), f"{_SOLUTION}, {end}")
        for end in folder.solutions
    ]
    for path in sorted(CORPUS.glob(f"{exercise}/*")):
        head = read_beginning(str(path), _HEADING_BYTES).decode() if path.is_file() else ""
        first, _, _ = head.partition("\n")
        interpreter = os.path.basename(first.split()[-1]) if first.startswith("#!") else ""
        lines = _HEADING.findall(head)
        lacks = tuple(name for key, words in lines if key == "lacks" for name in words.split(", "))
        asked = "".join(words for key, words in lines if key == "asked")
        for style, _, recipe in (words.partition(" | ") for key, words in lines if key == "right"):
            found = RightProgram(exercise, str(path), style, recipe, lacks, interpreter, asked)
            programs.append(found)
    return programs


def refused(exercise: str, folder: Path) -> dict[str, str]:
    """Judge the right programs of an exercise as a class; return why some lost points.

    Programs are left out if this machine has no compiler, interpreter or memory for them. The keys
    are their styles.
    """
    tasks: dict[tuple[str, ...], list[RightProgram]] = {}
    for program in right_programs(exercise):
        words = ("--exercise", exercise)
        if CATALOGUE.find(exercise).behaviours and not program.is_solution:
            words = ("--assignment", program.asked) if program.asked else ("--assignment", "shell")
        if all(map(is_installed, program.needed)):
            tasks.setdefault(words, []).append(program)
    reasons: dict[str, str] = {}
    for words, programs in tasks.items():
        class_folder = folder / words[-1]
        handed_in = {f"{n:03} {Path(it.path).name}": it for n, it in enumerate(programs)}
        (class_folder / "handed-in").mkdir(parents=True)
        for name, program in handed_in.items():
            program.lay_out(str(class_folder / "handed-in" / name))
        done = run_command(
            [*GRADE, *words, *accepted(), "handed-in"], cwd=class_folder, timeout=1500
        )
        if "not judged: cgroup" in done.stderr:  # the machine lacks it
            continue
        assert done.returncode == 0, done.stderr
        for path in (class_folder / "results").glob("*.json"):
            result = load(str(path))
            program = handed_in.pop(result.name)
            if reason := _why_refused(result, program):
                reasons[program.style] = reason
        assert not handed_in
    return reasons


def _why_refused(result: Result, program: RightProgram) -> str:
    """Return why a program lost points; empty if it lost none, or the machine lacks something."""
    if result.problem.startswith(NOT_BUILT):
        return ""
    lost = [
        f"{mark.id}.{check.key}: {one_line(check.instead)}"
        for mark, check in result.graded
        if not check.is_passed and not {mark.id, f"{mark.id}.{check.key}"} & {*program.lacks}
    ]
    return "; ".join(lost) or ("" if program.lacks else remark(result))
