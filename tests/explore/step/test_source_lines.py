"""Each step of a held program has its source line, even a step inside the C library."""

from itertools import pairwise

from simpsh.explore.objects.pipe_operations import Write
from simpsh.explore.objects.process_operations import Exit, Wait
from simpsh.explore.step.line_stepper import state_lines
from tests.explore.step.stepping_programs import stepping
from tests.harness.compiled import compile_c

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


def moments_of(directory, *flags):
    """Return the moments of a run of RACE in which the youngest ready process goes first."""
    (directory / "race.c").write_text(RACE)
    path = compile_c(directory / "race.c", directory / "race", *flags)
    with stepping(path) as session:
        while session.panel.ready:
            session.choose(session.panel.ready[-1])
        return session.moments


def test_each_step_of_each_process_has_its_line(tmp_path):
    moments = moments_of(tmp_path, "-g", "-O0")
    lines = RACE.split("\n")
    remarks = {Write: [], Wait: [], Exit: []}
    for before, after in pairwise(moments):
        if (kind := type(after.step.operation)) in remarks:
            site = before.panel.line(after.step.choice).at
            remarks[kind].append(lines[site.line - 1].partition("// ")[2] if site else "")
    assert (remarks[Write], remarks[Wait]) == (["write", "write"], ["wait"])
    assert remarks[Exit][0] == "exit"
    # The state and the narration name the lines.
    first = moments[0].panel
    assert {line.at.function for line in first.lines} == {"say"}
    place = f"(race.c:{first.lines[0].at.line})"
    assert sum(place in line for line in state_lines(first, None, "")) == 2
    assert f"{place}." in moments[1].narration.sentence


def test_without_debug_information_no_lines_are_named(tmp_path):
    first, second, *_ = moments_of(tmp_path, "-g0")
    assert not any(line.at for line in first.panel.lines)
    assert "(" not in second.narration.sentence
