"""Texts, listings, tables, answers and facts fit into their width completely."""

import os
import signal
import sys

import pytest

from simpsh.base.events import Exit
from simpsh.base.record import changed
from simpsh.course.claims.demonstration import Listing
from simpsh.course.claims.observation import (
    OUTPUT,
    ProcessLook,
    SearchResult,
    SeenDescriptor,
    SeenMoment,
    SeenOutcome,
    SeenPage,
    StuckOutput,
)
from simpsh.course.screen import screen_tables
from simpsh.course.screen.answer_lines import judge_claims, summary
from simpsh.course.screen.code_display import show_code
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.screen.screen_tables import open_files
from simpsh.view.document import Table, table_lines, table_sentences
from simpsh.view.styled_text import line_width, plain, plain_block, styled
from tests.course.demonstrations import perform
from tests.course.handmade_observations import forks, made
from tests.course.records import Choice, Claim, Predict, Run
from tests.course.screen.test_pictures import hang, variable


def test_listings_mark_new_lines_and_are_coloured():
    # New lines are marked and a callout stands out.
    listing = Listing("child = os.fork()\nos.waitpid(child, 0)  # ① now\n")
    rows = show_code(listing, changed={2})
    assert plain_block(rows) == "  1   child = os.fork()\n  2 ▸ os.waitpid(child, 0)  # ① now"
    assert rows[1][-1].style == "bold"
    # The listing of a c program is coloured too.
    rows = show_code(Listing('if (pid == 0)\n    puts("a");', "c"))
    assert {piece.style for row in rows for piece in row} >= {"keyword", "string"}


def test_a_table_is_printed_in_columns_or_as_sentences():
    # Cells that do not fit are broken within their column.
    table = Table(("who", "what"), [(styled("child", ""), styled("reads until the end", ""))])
    assert (
        plain_block(table_lines(table, 20))
        == """\
who     what
child   reads until
        the end"""
    )
    # If every word fits into its column, no word is broken.
    heads = ("process", "state", "group", "session", "ground")
    table = Table(heads, [("shell", "S asleep in pause", "middle (gone)", "its own", "foreground")])
    for width in (54, 46):
        rows = table_lines(table, width)
        assert max(map(line_width, rows)) <= width
        assert "foreground" in plain_block(rows)


def a_look(**fields):
    return ProcessLook(1, "S", "read", parent="reaper", **fields)


def test_descriptors_show_which_process_holds_which_end():
    holder = a_look(
        descriptors={
            0: SeenDescriptor("/dev/null"),
            1: SeenDescriptor("pipe A", "write", pipe="A"),
            3: SeenDescriptor("pipe A", pipe="A"),
        }
    )
    zombie = ProcessLook(2, "Z", parent="parent")
    run = made(("parent", "child"), [], marks={"rest": (0, {"parent": holder, "child": zombie})})
    assert (
        plain_block(table_lines(screen_tables.descriptors(run, "rest"), 80))
        == """\
process   state              0      1     2   others   parent
parent    S asleep in read   null   → A       3 ← A    reaper
child     Z zombie                                     parent
→ A writes into pipe A   ← A reads from it"""
    )
    for width in (60, 56, 50):
        narrow = table_lines(screen_tables.descriptors(run, "rest"), width)
        assert max(map(line_width, narrow)) <= width


def test_memory_names_pages_by_letters():
    def page(number, *, shared):
        return {"pages": {"page": SeenPage(0x7F00, shared, number)}, "values": {"page": "draft"}}

    first = {"parent": a_look(**page(7, shared=True)), "child": a_look(**page(7, shared=True))}
    second = {"parent": a_look(**page(7, shared=False)), "child": a_look(**page(9, shared=False))}
    run = made(("parent", "child"), [], marks={"①": (0, first), "②": (0, second)})
    assert (
        plain_block(table_lines(screen_tables.memory(run), 80))
        == """\
    process   address   content   page of physical memory
①   parent    0x7f00    draft     K, shared
    child     0x7f00    draft     K, shared
②   parent    0x7f00    draft     K, its own
    child     0x7f00    draft     L, its own"""
    )


