"""Run many generated programs in one shell, and report those that differ from dash.

Starting simpsh costs as much as a dozen small programs. So each program runs in a subshell in its
own directory, and its part is cut from the outputs. A program that differs is run again alone
and reported with both outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.dash.comparing import compare, differences
from tests.dash.generate import program
from tests.shell.program_cases import cut, marked
from tests.support.shells import DASH, DidNotEnd, File, Outcome, Place, Shell, run

SIZE = 20


def together(programs: Sequence[str], before: str = "") -> str:
    """Return a script that runs `before` and each program in a subshell with its own directory."""
    names = " ".join(f"p{index}" for index in range(len(programs)))
    apart = (f"(cd p{index}\n{text}\n)" for index, text in enumerate(programs))
    return f"{before}mkdir {names}\n{marked(apart)}"


def outcomes(
    programs: Sequence[str], shell: Shell, place: Place, before: str = "", form: str = "-c"
) -> list[Outcome] | None:
    """Return the outcome of each program, or None if the shell did not finish."""
    try:
        whole = run(shell, together(programs, before), form=form, place=place, seconds=60)
    except DidNotEnd:
        return None
    found = cut(whole, len(programs))
    if found is None:
        return None
    return [
        Outcome(each.stdout, each.stderr, each.status, files_in(f"p{index}/", whole))
        for index, each in enumerate(found)
    ]


def files_in(folder: str, whole: Outcome) -> dict[str, File]:
    """Return the files of one program, by their path in its directory."""
    return {
        name.removeprefix(folder): file
        for name, file in whole.files.items()
        if name.startswith(folder)
    }


def suspects(seeds: Sequence[int], shell: Shell, place: Place) -> list[int]:
    """Return the seeds whose programs differ, or cannot be judged, in a common run."""
    trees = [program(seed) for seed in seeds]
    expected, got = (outcomes(trees, each, place) for each in (DASH, shell))
    assert expected is not None, f"dash did not come to the end of {list(seeds)}"
    if got is None:
        return list(seeds)
    pairs = zip(seeds, expected, got, strict=True)
    return [seed for seed, wanted, seen in pairs if differences(wanted, seen)]


def complaints(seeds: Sequence[int], shell: Shell, place: Place) -> Iterator[str]:
    """Yield a report for each program of `seeds` whose outcome differs from dash."""
    suspected = suspects(seeds, shell, place)
    confirmed = {}
    for seed in suspected:
        if found := compare(f"{program(seed)}\n", shell, place, seconds=20):
            confirmed[seed] = found
    for seed, found in confirmed.items():
        shown = "\n    ".join(found)
        yield f"seed {seed}: dash and {shell.name} differ\n{program(seed)}\n    {shown}"
    if suspected and not confirmed:
        yield (
            f"seeds {suspected} differ from dash in {shell.name}, but only when programs "
            f"{seeds[0]} to {seeds[-1]} are run in one script:\n"
            + together([program(seed) for seed in seeds])
        )
