"""Many small programs in one run of a shell, each with its own output, error lines and status.

    answers = run_cases(FORK, {"absent": "nosuch"}, place)
    assert answers["absent"].status == 127

A start costs as much as a dozen commands, so all cases run one by one in the same shell and
directory; a mark on both outputs ends the part of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from tests.support.shells import FORK, SPAWN, Outcome, Place, Shell, run

MARK = "== end of case"

both_engines = pytest.mark.parametrize("shell", [FORK, SPAWN], ids=lambda shell: shell.argv[-1])
"""Parametrize a test with `shell`: simpsh with each engine."""


def run_cases(
    shell: Shell, cases: Mapping[str, str], place: Place | None = None, **options
) -> dict[str, Outcome]:
    """Run the cases in one shell and split its outputs; `options` are passed to run()."""
    whole = run(shell, marked(cases.values()), place=place, **options)
    outcomes = cut(whole, len(cases))
    assert outcomes is not None, f"{_unended(whole, cases)}:\n{whole}"
    return dict(zip(cases, outcomes, strict=True))


def _unended(whole: Outcome, cases: Mapping[str, str]) -> str:
    ended = whole.stdout.count(MARK.encode())
    return f"the shell did not come to the end of case {[*cases, 'none'][ended]}"


def marked(scripts: Iterable[str]) -> str:
    """Return a script that runs all `scripts`, with a mark on both outputs after each."""
    mark = f"{{ printf '{MARK} %s\\n' \"$?\"; printf '{MARK}\\n' >&2; }}"
    return "".join(f"{script}\n{mark}\n" for script in scripts)


def cut(whole: Outcome, count: int) -> list[Outcome] | None:
    """Split the outcome of a marked script; None if not every part ended."""
    outputs = whole.stdout.split(MARK.encode() + b" ")
    errors = whole.stderr.split(MARK.encode() + b"\n")
    if len(outputs) != count + 1 or len(errors) != count + 1:
        return None
    outcomes = []
    for index in range(count):
        # A mark is followed by the status of its part and the output of the next.
        output = outputs[index] if index == 0 else outputs[index].partition(b"\n")[2]
        status = int(outputs[index + 1].partition(b"\n")[0])
        outcomes.append(Outcome(output, errors[index], status))
    return outcomes


def prefixed(shell: Shell, *words: str) -> Shell:
    """Return `shell`, started through another command such as `env --ignore-signal=HUP`."""
    return Shell(f"{' '.join(words)} {shell.name}", (*words, *shell.argv))


def through_sh(shell: Shell, prologue: str) -> Shell:
    """Return `shell`, executed by sh after a prologue, such as one that sets limits."""
    return prefixed(shell, "/bin/sh", "-c", f'{prologue}\nexec "$@"', "sh")
