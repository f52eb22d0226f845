"""A fault in a lesson is reported in one line, with its location and the remedy."""

from __future__ import annotations

import os

import pytest

from simpsh.course import (
    Ask,
    Choice,
    Claim,
    Compare,
    Edit,
    Explore,
    Lesson,
    NotShown,
    Predict,
    Run,
    Say,
    Shell,
    Show,
    Try,
    at,
    count,
    delete,
    hangs,
    happens,
    insert,
    move,
    of,
    processes,
    replace,
    returns,
)
from simpsh.course.claims.demonstration import CodeChange
from simpsh.course.lesson.compare_step import changed_lines
from simpsh.course.lesson.lesson_faults import faults, faults_of_kind
from simpsh.view.document import table_lines, table_sentences
from simpsh.view.styled_text import plain_block

parent, child = processes("parent", "child")


def demo() -> None:
    child = os.fork()
    if child == 0:  # in the child
        os._exit(0)  # ① here
    os.waitpid(child, 0)


END = happens(child.ends)
CLAIM = Claim("It ends.", END, wrong=delete("os.waitpid"))
YES, NO = Choice("yes", END, "So it is."), Choice("no", hangs, "If nobody ended.")


def run(**fields):
    return Run(demo, **{"id": "run", "claims": [CLAIM], **fields})


def lesson(*steps, **fields):
    known = {"id": "a-lesson", "title": "A lesson", "minutes": 3, "remember": "This."}
    return Lesson(**{**known, "steps": steps or [Say("Something.")], **fields})


