"""Many small programs in one run of a shell, each with its own output, error lines and status.

    answers = run_cases(FORK, {"absent": "nosuch"}, place)
    assert answers["absent"].status == 127

A start costs as much as a dozen commands, so all cases run one by one in the same shell and
directory; a mark on both outputs ends the part of a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.support.shells import FORK, SPAWN, Place, Shell, run

MARK = "== end of case"

both_engines = pytest.mark.parametrize("shell", [FORK, SPAWN], ids=lambda shell: shell.argv[-1])
"""Parametrize a test with `shell`: simpsh with each engine."""


@dataclass(frozen=True)
class Answer:
    """The output of one case, and its `$?`."""

    stdout: str
    stderr: str
    status: int

    @property
    def lines(self) -> list[str]:
        return self.stderr.splitlines()

    @property
    def reason(self) -> str:
        """The one line of standard error, without `simpsh: line N: `."""
        (line,) = self.lines
        begin, number, rest = line.split(": ", 2)
        assert begin == "simpsh", line
        assert number.startswith("line "), line
        return rest


def run_cases(
    shell: Shell, cases: Mapping[str, str], place: Place | None = None, **options
) -> dict[str, Answer]:
    """Run the cases in one shell and split its outputs; `options` are passed to run()."""
    parts = []
    for script in cases.values():
        parts.append(script)
        # Use the full path, because a case may have changed PATH.
        parts.append(f"/usr/bin/printf '{MARK} %s\\n' \"$?\"; /usr/bin/printf '{MARK}\\n' >&2")
    whole = run(shell, "\n".join(parts) + "\n", place=place, **options)
    outputs = whole.text.split(f"{MARK} ")
    errors = whole.error.split(f"{MARK}\n")
    assert len(outputs) == len(errors) == len(cases) + 1, f"not every case ended:\n{whole}"
    found = {}
    for index, name in enumerate(cases):
        output = outputs[index] if index == 0 else outputs[index].partition("\n")[2]
        status = int(outputs[index + 1].partition("\n")[0])
        found[name] = Answer(output, errors[index], status)
    return found


def prefixed(shell: Shell, *words: str) -> Shell:
    """Return `shell`, started through another command such as `env --ignore-signal=HUP`."""
    return Shell(f"{' '.join(words)} {shell.name}", (*words, *shell.argv))


def through_sh(shell: Shell, prologue: str) -> Shell:
    """Return `shell`, executed by sh after a prologue, such as one that sets limits."""
    return prefixed(shell, "/bin/sh", "-c", f'{prologue}\nexec "$@"', "sh")
