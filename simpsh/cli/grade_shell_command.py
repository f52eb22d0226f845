"""`simpsh grade shell`: how well does a shell do what a shell does?"""

from __future__ import annotations

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.cli.option_parser import Subcommand, flag, number, option
from simpsh.grade.exercises.exercise_answer import report
from simpsh.grade.reports.rubric import Rubric
from simpsh.grade.shells.question_lot import HIGHEST_SEED, NO_SEED, Lot, new_seed
from simpsh.grade.shells.shell_behaviour import read_rubric, rubric_points
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    as_people_write,
    check_shell,
    examine,
    with_full_paths,
)
from simpsh.grade.shells.terminal_session import SECONDS
from simpsh.process.machine_permits import missing, require_descriptors


class GradeShellCommand(Subcommand):
    """Judge one shell."""

    name, usage = "grade shell", ("[option …] SHELL [ARGUMENT …]",)
    about = (
        "Judges a shell here and now. SHELL is started at a terminal of its own; what its "
        "processes do is judged while lines are typed at it."
    )
    notes = "The exit status is 0 if nothing is missing, 1 if something is."
    operand_counts = (0, None)
    operands_are = ("command",)
    is_command = True

    rubric: str = option("--rubric FILE", "which behaviours are asked, their points (TOML)", "")
    only: str = option("--only ID,…", "judge these behaviours only", "")
    seconds: float = option(
        "--seconds N",
        f"how long anything may take, on an idle machine, before it counts as stuck ({SECONDS:g})",
        SECONDS,
        number(1, 3600),
    )
    full_paths: bool = flag("--full-paths", "type programs by their paths: it searches no PATH")
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
        """Judge the shell, and report; or list what would be judged."""
        rubric = read_rubric(self.rubric, BEHAVIOURS) if self.rubric else Rubric()
        wanted = [name for name in self.only.split(",") if name]
        for name in sorted({*wanted} - {behaviour.id for behaviour in BEHAVIOURS}):
            raise self.misuse(f"{name}: no such behaviour; --list has them")
        asked = [
            behaviour
            for behaviour in BEHAVIOURS
            if rubric.asks(behaviour.id) and (not wanted or behaviour.id in wanted)
        ]
        seed = new_seed() if self.seed == NO_SEED else self.seed
        if self.is_list:
            console.show_lines([f"What is typed is drawn by lot: these lines by --seed {seed}."])
            for behaviour in asked:
                console.show_lines([f"{behaviour.id}: {behaviour.title}"])
                for line in behaviour(Lot(seed, behaviour.id)).types:
                    keys = with_full_paths(line) if self.full_paths else line
                    console.show_lines([f"        types: {as_people_write(keys)}"])
                console.show_lines(
                    f"  {worth:>4g}  {behaviour.id}.{key}: {behaviour.checks[key][0]}"
                    for key, worth in rubric_points(rubric, behaviour).items()
                )
            return 0
        if not self.operands:
            raise self.misuse("which shell?")
        require_descriptors()
        argv = check_shell(self.operands)
        if refusal := missing("ptrace"):
            raise SimpshError(f"grade shell: {refusal}")
        progress, marks = console.ProgressLine(), []
        how = ExaminationOptions(
            seconds=self.seconds, may_be_installed=True, full_paths=self.full_paths, seed=seed
        )
        for place, behaviour in enumerate(asked, 1):
            progress.show(f"{place}/{len(asked)} {behaviour.id}")
            marks.append(examine(argv, behaviour, rubric, how))
        progress.clear()
        title = rubric.title or f"the shell {' '.join(self.operands)}"
        title += f" (questions drawn by --seed {seed})"
        console.show(report(title, marks))
        return 0 if all(mark.is_full for mark in marks) else 1
