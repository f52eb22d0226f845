"""Names and operations as words for people; places of steps in the source."""

import sys

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.objects.file_operations import FileLook, Flock
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.memory_operations import Load, Store, Update
from simpsh.explore.objects.name_words import PLAIN, parse_words, text_words
from simpsh.explore.objects.process_operations import (
    Born,
    Dying,
    Exec,
    Exit,
    Exiting,
    Forking,
    GetParent,
    GivingUp,
    OwnCall,
    Unwatched,
    VforkWait,
    Wait,
)
from simpsh.explore.objects.signal_operations import (
    Deliver,
    Kill,
    KillOn,
    Pause,
    Rings,
    SetTimer,
    SignalAction,
    SignalMask,
    Suspend,
    TakeSignal,
)
from simpsh.explore.objects.symbolic_names import ANY, OwnFile, Region
from simpsh.explore.objects.virtual_clock import ReadClock, Sleep
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.harness.compiled import compile_c

MEMORY, FILE = Region("P0", 1), OwnFile("f")
ROWS: list[tuple[Operation, str]] = [
    (Born(), "begins"),
    (Forking(is_vfork=False), "forks"),
    (VforkWait("P1"), "waits in vfork for P1 to exec or end"),
    (OwnCall("getpid", ()), "calls getpid"),
    (Exec("ls"), "executes ls"),
    (Exiting(3), "calls exit with 3"),
    (GivingUp(), "gives up descriptors"),
    (Dying(15), "dies of SIGTERM"),
    (Exit(0x300), "ends (normal termination: exit status: 3)"),
    (Exit(9), "ends (abnormal termination: killer signal: 9 (SIGKILL))"),
    (GetParent(), "asks who its parent is"),
    (Unwatched(), "computes endlessly"),
    (Wait("P1", 0), "waits for P1"),
    (Wait("P1", 1), "checks whether P1 has ended"),
    (Wait(ANY, 0), "waits for a child"),
    (SignalMask(frozenset((12, 10))), "blocks SIGUSR1, SIGUSR2"),
    (SignalMask(frozenset(range(1, 32))), "blocks signals"),
    (SignalMask(frozenset()), "blocks no signal"),
    (SignalAction(2, "default"), "lets SIGINT act by default"),
    (Kill("P1", 15), "sends SIGTERM to P1"),
    (Kill("P1", 0), "checks whether P1 exists"),
    (KillOn(15, ("P1", "P2")), "sends SIGTERM on to P1"),
    (Pause(), "pauses until a signal comes"),
    (Suspend(frozenset((2,))), "waits for a signal (sigsuspend)"),
    (TakeSignal((2,)), "waits for SIGINT (sigwait)"),
    (Deliver(), "takes its pending signal first"),
    (SetTimer(1000), "sets its alarm"),
    (SetTimer(0), "cancels its alarm"),
    (Rings(), "has its alarm ring"),
    (Sleep(1500), "sleeps"),
    (ReadClock(0), "reads the clock"),
    (FileLook("stat", FILE), "looks at f (stat)"),
    (Flock(FILE, 2, "1"), "locks f"),
    (Load(MEMORY, 4, 8), "loads 8 bytes of shared memory at 4"),
    (Store(MEMORY, 4, 1), "stores 1 byte of shared memory at 4"),
    (Update(MEMORY, 4, 4), "updates 4 bytes of shared memory at 4 atomically"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row[0]).__name__)
def test_an_operation_has_its_words(row):
    operation, words = row
    assert operation.words(PLAIN) == words


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
static INLINED void write_all(const char *text, int count) {
    write(1, text, count);
}
static INLINED void say(const char *text) {
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
    "inlined": (
        MANY_CALLERS.replace("INLINED", "inline __attribute__((always_inline))"),
        "-O1",
        "work done end",
    ),
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
    words = "-g", optimization, *(("-DINLINED=",) if "INLINED" in text else ())
    program = compile_c(tmp_path / "helps.c", tmp_path / "helps", *words)
    assert places_of_writes(text, (str(program),)) == remarks


def test_a_step_of_a_helper_in_python_is_shown_at_the_line_of_its_caller(tmp_path):
    script = tmp_path / "helps.py"
    script.write_text(PYTHON)
    assert places_of_writes(PYTHON, (sys.executable, str(script))) == "handler work done handler"
