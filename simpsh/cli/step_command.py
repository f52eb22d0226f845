"""`simpsh step`: hold the processes of a command, and choose the next one."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from simpsh import console
from simpsh.base.phrases import command_words
from simpsh.base.record import changed
from simpsh.cli.explore_command import ProgramOptions
from simpsh.cli.option_parser import flag, option

if TYPE_CHECKING:
    from simpsh.explore.control.explored_program import ExploredProgram

_FIRST_LOOK_SECONDS = 1.0
"""The longest time to explore ahead before the program begins."""


class StepCommand(ProgramOptions):
    """Step through a program on the terminal."""

    name = "step"
    example = "simpsh step 'echo a & echo b'"
    about = (
        "Holds every process of the command before its next visible step; you decide which goes "
        "next. A C, Python or shell file is compiled or interpreted; a single word with "
        "blanks or |&;<> is a line for /bin/sh."
    )
    missing = "a command is missing; try: simpsh step 'echo a & echo b'"

    schedule: str = option('--schedule "P1 P0 …"', "follow a schedule", "")
    is_plain: bool = flag("--plain", "lines instead of a screen; the default without a terminal")

    def hold(self, program: ExploredProgram) -> int:
        """Run the interactive session and return the exit status."""
        from simpsh.explore.workplace.private_world import in_private_world

        program = changed(program, input=None)  # standard input supplies the choices
        step = partial(self._step, program)
        return in_private_world(step, program.directory, keeps_session=True)

    def _step(self, program: ExploredProgram) -> int:
        from simpsh.explore.control.program_knowledge import Knowledge
        from simpsh.explore.step.stepping_session import SteppingSession, parse_schedule

        schedule = parse_schedule(self.schedule)
        can_draw = not console.wants_plain() and os.isatty(0) and os.isatty(1)
        is_plain = self.is_plain or not can_draw
        command = " ".join(self.operands)
        with Knowledge(program) as knowledge, SteppingSession(knowledge, command) as session:
            session.look(_FIRST_LOOK_SECONDS)
            if is_plain:
                from simpsh.explore.step.line_stepper import LineStepper

                has_keyboard = os.isatty(0) and os.isatty(1)
                lines = LineStepper(session, is_typed=has_keyboard)
                if schedule:
                    session.future = list(schedule)
                    lines.watch()
                if has_keyboard or not schedule:
                    lines.converse()
            else:
                from simpsh.repl.stepper.stepper_screen import StepperScreen

                # Report a schedule that does not fit before the full screen begins.
                session.follow(schedule)
                session.restart()
                StepperScreen(session).run()
                if session.schedule:
                    choices = f'"{" ".join(session.schedule)}"'
                    command = command_words(self.operands)
                    console.say(f"{self.step} --schedule {choices} {command}\n")
        return 0
