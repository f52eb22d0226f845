"""An event kind is one entry, from which all other code about it is derived."""

from __future__ import annotations

import re

import pytest

from simpsh.base import event_kind, events
from simpsh.base.event_kind import Row, TracedCall, event
from simpsh.base.record import changed
from simpsh.course.claims.claim import names_of_end
from simpsh.kernel.machine import syscall_table
from simpsh.trace.tracer import syscall_events
from simpsh.view.timeline.timeline_rows import LISTING, RowChooser, rows_of
from tests.harness.recorded import recorded, whats
from tests.view.made_runs import ROOT, Story


def test_each_kind_of_the_schema_is_an_entry_and_each_entry_is_of_the_schema():
    assert {*event_kind.ENTRIES} == {*events.What.__args__} - {events.Unknown}
    assert len(events.NAMES) == len(event_kind.ENTRIES)


def test_the_names_of_events_in_recordings_stay():
    assert " ".join(events.NAMES) == (
        "start fork exec exec_error exit thread_exit wait wait_return reap reparent signal_send "
        "signal_deliver stop continue setpgid setsid tcsetpgrp pipe open dup "
        "close read write call chdir line assign rest unfinished"
    )


def test_each_call_of_an_entry_is_known_on_some_machine():
    known = set(re.findall(r"\b[a-z]\w+", syscall_table._TABLE))
    for kind, entry in event_kind.ENTRIES.items():
        assert {call.name for call in entry.calls} <= known
        assert kind.__doc__


def test_each_rule_of_a_row_is_a_whole_sentence():
    rules = [entry.row.rule for entry in event_kind.ENTRIES.values() if entry.row is not None]
    assert [rule for rule in rules if rule and not rule.endswith(".")] == []
    assert len([*filter(None, rules)]) > 3


@pytest.fixture
def chroot():
    """An entry for chroot(2), as a developer would write it into events.py."""

    @event(
        "chroot",
        verb="changes its root",
        calls=(TracedCall("chroot", "result"),),
        row=Row("chroot", "chroot(2) makes another directory the root of all paths."),
    )
    class ChangeRoot(events.LifeEvent):
        path: str
        errno: int = 0

        @classmethod
        def from_call(cls, call):
            return cls(call.text(0), call.errno)

        def phrase(self, telling):
            return f"changes its root to {self.path}"

    events.ROWS[ChangeRoot] = event_kind.ENTRIES[ChangeRoot].row
    yield ChangeRoot
    del event_kind.ENTRIES[ChangeRoot], events.ROWS[ChangeRoot]


def test_a_new_entry_is_traced_described_drawn_and_asked_for(chroot):
    rule = syscall_events.rules_of_entries()["chroot"]
    assert (rule.follow, rule.level) == ("result", "calls")
    assert names_of_end(chroot("/tmp")) == {"chroot"}
    story = Story()
    story.tell(ROOT, chroot("/srv"))
    assert [row.text for row in rows_of(story.chronicle())][-1] == "P0 changes its root to /srv"
    assert rows_of(story.chronicle())[-1].kind == "chroot"


def test_an_entry_without_a_way_to_read_it_is_refused_when_the_tracer_is_loaded(
    chroot, monkeypatch
):
    monkeypatch.delattr(chroot, "from_call")
    with pytest.raises(TypeError, match=r"ChangeRoot cannot be read from chroot\(2\)"):
        syscall_events.rules_of_entries()


def test_a_changed_directory_is_a_row_of_a_recording_and_a_detail_of_a_listing():
    story = Story()
    story.tell(ROOT, events.Chdir("/srv"))
    chronicle = story.chronicle()
    assert rows_of(chronicle)[-1].kind == "chdir"
    asked = RowChooser(chronicle, changed(LISTING, details=("chdir",)))
    assert [*asked.indices()] == [*RowChooser(chronicle, LISTING).indices(), 1]


@pytest.mark.needs("ptrace")
def test_a_traced_shell_changes_its_directory():
    found = recorded("sh", "-c", "cd /usr; cd /nosuch; exit 3")
    assert whats(found, events.Chdir) == [events.Chdir("/usr")]
