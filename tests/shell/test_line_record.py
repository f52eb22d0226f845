"""The record of a line: which process or built-in failed, in which role, and who gave `$?`."""

import os

import pytest

from simpsh.base.failed_call import CANCELLED, behind, mark, note
from simpsh.base.line_record import LineRecord, acts_of
from simpsh.base.roles import ASSIGNMENT, IF, OR, SUBSHELL, SUBSTITUTION
from simpsh.base.wait_status import Exited, Killed, Stopped
from simpsh.shell.builtins.explanation import bar_words, explain
from tests.harness.sh import run_command, simpsh_command

SHELL = os.getpid()
ENOENT = 2


def roles(*kinds):
    """Return the role of these kinds, innermost first."""
    role = None
    for kind in reversed(kinds):
        role = kind, role
    return role


def born(pid, *words, parent=SHELL, role=None, index=0, count=1, at=1):
    return "born", at + index, pid, parent, role, " ".join(words), words, index, count, False


def ended(pid, word, parent=SHELL, at=50):
    return "ended", at, pid, word, parent


def failed(pid, status, words, call=None, role=None, at=20):
    return "failed", at, pid, status, words, role, "", call


def record_of(*notes):
    record = LineRecord(-1)
    record.begin("line")
    record.present.notes += notes
    return record


def explained(status, *notes):
    """Return the rows of `why` by label, for a line with these notes."""
    record = record_of(*notes)
    rows = explain(record, record.present, status, 500)
    return {row[:8].strip(): row[8:] for row in rows}


CD = ("chdir", ENOENT, ("nosuch",))
LINES = {
    "a condition": (0, (born(11, "ls", role=roles(IF)), ended(11, 0x200)), IF),
    "x=$(cd nosuch) || :": (
        0,
        (
            born(11, role=roles(SUBSTITUTION, ASSIGNMENT, OR)),
            failed(11, 1, ("cd",), CD, roles(SUBSHELL, SUBSTITUTION, ASSIGNMENT, OR)),
            ended(11, 0x100),
        ),
        OR,
    ),
    "(false; true)": (
        0,
        (born(11), failed(11, 1, ("cd",), CD, roles(SUBSHELL)), ended(11, 0)),
        "a later command",
    ),
    "x=$(cd nosuch)": (
        1,
        (
            born(11, role=roles(SUBSTITUTION, ASSIGNMENT)),
            failed(11, 1, ("cd",), CD, roles(SUBSHELL, SUBSTITUTION, ASSIGNMENT)),
            ended(11, 0x100),
        ),
        "assignment",
    ),
}
"""For each line its `$?`, its notes, and a part of the row that explains `$?`."""


@pytest.mark.parametrize("line", LINES)
def test_the_construct_that_used_a_status_is_named(line):
    status, notes, part = LINES[line]
    rows = explained(status, *notes)
    assert part in rows["$?"], rows
    assert rows["failed"]
    assert len(rows) <= 5


def test_a_failure_of_a_built_in_names_its_call_also_from_a_subshell():
    for notes in ((failed(SHELL, 1, ("cd",), CD),), LINES["x=$(cd nosuch)"][1]):
        assert explained(1, *notes)["failed"].startswith('chdir("nosuch") = -1 ENOENT')


def test_the_bar_has_a_word_for_each_kind_of_failure():
    execve = "execve", ENOENT, ("x",)
    for status, notes, words in (
        (0, (), ""),
        (127, (born(11, "x"), failed(11, 127, ("x",), execve), ended(11, 0x7F00)), "not found"),
        (
            126,
            (born(11, "x"), failed(11, 126, ("x",), execve), ended(11, 0x7E00)),
            "cannot execute",
        ),
        (1, (failed(SHELL, 1, ("cd",), CD),), "chdir failed"),
        (139, (born(11, "x"), ended(11, 0x8B)), "killed by SIGSEGV, core dumped"),
        (148, (born(11, "x"), ended(11, 0x147F)), "stopped by SIGTSTP"),
        (1, (born(11, "grep"), ended(11, 0x100)), "no line matched"),
        # It may be the status of the command that the program runs.
        (124, (born(11, "timeout"), ended(11, 0x7C00)), ""),
        (130, (failed(SHELL, 130, (), (CANCELLED, 0, ())),), "interrupted"),
    ):
        assert bar_words(record_of(*notes), status) == words, notes


