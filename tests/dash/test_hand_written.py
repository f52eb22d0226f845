"""Scripts behave as in dash: the hand-written programs.

Many programs run in one shell, each in a subshell: a third by fork, the rest with the
default engine. A program that differs there is run again alone, and only that result counts.
Programs that mean something else in a subshell always run alone. A program marked `everywhere` runs
alone with each engine, in one form each; `bash --posix` must agree in the fork engine's form.
"""

import re
from pathlib import Path

import pytest

from tests.dash.cases import Case, batches, complaints
from tests.dash.comparing import compare, needs_dash
from tests.dash.programs import Program, all_programs
from tests.harness.sh import (
    FORK,
    FORMS,
    POSIX_BASH,
    PROJECT,
    SIMPSH,
    SPAWN,
    Place,
    Shell,
    engine_name,
)

EVERY_PROGRAM = all_programs()
PROGRAMS = [program for program in EVERY_PROGRAM if not program.is_everywhere]
AGREED = [program for program in EVERY_PROGRAM if program.is_everywhere]


def judge(program: Program, shell: Shell, place: Place, form: str | None = None) -> None:
    form = form or program.form
    differing = compare(
        program.text, shell, place,
        form=form, arguments=program.arguments, seconds=program.seconds,
    )  # fmt: skip
    if program.differs is None:
        how = f"dash, then {shell.name}, {form}"
        text = f"{program.name}\n{program.text}\n{how}:\n  " + "\n  ".join(differing)
        assert not differing, text
    else:
        assert differing, f"{program.name} no longer differs: remove its mark ({program.differs})"


def may_share(program: Program) -> bool:
    """Return whether a program means the same in a subshell, after other programs."""
    is_plain = program.form == "-c" and program.options.keys() <= {"form"}
    return is_plain and not any(word in program.script for word in ("$$", "$SELF", "PPID"))


RUNS = [(one, SIMPSH if number % 3 else FORK) for number, one in enumerate(PROGRAMS)]
ALONE = [run for run in RUNS if not may_share(run[0])]
LONG = pytest.mark.long("every hand-written program")
SHARES = [
    pytest.param(batch, shell, marks=LONG if number else ())
    for shell in (SIMPSH, FORK)
    for number, batch in enumerate(
        batches([one for one, its in RUNS if its is shell and may_share(one)])
    )
]
FIRST_OF_EACH_GROUP = {one.group: f"{one.name}-{shell.name}" for one, shell in reversed(ALONE)}
USUAL = [
    f"{one.name}-{engine}"
    for one in AGREED
    for engine in ("fork", "spawn")
    if one.title
    in (
        "a failed redirection without a command goes on",
        "a remembered program was removed",
        "a dot without a file is fatal",
        "SIGINT ends a script that runs builtins",
        "wait for a pipeline in the background",
        "a trap for the same signal within its trap",
        "errexit and a printing subshell",
    )
]


@pytest.mark.usual(*FIRST_OF_EACH_GROUP.values())
@LONG
@needs_dash
@pytest.mark.parametrize(("program", "shell"), ALONE, ids=lambda it: it.name)
def test_simpsh_does_what_dash_does(program, shell, place):
    judge(program, shell, place)


@needs_dash
@pytest.mark.parametrize(("programs", "shell"), SHARES)
def test_programs_in_one_start_do_what_they_do_in_dash(programs, shell, place):
    shared = [Case(one.group, one.line, one.text) for one in programs]
    suspects = {text.split(": ")[0] for text in complaints(shared, shell, place)}
    for program in programs:
        if f"{program.group}:{program.line}" in suspects:
            judge(program, shell, place)


@pytest.mark.usual(*USUAL)
@LONG
@needs_dash
@pytest.mark.parametrize("engine", [FORK, SPAWN], ids=engine_name)
@pytest.mark.parametrize(
    ("program", "number"),
    [(one, number) for number, one in enumerate(AGREED)],
    ids=[one.name for one in AGREED],
)
def test_facts_on_which_dash_and_bash_agree(program, number, engine, place):
    form = FORMS[(number + (engine is FORK)) % len(FORMS)]
    judge(program, engine, place, form)
    is_for_bash = program.differs is None and "bash" not in program.options
    if is_for_bash and engine is FORK and POSIX_BASH.is_installed():
        # bash agrees as well, so dash and bash agree on this program.
        judge(program, POSIX_BASH, place, form)


def test_the_marks_of_the_programs_are_known_and_no_title_is_used_twice():
    page = Path(PROJECT, "docs", "differences.md").read_text()
    sections = re.findall(r"^## (\S+)$", page, re.MULTILINE)
    assert {program.differs for program in EVERY_PROGRAM} - {None} <= set(sections)
    known = {"form", "arguments", "unfinished", "seconds", "differs", "everywhere", "bash"}
    assert {name for program in EVERY_PROGRAM for name in program.options} <= known
    assert {program.form for program in PROGRAMS} == set(FORMS)
    titles = [(program.group, program.title) for program in EVERY_PROGRAM]
    assert len(titles) == len(set(titles)) > 420
