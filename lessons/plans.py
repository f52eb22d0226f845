"""The plans of the course; docs/instructors.md shows the same, and a test compares them."""

from __future__ import annotations

from lessons import UNITS
from simpsh.course.lesson.lesson import Plan, PlanPart

_IF_TIME_IS_LEFT = "fork-bomb"


def _lessons(*units: str) -> tuple[str, ...]:
    """Return the lessons of units, without the one that fits only if time is left."""
    return tuple(name for unit in units for name in UNITS[unit] if name != _IF_TIME_IS_LEFT)


PLANS = (
    Plan(
        "90 minutes",
        (
            PlanPart(
                "0–15",
                ("rule-1-both-continue", "rule-2-return-value"),
                "vote on 2 questions; by hand: `sh -c 'exit 7'` at `simpsh -v`",
            ),
            PlanPart(
                "15–35",
                ("rule-3-parallel", "rule-4-copied"),
                "vote on 3 questions: at the same time; one name, two variables",
            ),
            PlanPart(
                "35–48",
                ("rule-5-order",),
                "vote on 2 questions; by hand: `explore`, then `step` one of the witnesses",
            ),
            PlanPart(
                "48–65",
                ("rule-6-open-files", "rule-7-wait-for-every-child"),
                "vote on 2 questions; by hand: `sh -c 'true & exec sleep 9' &`, then `family`",
            ),
            PlanPart(
                "65–84",
                ("exec-replaces", "wait-scenarios"),
                "vote on 3 questions; by hand: `ls` and `wc -l` in a pipeline at `simpsh -v`",
            ),
            PlanPart("84–90", (), "what surprised the class most; at home: `two-children`"),
        ),
    ),
    Plan(
        "Four weeks",
        (
            PlanPart(
                "1 fork",
                _lessons("a shell in thirty lines", "fork"),
                exercises=("two-children", "small-bomb", "validate-arguments"),
            ),
            PlanPart(
                "2 exec, wait, pipes",
                _lessons("exec and wait", "descriptors and pipes"),
                exercises=(
                    "open-file",
                    "split-words",
                    "two-pidfds",
                    "pipeline",
                    "fifo-server",
                    "capture-server",
                ),
            ),
            PlanPart(
                "3 signals, families, terminals",
                _lessons("signals", "families", "terminals and sessions"),
                exercises=(
                    "stop-and-continue",
                    "lost-wakeup",
                    "make-orphan",
                    "make-zombie",
                    "lose-no-child",
                ),
            ),
            PlanPart(
                "4 daemons and the shell",
                _lessons("daemons", "write a shell"),
                exercises=("daemon", "shell-1", "shell-3", "shell-6"),
            ),
        ),
    ),
)
