"""A wait has the same words in a recording, a lesson, a notebook and on a page."""

import re
from html import unescape

from simpsh.base import waits
from simpsh.base.events import Rest
from simpsh.base.targets import Member, PipeEnd
from simpsh.base.waits import Edge, Situation, Wait
from simpsh.notebook.cell_display import display_of
from simpsh.view.event_sentences import Naming
from simpsh.view.run_formats import render
from simpsh.view.wait_words import wait_words
from tests.view.made_runs import ROOT, Story

SITUATIONS = [value for value in vars(waits).values() if isinstance(value, Situation)]


def resting(situation):
    """Return a run that ends at rest, and the wait of P1."""
    end = PipeEnd("77", "r") if situation.ended_by == "holder" else None
    wait = Wait(situation, end, (Edge(Member("P0")),) if situation.has_holders else ())
    story = Story("io")
    story.fork(ROOT, 101)
    story.tell(0, Rest((("P1", wait),)))
    return story.chronicle(), wait


def test_each_wait_has_the_same_words_in_every_form():
    assert len(SITUATIONS) > 30
    for situation in SITUATIONS:
        chronicle, wait = resting(situation)
        index = len(chronicle.events) - 1
        words = f"P1 {wait_words(wait, Member('P1'), Naming(chronicle, index))}"
        forms = {form: "".join(render(chronicle, form)) for form in ("plain", "html", "svg")}
        forms |= display_of(chronicle, 0, [])
        # The lanes stand between the lines of a wrapped sentence.
        forms["text/plain"] = re.sub(r"\n +… +… +", " ", forms["text/plain"])
        for form, text in forms.items():
            if form == "text/html":
                text = text.partition("<details>")[2]
            assert words in " ".join(unescape(text).split()), (situation.word, form)
