"""Run the program reach.py in the best sandbox of this user; print its findings and the gaps.

python -m tests.grade.sandbox.probed_sandbox OUTSIDE
"""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from pathlib import Path

from simpsh.grade.sandbox.namespace_sandbox import (
    FileVisibility,
    SandboxSession,
    best_sandbox,
    work_in_sandbox,
)
from simpsh.grade.sandbox.sandbox import Sandbox, SubmissionLimits, with_user
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.process.worker import in_own_process

_SECONDS = 100


def probe(sandbox: Sandbox, outside: str) -> list[bytes]:
    """Run the program in a sandbox, and return its output."""
    own = with_user(sandbox)

    def work(inside: SandboxSession) -> None:
        program = shutil.copy(Path(__file__).parent / "reach.py", inside.directory)
        facts = Path(inside.directory, "outside.json")
        facts.write_text(outside)
        own.give(inside.directory)
        argv = (sys.executable, "-IS", program, str(facts))
        done = run_in_sandbox(own, argv, inside.directory, _SECONDS)
        inside.send(done.output.strip().encode())

    shown = (str(Path(__file__).parent / "reach.py"),)
    lines, problem = work_in_sandbox(own, FileVisibility(shown=shown), work)
    return [*lines, problem.encode()]


def main() -> None:
    limits = SubmissionLimits(_SECONDS + 20)
    sandbox = best_sandbox(limits, may_be_weak=True)
    found, *problems = in_own_process(
        partial(probe, sandbox, Path(sys.argv[1]).read_text()), _SECONDS + 60
    )
    try:
        findings = json.loads(found)
    except ValueError:
        sys.exit(f"{found.decode()} {problems}")
    print(json.dumps({"found": findings, "missing": sandbox.missing}))


if __name__ == "__main__":
    main()
