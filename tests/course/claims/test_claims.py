"""A claim is true, false or unknown of a run; a table has a claim, a run and the verdict in a row.

The claims and wrong variants of the lessons prove each word (tests/lessons). These tests cover what
no lesson shows; the reasons are in tests/spec/course_faults.spec.
"""

import ctypes
import os
import signal
from functools import cache

import pytest

from simpsh.base.events import Exit, SignalDeliver, Write
from simpsh.course import some
from simpsh.course.claims.claim import holds, verdict_of
from simpsh.course.claims.observation import SearchResult, SeenOutcome
from simpsh.course.lesson.run_steps import as_typed, cell
from tests.course.demonstrations import perform
from tests.course.handmade_observations import forks, made
from tests.course.records import Kill, Run, delete, replace

BORN = (("parent", forks("child")),)


def run(*events, **fields):
    return made(("parent", "child"), [(0, *event) for event in events], **fields)


SEEN = run(*BORN)
ENDED = run(*BORN, ("child", Exit(0)), marks={"end": (-1, {})})
SEARCH = SearchResult({"ab": (), "ba": ()}, {"ab": 3}, 3, is_complete=True)
ROWS = {"nothing": run(*BORN, hangs=True), "a fix": run(*BORN)}
OUTCOME = SeenOutcome("a\n", {"f": "x"})


def one_child() -> None:
    child = os.fork()
    if child == 0:
        os.write(1, b"child\n")
        os._exit(3)
    _, word = os.waitpid(child, 0)
    print("got", os.waitstatus_to_exitcode(word), flush=True)


def dispositions() -> None:
    os.pipe()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.signal(signal.SIGUSR2, lambda *_: None)
    signal.pause()  # ① look


def by_another_name() -> None:
    os.symlink("/bin/sleep", "a-name-longer-than-fifteen")
    child = os.fork()
    if child == 0:
        os.execv("a-name-longer-than-fifteen", ["a-name-longer-than-fifteen", "1000"])
    child = os.fork()
    if child == 0:
        os.symlink("/bin/sleep", "nap")
        os.execv("nap", ["another", "1000"])
    os.wait()
    os.wait()


def memory() -> None:
    block = (ctypes.c_char * 4096)()
    block.raw = b"\xff" * 4096
    block.value = b"ab"
    child = os.fork()
    if child == 0:
        block.value = b"xy"
        os._exit(0)  # ①
    os.waitpid(child, 0)


@cache
def performed(function, *signals):
    kills = [Kill(*one) for one in signals]
    return perform(Run(function, "one", at_rest=kills))


ONE = (one_child,)
SIGNALS = (dispositions, ("parent", "SIGUSR1"), ("parent", "SIGUSR2"))
LINKS = (by_another_name, ("child", "SIGTERM"), ("child 2", "SIGTERM"))


@pytest.mark.parametrize(
    ("run_of", "claim"),
    [
        (ONE, "parent.waits and parent.gets(child, 'exited') and parent.gets(child, 0x0300)"),
        (ONE, "not parent.gets(child, 0x0400) and not child.reaches('os.waitpid')"),
        (ONE, "parent.calls('waitpid') and not parent.fails('waitpid')"),
        (ONE, "2 < child.status <= 3 and child.status + parent.status == 3"),
        (ONE, "child.born and not parent.born and len(processes) == 2"),
        (SIGNALS, "not parent.gets_signal('SIGUSR1') and parent.gets_signal('SIGUSR2')"),
        (SIGNALS, "at(1).parent.state == 'held' and at(1).parent.terminal == ''"),
        (SIGNALS, "at(1).parent.fd(0).access == 'read' and at(1).parent.fd(3).target == 'pipe A'"),
        # The program's name is the executed file, and not argv[0].
        (LINKS, "at('rest').child.program == 'a-name-longer-than-fifteen'"),
        (LINKS, "at('rest').child_2.program == 'nap'"),
        (LINKS, "len([p for p in at('rest') if p.called == 'child' and p.state == 'S']) == 2"),
        # Memory is read at a moment, and a ctypes text ends at its NUL.
        ((memory,), "at(1).child['block'] == 'xy' and at(1).parent['block'] == 'ab'"),
        ((memory,), "at(1).child.page('block').address == at(1).parent.page('block').address"),
    ],
)
def test_a_true_claim_is_accepted_and_its_opposite_rejected(run_of, claim):
    seen = performed(*run_of)
    assert holds(claim, seen), verdict_of(claim, seen).because
    assert not holds(f"not ({claim})", seen)


