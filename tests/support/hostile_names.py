"""Answers about things with hostile names, compared with answers about harmless ones."""

from __future__ import annotations

import re

from simpsh.base.phrases import command_words, escaped


def harmless(name):
    """Return a harmless name of the same length."""
    return "q" * len(name)


def neutral(text, name):
    """Return an answer with the name replaced, and without quotes and numbers."""
    text = re.sub(r"\$?'|\d{3,}", "", text)
    forms = {form.strip("$'") for form in (name, escaped(name), command_words((name,)))}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])", harmless(name), text)
    return re.sub(r" +", " ", text)
