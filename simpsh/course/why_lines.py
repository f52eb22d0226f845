"""The evidence of a verdict in lines: what was found, the events it is about, the causal chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.observation import Observation
from simpsh.view.timeline_words import sentence

if TYPE_CHECKING:
    from simpsh.course.expectation import Verdict
    from simpsh.course.scene import Result

_MOST = 6


def why_of(verdict: Verdict, result: Result) -> tuple[str, ...]:
    """Return the reason, then at most a few of the events, each with its number and line."""
    lines = [verdict.because]
    if isinstance(result, Observation):
        about = verdict.chain or tuple(sorted(set(verdict.events)))
        joint = "→ " if verdict.chain else ""
        lines += [f"{joint}{_event(result, index)}" for index in about[:_MOST]]
        if len(about) > _MOST:
            lines.append(f"… and {len(about) - _MOST} more")
    return tuple(lines)


def _event(run: Observation, index: int) -> str:
    where = f", line {run.lines[index]}" if index in run.lines else ""
    return f"event {index}{where}: {sentence(run.chronicle, index)}"
