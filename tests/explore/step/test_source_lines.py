"""Each step of a held program has its source line, even a step inside the C library."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.objects.pipe_operations import Write
from simpsh.explore.objects.process_operations import Exit, Wait
from simpsh.explore.step.line_stepper import state_lines
from simpsh.explore.step.stepping_session import SteppingSession
from tests.support.c_programs import compile_c

RACE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
static void say(const char *word) {
    write(1, word, 1); // write
}
int main(void) {
    if (fork() == 0) { // fork
        say("c");
        exit(3); // exit
    }
    say("p");
    wait(NULL); // wait
    return 0;
}
"""


class Steps:
    """A run of a program, taken in turns, and the names of its lines."""

    def __init__(self, directory: Path, body: str, *flags: str, steps: int = 40) -> None:
        source = directory / "race.c"
        source.write_text(body)
        tags = (
            (re.search(r"// (\w+)$", line), number)
            for number, line in enumerate(body.split("\n"), 1)
        )
        self.lines = {f"race.c:{number}": tag[1] for tag, number in tags if tag}
        path = compile_c(source, directory / "race", *flags)
        program = program_of((path,), directory=os.fspath(directory))
        with Knowledge(program) as knowledge, SteppingSession(knowledge, "race") as session:
            while len(session.schedule) < steps and session.panel.ready:
                session.choose(session.panel.ready[-1])
            self.moments = session.moments

    def tags(self, kind: type) -> list[str | None]:
        tags: list[str | None] = []
        for before, after in pairwise(self.moments):
            if after.step is not None and isinstance(after.step.operation, kind):
                line = before.panel.line(after.step.choice)
                number = line.at.line if line is not None and line.at is not None else 0
                tags.append(self.lines.get(f"race.c:{number}"))
        return tags


def test_each_step_of_each_process_has_its_line(tmp_path: Path) -> None:
    race = Steps(tmp_path, RACE, "-g", "-O0")
    assert race.tags(Write) == ["write", "write"]
    assert race.tags(Wait) == ["wait"]
    assert race.tags(Exit)[0] == "exit"
    # The state and the narration name the lines.
    first = race.moments[0].panel
    assert {line.at.function for line in first.lines if line.at is not None} == {"say"}
    location = next(location for location, tag in race.lines.items() if tag == "write")
    lines = state_lines(first, None, "")
    assert sum(f"({location})" in line for line in lines) == 2
    assert f"({location})." in race.moments[1].narration.sentence


def test_without_debug_information_no_lines_are_named(tmp_path: Path) -> None:
    steps = Steps(tmp_path, RACE, "-g0", steps=2)
    assert set(steps.tags(Write)) <= {None}
    assert "(" not in steps.moments[1].narration.sentence
