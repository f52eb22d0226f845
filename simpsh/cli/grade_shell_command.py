"""`simpsh grade shell`: judge one shell."""

from __future__ import annotations

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.patience import patience
from simpsh.cli.option_parser import Subcommand, flag, number, option
from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.assignments.assignment_file import read_assignment
from simpsh.grade.exercises.exercise_answer import report
from simpsh.grade.shells.behaviour_trial import BehaviourTrial, as_people_write
from simpsh.grade.shells.question_lot import HIGHEST_SEED, NO_SEED, Lot, new_seed
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    check_shell,
    examine_within,
    require_known,
)
from simpsh.grade.shells.terminal_session import SECONDS
from simpsh.process.machine_permits import missing, require_descriptors

_MOST_WAITS = 60
"""The limit for one behaviour in all orders, as a multiple of the limit for a wait."""


def shell_assignment(command: Subcommand, word: str) -> Assignment:
    """Return the named assignment for shells; without a word, everything at the usual points."""
    if not word:
        return Assignment()
    assignment = read_assignment(word)
    if assignment.exercise:
        raise command.misuse(
            f"{word}: it is about the exercise {assignment.exercise}, not a shell; to try it, use "
            f"'simpsh lesson exercise check {assignment.exercise} PROGRAM'"
        )
    require_known(word, assignment)
    return assignment


class GradeShellCommand(Subcommand):
    """Judge one shell."""

    name, usage = "grade shell", ("[option …] SHELL [ARGUMENT …]",)
    example = "simpsh grade shell dash"
    about = (
        "Judges a shell here and now. SHELL is started at its own terminal; its processes are "
        "judged while lines are typed."
    )
    notes = "The exit status is 0 if nothing is missing, 1 if something is."
    operand_counts = (0, None)
    operands_are = ("command",)
    is_command = True

    assignment: str = option(
        "--assignment FILE", "an assignment file (TOML), or the name of one of simpsh's own", ""
    )
    only: str = option("--only ID,…", "judge these behaviours only", "")
    seed: int = option(
        "--seed N",
        "draw the lines that are typed by this seed; without it, by one that the report names",
        NO_SEED,
        number(0, HIGHEST_SEED),
    )
    is_list: bool = flag(
        "--list", "show every behaviour, what is typed for it, and its checks; and end"
    )

    def run(self) -> int:
        """Judge the shell and report, or list the behaviours."""
        assignment = shell_assignment(self, self.assignment)
        wanted = [name for name in self.only.split(",") if name]
        asked = behaviours_of(assignment)
        for name in sorted({*wanted} - {behaviour.id for behaviour in asked}):
            raise self.misuse(f"{name}: no such behaviour; --list has them")
        asked = [behaviour for behaviour in asked if not wanted or behaviour.id in wanted]
        seed = new_seed() if self.seed == NO_SEED else self.seed
        if self.is_list:
            console.show_lines([f"The typed lines are random; these belong to --seed {seed}."])
            for behaviour in asked:
                console.show_lines([f"{behaviour.id}: {behaviour.title}"])
                lot = Lot(seed, behaviour.id)
                for line in BehaviourTrial(behaviour, lot, assignment.language).types:
                    keys = as_people_write(assignment.language.spelled(line))
                    console.show_lines([f"        types: {keys}"])
                console.show_lines(
                    f"  {worth:>4g}  {behaviour.id}.{key}: {behaviour.checks[key][0]}"
                    for key, worth in assignment.check_points(behaviour).items()
                )
            return 0
        if not self.operands:
            raise self.misuse("which shell?")
        require_descriptors()
        argv = check_shell(self.operands)
        if refusal := missing("ptrace"):
            raise SimpshError(f"grade shell: {refusal}")
        progress, marks = console.ProgressLine(), []
        how = ExaminationOptions(may_be_installed=True, seed=seed)
        most = _MOST_WAITS * SECONDS * patience()
        for position, behaviour in enumerate(asked, 1):
            progress.show(f"{position}/{len(asked)} {behaviour.id}")
            marks.append(examine_within(most, argv, behaviour, assignment, how))
        progress.clear()
        title = assignment.title or f"the shell {' '.join(self.operands)}"
        title += f" (questions drawn by --seed {seed})"
        console.show(report(title, marks))
        return 0 if all(mark.is_full for mark in marks) else 1
