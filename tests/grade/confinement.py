"""`simpsh grade` as it can run here: with --sandbox none if nothing can be isolated."""

import subprocess
from functools import cache

from simpsh.base.errors import SimpshError
from simpsh.grade.sandbox.namespace_sandbox import best_sandbox
from simpsh.grade.sandbox.sandbox import SubmissionLimits
from simpsh.process.worker import in_own_process
from tests.harness.sh import run_simpsh, simpsh_command

GRADE = (*simpsh_command(), "grade")


@cache
def accepted() -> tuple[str, ...]:
    """Return --sandbox none if it is needed, else no option."""

    def is_weak() -> bool:
        try:
            best_sandbox(SubmissionLimits(), is_for_check=True)
        except SimpshError:
            return True
        return False

    return ("--sandbox", "none") if in_own_process(is_weak, 120) else ()


def grade(*words: object, status: int = 0, **keywords: object) -> subprocess.CompletedProcess[str]:
    """Run `simpsh grade` in the directory `cwd`; it must end with the status."""
    return run_simpsh("grade", *map(str, words), *accepted(), status=status, **keywords)
