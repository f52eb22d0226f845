"""Run a program in a sandbox, as a submission runs there.

python -m tests.grade.sandbox.inside NAME INPUT runs the program NAME of this folder with the path
of its input, and prints as JSON what it printed, and what the sandbox does not isolate.
"""

import json
import sys
from collections.abc import Mapping, Sequence
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


def sandbox_for(seconds: float, **limits: int) -> Sandbox:
    """Return the best sandbox of this user, for programs that take at most this long."""
    return best_sandbox(SubmissionLimits(seconds + 20, **limits), may_be_weak=True)


def output_in(
    sandbox: Sandbox, argv: Sequence[str], files: Mapping[str, str], seconds: float
) -> str:
    """Return what a program prints in a sandbox; its directory has the files.

    The sandbox has a user of its own. Call it in a process without other children.
    """
    own = with_user(sandbox)

    def work(inside: SandboxSession) -> None:
        for name, text in files.items():
            Path(inside.directory, name).write_text(text)
        own.give(inside.directory)
        done = run_in_sandbox(own, argv, inside.directory, seconds)
        inside.send(json.dumps(done.output).encode())

    lines, problem = work_in_sandbox(own, FileVisibility(), work)
    assert not problem, problem
    return "".join(json.loads(line) for line in lines)


def run_inside(
    *argv: str, sandbox: Sandbox, seconds: float = 60, files: Mapping[str, str] | None = None
) -> str:
    """Return what a program prints in a sandbox. This process may have children."""
    return in_own_process(partial(output_in, sandbox, argv, files or {}, seconds), seconds + 60)


def main() -> None:
    program, given = Path(__file__).with_name(sys.argv[1]), Path(sys.argv[2])
    files = {path.name: path.read_text() for path in (program, given)}
    sandbox = sandbox_for(_SECONDS)
    printed = run_inside(
        *(sys.executable, "-IS", *files), sandbox=sandbox, seconds=_SECONDS, files=files
    )
    print(json.dumps({"printed": printed, "missing": sandbox.missing}))


if __name__ == "__main__":
    main()
