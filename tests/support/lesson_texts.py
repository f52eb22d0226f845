"""The rules for texts of our own lessons: short sentences, names in code style.

docs/CONTRIBUTING.md has the rules. Code spans and preformatted lines are skipped.
A sentence that mentions a picture needs one, and its signs and labels, such as P1, must occur in
that picture. A sentence about a process at a mark, such as “At ② the child has ended”, must agree
with the lane of the process in the row of the mark.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from simpsh.base.targets import PipeEnd
from simpsh.chronicle.chronicle_model import ASLEEP, STOPPED, THERE, WAITING, ZOMBIE
from simpsh.course.claims.claim import Result
from simpsh.course.claims.demonstration import MARKS, listing
from simpsh.course.claims.observation import YOU, Observation, in_words
from simpsh.course.lesson.lesson import Lesson, Running, run_referred_to, runs_of, texts_of
from simpsh.course.lesson.text_steps import Show
from simpsh.course.screen.answer_lines import RunView
from simpsh.course.screen.lane_picture import LanePicture, draw
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.course.teach.lesson_display import ShownRun, shown_run
from simpsh.course.teach.teaching_stage import ROWS
from simpsh.view.document import Table
from simpsh.view.styled_text import plain
from simpsh.view.timeline.timeline_rows import TimelineRow

LONGEST = 30
"""The maximum number of words in a sentence."""

_CODE = re.compile(r"`[^`]*`")
_END = re.compile(r"(?<=[.?!…])[)”\"*]*\s+(?=[^a-z\s])|(?<=[\w)][.])(?<!e\.g\.)(?<!i\.e\.)\s+")
_WORD = re.compile(r"[^\W_]")


def prose(text: str) -> list[str]:
    """Return the paragraphs of a text without its code: a span becomes the word CODE."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [row for row in paragraph.split("\n") if not row.startswith("    ")]
        paragraphs.append(_CODE.sub("CODE", " ".join(" ".join(lines).split())))
    return [paragraph for paragraph in paragraphs if paragraph]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, without its code.

    >>> sentences("The child ends. `wait()` returns: the parent continues.")
    ['The child ends.', 'CODE returns: the parent continues.']
    """
    return [sentence for paragraph in prose(text) for sentence in _END.split(paragraph)]


def long_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text that are too long."""
    for sentence in sentences(text):
        # A dash between blanks is not a word.
        words = sum(bool(_WORD.search(word)) for word in sentence.split())
        if words > LONGEST:
            yield f"a sentence of {words} words, {LONGEST} are the limit: “{sentence}”"


_LINE = re.compile(r"\{line:[^}]*\}")
_NAMES = re.compile(r"\b([a-z]\w*)(?=(?:\[\d*\])? = |\()")
_SUBJECTS = re.compile(
    r"^([a-z]\w*)(?= (?!\()\w|: |, |$)|\b([a-z]+_\w+)\b(?!\()|"
    r"\b(?i:when|if|that|while|until|before|after|in|of|by|child|as) ([a-z]\w*) "
    r"(?:is|was|ha[sd]|can|cannot|does|still|must|ended|ran|slept|held|becomes|passes|(?:call|continue|"
    r"end|exit|fail|find|get|hold|keep|live|make|print|read|return|run|sleep|start|stop|wait|write)s)\b"
)
"""A sentence whose subject is a name from the code: “done is a zombie”."""
_NO_PROSE = frozenset(("choice", "column", "row", "title"))
"""Parts of a lesson that are preformatted or are not sentences."""


def bare_names(text: str, names: Collection[str]) -> Iterator[str]:
    """Yield the variables and calls that a text names without code style.

    >>> list(bare_names("`first` runs. When first has ended, the loop is done.", {"first", "done"}))
    ['“first” needs code style in “When first has ended, the loop is done.”']
    """
    for sentence in sentences(_LINE.sub("`…`", text)):
        for match in _SUBJECTS.finditer(sentence):
            if (name := match[match.lastindex or 0]) in names:
                yield f"“{name}” needs code style in “{sentence}”"