def test_a_family_is_a_tree_with_groups_by_name():
    family = {
        "shell": ProcessLook(
            10, "S", "wait4", parent="reaper", group=10, session=10, terminal="pts/3"
        ),
        "child": ProcessLook(11, "T", parent="shell", group=11, session=10, terminal="pts/3"),
        "helper": ProcessLook(12, "S", parent="child", group=11, session=10, terminal="pts/3"),
    }
    moments = {"rest": SeenMoment(0, family, foreground=10)}
    run = changed(made(("shell", "child", "helper"), []), moments=moments)
    assert (
        plain_block(table_lines(screen_tables.family(run, "rest"), 80))
        == """\
process      state               parent   group     session   terminal
shell        S asleep in wait4   reaper   its own   its own   foreground
  child      T stopped           shell    its own   shell's   background
    helper   S asleep            child    child's   shell's   background"""
    )


def lead_and_end():
    middle = os.fork()
    if middle == 0:  # in the middle process
        os.setpgid(0, 0)
        if os.fork() == 0:  # in the worker
            signal.pause()
        os._exit(0)
    os.waitpid(middle, 0)


@pytest.mark.needs("ptrace")
def test_a_group_keeps_the_name_of_its_dead_leader_and_a_foreign_one_is_inherited():
    run = perform(Run(lead_and_end, id="gone"))
    rows = plain_block(table_lines(screen_tables.family(run, "rest"), 80)).splitlines()
    assert rows[0].split() == ["process", "state", "parent", "group", "session"]
    assert rows[1].split("   ")[-2:] == ["middle (gone)", "inherited"]


def test_code_in_a_choice_is_code_in_the_answer_too():
    ended = made(("parent",), [(1, "parent", Exit(0))])
    step = Predict(
        "Which call?",
        Choice("`kill`, the call", "len(anyone.exits(0)) == 1", "It ends."),
        Choice("`wait`, the call", "len(anyone.exits(0)) == 0", "It waits."),
        Choice("`read`, the call", "len(anyone.exits(0)) == 2", "It reads."),
    )
    right = step.right(ended)
    for guess in (None, 0, 1, 2):
        text = plain_block(ScreenForm().answer(step.answers(guess, ended), 80))
        assert ("you said  kill, the call – and so it was." in text) is (guess == right)
        assert "kill, the call" in text
        assert "`" not in text


def test_a_fact_that_cannot_be_seen_is_not_counted_as_checked():
    claims = [
        Claim("The child is first.", "before(child.writes(), parent.writes())"),
        Claim("Nobody ends.", "len(child.ends) == 0"),
        Claim("There is root.", "len(child.ends) == 1", needs=("root",)),
    ]
    facts = judge_claims(claims, variable(), lambda _: "you are not root")
    assert [fact.sign for fact in facts] == ["✓", "✗", "–"]
    text = plain_block(ScreenForm().facts(facts, 80))
    assert text.endswith(" –  There is root.  (not shown here: you are not root)")
    assert "   – 1 not shown here   " in plain(summary(facts))

    (fact,) = judge_claims([Claim("It forks.", "parent.forks")], SeenOutcome(""), lambda _: "")
    assert (fact.sign, fact.note[:26]) == ("–", "not shown here: of this or")


def search(number, *, steps=()):
    possible = {f"{index}\n": steps for index in range(number)}
    return SearchResult(possible, {"0\n": 7}, 10, is_complete=True)


def test_the_outputs_have_their_counts_and_who_runs_in_an_order_of_each():
    steps = ("parent", "child", "child")
    assert (
        plain_block(ScreenForm().search(search(2, steps=steps), 80))
        == """\
output that is possible   seen here   who runs, in one such order
“0”                       7 of 10     parent → child
“1”                       0 of 10     parent → child

2 outputs are possible, and no order gives another."""
    )
    found = SearchResult({StuckOutput("a"): steps}, {}, 0)
    assert (
        plain_block(ScreenForm().search(found, 80))
        == """\
output that is possible         who runs, in one such order
“a”, then no process can move   parent → child

At least 1 output is possible: not all orders were tried."""
    )