def test_notes_of_an_unknown_process_are_dropped():
    orphan = failed(77, 127, ("x",), ("execve", ENOENT, ("x",)))
    assert acts_of([orphan, born(78, "y", parent=77)], {SHELL}) == []


def test_a_process_that_nobody_waits_for_has_the_status_of_its_own_note():
    [act] = acts_of([born(11, "x"), failed(11, 127, ("x",), ("execve", ENOENT, ("x",)))], {SHELL})
    assert act.status == Exited(127)


def test_a_stopped_process_has_its_signal_and_a_continued_one_runs():
    notes = [born(11, "x"), ended(11, 0x137F)]
    assert acts_of(notes, {SHELL})[0].status == Stopped(19)
    assert acts_of([*notes, ended(11, 0xFFFF, at=60)], {SHELL})[0].status is None
    assert acts_of([*notes, ended(11, 9, at=70)], {SHELL})[0].status == Killed(9)


def test_the_number_of_notes_is_limited():
    record = record_of()
    for number in range(5000):
        record.failed(1, (f"{number}",), None)
    assert len(record.present.notes) <= 2000
    assert record.present.is_cut
    assert record.present.notes[0][4] == ("0",)


def test_a_note_that_was_not_finished_hides_no_later_line():
    file = os.memfd_create("line")
    try:
        record = LineRecord(file)
        record.begin("one")
        os.lseek(file, 100, os.SEEK_CUR)  # a child took its place, and was killed
        record.begin("two")
        if (child := os.fork()) == 0:
            record.become_child()
            record.failed(3, ("cd",), None)
            os._exit(0)
        os.waitpid(child, 0)
        record.born(1, child, None, "x", (), 0, 1, False)
        [act, built_in] = record.acts(record.present)
        assert (act.pid, built_in.words, built_in.number) == (child, ("cd",), 3)
    finally:
        os.close(file)


def test_the_call_of_an_error_is_found_through_its_causes():
    lowest = OSError(ENOENT, "x")
    mark(lowest, "open", ("file", 0, "rest", "more"))
    outer = ValueError()
    outer.__context__ = lowest
    assert behind(outer) == ("open", ENOENT, ("file", 0, "rest"))
    note("kill", 3, 77)
    assert behind(ValueError()) == ("kill", 3, (77,))
    assert behind(ValueError()) is None


@pytest.fixture
def typed(tmp_path):
    """Types lines at a prompt, and returns the output."""

    def type_lines(*lines):
        script = "\n".join([*lines, ""])
        argv = [*simpsh_command(), "-i", "--no-rc"]
        done = run_command(argv, input=script, cwd=tmp_path, env={**os.environ, "COLUMNS": "200"})
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    return type_lines


def test_children_report_under_any_limit_and_many_at_a_time(typed):
    assert "chdir(" in typed("(ulimit -f 0; cd nosuch)", "why")
    # 20 copies write their notes at the same time.
    numbers = " ".join(map(str, range(20)))
    shown = typed(f"for n in {numbers}; do {{ cd nosuch$n; }} & done; wait", "why")
    assert shown.count("chdir(") == 3
    assert "and 17 more" in shown


def test_a_wait_in_a_later_line_explains_the_job(typed):
    shown = typed("sh -c 'exit 3' &", ":", "wait %1", "why")
    assert "sh -c 'exit 3' exited with 3" in shown
    assert "'wait' or 'fg' returned its status" in shown
