"""Compares the sentences of a lesson with the pictures that it draws.

A sentence that speaks of a picture needs one. A sign or a label such as P1 must occur in it. A
sentence about a process at a mark, such as “At ② the child has ended”, must agree with the lane
of the process in the row of the mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from simpsh.chronicle.chronicle_model import ASLEEP, STOPPED, THERE, WAITING, ZOMBIE
from simpsh.course.claims.demonstration import MARKS
from simpsh.course.claims.expectation import Result
from simpsh.course.claims.observation import Observation, process_in_words
from simpsh.course.lesson.lesson import Lesson, run_spoken_of
from simpsh.course.lesson.show_step import Show
from simpsh.course.screen.answer_lines import RunView
from simpsh.course.screen.lane_picture import LanePicture, draw
from simpsh.course.screen.picture_rows import PictureRow, picture_rows
from simpsh.course.teach.lesson_display import ShownRun
from simpsh.course.teach.teaching_stage import ROWS
from simpsh.view.document import Table
from simpsh.view.styled_text import plain

_OTHER_ROWS = 4
"""The rows of a screen below its picture: a reply and a prompt."""
_SKIPPED = frozenset(("choice", "column", "row", "title", "wrong"))
"""Parts of a lesson that may be false, that are no sentences, or that are about a typed line."""
_SENTENCE = re.compile(r"(?<=[.?!])[)”*]*\s+")
_CLAUSE = re.compile(r"[,;:] (?:and |but )?| and (?=the |`|it |its )")
_PICTURE = re.compile(r"\b(?:[Tt]he|[Ii]ts|[Tt]his|Each) picture\b|\b(?:is|are) drawn\b|\blanes?\b")
_ROW = re.compile(r"\b(?:this|that|the|two|last) rows?\b(?! (?:in|of) the process table)")
_LABEL = re.compile(r"\bP\d+(?:\.\d+)*\b")
_SIGN = re.compile("[┃┊‖◆◀▶╌┄∥┣●]")
_DENIED = re.compile(
    r"\b(?:no|not|never|neither|none|if|would|without|until|before|how many)\b", re.I
)
_IS = r"(?: (?:is|are|has|have|still|now|already|then|also))*"
_STATES: Mapping[str, tuple[str, ...]] = {
    rf"{_IS} (?:left as )?a zombie\b": (ZOMBIE,),
    rf"{_IS} (?:sleeps?|asleep|waits?|blocked)\b": (ASLEEP, WAITING),
    r"(?: is| are)(?: still| now| already)? stopped\b": (STOPPED,),
    rf"{_IS} ended\b": (ZOMBIE, ""),
    rf"{_IS} (?:gone|collected)\b(?! (?:the|`|its|a))": ("",),
    rf"{_IS} (?:alive|exists?|held|runs?)\b": (THERE, ASLEEP, WAITING, STOPPED),
}
"""Statements about a process, with the states in which its lane may be drawn."""


def picture_faults(lesson: Lesson, results: Mapping[str, Result]) -> Iterator[str]:
    """Yield the sentences that no picture shows: `step 3, claim: “…”: why`.

    `results` are the results of the steps that this machine can show, by id.
    """
    for number, step in enumerate(lesson.steps, 1):
        run = run_spoken_of(lesson, step)
        if run is None or run.id not in results:
            continue
        shown = ShownRun(run, results[run.id])
        has_table = isinstance(step, Show) or any(isinstance(part, Table) for part in shown.parts)
        for part, text in step.texts():
            if part not in _SKIPPED:
                for sentence, why in _faults_of(text, shown, has_table=has_table):
                    yield f"step {number}, {part}: “{sentence}”: {why}"


def _faults_of(text: str, shown: ShownRun, *, has_table: bool) -> Iterator[tuple[str, str]]:
    run = shown.result
    if not isinstance(run, Observation) or RunView.PICTURE not in shown.parts:
        for sentence in sentences_of(text):
            if _PICTURE.search(sentence):
                yield sentence, "no picture is drawn"
            elif _ROW.search(sentence) and not has_table:
                yield sentence, "neither a picture nor a table is drawn"
        return
    watch, room = shown.picture.watch if shown.picture else (), ROWS - _OTHER_ROWS
    drawn, rows = draw(run, watch=watch, most=room), picture_rows(run, watch, room)
    subject = mark = ""
    for sentence in sentences_of(text):
        yield from ((sentence, why) for why in _missing(sentence, run, drawn))
        if sentence.endswith("?"):
            continue
        for clause in _CLAUSE.split(sentence):
            mark = next((sign for sign in clause if sign in MARKS), mark)
            named = [name for name in run.names if _said(name, clause)]
            subject = max(named, key=lambda name: _said(name, clause)[-1], default=subject)
            row = next((row for row in rows if mark and row.moment == mark), None)
            if row is not None and not _DENIED.search(clause):
                yield from ((sentence, why) for why in _wrong(clause, run, row, named or [subject]))
        mark = ""


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text, with their code."""
    return _SENTENCE.split(" ".join(text.split()))


def _missing(sentence: str, run: Observation, drawn: LanePicture) -> Iterator[str]:
    """Yield the signs and labels of a sentence that are not in a picture."""
    lines = "\n".join(map(plain, drawn.lines))
    for sign in dict.fromkeys(_SIGN.findall(sentence)):
        if sign not in lines:
            yield f"the picture has no {sign}"
    for label in dict.fromkeys(_LABEL.findall(sentence)):
        if label not in run.names:
            yield f"the picture has no {label}"


def _said(name: str, clause: str) -> list[int]:
    """Return the places at which a clause names a process."""
    return [match.start() for match in re.finditer(_words_of(name), clause, re.I)]


def _words_of(name: str) -> str:
    return rf"(?:the {re.escape(name)}|{re.escape(process_in_words(name))})(?!['’\w-])"


def _wrong(clause: str, run: Observation, row: PictureRow, named: list[str]) -> Iterator[str]:
    """Yield the states in a clause that differ from those of a row."""
    drawn = {
        # The mark of a process is left of its step, so it is about the state before.
        life.label: life.state_at(row.index - 1)
        if life.name == row.who and row.kind != "look"
        else row.state_of(life)
        for life in run.chronicle.processes.values()
    }
    if "zombie" in clause and "gone" not in clause and ZOMBIE not in drawn.values():
        yield f"the row of {row.moment} has no zombie"
    for name in filter(None, named):
        words = _words_of(name) if _said(name, clause) else "it"
        for pattern, states in _STATES.items():
            if re.search(words + pattern, clause, re.I) and drawn.get(name, "") not in states:
                yield f"at {row.moment} {name} is drawn as {drawn.get(name) or 'gone'}"