def text_faults(lesson: Lesson) -> Iterator[str]:
    """Yield the faults in the texts of a lesson: `step 3, because: …`."""
    runs = [step.demonstration for step in lesson.steps if isinstance(step, Running)]
    names = {name for run in runs for name in _NAMES.findall(listing(run).source)}
    for text in texts_of(lesson):
        where = f"step {text.step}, {text.part}" if text.step else text.part
        bare = () if text.part in _NO_PROSE else bare_names(text.text, names)
        for fault in (*long_sentences(text.text), *bare):
            yield f"{where}: {fault}"


# Sentences about pictures.
_OTHER_ROWS = 4
"""The rows of a screen below its picture: a reply and a prompt."""
_SKIPPED = frozenset(("choice", "column", "row", "title", "wrong"))
"""Parts of a lesson that may be false, that are no sentences, or that are about a typed line."""
_SENTENCE_END = re.compile(r"(?<=[.?!])[)”*]*\s+")
_CLAUSE = re.compile(r"[,;:] (?:and |but )?| and (?=the |`|it |its )")
_PICTURE = re.compile(r"\b(?:[Tt]he|[Ii]ts|[Tt]his|Each) picture\b|\b(?:is|are) drawn\b|\blanes?\b")
_ROW = re.compile(r"\b(?:this|that|the|two|last) rows?\b(?! (?:in|of) the process table)")
_LABEL = re.compile(r"\bP\d+(?:\.\d+)*\b")
_SIGN = re.compile("[┃┊‖◆◀▶╌┄┣●]")
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
    """Yield the sentences that no picture shows, and the pictures that contradict an inspection.

    `results` are the results of the steps that this machine can show, by id.
    """
    for run in runs_of(lesson).values():
        result = results.get(run.id)
        if isinstance(result, Observation):
            rows = picture_rows(result, shown_run(run, result).watch)
            yield from contradictions(result, rows)
    for number, step in enumerate(lesson.steps, 1):
        run = run_referred_to(lesson, step)
        if run is None or run.id not in results:
            continue
        shown = shown_run(run, results[run.id])
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
    watch, room = shown.watch, ROWS - _OTHER_ROWS
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
    return _SENTENCE_END.split(" ".join(text.split()))


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
    """Return the offsets at which a clause names a process."""
    return [match.start() for match in re.finditer(_words_of(name), clause, re.I)]


def _words_of(name: str) -> str:
    return rf"(?:the {re.escape(name)}|{re.escape(in_words(name))})(?!['’\w-])"


def _wrong(clause: str, run: Observation, row: TimelineRow, named: list[str]) -> Iterator[str]:
    """Yield the states in a clause that differ from a row."""
    drawn = {
        # The mark of a process is left of its step, so it is about the state before.
        life.label: life.state_at(row.index - 1)
        if life.name == row.name and row.kind != "look"
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


_DRAWN_AS = {"S": (ASLEEP, WAITING), "D": (ASLEEP, WAITING), "T": (STOPPED,), "Z": (ZOMBIE,)}
"""The drawn states by letter of proc(5); in other states the process is drawn as existing."""


def contradictions(run: Observation, rows: Sequence[TimelineRow]) -> Iterator[str]:
    """Yield the contradictions between a picture and the inspections that claims are judged by.

    The process of a row is exempt: it is drawn after its step, but was inspected before.
    """
    for row in rows:
        looks = run.moments[row.moment].looks if row.moment else {}
        for process in run.chronicle.processes.values() if looks else ():
            look, drawn = looks.get(process.label), row.state_of(process)
            fitting = _DRAWN_AS.get(look.state, (THERE,)) if look is not None else ("",)
            is_passive = process.name not in (YOU, row.name, *row.others)
            if is_passive and drawn not in fitting:
                found = f"in state {look.state}" if look is not None else "not there"
                yield f"at {row.moment} {process.label} is {found}, and drawn as {drawn or 'gone'}"
            if look is None:
                continue
            held = {number: end.pipe for number, end in look.descriptors.items() if end.pipe}
            table = process.table_at(run.moments[row.moment].index)
            names = {
                number: run.chronicle.pipe_name(target.inode)
                for number, target in table.items()
                if isinstance(target, PipeEnd)
            }
            if held != {number: name for number, name in names.items() if name}:
                yield f"at {row.moment} {process.label} held other pipe ends than are drawn"
