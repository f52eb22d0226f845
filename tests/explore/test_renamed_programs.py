"""Whatever a program prints, and calls its files and itself, the answer is the same but for that.

Each program is explored with two plain words, which nothing else contains, and
with two hostile ones. In the first answer the plain words are replaced by the hostile ones; then
both answers must be equal. Only programs that can be explored completely count.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from simpsh.explore.control.explored_program import ExploredProgram
from simpsh.explore.objects.name_words import path_words, quote_output
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_verdict import ON_TERMINAL

HERE = Path(__file__).parent / "renamed_programs"
PLAIN = b"qqone", b"qqtwo"
FREE = ExplorationLimits(30.0, natives=3, native_seconds=20.0)


@pytest.fixture
def program(compiled, tmp_path):
    """Return the program with two words, in a fresh directory of its own."""

    def make(name, words):
        directory = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        directory.mkdir()
        text = tuple(map(os.fsdecode, words))
        environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
        if name == "py":
            argv = (sys.executable, "-S", "-s", "-P", str(HERE / "words.py"), *text)
        else:
            # The program itself has the first word as its name, too.
            own = compiled(f"renamed_programs/{name}.c")
            shutil.copy(own, os.fsencode(directory) + b"/" + words[0] + b"'s program")
            own = os.fsdecode(words[0] + b"'s program")
            if name == "starts":
                shutil.copy(directory / own, os.fsencode(directory) + b"/" + words[0])
                text = f"./{text[0]}", text[1]
            argv = (f"./{own}", *text)
        return ExploredProgram(argv, argv[0], str(directory), environment=environment)

    return make


# -- facts -----------------------------------------------------------------------------------------


def renamed(value, words):
    """Return an answer in which other words replace the plain ones."""
    if not words:
        return value
    match value:
        case bytes():
            return re.sub(b"qqone|qqtwo", lambda found: words[found[0] == PLAIN[1]], value)
        case _:
            return os.fsdecode(renamed(os.fsencode(value), words))


_PATH = re.compile(r"(?:\./)?(?:\w+/)*(?:qqone|qqtwo)(?:/\w+)*")


def renamed_sentence(sentence, words):
    """Return a sentence in which other words replace the plain ones as they are shown.

    In quotes are texts; outside them are paths. Offsets depend on the length of the words.
    """
    sentence = re.sub(r" at \d+ (from|to) ", r" \1 ", sentence)
    if not words:
        return sentence
    shown = [quote_output(word)[1:-1] for word in words]
    parts = re.split("(“[^”]*”)", sentence)
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = re.sub("qqone|qqtwo", lambda each: shown[each[0] == "qqtwo"], part)
        else:
            parts[index] = _PATH.sub(lambda path: path_words(renamed(path[0], words)), part)
    return "".join(parts)


def answer_of(found, words=()):
    """Return all that an exploration has found out, with the words of the program replaced."""
    outcomes = [
        (
            renamed(outcome.output, words),
            outcome.statuses,
            tuple((renamed(name, words), renamed(text, words)) for name, text in outcome.files),
            tuple((name, renamed_sentence(wait, words)) for name, wait in outcome.deadlock),
            outcome.witness,
            outcome.deciding,
            outcome.is_replayed,
            tuple((step.process, type(step.operation), step.status) for step in outcome.story),
        )
        for outcome in found.outcomes
    ]
    return {
        "is_complete": found.has_every_order,
        "count": found.count,
        "reasons": [renamed_sentence(reason, words) for reason in found.reasons],
        # A word with a newline is several lines.
        "notes": [note for note in found.notes if ON_TERMINAL not in note],
        "assumptions": found.assumptions,
        "outcomes": sorted(outcomes, key=repr),
    }


def stories_of(found, words=()):
    """Return the steps of each witness in words, with the words of the program replaced."""
    return sorted(
        [
            (step.process, renamed_sentence(step.words(), words), renamed(step.printed, words))
            for step in outcome.story
        ]
        for outcome in found.outcomes
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("prints", (b"<P1>", b"new\nline")),
        ("fifo", (b"x (deleted)", b"P0")),
        ("starts", (b"kernel", b"a|b")),
        ("py", (b"\xff\xfe", b"{0}")),
    ],
)
def test_hostile_names_change_nothing_but_names(name, words, program):
    found = explore(program(name, PLAIN), FREE)
    assert found.has_every_order, found.reasons
    assert len(found.outcomes) > 1
    hostile = explore(program(name, words), FREE)
    assert answer_of(hostile) == answer_of(found, words)
    assert stories_of(hostile) == stories_of(found, words)
