"""The options with which `grade` runs here: --unconfined if nothing can be isolated."""

from __future__ import annotations

from functools import cache

from simpsh.base.errors import SimpshError
from simpsh.grade.sandbox.namespace_sandbox import best_sandbox
from simpsh.grade.sandbox.sandbox import SubmissionLimits
from simpsh.process.worker import in_own_process
from tests.harness.sh import simpsh_command

GRADE = (*simpsh_command(), "grade")


@cache
def accepted() -> tuple[str, ...]:
    """Return --unconfined if it is needed, else no option."""

    def is_weak() -> bool:
        try:
            best_sandbox(SubmissionLimits(), is_for_check=True)
        except SimpshError:
            return True
        return False

    return ("--unconfined",) if in_own_process(is_weak, 120) else ()