def test_a_sound_lesson_has_no_faults():
    table = Compare(run(id="base"), "table", {"as it is": Edit(), "b": Edit()}, {"x": returns})
    sound = lesson(
        Say("See {line:os.fork}.", code=demo),
        Predict("Does it?", YES, NO),
        run(watch=("child", "SIGCHLD")),
        Ask("How many?", count(child.ends), "One."),
        Show("family", of="run", text="{line:os.waitpid} waits.", at="①"),
        Predict("And now?", YES, NO),
        table,
        Explore(demo, "all", claims=[CLAIM]),
        Try("Type.", {"it ends": returns}, "hint", "true", wrong={"false": "It has status 1."}),
        NotShown("gdb-follow", "See gdb(1)."),
    )
    assert faults(sound, ["a-lesson"], ["gdb-follow"]) == []


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lesson(id="A lesson"), "the id “A lesson” must be lower-case words joined by dashes"),
        (lesson(title=""), "a lesson needs a title"),
        (lesson(minutes=0), "takes at least a minute"),
        (lesson(requires=["gone"]), "it requires “gone”, and there is no such lesson"),
        (lesson(run(facts=("nonsense",))), "“nonsense” is not in claims.py"),
        (lesson(run(), run()), "two runs are called “run”"),
        (lesson("text"), "step 1 (str): 'text' is no step"),
        (lesson(Say(" ")), "step 1 (Say): it says nothing"),
        (
            lesson(Predict("?", YES), run()),
            "step 1 (Predict): a question needs at least two Choices",
        ),
        (lesson(Predict("?", YES, YES), run()), "two of its choices have the same text"),
        (lesson(Predict("?", YES, NO)), "no run answers it: put a Run, Compare, Explore or Show"),
        (lesson(Predict("?", YES, NO), Say("…"), run()), "no run answers it"),
        (lesson(Predict("?", YES, Choice("b", hangs, "")), run()), "“b” needs a reason"),
        (lesson(Predict("?", YES, "b"), run()), "'b' is one of its choices: a Choice is needed"),
        (lesson(Predict("?", YES, Choice(END, "b", "x")), run()), "a text is needed"),
        (lesson(Say(5)), "step 1 (Say): text is 5: a text is needed"),
        (lesson(minutes="x"), "minutes is 'x': a number is needed"),
        (lesson(run(claims=[5])), "step 1 (Run): 5 is one of its claims: a Claim is needed"),
        (
            lesson(run(claims=[Claim("x", END, Edit((CodeChange("a", "b", "remove"),)))])),
            "kind is 'remove': one of 'replace', 'delete', 'insert', 'move' is needed",
        ),
        (lesson(run(watch="child")), "watch is 'child': a sequence, in which each is a text,"),
        (
            lesson(Ask("?", END, "x"), run()),
            "a fact of the run (count(…), child.value(…)) is needed",
        ),
        (lesson(run(claims=[Claim("x", END)])), "claim “x”: it needs a wrong variant"),
        (
            lesson(run(claims=[Claim("x", END, wrong=delete("os.kill"))])),
            "step 1 (Run): claim “x”: “os.kill” is not in the code",
        ),
        (
            lesson(run(claims=[Claim("x", END, wrong=replace("== 0:", "="))])),
            "the demonstration is not Python after the edit",
        ),
        (lesson(run(claims=[Claim("x", at("②", END), wrong=delete("os.w"))])), "# ② at its line"),
        (lesson(run(claims=[Claim("x", of("a", END), wrong=delete("os.w"))])), "no such row"),
        (lesson(run(claims=[Claim("x", END, wrong="os.w")])), "wrong is 'os.w': an edit (replace"),
        (lesson(run(watch=("nothing",))), "watch: there is no “nothing” in the code"),
        (lesson(run(shows="film")), "shows='film' is none of picture, output, nothing"),
        (lesson(run(guard=0)), "a guard is the most processes that may live"),
        (lesson(run(edit=delete("os.kill"))), "“os.kill” is not in the code"),
        (lesson(Run(3, "run")), "code is 3: a function or one of C and Shell"),
        (lesson(Say("{line:os.f}", code=demo), run(), Say("{line:os.k}")), "“os.k” is in no line"),
        (lesson(Say("{line:os.fork}")), "{line:…} is in a text that refers to no run"),
        (lesson(Show("film", of="run")), "'film' cannot be shown: it is one of memory"),
        (lesson(Show("family", of="run"), run()), "of='run' is not an earlier run"),
        (lesson(run(), Show("memory", of="run", at="③")), "the moment “③” is not in the code"),
        (lesson(Compare(run(), "c", {"a": Edit()}, {"x": returns})), "at least two variants"),
        (
            lesson(Compare(run(), "c", {"a": Edit(), "b": delete("os.k")}, {"x": returns})),
            "row “b”: “os.k” is not in the code",
        ),
        (
            lesson(Compare(run(), "c", {"a": Edit(), "b": Edit()}, {"x": returns}, [CLAIM])),
            "the other rows are the wrong variants",
        ),
        (lesson(Try("t", {"a": returns}, "h", "s")), "a Try needs its wrong"),
        (
            lesson(Try("t", {"a": returns}, "h", "s", wrong={"false": " "})),
            "the wrong line “false” needs a sentence for the student who types it",
        ),
        (
            lesson(Try("t", {"a": returns}, "h", "s", wrong=["false"])),
            "wrong is ['false']: a mapping to a text is needed",
        ),
        (lesson(NotShown("gdb-follow", "")), "it needs the id of the claim, and why"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_fault_names_its_place_and_the_remedy(broken, message):
    found = [*faults_of_kind(broken)] or faults(broken, ["a-lesson"], ["gdb-follow"])
    assert any(message in fault for fault in found), found
    assert not any("\n" in fault for fault in found)


# Each row of a comparison shows how it changes the code.


def two_writers() -> None:
    fd = os.open("log", os.O_WRONLY)
    child = os.fork()
    os.write(fd, b"a")
    if child == 0:  # in the child
        os._exit(0)
    os.waitpid(child, 0)


STEP = Compare(
    Run(two_writers, id="one"),
    id="ways",
    variants={
        "nothing": Edit(),
        "O_APPEND": replace("os.O_WRONLY", "os.O_WRONLY | os.O_APPEND"),
        "the parent waits": move("os.waitpid", above="os.write"),
        "nothing is written": delete("os.write"),
        "a loop": replace("os.waitpid(child, 0)", "while True:\n    os.waitpid(child, 0)"),
        "two forks": insert("if os.fork():\n    os._exit(0)", above="os.write"),
    },
    columns={},
    title="way",
)


def test_a_row_names_its_changed_lines():
    (table,) = STEP.changes()
    assert (
        plain_block(table_lines(table, 100))
        == """\
way                  line           changed in the code
O_APPEND             line 1 is      fd = os.open("log", os.O_WRONLY | os.O_APPEND)
the parent waits     after line 2   os.waitpid(child, 0)
                     no line 6      os.waitpid(child, 0)
nothing is written   no line 3      os.write(fd, b"a")
a loop               line 6 is      while True:
                     after line 6       os.waitpid(child, 0)
two forks            after line 2   if os.fork():
                                        os._exit(0)"""
    )
    assert table_sentences(table)[1:3] == [
        f"the parent waits: line: {where}; changed in the code: os.waitpid(child, 0)."
        for where in ("after line 2", "no line 6")
    ]
    assert list(changed_lines(["a"], ["b", "a"])) == [("first", "b")]
    step = Compare(Run(Shell("true"), id="one"), id="ways", variants={"x": Edit()}, columns={})
    assert step.changes() == []
