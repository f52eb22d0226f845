"""Run many programs in one shell, each in a subshell in its own directory.

Starting simpsh costs as much as a dozen small programs; the part of each is cut from the outputs.
"""

from collections.abc import Sequence

from tests.harness.sh import DidNotEnd, File, Outcome, Place, Shell, cut, marked, run


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