# Open files as a table: descriptors, open file descriptions, files.


OUT = SeenDescriptor(OUTPUT, "write", description=9)


def file(name, description, offset=0, access="both", flags=0):
    return SeenDescriptor(f"/tmp/own/{name}", access, offset, flags, "", description, "file")


def pipe(end, description, flags=0):
    return SeenDescriptor("pipe A", end, 0, flags, "A", description)


def at_mark(parent, child):
    looks = {
        "parent": ProcessLook(10, "S", descriptors={1: OUT, **parent}, cwd="/tmp/own"),
        "child": ProcessLook(11, "held", descriptors={1: OUT, **child}, cwd="/tmp/own"),
    }
    story = [(1, "parent", forks("child"))]
    return made(("parent", "child"), story, marks={"①": (1, looks)})


def test_two_processes_point_to_one_description_and_two_descriptions_to_one_file():
    run = at_mark(
        {3: file("poem", 1, 4, flags=os.O_CLOEXEC), 4: file("log", 2), 5: file("poem", 3)},
        {3: file("poem", 1, 4), 5: file("poem", 3, access="read")},
    )
    table = open_files(run, "①")
    assert (
        plain_block(table_lines(table, 80))
        == """\
descriptor             open file description   file
parent 3  FD_CLOEXEC   offset 4, O_RDWR        poem
child 3                the same
parent 5               offset 0, O_RDWR        poem
child 5                the same
parent 4               offset 0, O_RDWR        log
FD_CLOEXEC: exec closes this descriptor. Python sets it for what it opens."""
    )
    assert table_sentences(table)[:2] == [
        "parent 3  FD_CLOEXEC: open file description: offset 4, O_RDWR; file: poem.",
        "child 3: open file description: the same.",
    ]


def test_a_pipe_has_ends_and_flags_and_no_offset():
    run = at_mark({3: pipe("read", 1, os.O_NONBLOCK)}, {1: pipe("write", 2), 2: pipe("write", 2)})
    assert (
        plain_block(table_lines(open_files(run, "①"), 80))
        == """\
descriptor   open file description            file
parent 3     read end, O_RDONLY, O_NONBLOCK   pipe A
child 1      write end, O_WRONLY              pipe A
child 2      the same"""
    )


# The plain form has sentences only, for a screen reader, a braille display or a log.


def picture_text(run, watch=()):
    return plain_block(ScreenForm(is_plain=True).picture(run, watch, 80, 22))


def test_a_run_has_one_sentence_for_each_event():
    assert (
        picture_text(variable(), watch=("x",))
        == """\
parent: x = 1 (line 1).
parent forks child (line 2).
parent waits for child (line 7).
child: x = 2 (line 4).
child prints “child:  x = 2” (line 5).
child exits with status 0 (line 6).
parent collects child: status 0 (line 7).
parent prints “parent: x = 1” (line 8).
parent exits with status 0 (line 8)."""
    )
    assert picture_text(hang()).splitlines()[-1] == "No process can move any more."


SCREEN = """
from simpsh.course.screen.terminal_screen import TerminalScreen
from simpsh.view.styled_text import styled
screen = TerminalScreen()
screen.wait("running the program …")
import sys
sys.stdin.read(1)
screen.show([styled("done", "bold")])
"""


def test_what_is_waited_for_is_shown_until_the_result_comes(start_shell):
    program = [sys.executable, "-c", SCREEN]
    terminal = start_shell(program=program, environment={"NO_COLOR": "1"})
    terminal.wait("running the program …")
    terminal.key("C-d")
    terminal.wait("done")
    assert "running" not in terminal.screen()
    # Without colours, bold text stays bold.
    assert b"\x1b[1m" in terminal.raw
    assert b"38;" not in terminal.raw
