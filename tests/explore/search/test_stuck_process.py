"""The facts about a process that can never continue, and their words."""

from simpsh.explore.objects.name_words import PLAIN, Naming
from simpsh.explore.objects.pipe_operations import Read
from simpsh.explore.objects.signal_operations import Pause
from simpsh.explore.objects.stuck_process import Manner, StuckProcess, describe
from simpsh.explore.objects.symbolic_names import Pipe
from simpsh.explore.search.exploration import outcome_of
from simpsh.explore.search.outcome_automaton import Ending

PIPE = Pipe("P0", 1)
BLOCKED = StuckProcess("P0", Manner.BLOCKED, Read(PIPE, 4), ("P0", "P1"))


def test_the_words_are_made_last_by_the_naming_of_the_reader():
    assert describe([BLOCKED], PLAIN) == (
        (
            "P0",
            "reads up to 4 bytes from pipe 1 of P0: pipe 1 of P0 is empty, and P1 still holds a "
            "write end, and so does P0 itself",
        ),
    )
    [(_, words)] = describe([BLOCKED], Naming({PIPE: "A"}, {"P0": "parent", "P1": "child"}))
    assert words.endswith(
        ": pipe A is empty, and child still holds a write end, and so does parent itself"
    )


def test_equal_facts_are_one_value():
    same = StuckProcess("P0", Manner.BLOCKED, Read(PIPE, 4), ("P0", "P1"))
    alone = StuckProcess("P0", Manner.BLOCKED, Read(PIPE, 4), ("P0",))
    assert len({BLOCKED, same}) == 1
    assert len({BLOCKED, alone, StuckProcess("P0", Manner.REPEATING, Read(PIPE, 4))}) == 3


def test_each_manner_has_its_clause():
    clauses = {manner: StuckProcess("P0", manner, Read(PIPE, 4)).words(PLAIN) for manner in Manner}
    reads = "reads up to 4 bytes from pipe 1 of P0"
    assert clauses[Manner.BLOCKED].startswith(f"{reads}: ")
    assert clauses[Manner.BLOCKED].endswith("holds a write end: it waits for itself")
    assert clauses[Manner.WAITING] == reads
    pauses = StuckProcess("P0", Manner.BLOCKED, Pause())
    assert pauses.words(PLAIN) == "pauses until a signal comes: no signal has come"
    assert clauses[Manner.REPEATING] == f"{reads}, again and again"
    assert describe([StuckProcess("", Manner.IN_FREE_RUN)], PLAIN) == (
        ("the program", "was left alone, so its calls are not known"),
    )


def test_the_kind_of_a_hang_depends_on_what_the_processes_do():
    looping = StuckProcess("P1", Manner.REPEATING)
    for stuck, words in (((), ""), ((BLOCKED,), "deadlock"), ((BLOCKED, looping), "endless loop")):
        assert outcome_of(Ending(b"", deadlock=stuck)).hang == words
