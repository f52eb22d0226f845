"""Run a program in two shells and say how they differ.

    python -m tests.dash.comparing [--shell bash] [--engine fork] [--again N] [WORD…]

compares the hand-written programs whose name holds every WORD, and prints the differences that are
not marked as deliberate.
"""

from __future__ import annotations

import argparse
import sys

from tests.dash.programs import Program, all_programs
from tests.support.shells import BASH, DASH, SIMPSH, DidNotEnd, Outcome, Place, Shell, run, simpsh


def outcome_of(shell: Shell, program: Program, place: Place, form: str | None = None) -> Outcome:
    """Run a hand-written program, in another form than its own if need be.

    `$SELF` is the command that starts the same shell.
    """
    return run(
        shell,
        program.text,
        form=form or program.form,
        arguments=program.arguments,
        place=place,
        extra={"SELF": " ".join(shell.argv)},
        seconds=program.seconds,
    )


def differences(expected: Outcome, got: Outcome) -> list[str]:
    """What a user would notice; the wording on standard error is the shell's own affair."""
    found = []
    if expected.stdout != got.stdout:
        found.append(f"standard output: {expected.stdout!r} but {got.stdout!r}")
    if expected.status != got.status:
        found.append(f"exit status: {expected.status} but {got.status}")
    if bool(expected.stderr) != bool(got.stderr):
        found.append(f"standard error: {expected.stderr!r} but {got.stderr!r}")
    for name in sorted(expected.files.keys() | got.files.keys()):
        if expected.files.get(name) != got.files.get(name):
            found.append(f"file {name}: {expected.files.get(name)} but {got.files.get(name)}")
    return found


def compare(
    program: Program, shell: Shell, place: Place, form: str | None = None, model: Shell = DASH
) -> list[str]:
    """The differences between dash, or another model, and `shell` on a program."""
    try:
        expected = outcome_of(model, program, place, form)
        return differences(expected, outcome_of(shell, program, place, form))
    except DidNotEnd as late:
        return [str(late)]


def unsteady(program: Program, place: Place, times: int) -> list[str]:
    """Whether dash itself answers differently from run to run; wording included."""
    first = outcome_of(DASH, program, place)
    for _ in range(times):
        again = outcome_of(DASH, program, place)
        if again != first:
            return [f"{first}\n  then\n{again}"]
    return []


def main() -> int:
    """Compare from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.dash.comparing")
    parser.add_argument("--shell", choices=("simpsh", "bash", "dash"), default="simpsh")
    parser.add_argument("--engine", choices=("fork", "spawn"))
    parser.add_argument("--again", type=int, default=0, help="only try whether dash is steady")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    shell = {"simpsh": SIMPSH, "bash": BASH, "dash": DASH}[options.shell]
    if options.engine:
        shell = simpsh("--engine", options.engine)
    chosen = [p for p in all_programs() if all(word in p.name for word in options.words)]
    wrong = 0
    with Place() as place:
        for program in chosen:
            if options.again:
                found = unsteady(program, place, options.again)
            else:
                found = compare(program, shell, place)
            if found and program.differs is None:
                wrong += 1
                print(f"\n{program.name}\n{program.text.rstrip()}")
                print("  " + "\n  ".join(found), flush=True)
    marked = sum(program.differs is not None for program in chosen)
    print(f"\n{len(chosen)} programs ({marked} may differ), {wrong} differ", file=sys.stderr)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
