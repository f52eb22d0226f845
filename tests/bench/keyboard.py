"""Times seen on a terminal: until the first prompt, and from a key to the screen."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

from tests.bench.timing import Unable, environment
from tests.support.screen import Terminal

PROMPTS = {"dash": r"^[#$]\Z", "bash": r"[#$]\Z", "xonsh": r"[@#$>]\Z"}
"""How the others' first prompts end."""

KEYS = 100
"""Key presses in one measurement."""

SETTLING = 5
"""Key presses before those that count."""

LINE = ("cat file-00000 'quoted words' \"$HOME\" | sort >out && " * 12)[:500]
"""The line that is there already when the keys are pressed."""


def first_prompt(argv: Sequence[str], prompt: str, directory: str) -> Callable[[], float]:
    """A measure of the time from exec until `prompt` is on the screen."""

    def measure() -> float:
        start = time.perf_counter()
        with Terminal(argv, environment=environment(directory), directory=directory) as terminal:
            _wait(terminal, prompt)
            return time.perf_counter() - start

    return measure


def key_press(argv: Sequence[str], prompt: str, folder: str, home: str) -> Callable[[], float]:
    """A measure of the 99th percentile of the time from a key to its character on the screen."""

    def measure() -> float:
        surroundings = environment(home)
        with Terminal(
            argv, environment=surroundings, directory=folder, rows=30, columns=100
        ) as terminal:
            _wait(terminal, prompt)
            _type(terminal, LINE)
            # The last piece of the line may still be on its way to the screen.
            for _ in range(SETTLING):
                _press(terminal)
            return statistics.quantiles([_press(terminal) for _ in range(KEYS)], n=100)[98]

    return measure


def _wait(terminal: Terminal, pattern: str) -> None:
    try:
        terminal.wait(pattern, 30)
    except AssertionError as problem:
        raise Unable(str(problem).partition("\n")[0]) from problem


def _type(terminal: Terminal, text: str) -> None:
    # In pieces: what comes in one burst is a paste, and is drawn once.
    for end in range(50, len(text) + 50, 50):
        terminal.send(text[end - 50 : end])
        typed = re.sub(r"\s", "", text[:end])[-60:]
        _until(terminal, partial(_shows, terminal, typed))


def _shows(terminal: Terminal, text: str) -> bool:
    return text in re.sub(r"\s", "", terminal.screen())


def _press(terminal: Terminal) -> float:
    """One key: a letter that nothing else on the screen holds, so that it is seen when drawn."""
    before = len(terminal.raw)
    start = time.perf_counter()
    terminal.send("~")
    _until(terminal, lambda: terminal.raw.find(b"~", before) >= 0)
    return time.perf_counter() - start


def _until(terminal: Terminal, fact: Callable[[], bool]) -> None:
    try:
        terminal.wait_until(fact, "what was typed never appeared", 30)
    except AssertionError as problem:
        raise Unable(str(problem).partition("\n")[0]) from problem