@pytest.mark.parametrize(
    ("claim", "seen", "verdict"),
    [
        # Of an order that was not run, only the output is known: one decisive part is enough.
        ("parent.ends", OUTCOME, None),
        ("not parent.ends", OUTCOME, None),
        ("parent.ends and output == 'b\\n'", OUTCOME, False),
        ("parent.ends and output == 'a\\n'", OUTCOME, None),
        ("parent.ends or output == 'a\\n'", OUTCOME, True),
        ("parent.ends or output == 'b\\n'", OUTCOME, None),
        ("not (parent.ends and output == 'b\\n')", OUTCOME, True),
        # A value that the run does not have makes its own part false, and the opposite is not true.
        ("child_2.status == 0", SEEN, False),
        ("not child_2.status == 0", SEEN, False),
        ("child_2.status == 0 or parent.forks", SEEN, True),
        ("at('rest').parent.state == 'S'", SEEN, False),
        ("any(p.status == 0 for p in processes)", ENDED, True),
        ("all(p.status == 0 for p in processes)", ENDED, False),
        ("all(p.ends for p in processes if p == 'nobody')", ENDED, False),
        # A wrong word is unknown, and the author's fault.
        ("parent.sneezes", SEEN, None),
        ("retruns", SEEN, None),
        ("child.killed('SIGHALT')", ENDED, None),
        ("child.fails('fork') == 1 < None", SEEN, False),
        # A search, a comparison, and an order have words of their own.
        ("len(outputs) == 2 and 'ba' in outputs", SEARCH, True),
        ("child.ends", SEARCH, False),
        ("len(outputs) == 1", SEEN, False),
        ("row('nothing').hangs and not row('a fix').hangs", ROWS, True),
        ("row('another').hangs", ROWS, False),
        ("output == 'a\\n' and file('f') == 'x'", OUTCOME, True),
        (some("p", ("p.ends", "no end"), ("output == 'a\\n'", "printed")), OUTCOME, None),
        (some("", ("returns", "hangs"), ("output == 'b\\n'", "printed")), OUTCOME, False),
    ],
)
def test_a_claim_is_true_false_or_unknown(claim, seen, verdict):
    assert verdict_of(claim, seen).holds is verdict


def test_the_process_that_meets_most_conditions_gives_the_reason():
    claim = some(
        "p",
        ("p.born", "nobody was born"),
        ("p.ends", "{p} did not end"),
        ("p.status == 7", "{p} ended with {p.status}"),
    )
    for events, because in (
        ([], "child did not end"),
        ([("child", Exit(0))], "child ended with 0"),
        ([("child", Exit(0x700))], ""),
    ):
        assert verdict_of(claim, run(*BORN, *events)).because == because
    assert verdict_of(claim, made(("parent",), [])).because == "nobody was born"


def test_without_a_wait_every_run_is_unordered():
    step = Run(one_child, "one")
    edit = replace("_, word = os.waitpid(child, 0)", 'os.write(1, b"got\\n")') + delete("print(")
    for _ in range(20):
        seen = perform(step, edit)
        assert holds("unordered(child.writes('child'), parent.writes('got'))", seen)
        assert not holds("before(child.writes('child'), parent.writes('got'))", seen)


def test_an_ignored_sigchld_orders_nothing():
    death = SignalDeliver(17, 11, 1, "nothing")
    story = (*BORN, ("child", Write(1, 1, "", "a")), ("child", Exit(0)), ("parent", death))
    order = "before(child.writes('a'), parent.writes('b'))"
    assert not holds(order, run(*story, ("parent", Write(1, 1, "", "b"))))
    heard = (*story[:-1], ("parent", SignalDeliver(17, 11, 1)))
    assert holds(order, run(*heard, ("parent", Write(1, 1, "", "b"))))


@pytest.mark.parametrize(
    ("column", "seen", "text"),
    [
        ("'hangs' if hangs else 'returns'", ROWS["nothing"], "hangs"),
        ("'hangs' if hangs else 'returns'", ROWS["a fix"], "returns"),
        ("outputs", SEARCH, "“ab”, “ba”"),
        ("len(outputs)", SEARCH, "2"),
        ("returns", ROWS["a fix"], "yes"),
        ("child.status", ROWS["a fix"], "–"),
        ("value('x')", SEEN, "–"),
        ("parent.status", OUTCOME, "not known"),
    ],
)
def test_a_cell_is_the_value_of_its_column(column, seen, text):
    assert cell(column, seen) == text


def test_a_value_is_shown_as_a_student_would_type_it():
    typed = {None: "nothing", (1, 2): "1, 2", 1 / 3: "0.333"}
    assert {value: as_typed(value) for value in typed} == typed
