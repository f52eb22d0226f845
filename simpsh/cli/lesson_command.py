"""`simpsh lesson …`: the place in the course, lessons, and subcommands except the exercises."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import contextmanager

from simpsh import console
from simpsh.base.own_program import as_typed, typed_name
from simpsh.base.phrases import command_words
from simpsh.base.signal_names import SIGCHLD
from simpsh.cli.option_parser import BadValue, PathOptions, flag, number, option, subcommand_of
from simpsh.course.lesson.lesson_library import Library, NoSuchLesson, SeveralLessons, create
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.kernel import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Commands that need no lesson engine, such as `lesson list`, do not import it.
    from typing import ClassVar, Literal

    from simpsh.course.check.check_report import LessonReport
    from simpsh.course.lesson.lesson import Lesson
    from simpsh.course.teach.course_map import CourseMap
    from simpsh.course.teach.teaching_stage import TeachingStage

    Mode = Literal["study", "class", "auto"]

_ONE_LESSON = "the id of a lesson is missing; `simpsh lesson list` lists the lessons"


class LessonOptions(PathOptions):
    """Options of the subcommands of `lesson`."""

    operands_are: tuple[str, ...] = ("lesson",)

    def library(self) -> Library:
        """Return the library of all lessons."""
        return Library(self.folders)

    def answer(self) -> int:
        """Run; return the exit status."""
        # If SIGCHLD is ignored, the kernel discards the statuses of children.
        signals.sigaction(SIGCHLD, signals.SIG_DFL)
        return self.run()


class ScreenOptions(LessonOptions):
    """Options for how a list or a lesson is shown."""

    is_plain: bool = flag("--plain", "text from top to bottom, no pictures")


class _List(LessonOptions):
    name, usage = "lesson list", ("[--path DIR]",)
    example = "simpsh lesson list"
    about = (
        "Lists all lessons by unit. core: for everyone. deeper: optional. reference: to look "
        "things up."
    )
    operand_counts = (0, 0)

    def run(self) -> int:
        course, problems = _course_map(self)
        screen = TerminalScreen()
        screen.show(course.listed(screen.width))
        return _with_problems(problems)


class LessonCommand(ScreenOptions):
    """Show the map of the course, run a lesson, or run a subcommand."""

    name = "lesson"
    usage = ("[--path DIR] [--plain]", "ID [option …]", "SUBCOMMAND …")
    example = "simpsh lesson"
    about = (
        "Shows where you are in the course; with ID, runs that lesson. Any part of an ID that only "
        "one lesson has is enough."
    )
    operand_counts = (0, None)
    is_command = True
    children: ClassVar = {
        "list": lambda: _List,
        "run": lambda: _Run,
        "class": lambda: _Class,
        "check": lambda: _Check,
        "show": lambda: _Show,
        "reset": lambda: _Reset,
        "new": lambda: _New,
        "progress": lambda: _Progress,
        "report": lambda: _Report,
        "test": lambda: _Test,
        "site": lambda: _Site,
        "exercise": lambda: subcommand_of("exercise"),
    }

    def run(self) -> int:
        """Show where the student is, or run the lesson with this id."""
        if self.operands:
            command = _Run.read(self.operands)
            command.folders = [*self.folders, *command.folders]
            command.is_plain |= self.is_plain
            try:
                return command.run()
            except SeveralLessons:
                raise
            except NoSuchLesson:
                import difflib

                if near := difflib.get_close_matches(self.operand, self.children, 1):
                    words = f"there is no such lesson or subcommand; did you mean {near[0]}?"
                    raise self.misuse(f"{self.operand}: {words}") from None
                raise
        course, problems = _course_map(self)
        screen = TerminalScreen()
        screen.show(course.position(lesson_words(), screen.width))
        return _with_problems(problems)


def _course_map(options: LessonOptions) -> tuple[CourseMap, list[str]]:
    """Return the map of the course, and problems with lesson files."""
    from simpsh.course.teach.course_map import CourseMap
    from simpsh.course.teach.student_progress import StudentProgress

    heads, problems = options.library().heads()
    return CourseMap(heads, StudentProgress().record), problems


def lesson_words() -> str:
    """Return the command for lessons: the builtin `lesson` in simpsh, else the program."""
    from simpsh.process import proc

    parent = as_typed(proc.argv(os.getppid()))
    return "lesson" if parent[:1] == ("simpsh",) else f"{typed_name()} lesson"


def _with_problems(problems: Sequence[str]) -> int:
    """Report lessons that cannot be loaded, and return the exit status."""
    console.warn(f"simpsh: {problem}" for problem in problems)
    return 1 if problems else 0


# -------------------------------------------------------------------------------- learning


def _web_address(text: str) -> str:
    """Read an http or https address, without its last slash."""
    from urllib.parse import urlsplit

    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "?" in text or "#" in text:
        raise BadValue(f"{text}: an address such as https://server.example/class is needed")
    return text.rstrip("/")


class _Run(ScreenOptions):
    name, usage = "lesson run", ("[ID] [option …]",)
    example = "simpsh lesson run seven-rules"
    about = "Runs a lesson from where you stopped. Without ID, it is the next one of the course."
    operand_counts = (0, 1)
    left: ClassVar = {"--auto": "simpsh lesson show ID", "--class": "simpsh lesson class ID"}

    start: str = option("--from STEP", "begin at a step: its number, or the id of its run", "")
    """Empty to continue where the student stopped."""

    def run(self) -> int:
        name = self.operand
        if not name:
            course, problems = _course_map(self)
            if course.next is None:
                console.show_lines(["You have done all lessons."])
                return _with_problems(problems)
            name = course.next.head.id
        _teach(self, name, "study", self.start)
        return 0


class _Class(ScreenOptions):
    name, usage = "lesson class", ("ID [option …]",)
    example = "simpsh lesson class seven-rules"
    about = "Runs a lesson for a class that answers on its phones."
    operand_counts, missing = (1, 1), _ONE_LESSON

    start: str = option("--from STEP", "begin at a step: its number, or the id of its run", "")
    is_new: bool = flag("--new", "begin a new class instead of continuing the last one")
    bind: str = option("--bind ADDRESS", "serve on this address only", "0.0.0.0")
    port: int = option("--port N", "the port, 0 for a free one", 8037, number(0, 65535))
    url: str = option(
        "--url URL", "the address that students type, for a proxy or tunnel", "", _web_address
    )

    def run(self) -> int:
        from simpsh.course.classroom.led_class import ClassSettings, LedClass
        from simpsh.course.teach.teaching_stage import interruptible

        if not (os.isatty(0) and os.isatty(1)) or console.wants_plain():
            raise self.misuse("a terminal is needed: the class is led by keys")
        lesson = self.library().find(self.operand)
        first_step = _first_step(self, lesson, self.start)
        addresses = self.bind, self.port, self.url
        settings = ClassSettings(*addresses, self.is_new)
        with _stage_of(self, "class") as stage, interruptible():
            LedClass(lesson, stage, settings, first_step).teach()
        return 0


class _Test(ScreenOptions):
    name, usage = "lesson test", ("[--seed N] [option …]",)
    example = "simpsh lesson test"
    about = (
        "Asks fifteen questions, with three programs to repair. Then it shows your result by unit. "
        "Take it at the end of the course, or before it, to choose where to begin."
    )
    operand_counts = (0, 0)

    seed: int = option(
        *("--seed N", "draw the same test as everybody with this number"), *(0, number(0, 999_999))
    )
    """0 for a random seed, which the result shows."""

    def run(self) -> int:
        return 0 if _take_test(self, self.seed) else 1


def _take_test(options: ScreenOptions, seed: int) -> bool:
    """Take the test; return whether its end was reached."""
    import random

    from simpsh.course.teach.course_test import take
    from simpsh.course.teach.teaching_stage import LessonLeft, interruptible

    seed = seed or random.randrange(1, 1_000_000)
    try:
        with _stage_of(options, "study") as stage, interruptible():
            result = take(stage, options.library(), seed)
    except (LessonLeft, KeyboardInterrupt):
        again = stage.command_for(f"test --seed {seed}")
        console.show_lines([f"Stopped: no result. The same test again: {again}"])
        return False
    if stage.progress is not None:
        stage.progress.note_test(result.by_unit())
    stage.show(result.lines(stage.text_width))
    return True


class _Show(ScreenOptions):
    name, usage = "lesson show", ("ID [option …]",)
    example = "simpsh lesson show zombie"
    about = "Shows a lesson without questions."
    operand_counts, missing = (1, 1), _ONE_LESSON

    def run(self) -> int:
        _teach(self, self.operand, "auto", "")
        return 0


@contextmanager
def _stage_of(options: ScreenOptions, mode: Mode) -> Iterator[TeachingStage]:
    """Have a stage on this terminal; then end its prompt for tasks, and restore the terminal."""
    from simpsh.cli.lesson_prompt import AnswerPrompt, TutoringPrompt
    from simpsh.course.screen.screen_forms import ScreenForm
    from simpsh.course.teach import teaching_stage
    from simpsh.course.teach.student_progress import StudentProgress
    from simpsh.view.styled_text import quote_code

    is_plain = options.is_plain or console.wants_plain()
    has_terminal = os.isatty(0) and os.isatty(1)
    answers = AnswerPrompt()
    quote_code(is_on=os.isatty(1) and not console.colours())
    stage = teaching_stage.TeachingStage(
        TerminalScreen(),
        ScreenForm(is_plain=is_plain),
        answers.ask if has_terminal and not is_plain else teaching_stage.ask,
        lambda step: step.perform(),
        prompt=TutoringPrompt() if has_terminal and mode != "auto" else None,
        records=StudentProgress() if mode == "study" else None,
        library=options.library(),
        command=lesson_words(),
        command_end="".join(f" --path {command_words((folder,))}" for folder in options.folders),
        mode=mode,
    )
    try:
        yield stage
    finally:
        answers.finish()


def _teach(options: ScreenOptions, name: str, mode: Mode, start: str) -> bool:
    """Run a lesson; return whether its end was reached."""
    from simpsh.course.teach.lesson_teacher import teach

    lesson = options.library().find(name)
    first_step = _first_step(options, lesson, start)
    with _stage_of(options, mode) as stage:
        return teach(lesson, stage, first_step)


def _first_step(options: ScreenOptions, lesson: Lesson, start: str) -> int | None:
    """Return the index of the step that `--from` names; None without it."""
    if not start:
        return None
    ids = [getattr(step, "id", None) for step in lesson.steps]
    if start not in ids and (not (start.isascii() and start.isdigit()) or int(start) < 1):
        raise options.misuse(f"--from {start}: a step's number or id is needed")
    first_step = ids.index(start) if start in ids else int(start) - 1
    if first_step >= len(ids):
        raise options.misuse(f"--from {start}: {lesson.id} has {len(ids)} steps")
    return first_step


# ------------------------------------------------------------------------------- checking


@contextmanager
def _counting(*, with_why: bool = False) -> Iterator[Callable[[LessonReport], None]]:
    """Count finished checks on standard error; yield the function that prints a report."""
    from simpsh.course.check.check_report import lesson_lines
    from simpsh.course.run.search_progress import reporting_to

    progress = console.ProgressLine(plain_seconds=_SECONDS_BETWEEN)

    def show(report: LessonReport) -> None:
        progress.clear()
        console.show_lines(lesson_lines(report, with_why=with_why))

    try:
        with reporting_to(lambda far: progress.show(f"checked: {far}")):
            yield show
    finally:
        progress.clear()


_SECONDS_BETWEEN = 60.0
"""Without a terminal, a count is a line; so often one is written."""


class _Check(LessonOptions):
    name, usage = "lesson check", ("[ID …] [option …]",)
    example = "simpsh lesson check zombie"
    about = "Checks every claim of the lessons. The exit status is 0 if all hold, else 1."
    operand_counts = (0, None)
    left: ClassVar = {
        "--repairs": "simpsh lesson check ID",
        "--exercises": "simpsh lesson exercise check ID solution.py",
    }

    with_why: bool = flag("--why", "show the evidence for each claim")

    def run(self) -> int:
        from simpsh.course.check.check_report import course_lines
        from simpsh.course.check.course_check import check_course

        with _counting(with_why=self.with_why) as show_report:
            report = check_course(Library(self.folders), self.operands, on_report=show_report)
        console.show_lines(course_lines(report))
        return 0 if report.is_good else 1


class _Site(LessonOptions):
    name, usage = "lesson site", ("DIR [ID …] [option …]",)
    example = "simpsh lesson site course/"
    about = (
        "Writes the lessons as pages into DIR. The pages need no server. Each lesson is checked, "
        "and its page shows the runs of the check. If a lesson fails, nothing is written."
    )
    operand_counts, missing = (1, None), "DIR is missing: the folder to write the pages into"
    operands_are = ("file", "lesson")

    def run(self) -> int:
        from simpsh.cli.option_parser import how_to_open
        from simpsh.course.site.site_build import build_site

        folder, *ids = self.operands
        with _counting() as show:
            words = build_site(self.library(), ids, folder, on_report=show)
        console.show_lines([words])
        console.show_lines([how_to_open(os.path.join(folder, "index.html"))])
        return 0


# ------------------------------------------------------------------------------- progress


class _Reset(LessonOptions):
    name, usage = "lesson reset", ("[ID] [option …]",)
    example = "simpsh lesson reset zombie"
    about = "Forgets your progress, in one lesson or in all."
    operand_counts = (0, 1)

    def run(self) -> int:
        from simpsh.course.teach.student_progress import StudentProgress

        lesson = self.library().find(self.operand).id if self.operands else ""
        StudentProgress().reset(lesson)
        console.say(f"Forgotten: your progress in {lesson or 'every lesson'}.\n")
        return 0


class _Progress(LessonOptions):
    name, usage = "lesson progress", ("[option …]",)
    example = "simpsh lesson progress -o me.csv"
    about = (
        "Writes your answers as CSV. They are guesses, attempts at "
        "tasks and repairs, and your position."
    )
    operand_counts = (0, 0)
    left: ClassVar = {"export": "simpsh lesson progress -o FILE"}

    output: str = option("-o FILE", "write to FILE", "")

    def run(self) -> int:
        from simpsh.course.teach.answer_report import csv_of, rows_of
        from simpsh.course.teach.student_progress import StudentProgress

        console.put(csv_of([*rows_of(StudentProgress().record)]), self.output)
        return 0


class _Report(LessonOptions):
    name, usage = "lesson report", ("FILE … [option …]",)
    example = "simpsh lesson report *.csv"
    about = (
        "Shows how many answers were right. Each FILE is a table that `lesson progress` wrote, or "
        "a folder of them; they are merged."
    )
    operand_counts = (0, None)
    operands_are = ("file",)

    of_classes: bool = flag("--class", "report the classes of `lesson class`, without FILE")
    output: str = option("-o FILE", "write the merged table to FILE, as CSV", "")

    def run(self) -> int:
        from simpsh.base.file_store import known_suffix
        from simpsh.course.classroom.class_store import rows_of_classes
        from simpsh.course.teach import answer_report

        if not self.operands and not self.of_classes:
            words = "FILE is missing: a table or a folder of tables; or use --class"
            raise self.misuse(words)
        if self.operands and self.of_classes:
            raise self.misuse("--class takes no FILE; write a table with -o FILE.csv to merge it")
        known_suffix(self.output, (".csv",))
        unread: list[str] = []
        if self.of_classes:
            rows = rows_of_classes(unread.append)
        else:
            rows = answer_report.rows_of_files(self.operands)
        for problem in unread:
            console.complain(problem)
        if self.output:
            console.put(answer_report.csv_of(rows), self.output)
        else:
            screen = TerminalScreen()
            screen.show(answer_report.summary_lines(rows, self.library(), screen.width))
        return 1 if unread else 0


# ----------------------------------------------------------------------- writing lessons


class _New(LessonOptions):
    name, usage = "lesson new", ("ID [--path DIR]",)
    example = "simpsh lesson new my-lesson"
    about = "Creates a small, complete lesson. It is in this directory, or in DIR."
    operands_are = ("word",)
    operand_counts, missing = (1, 1), _ONE_LESSON

    def run(self) -> int:
        name = self.operand
        folder = self.folders[0] if self.folders else "."
        path = create(name, folder)
        console.show_lines(
            [
                f"{path}: a small, complete lesson. Edit it.",
                f"check it:  {typed_name()} lesson check {name} --path {folder}",
                f"run it:    {typed_name()} lesson run {name} --path {folder}",
            ]
        )
        return 0
