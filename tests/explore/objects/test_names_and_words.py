"""Names and operations as words for people; places of steps in the source."""

import sys

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.objects.name_words import parse_words, text_words
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.harness.compiled import compile_c

# -- outputs as words for people, which can be typed again -------------------------------------


def test_each_byte_can_be_typed_as_it_is_shown_and_as_c_writes_it():
    for number in range(256):
        byte = bytes((number,))
        assert parse_words(text_words(byte)) == byte
    assert parse_words(r"\a\b\t\n\v\f\r\\<\x00") == b"\a\b\t\n\v\f\r\\<\0"


# -- a step of a helper function is shown at the line that calls the helper --------------------


FEW = ExplorationLimits(budget_seconds=60, natives=0)
HEADER = """
#include <string.h>
#include <unistd.h>
static void say(const char *text) { write(1, text, strlen(text)); }
"""
MANY_CALLERS = r"""
#include <string.h>
#include <unistd.h>
static void write_all(const char *text, int count) {
    write(1, text, count);
}
static void say(const char *text) {
    write_all(text, strlen(text));
}
static void work(void) {
    say("work ");      // work
    say("done ");      // done
}
int main(void) {
    work();
    say("end\n");      // end
    return 0;
}
"""
ONE_CALLER = r"""
#include "say.h"
int main(void) {
    say("only\n");     // only
    return 0;
}
"""
COUNTS_DOWN = r"""
#include <unistd.h>
static void count_down(int left) {
    write(1, "x", 1);  // itself
    if (left > 1) count_down(left - 1);
    else write(1, "\n", 1); // last
}
int main(void) {
    count_down(3);
    return 0;
}
"""
HANDLER = r"""
#include <signal.h>
#include <unistd.h>
static void handler(int number) {
    write(1, "h", 1);  // handler
}
int main(void) {
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    return 0;
}
"""
PYTHON = """
import os, signal
def say(text):
    os.write(1, text)
def work():
    say(b"work")  # work
    say(b"done")  # done
def handler(*_):
    os.write(1, b"h")  # handler
signal.signal(signal.SIGUSR1, handler)
os.kill(os.getpid(), signal.SIGUSR1)
work()
os.kill(os.getpid(), signal.SIGUSR1)
"""
CASES = {
    "many callers": (MANY_CALLERS, "-O0", "work done end"),
    "one caller of a function in a header": (ONE_CALLER, "-O0", "only"),
    "a function that calls itself": (COUNTS_DOWN, "-O0", "itself itself itself last"),
    "a handler": (HANDLER, "-O0", "handler handler"),
}


def places_of_writes(text, argv):
    """Return the remarks at the lines of the steps that print."""
    [outcome] = explore(program_of(argv), FEW).outcomes
    lines = [step.line.rpartition(":")[2] for step in outcome.story if step.printed]
    return " ".join(text.split("\n")[int(line) - 1].rpartition(" ")[2] for line in lines)


@pytest.mark.needs("gcc")
@pytest.mark.parametrize("case", CASES)
def test_a_step_of_a_helper_is_shown_at_the_line_of_its_caller(case, tmp_path):
    text, optimization, remarks = CASES[case]
    (tmp_path / "say.h").write_text(HEADER)
    (tmp_path / "helps.c").write_text(text)
    words = "-g", optimization
    program = compile_c(tmp_path / "helps.c", tmp_path / "helps", *words)
    assert places_of_writes(text, (str(program),)) == remarks


def test_a_step_of_a_helper_in_python_is_shown_at_the_line_of_its_caller(tmp_path):
    script = tmp_path / "helps.py"
    script.write_text(PYTHON)
    assert places_of_writes(PYTHON, (sys.executable, str(script))) == "handler work done handler"
