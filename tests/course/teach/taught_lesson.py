"""A lesson for tests, taught in a terminal with hand-made runs.

python -m tests.course.teach.taught_lesson PROGRESS_FILE [option …]

Options: --plain --other --editor
"""

import os
import sys
from pathlib import Path

from simpsh.base.errors import SimpshError
from simpsh.base.events import Exit, Line
from simpsh.cli.lesson_prompt import AnswerPrompt
from simpsh.course.claims.demonstration import NO_EDIT, listing
from simpsh.course.claims.observation import OrderStep, PossibleOrder, ProcessLook, SearchResult
from simpsh.course.lesson.lesson_library import LessonHead
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.teach.lesson_teacher import teach
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.course.teach.teaching_stage import stage_for
from tests.course.handmade_observations import (
    collects,
    forks,
    made,
    prints,
    returns as came_back,
    waits,
)
from tests.course.records import (
    Ask,
    Choice,
    Claim,
    Compare,
    Explore,
    Lesson,
    Predict,
    Run,
    Say,
    Show,
    Try,
    insert,
    move,
)


def race() -> None:
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)
    os.write(1, b"parent ")
    os.waitpid(child, 0)


the_order = Run(
    race,
    id="order",
    edit=move("os.waitpid(child, 0)", above='os.write(1, b"parent'),
    claims=[
        Claim("The child's word comes first.", "before(child.writes(), parent.writes())"),
        Claim("There is one child.", "len(parent.forks()) == 1"),
    ],
)
LESSON = Lesson(
    id="first-things",
    title="First things first",
    minutes=3,
    remember="An order that matters must be made.",
    good_for="Programs that work on Mondays, too.",
    read_on=("fork(2)", "wait(2)"),
    exercise="two-children",
    steps=[
        Say("Two processes, a word each. **Who** is first?"),
        Predict(
            "How many outputs are *possible*?",
            Choice("one", "outputs == {'child parent '}", "That would need a cause."),
            Choice(
                "two",
                "outputs == {'child parent ', 'parent child '}",
                'Nothing in {line:os.write(1, b"parent} waits for the child.',
            ),
            hint=(
                "The two processes run at the same time: "
                '{line:os.write(1, b"parent} waits for nothing.'
            ),
        ),
        Explore(race, id="race", native=400),
        Say("Now with a cause."),
        Predict(
            "And now?",
            Choice(
                "the child is first", "before(child.writes(), parent.writes())", "waitpid waits."
            ),
            Choice(
                "the parent is first",
                "before(parent.writes(), child.writes())",
                "The parent stands in `waitpid` until the child has ended.",
            ),
        ),
        the_order,
        Compare(
            the_order,
            id="pauses",
            title="before it writes",
            variants={
                "nothing": NO_EDIT,
                "a pause": insert("signal.pause()", above='os.write(1, b"child'),
            },
            columns={"does it end?": "'hangs' if hangs else 'ends'"},
            claims=[Claim("A child that sleeps is waited for.", "row('a pause').hangs")],
        ),
        Ask(
            "How many processes were there?",
            "len(parent.forks()) + 1",
            "One forked one.",
            near={1: "The parent is one, too."},
        ),
        Show("family", of="order", at="rest", text="Two have been in line 2."),
        Say("Not shown here: two CPUs are needed for that."),
        Try(
            "Print a, then b:\n\n    echo b & echo a",
            {"the line returns": "returns"},
            hint="wait",
            solution="echo a & wait; echo b",
            note="Nothing is left to chance.",
        ),
    ],
)
OTHER = Lesson(
    id="second-thoughts",
    title="Second thoughts",
    minutes=1,
    remember="Ask again.",
    steps=[Say("Nothing new.")],
)


def story():
    return made(
        ("parent", "child"),
        [
            (1, "parent", Line(1)),
            (1, "parent", forks("child")),
            (2, "parent", Line(2)),
            (2, "child", Line(2)),
            (5, "parent", Line(5)),
            (5, "parent", waits("child")),
            (3, "child", prints("child ")),
            (4, "child", Exit(0)),
            (5, "parent", came_back("child")),
            (5, "parent", collects("child", "parent")),
            (6, "parent", prints("parent ")),
            (6, "parent", Exit(0)),
        ],
        output="child parent ",
        source=listing(the_order).source,
        marks={"rest": (99, {"parent": ProcessLook(1, "S")})},
    )


def way(*words: str) -> PossibleOrder:
    born = OrderStep("parent", "forks child")
    return (born, *(OrderStep(word, "prints") for word in words))


def perform(step):
    """Return the hand-made result of a step."""
    if step.id == "race":
        return SearchResult(
            {"child parent ": way("child", "parent"), "parent child ": way("parent", "child")},
            {"parent child ": 400},
            400,
            is_complete=True,
            names=("parent", "child"),
        )
    if step.id == "pauses":
        hanging = made(("parent", "child"), [], hangs=True)
        return {"nothing": story(), "a pause": hanging}
    if step.id == "order":
        return story()
    raise SimpshError(f"no run of {step.id} was made")


class Shelf:
    """A library of the two lessons."""

    def heads(self) -> tuple[list[LessonHead], list[str]]:
        lessons = (LESSON, OTHER)
        return [LessonHead(lesson.id, lesson.title, 1, "fork") for lesson in lessons], []

    def find(self, name: str) -> Lesson:
        return {LESSON.id: LESSON, OTHER.id: OTHER}[name]

    def glossary(self) -> Glossary:
        return Glossary({"possible": "Some order of the processes gives this output. sched(7)"})


def main(arguments: list[str]) -> int:
    stage = stage_for(
        Shelf(),
        mode="study",
        is_plain="--plain" in arguments,
        records=StudentProgress(Path(arguments[0])),
        perform=perform,
    )
    if "--editor" in arguments:
        stage.ask = AnswerPrompt().ask
    lesson = OTHER if "--other" in arguments else LESSON
    return 0 if teach(lesson, stage) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
