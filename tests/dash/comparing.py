"""Run a program in two shells and say how they differ."""

from __future__ import annotations

from tests.dash.programs import Program
from tests.support.shells import DASH, DidNotEnd, Outcome, Place, Shell, run


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """What a user would notice; the wording on standard error is the shell's own affair."""
    differing = []
    if expected.stdout != got.stdout:
        differing.append(f"standard output: {expected.stdout!r} but {got.stdout!r}")
    if expected.status != got.status:
        differing.append(f"exit status: {expected.status} but {got.status}")
    if bool(expected.stderr) != bool(got.stderr):
        differing.append(f"standard error: {expected.stderr!r} but {got.stderr!r}")
    for name in sorted(expected.files.keys() | got.files.keys()):
        if expected.files.get(name) != got.files.get(name):
            differing.append(f"file {name}: {expected.files.get(name)} but {got.files.get(name)}")
    return differing


def compare(
    program: Program, shell: Shell, place: Place, form: str | None = None, model: Shell = DASH
) -> list[str]:
    """The differences between dash, or another model, and `shell` on a program.

    The program may be given in another form than its own. `$SELF` is the command that starts the
    same shell.
    """
    try:
        expected, got = (
            run(
                each,
                program.text,
                form=form or program.form,
                arguments=program.arguments,
                place=place,
                extra={"SELF": " ".join(each.argv)},
                seconds=program.seconds,
            )
            for each in (model, shell)
        )
    except DidNotEnd as late:
        return [str(late)]
    return differences(expected, got)
