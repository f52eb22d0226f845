"""The stepper on a terminal: the session full screen, for keyboard alone.

Nothing of the line editor is imported before there is a screen to draw.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.explore.stepping import Session


def run_screen(session: Session) -> None:
    """Let the student step until the session is left; the terminal is as before afterwards.

    Args:
        session: it has been entered; standard input and output are a terminal.
    """
    from simpsh.repl.stepper_screen import StepperScreen

    StepperScreen(session).run()
