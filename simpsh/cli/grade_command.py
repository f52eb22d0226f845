"""`simpsh grade SUBMISSIONS`, `grade one SUBMISSION` and `grade merge RESULTS`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from simpsh import console
from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_facts import is_there
from simpsh.base.file_store import (
    NotTrusted,
    check_folder,
    is_news,
    lock,
    make_private,
    open_own,
    write_all_or_nothing,
)
from simpsh.base.patience import patience
from simpsh.base.phrases import counted, escaped
from simpsh.cli.option_parser import (
    PathOptions,
    Subcommand,
    flag,
    number,
    one_of,
    option,
    subcommand_of,
)
from simpsh.grade.classes.class_judge import ClassAssignment, ClassRun
from simpsh.grade.classes.class_tasks import Task
from simpsh.grade.classes.submissions import Submission, part_of, submissions_in
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.reports.class_results import (
    FORMATS,
    Result,
    change_words,
    class_report,
    load_all,
    merged,
    save,
    stored,
)
from simpsh.grade.reports.roster import ClassList
from simpsh.grade.sandbox.namespace_sandbox import best_sandbox
from simpsh.grade.sandbox.sandbox import SubmissionLimits
from simpsh.grade.shells.question_lot import HIGHEST_SEED, NO_SEED, new_seed
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.machine_permits import missing, require_descriptors
from simpsh.process.own_directory import remove_tree

_USUAL = SubmissionLimits()
_SECONDS_OF_SHELL = 600
_BETWEEN_SECONDS = 15.0
"""The interval of lines of progress if standard error is not a terminal."""
_REJUDGED = ".rejudged"
"""The folder in the results with those of --rejudge."""
_SEED_FILE = "seed"
"""The file next to the results with the seed of the questions."""
_AT_ONCE = len(sched_getaffinity())
TASKS = ("exercise", "assignment", "is_shell", "check")
"""The options that name a task."""
TASK_OPTIONS = (*TASKS, "seed", "program", "folders")
"""The options that affect marks; `class judge` reuses them if no task is named."""


def _limit(synopsis: str, text: str, default: int, least: int, most: int) -> int:
    """Return an option for a limit of each submission."""
    return option(synopsis, f"{text} ({default})", default, number(least, most))


class ReportOptions(Subcommand):
    """Options for the form of a report and its file."""

    form: str = option(
        "--format FORM", f"{', '.join(FORMATS)} (of one submission)", "text", one_of(FORMATS)
    )
    table: str = option("--table FILE", "write the report there", "")
    report: str = option("--report DIR", "write it as pages for a browser, too: DIR/index.html", "")


class GradeOptions(ReportOptions, PathOptions):
    """Options for a task, and for judging it."""

    exercise: str = option("--exercise ID", "WHAT: an exercise of the course", "")
    seed: int = option(
        "--seed N",
        "which variant of the exercise (0); of a shell, which lines are typed (drawn once a class)",
        NO_SEED,
        number(0, HIGHEST_SEED),
    )
    is_shell: bool = flag("--shell", "WHAT: each submission is a shell")
    assignment: str = option(
        "--assignment FILE",
        "WHAT: an assignment file (TOML), or the name of one of simpsh's own",
        "",
    )
    check: str = option(
        "--check COMMAND", "WHAT: passed if COMMAND, given the submission, ends with status 0", ""
    )
    program: str = option(
        "--program NAME", "which file of a submission is the program, without .py or .c", ""
    )
    at_once: int = option(
        "-j N", "judge N at a time (one for each processor)", _AT_ONCE, number(1, 1024)
    )
    results: str = option("-o DIR", "keep results there, a file for each (results)", "results")
    part: str = option("--part K/N", "judge the Kth of N parts: for a job array", "")
    again: bool = flag("--again", "judge submissions again that have a result")
    is_rejudged: bool = flag(
        "--rejudge", "judge all again, and show which marks would change; the marks stay"
    )
    is_accepted: bool = flag("--accept", "with --rejudge: replace the marks by the new ones")
    is_quiet: bool = flag("-q, --quiet", "do not report progress on standard error")
    is_unconfined: bool = flag(
        "--unconfined", "judge even if submissions cannot be isolated; the report mentions it"
    )
    is_in_container: bool = flag(
        "--in-container",
        "judge by user ids alone if there are no namespaces: each submission has a container",
    )
    seconds: int = option(
        "--seconds N",
        f"how long one may take in all ({_USUAL.seconds}; a shell {_SECONDS_OF_SHELL})",
        0,
        number(1, 86_400),
    )
    memory: int = _limit("--memory MIB", "address space of a process", _USUAL.memory, 32, 1 << 20)
    file_size: int = _limit(
        "--file-size MIB", "of a file; four times that of all files", _USUAL.file_size, 1, 1 << 16
    )
    processes: int = _limit("--processes N", "how many at a time", _USUAL.processes, 2, 4096)

    def task_words(self) -> list[str]:
        """Return the options that select the same task, in any directory."""
        words: list[str] = []
        for attribute, declared in self.declared():
            value = getattr(self, attribute)
            if attribute not in TASK_OPTIONS or value == declared.default:
                continue
            for each in value if isinstance(value, list) else [value]:
                text = str(each)
                if declared.placeholder in ("FILE", "DIR") and os.path.exists(text):
                    text = os.path.abspath(text)
                words += [declared.names()[0], *([text] if declared.takes_value else [])]
        return words

    def command_again(self, task: Task, limits: SubmissionLimits) -> tuple[str, ...]:
        """Return the command that judges one submission by the same task, seed and limits."""
        words = self.task_words()
        if task.seed is not None and "--seed" not in words:
            words += ["--seed", str(task.seed)]
        given = zip(("seconds", "memory", "file-size", "processes"), limits.values, strict=True)
        bounds = [word for name, value in given for word in (f"--{name}", str(value))]
        how = ["--unconfined"] if self.is_unconfined else []
        how += ["--in-container"] if self.is_in_container else []
        return ("simpsh", "grade", "one", *words, *bounds, *how, "--again", "-o", "again")


class GradeCommand(GradeOptions):
    """Judge a class."""

    name = "grade"
    usage = ("WHAT [option …] SUBMISSIONS", "SUBCOMMAND …")
    about = (
        "Judges every file and folder in SUBMISSIONS. WHAT is one of --assignment FILE, "
        "--exercise ID, --shell and --check COMMAND."
    )
    notes = (
        "Each submission is judged in a copy, by a process of its own, in a sandbox. A grader that "
        "is started again continues where it was. The exit status is 0 if every submission has a "
        "result, 1 if not."
    )
    operand_counts, missing = (1, 1), "where are the submissions? Name one folder"
    children: ClassVar = {
        "one": lambda: _One,
        "merge": lambda: _Merge,
        "shell": lambda: subcommand_of("grade_shell"),
        "assignment": lambda: subcommand_of("grade_assignment"),
    }

    def run(self) -> int:
        """Judge the submissions without a result, and report."""
        check_task(self)
        given = submissions_in(self.operand)
        for directory in filter(None, (self.results, self.report)):
            path, folder = os.path.abspath(directory), os.path.dirname(given[0].path)
            if folder in (path, os.path.dirname(path)):
                raise self.misuse(f"{directory} is among the submissions; name another folder")
        return judge_class(given, self)


class _One(GradeOptions):
    name, usage = "grade one", ("WHAT [option …] SUBMISSION",)
    about = (
        "Judges one submission, a file or a folder. WHAT is one of --assignment FILE, "
        "--exercise ID, --shell and --check COMMAND. The exit status is 0 if it has a result, 1 if "
        "not."
    )
    operand_counts, missing = (1, 1), "which submission? Name one file or folder"

    def run(self) -> int:
        check_task(self)
        path = os.path.abspath(self.operand)
        if not is_there(path):
            raise SimpshError(f"grade one: {self.operand}: there is no such file or folder")
        return judge_class([Submission(os.path.basename(path), os.path.realpath(path))], self)


def check_task(options: GradeOptions) -> None:
    """Raise UsageProblem if the options name no task, or several."""
    asked = [options.exercise, options.is_shell, options.check, options.assignment]
    if sum(map(bool, asked)) != 1:
        words = "name one task: --assignment FILE, --exercise ID, --shell, --check COMMAND"
        raise options.misuse(words)
    if options.is_accepted and not options.is_rejudged:
        raise options.misuse("--accept replaces marks by those of --rejudge: give both")


class _Merge(ReportOptions):
    name, usage = "grade merge", ("[option …] RESULTS …",)
    about = "Puts the results of several runs together; each submission counts once."
    operand_counts, missing = (1, None), "which results? Name their folders"

    submissions: str = option(
        "--of SUBMISSIONS", "list those of them that have no result; the exit status is then 1", ""
    )

    def run(self) -> int:
        damaged: list[str] = []
        results = load_all(self.operands, damaged.append)
        for problem in damaged:
            console.complain(f"grade merge: {problem}: it is skipped")
        results = merged(results)
        _report(results, self)
        judged = {result.name for result in results}
        given = submissions_in(self.submissions) if self.submissions else []
        lacking = [submission.name for submission in given if submission.name not in judged]
        console.warn(f"grade: {name} has no result" for name in lacking)
        return 1 if lacking or damaged else 0


def judge_class(
    given: Sequence[Submission],
    options: GradeOptions,
    class_list: ClassList | None = None,
    private: Sequence[str] = (),
) -> int:
    """Judge the submissions without a result, and report; return the exit status.

    A class list adds the students to the report. No submission sees the folders in `private`.
    """
    folder = os.path.abspath(options.results)
    if options.part:
        given = [given[index] for index in part_of(len(given), options.part)]
    if any(
        folder == submission.path or folder.startswith(f"{submission.path}/")
        for submission in given
    ):
        raise options.misuse(f"{options.results}: results inside a submission; use -o")
    for submission in given:
        # Judging must not replace a result of another version.
        stored(folder, submission.name)
    require_descriptors()
    # What --rejudge has shown is what --accept takes.
    is_new = options.is_rejudged and not options.is_accepted
    again = options.again or is_new or not _is_trusted(folder)
    task, hidden = _task(options)
    limits = _limits(options, is_shell=task.is_shell)
    make_private(folder)
    others = {os.path.dirname(submission.path) for submission in given}
    unseen = tuple(dict.fromkeys((folder, *others, *hidden, *private)))
    sandbox = best_sandbox(
        limits,
        unseen,
        may_be_weak=options.is_unconfined,
        is_in_container=options.is_in_container,
        is_for_check=bool(options.check),
    )
    assignment = ClassAssignment(task, sandbox, unseen, options.command_again(task, limits))
    place = os.path.join(folder, _REJUDGED) if options.is_rejudged else folder
    run = ClassRun(assignment, place, again=again)
    _judge(options, run, given)
    for words in run.distrusted:
        console.complain(f"grade: {words}: it was judged again")
    for name, reason in run.failed.items():
        console.complain(f"grade: {name}: not judged: {reason}; judge it again")
    if options.is_rejudged:
        return _show_changes(options, folder, run)
    for words in run.replaced:
        console.warn([f"grade: judged again: {words}"])
    if run.results:
        _report(merged(run.results), options, class_list)
    return 1 if run.failed else 0


def _show_changes(options: GradeOptions, folder: str, run: ClassRun) -> int:
    """Print which stored marks the new results would change, and replace them if asked to."""
    pairs = [(stored(folder, new.name), new) for new in sorted(run.results, key=lambda it: it.name)]
    lines = [
        change_words(old, new) if old is not None else f"{escaped(new.name)}: it had no result"
        for old, new in pairs
        if old is None or (old.points, old.of) != (new.points, new.of)
    ]
    same = len(pairs) - len(lines)
    console.show_lines([*lines, f"{counted(len(lines), 'mark')} would change, {same} would not"])
    if options.is_accepted:
        for _, new in pairs:
            save(new, folder)
        remove_tree(os.path.join(folder, _REJUDGED))
        console.warn(["grade: the marks are the new ones now"])
    elif lines:
        console.warn(["grade: nothing is changed; add --accept to replace the marks"])
    return 1 if run.failed or (lines and not options.is_accepted) else 0


def _is_trusted(folder: str) -> bool:
    """Return whether only this user can have written the results in a folder; complain if not."""
    try:
        check_folder(folder)
    except NotTrusted as problem:
        if is_news(problem):
            console.complain(f"grade: {problem}: every submission is judged again")
        return False
    return True


def _limits(options: GradeOptions, *, is_shell: bool) -> SubmissionLimits:
    """Return the limits of one submission; raise SimpshError if it cannot be judged."""
    if refusal := missing("ptrace"):
        raise SimpshError(f"grade: {refusal}")
    usual = patience() * (_SECONDS_OF_SHELL if is_shell else _USUAL.seconds)
    seconds = options.seconds or int(usual)
    return SubmissionLimits(seconds, options.memory, options.file_size, options.processes)


def _judge(options: GradeOptions, run: ClassRun, given: Sequence[Submission]) -> None:
    """Judge submissions, and print the progress on standard error."""
    progress = console.ProgressLine(plain_seconds=_BETWEEN_SECONDS)

    def report() -> None:
        if not options.is_quiet:
            show_progress(progress, len(given), run.results, len(run.failed))

    report()
    try:
        run.run(given, options.at_once, report)
    finally:
        if not options.is_quiet:
            progress.clear()


def show_progress(
    progress: console.ProgressLine, count: int, results: Sequence[Result], failed: int
) -> None:
    """Show how many submissions of a class are done, with or without a result."""
    done, less = len(results) + failed, sum(result.points < result.of for result in results)
    words = f"grade: {done} of {count} done, {count - done} left; {less} without full marks"
    progress.show(f"{words}, {failed} not judged" if failed else words)


def _task(options: GradeOptions) -> tuple[Task, list[str]]:
    """Return the task, and the folders with solutions."""
    # Imported here, because each run needs only one of these.
    from simpsh.grade.assignments.assignment_file import (
        Assignment,
        assignment_path,
        read_assignment,
    )
    from simpsh.grade.classes import class_tasks
    from simpsh.grade.shells.shell_examination import ExaminationOptions, require_known

    word = options.assignment
    assignment = read_assignment(word) if word else Assignment(exercise=options.exercise)
    shelf = ExerciseCatalogue(tuple(map(os.path.abspath, options.folders)))
    hidden = sorted({os.path.dirname(shelf.folder(name).path) for name in shelf.ids})
    if word:
        hidden.append(os.path.dirname(os.path.abspath(assignment_path(word))))
    if assignment.exercise:
        exercise = shelf.find(assignment.exercise)
        folder = shelf.folder(exercise.id)
        seed = max(options.seed, 0)
        return class_tasks.ExerciseTask(
            exercise, folder, options.program, seed, assignment, word
        ), hidden
    if options.check:
        return class_tasks.CommandTask(options.check), hidden
    if word:
        require_known(word, assignment)
    how = ExaminationOptions(seed=_seed_of_class(options))
    return class_tasks.ShellTask(assignment, options.program, how), hidden


def _seed_of_class(options: GradeOptions) -> int:
    """Return the given seed, or the class's seed, which is drawn once and stored with the results.

    A class that is interrupted continues with the same questions, and no student knows them.
    """
    if options.seed != NO_SEED:
        return options.seed
    if options.part:
        raise options.misuse("--part: each part must ask the same; give all of them one --seed")
    path = os.path.join(os.path.abspath(options.results), _SEED_FILE)
    make_private(os.path.dirname(path))
    with naming(path):
        try:
            file = open_own(path, os.O_RDWR | os.O_CREAT)
        except NotTrusted as problem:
            # The results are not read either, so each run may have its own questions.
            if is_news(problem):
                console.complain(f"grade: {problem}: new questions are drawn")
            return new_seed()
        try:
            # Graders that start at the same time must draw the same questions.
            lock(file)
            stored = os.read(file, 80).strip()
            seed = int(stored) if stored.isdigit() else NO_SEED
            if not stored:
                seed = new_seed()
                write_all_or_nothing(file, f"{seed}\n".encode())
        finally:
            os.close(file)
    if not 0 <= seed <= HIGHEST_SEED:
        raise SimpshError(f"grade: {path}: no seed is in it; remove it")
    return seed


def _report(
    results: Sequence[Result], options: ReportOptions, class_list: ClassList | None = None
) -> None:
    console.put(class_report(results, options.form, class_list), options.table)
    if options.report:
        # Imported here, because a table needs no pages.
        from simpsh.grade.reports.report_pages import write_pages

        page = write_pages(results, os.path.abspath(options.report), class_list)
        console.warn([f"grade: the report begins with {page}"])
