"""The students' glossary: what a technical term means, found by the forms in which it occurs.

`TERMS` of a shelf's glossary.py has an entry for each term; an entry that is itself a term of the
table is another name for that term. A lesson writes `*term*` where it first uses one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.view.styled_text import marked

_ENDINGS = (("", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("d", ""), ("ing", ""))
"""What a form of a term ends with, and what the term has there instead."""

_HEAD = """\
# The terms of the course

This page is made from `lessons/glossary.py`; `simpsh lesson what` prints it. At the prompt of a
lesson, `:what TERM` shows an entry.
"""


class Entry(Record):
    """A term and what it means."""

    term: str
    text: str
    """One or two sentences with markup, then where to read on."""


class Glossary:
    """The entries of all shelves."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._terms = terms
        self._names = {_plain(term): term for term in terms}

    def find(self, word: str) -> Entry:
        """Return the entry of a term, whatever its form: “zombies” and “Zombie” find zombie.

        Raises UsageProblem: there is none; the message names the nearest.
        """
        for form in _forms(_plain(word)):
            if form in self._names:
                term = self._names[form]
                term = term if self._terms[term] not in self._terms else self._terms[term]
                return Entry(term, self._terms[term])
        near = difflib.get_close_matches(_plain(word), self._names, 1, 0.6)
        hint = f"; did you mean {self._names[near[0]]}?" if near else ""
        raise UsageProblem(f"{word}: the glossary has no such term{hint}")

    def __contains__(self, word: str) -> bool:
        return any(form in self._names for form in _forms(_plain(word)))

    def entries(self) -> list[Entry]:
        """Return every entry, in alphabetical order; names for another term are left out."""
        own = [term for term, text in self._terms.items() if text not in self._terms]
        return [Entry(term, self._terms[term]) for term in sorted(own, key=str.casefold)]

    def page(self) -> str:
        """Return all entries as a page of Markdown, in alphabetical order."""
        lines = [_HEAD]
        for term in sorted(self._terms, key=str.casefold):
            text = self._terms[term]
            is_name = text in self._terms
            lines.append(f"- **{term}**: {f'another name for {text}.' if is_name else text}")
        return "\n".join(lines) + "\n"


def terms_in(text: str) -> list[str]:
    """Return the terms that a text marks.

    >>> terms_in("A *zombie* keeps **its** pid, see `a*b*c`; two *process groups*.")
    ['zombie', 'process groups']
    """
    return [" ".join(piece.text.split()) for piece in marked(text) if piece.style == "term"]


def _plain(word: str) -> str:
    return " ".join(word.replace("()", "").replace("-", " ").casefold().split())


def _forms(word: str) -> Iterator[str]:
    """Yield what a word may be a form of, itself first."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            yield word.removesuffix(ending) + instead
