"""Choosing by the words of a choice: in which order choices stand is drawn from their texts."""

from __future__ import annotations

import re


def letter_of(terminal, text):
    """Return the letter of the last choice on the screen that has a text as its first row."""
    found = re.findall(rf"^  ([a-j])  {re.escape(text)}$", terminal.screen(), re.MULTILINE)
    assert found, f"no choice is {text!r}:\n{terminal.screen()}"
    return found[-1]


def choose(terminal, text):
    """Type the letter of a choice; nothing for an empty text, which is no guess."""
    terminal.send(f"{letter_of(terminal, text) if text else ''}\r")
