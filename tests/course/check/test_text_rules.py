"""Long sentences, refused words and terms without an entry are found in every text of a lesson."""

from __future__ import annotations

from simpsh.course import Lesson, Say
from simpsh.course.check.check_report import lesson_lines
from simpsh.course.lesson.lesson_faults import long_sentences, refused_words, sentences, text_faults
from simpsh.course.lesson.term_glossary import Glossary
from tests.course.lesson_files import check_whole, write_lesson

THIRTY = "Word" + " word" * 29


def test_sentences_end_where_a_new_one_begins():
    text = "One. `Two. A` goes on: three? (Four!) “Five.” e.g. this.\n\n    set. As it is\nand six"
    assert sentences(text) == [
        "One.",
        "CODE goes on: three?",
        "(Four!",
        "“Five.” e.g. this.",
        "and six",
    ]


def test_long_sentences_refused_words_and_terms_without_an_entry_are_found():
    assert list(long_sentences(f"{THIRTY}. Two words – `a b c`.")) == []
    (fault,) = long_sentences(f"Short. {THIRTY} more.")
    assert fault.startswith("a sentence of 31 words, 30 are the limit: “Word word")
    for text, word in (
        ("Nobody waits.", "nobody"),
        ("It runs behind.", "behind"),
        ("As some\nbooks say.", "some books"),
        ("A. So it would with two.", "so it would"),
        ("It would.", "it would"),
    ):
        assert [fault.split("”")[0] for fault in refused_words(text)] == [f"“{word}"]
    for text in ("`nobody`", "It would print 2 with `fork`.", "hencefort", "\n\n    nobody"):
        assert list(refused_words(text)) == [], text
    glossary = Glossary({"zombie": "Z. wait(2)"})
    texts = [Say("*Zombies*, **bold**"), Say("A *vampire*")]
    (fault,) = text_faults(Lesson("tried", "Tried", 1, texts, "Remember."), glossary)
    assert fault == ("step 2, text: “vampire” is marked as a term and has no entry in glossary.py")


def test_the_check_of_a_lesson_says_where_they_are(tmp_path):
    write_lesson(tmp_path, "tried", f"Say('Nobody is a *vampire*.'), Say({THIRTY!r} + ' more.')")
    report = check_whole(tmp_path)
    told = [line.strip() for line in lesson_lines(report.lessons[0], with_why=False)][1:]
    first, second = "FAILED tried: step 1, text", "FAILED tried: step 2, text"
    assert [line.rpartition(": ")[0][:26] for line in told] == [first, first, second]
    assert not report.is_good
