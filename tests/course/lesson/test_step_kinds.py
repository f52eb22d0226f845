"""A kind of step is one class: whatever it answers is taught, checked, published and listed."""

from __future__ import annotations

from simpsh.course import Lesson, Say
from simpsh.course.check.lesson_check import LessonCheck, screens
from simpsh.course.check.machine_report import losses_of
from simpsh.course.lesson.lesson import CheckFailed, NotebookCell, Step, texts_of
from simpsh.course.lesson.lesson_faults import faults, faults_of_kind
from simpsh.course.lesson.term_glossary import Glossary
from simpsh.course.site.lesson_page import lesson_page
from simpsh.notebook.lesson_notebook import lesson_notebook
from tools.write_claims import claims_page


class Riddle(Step):
    """A kind that the house does not know."""

    text: str
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    name = "a riddle"

    @property
    def title(self):
        return self.text

    def texts(self):
        yield "riddle", self.text

    def faults(self, lesson):
        if not self.text.endswith("?"):
            yield "a riddle asks"

    def teach(self, teaching):
        teaching.say(self, f"Riddle: {self.text}")

    def check(self, checking):
        with checking.check("riddle", self.text, self.facts):
            raise CheckFailed("it has no answer")

    def section(self, page):
        return "A riddle", page.notice(self, self.text)

    def cell(self):
        return NotebookCell(self.text, is_text=True)


RIDDLE = Riddle("What is a *zombie*?", facts=("riddles",), needs=("ptrace",))
LESSON = Lesson("riddles", "Riddles", 1, [Say("Listen."), RIDDLE], "Ask.")


def test_a_kind_is_taught_checked_published_and_listed_by_what_it_answers():
    assert any("Riddle: What is a zombie?" in screen.text for screen in screens(LESSON, {}))
    report = LessonCheck(LESSON).run()
    assert [(one.kind, one.reason) for one in report.of("failed")][-1:] == [
        ("riddle", "it has no answer")
    ]
    page = lesson_page(LESSON, {}, {}, Glossary({}), {"riddles": "Riddles"})
    assert '<h2>A riddle <span class="where">Step 2 of 2' in page
    cells = lesson_notebook([LESSON])["cells"]
    assert cells[2]["source"] == "What is a *zombie*?"
    listed = claims_page([LESSON], {"riddles": "There are riddles."}, lambda name: f"{name}.py")
    assert "- [riddles](../riddles.py), step 2: What is a *zombie*?\n" in listed
    assert [text.part for text in texts_of(LESSON)] == ["title", "text", "riddle", "remember"]
    assert losses_of(LESSON, {"ptrace": "no"}) == {2: "step 2 “a riddle” (ptrace)"}
    assert faults(LESSON) == []
    wrong = Lesson("riddles", "Riddles", 1, [Riddle("A riddle.")], "Ask.")
    assert faults(wrong) == ["step 1 (Riddle): a riddle asks"]
    wrong = Lesson("riddles", "Riddles", 1, [Riddle(3)], "Ask.")
    assert [*faults_of_kind(wrong)] == ["step 1 (Riddle): text is 3: a text is needed"]
