"""The law of names: what strangers call their files and programs changes nothing but the names.

A question is asked about a hostile name and about a harmless one of the same length. Its answers,
as lines, must be equal after the hostile name, in each form in which it is written, is replaced by
the harmless one. Lines are compared without their order, which may depend on the speed.
"""

import re
from collections.abc import Callable, Sequence

from simpsh.base.phrases import command_words, escaped

FILES = (
    *("<P1>", "<w>", "a|b", " w", "x (deleted)", "pipe:[1]", "socket:[1]", "a\nb", "\udcff"),
    *("ptmx", "a.socket", "my.sorted", "x.so", "P1", "fifo", "inotify", "draft w", "kernel"),
    *("[eventfd]", "__pycache__", "libc.so.6"),
)
PROGRAMS = (
    *("kernel", "init", "you", "parent", "reaper", "P1", "simpsh", "reader", "output", "outside"),
    *("pipe A", "x (deleted)", "\udcff", "python3", "dash", "sleep 2"),
)


def harmless(name: str) -> str:
    """Return a harmless name of the same length."""
    return "q" * len(name)


def differences(answer: Callable[[str], Sequence[str]], name: str) -> list[str]:
    """Return the lines that only one of the answers has, about the harmless name first."""
    calm, wild = (
        sorted(neutral(line, name) for line in answer(each)) for each in (harmless(name), name)
    )
    assert calm, "the harmless program says nothing"
    missing, more = list(calm), []
    for line in wild:
        if line in missing:
            missing.remove(line)
        else:
            more.append(line)
    return [*missing, *more]


def neutral(text: str, name: str) -> str:
    """Return an answer with the name replaced, and without quotes and numbers.

    How many processes of others could not be looked into changes between two answers.
    """
    text = re.sub(r"\$?'|\d{3,}|\b\d+(?= more, which)", "", text)
    forms = {form.strip("$'") for form in (name, escaped(name), command_words((name,)))}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])", harmless(name), text)
    return re.sub(r" +", " ", text)
