"""Noting what a check found: it passes unless something is raised, and what is raised says why."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from simpsh.course.expectation import NotThere, Unknown
from simpsh.course.guarding import NotGuarded
from simpsh.course.staging import NotObservable
from simpsh.course.verdicts import FAILED, PASSED, SKIPPED, Check
from simpsh.errors import SimpshError
from simpsh.trace.starting import NotTraceable

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSALS = (Unknown, NotGuarded, NotObservable, NotTraceable)
"""What this machine does not permit or cannot tell: skipped with the reason, never passed."""


class Failed(Exception):
    """What was checked is not so; the message says what was found instead."""


class Notes:
    """The checks of one lesson, as they are made."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.step = 0
        """The number of the step that is being checked; 0 for the lesson as a whole."""
        self.where = ""
        """The id of its run."""

    def failed(self, kind: str, sentence: str, reason: str) -> None:
        """Note that something is not so."""
        self.checks.append(Check(kind, sentence, FAILED, reason, self.step, self.where))

    @contextmanager
    def check(self, kind: str, sentence: str, facts: tuple[str, ...] = ()) -> Iterator[list[str]]:
        """Note one check: passed if the block comes to its end.

        Yields:
            A list, for the lines of evidence that `check --why` prints.
        """
        why: list[str] = []
        verdict, reason = PASSED, ""
        try:
            yield why
        except REFUSALS as refusal:
            verdict, reason = SKIPPED, str(refusal)
        except (Failed, NotThere, SimpshError) as fault:
            verdict, reason = FAILED, str(fault)
        except Exception as problem:  # noqa: BLE001 - a defect of ours must not hide the rest
            verdict, reason = FAILED, _of_ours(problem)
        self.checks.append(
            Check(kind, sentence, verdict, reason, self.step, self.where, facts, tuple(why))
        )


def _of_ours(problem: Exception) -> str:
    """Say where something broke that no author has broken."""
    place = problem.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})" if place else ""
    return f"the engine broke: {type(problem).__name__}: {problem}{where}"
