"""Each subcommand is a room of its own; what it needs of the rooms above is handed to it here."""

from __future__ import annotations

from simpsh.errors import UsageProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def run_subcommand(name: str, words: Sequence[str]) -> int:
    """Run `simpsh name words…`, and return the exit status.

    Raises:
        SimpshError, OSError: as the subcommand says.
    """
    run = _RUNS.get(name)
    if run is None:
        raise UsageProblem(f"{name}: there is no such subcommand")
    return run(words)


def teach_file(path: str) -> int:
    """Teach the lesson of a file on this terminal, and return the exit status."""
    from simpsh.course.command import teach_file as teach
    from simpsh.tutoring import prompt_here

    return teach(path, prompt_here)


def _diagnose(words: Sequence[str]) -> int:
    from simpsh.process.diagnose import main

    return main(list(words))


def _trace(words: Sequence[str]) -> int:
    from simpsh.trace.command import main
    from simpsh.view.formats import render

    return main(list(words), render)


def _step(words: Sequence[str]) -> int:
    from simpsh.explore.step_command import main
    from simpsh.repl.stepper import run_screen

    return main(words, run_screen)


def _explore(words: Sequence[str]) -> int:
    from simpsh.explore.command import main

    return main(words)


def _lesson(words: Sequence[str]) -> int:
    if words and words[0] == "exercise":
        from simpsh.grade.exercise_command import main as exercise

        return exercise(words[1:])
    if list(words[:2]) == ["new", "exercise"]:
        return _new_exercise(words[2:])
    if words and words[0] == "check" and "--exercises" in words:
        from simpsh.grade.exercise_check_command import main as check

        return check([word for word in words[1:] if word != "--exercises"])
    from simpsh.course.command import main
    from simpsh.tutoring import prompt_here

    return main(words, prompt_here)


def _new_exercise(words: Sequence[str]) -> int:
    from simpsh.grade.exercise_template import create
    from simpsh.kernel.descriptors import write_all

    if len(words) != 1:
        raise UsageProblem("lesson new exercise: which id? It is one word")
    path = create(words[0])
    told = f"{path}: complete; see it checked: simpsh lesson check --exercises {words[0]} --path ."
    write_all(1, f"{told}\n".encode())
    return 0


def _doctor(words: Sequence[str]) -> int:
    from simpsh.course.doctor import main

    return main(words)


def _grade(words: Sequence[str]) -> int:
    from simpsh.grade.command import main

    return main(words)


_RUNS = {
    "diagnose": _diagnose,
    "trace": _trace,
    "step": _step,
    "explore": _explore,
    "lesson": _lesson,
    "doctor": _doctor,
    "grade": _grade,
}
