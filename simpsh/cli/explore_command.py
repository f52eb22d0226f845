"""`simpsh explore`: find every output of a command, over all orders."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

from simpsh import console
from simpsh.base.own_program import typed_name
from simpsh.base.patience import patience
from simpsh.base.phrases import command_words
from simpsh.base.record import changed
from simpsh.cli.option_parser import BadValue, Subcommand, announce_page, flag, number, option
from simpsh.explore.workplace.run_limits import DEFAULT_BUDGET_SECONDS
from simpsh.process.own_directory import own_directory

if TYPE_CHECKING:
    from simpsh.explore.control.explored_program import ExploredProgram
    from simpsh.explore.search.exploration import SearchProgress

_MOST, _LONGEST = 999_999, 86_400.0
_NATIVE_SECONDS, _SECONDS_FOR_A_RUN = 10.0, 0.1
_NARROWEST = 40


class ProgramOptions(Subcommand):
    """The program of `explore` and `step`, and how it runs."""

    usage = ("[option …] COMMAND [ARGUMENT …]", "[option …] 'LINE'")
    operand_counts = (1, None)
    operands_are = ("command",)
    is_command = True

    has_terminal: bool = flag("--pty", "give the command a terminal for its output")
    directory: str = option("--dir DIR", "run it in DIR; nothing there changes", "")

    @property
    def step(self) -> str:
        """The command that starts the stepper with these options."""
        return self.started("step")

    def started(self, command: str) -> str:
        """Return the beginning of a command line with these options."""
        words = [typed_name(), command, *(["--pty"] if self.has_terminal else [])]
        return command_words([*words, *(["--dir", self.directory] if self.directory else [])])

    def program(self, cleaning: ExitStack) -> ExploredProgram:
        """Return the program that the operands name; compile a C file; raise SimpshError."""
        from simpsh.explore.control.explored_program import program_of
        from simpsh.explore.workplace.workspace import StandardInput
        from simpsh.kernel.program_execution import search_path
        from simpsh.process.machine_permits import missing
        from simpsh.process.named_program import compile_source, named_program
        from simpsh.trace.tracer.traced_command import NotTraceable

        if obstacle := missing("every order"):
            raise NotTraceable(obstacle)
        # First of all, because files opened later could get these numbers.
        given = StandardInput(0)
        words = list(self.operands)
        if source := named_program(words, search_path(os.environ)).source:
            folder = cleaning.enter_context(own_directory("simpsh-compiled-"))
            words[0] = compile_source(source, folder)
        has_terminal = self.has_terminal or os.isatty(1)
        program = program_of(tuple(words), directory=self.directory, has_terminal=has_terminal)
        return changed(program, input=given)

    def hold(self, program: ExploredProgram) -> int:
        """Run the program under control of this process; return the exit status."""
        raise NotImplementedError

    def answer(self) -> int:
        """Run the program, end its processes even after a signal, and return the exit status."""
        try:
            with ExitStack() as cleaning:
                return self.hold(self.program(cleaning))
        except BrokenPipeError:
            # The reader (head, less) closed the pipe early.
            return 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise BadValue(f"{text}: this is not a number of seconds")
    return seconds


class ExploreCommand(ProgramOptions):
    """Explore a program, and report."""

    name = "explore"
    example = "simpsh explore 'echo a & echo b'"
    about = (
        "Finds every output that a command can produce, over all orders in which its processes can "
        "go. A C, Python or shell file is compiled or interpreted; a single word with "
        "blanks or |&;<> is a line for /bin/sh."
    )
    missing = "a command is missing; try: simpsh explore 'echo a & echo b'"

    budget: float | None = option(
        "--budget SECONDS",
        f"how long the search may take ({DEFAULT_BUDGET_SECONDS:g})",
        None,
        _seconds,
    )
    runs: int | None = option(
        "--runs N",
        "also run it untraced N times (up to 20, for half a second)",
        None,
        number(0, _MOST),
    )
    sought: str | None = option(
        "--find TEXT",
        "print an order whose output is TEXT, written as in the table: a\\nb\\n",
        None,
    )
    page: str = option("--html FILE", "write a page: each outcome, its cause and its order", "")
    as_json: bool = flag("--json", "print it as one JSON object, with the reasons")
    with_why: bool = flag("--why", "also say on what the verdict rests")

    @property
    def budget_seconds(self) -> float:
        """The chosen budget; the usual one is longer on a slow machine."""
        return DEFAULT_BUDGET_SECONDS * patience() if self.budget is None else self.budget

    def hold(self, program: ExploredProgram) -> int:
        """Explore, and print the result in the chosen format."""
        if (self.sought is not None) + bool(self.page) + self.as_json > 1:
            raise self.misuse("--find, --html and --json exclude each other")
        from simpsh.explore.objects.name_words import parse_words
        from simpsh.explore.search.exploration import ExplorationLimits, explore
        from simpsh.explore.search.exploration_report import ReportStyle, as_json, report_lines

        progress = console.ProgressLine()

        def show(far: SearchProgress) -> None:
            free = f", {far.free_runs:,} free runs" if far.free_runs else ""
            progress.show(f"exploring: {far.states:,} states, {far.runs:,} runs{free}")

        sought: tuple[bytes, ...] = ()
        if self.sought is not None:
            # The end of the last line is easily forgotten.
            sought = parse_words(self.sought), parse_words(self.sought) + b"\n"
        limits = ExplorationLimits(budget_seconds=self.budget_seconds, sought=sought)
        if self.runs is not None:
            seconds = max(_NATIVE_SECONDS, self.runs * _SECONDS_FOR_A_RUN)
            limits = changed(limits, natives=self.runs, native_seconds=seconds)
        exploration = explore(program, limits, show)
        progress.clear()
        command = command_words(self.operands)
        if self.page:
            from simpsh.explore.search.exploration_page import exploration_page

            console.put(exploration_page(exploration, command), self.page)
            announce_page(self.page)
        elif self.as_json:
            console.say(as_json(exploration, self.operands))
        else:
            style = ReportStyle(
                width=console.width(narrowest=_NARROWEST),
                in_colour=console.is_in_colour(),
                step=self.step,
                explore=self.started("explore"),
                with_why=self.with_why,
                sought=sought,
            )
            console.show_lines(report_lines(exploration, command, style), is_painted=True)
        return 0
