"""The students' glossary, which finds a technical term by any of its forms.

`TERMS` of a glossary.py has one entry for each term; an entry whose text is another term of the
table is a synonym. A lesson writes `*term*` at the first use of a term.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.view.styled_text import marked

_ENDINGS = (("", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("d", ""), ("ing", ""))
"""Endings of plural forms, with the endings of the singular."""

_HEAD = """\
# The terms of the course

This page is made from `lessons/glossary.py`. At the prompt of a lesson, `:what TERM` shows an
entry.
"""


class Entry(Record):
    """A term and its meaning."""

    term: str
    text: str
    """One or two sentences with markup, then a reference."""


class Glossary:
    """The entries of all glossaries."""

    def __init__(self, terms: Mapping[str, str]) -> None:
        self._terms = terms
        self._names = {_plain(term): term for term in terms}

    def find(self, word: str) -> Entry:
        """Return the entry of a term in any form: “zombies” and “Zombie” find zombie.

        Raises UsageProblem for unknown terms; the message suggests the nearest.
        """
        for form in _forms(_plain(word)):
            if form in self._names:
                term = self._names[form]
                term = term if self._terms[term] not in self._terms else self._terms[term]
                return Entry(term, self._terms[term])
        near = difflib.get_close_matches(_plain(word), self._names, 1, 0.6)
        hint = f"; did you mean {self._names[near[0]]}?" if near else ""
        raise UsageProblem(f"{word}: the glossary has no such term{hint}")

    def names_of(self, word: str) -> list[str]:
        """Return a term and its synonyms; raises UsageProblem for unknown terms."""
        entry = self.find(word)
        synonyms = [name for name, text in self._terms.items() if text == entry.term]
        return [entry.term, *synonyms]

    def __contains__(self, word: str) -> bool:
        return any(form in self._names for form in _forms(_plain(word)))

    def entries(self) -> list[Entry]:
        """Return all entries in alphabetical order, without synonyms."""
        terms = [term for term, text in self._terms.items() if text not in self._terms]
        return [Entry(term, self._terms[term]) for term in sorted(terms, key=str.casefold)]

    def page(self) -> str:
        """Return all entries as a page of Markdown, in alphabetical order."""
        lines = [_HEAD]
        for term in sorted(self._terms, key=str.casefold):
            text = self._terms[term]
            is_name = text in self._terms
            lines.append(f"- **{term}**: {f'another name for {text}.' if is_name else text}")
        return "\n".join(lines) + "\n"


def terms_in(text: str) -> list[str]:
    """Return the terms marked in a text.

    >>> terms_in("A *zombie* keeps **its** pid, see `a*b*c`; two *process groups*.")
    ['zombie', 'process groups']
    """
    return [" ".join(piece.text.split()) for piece in marked(text) if piece.style == "term"]


def _plain(word: str) -> str:
    return " ".join(word.replace("()", "").replace("-", " ").casefold().split())


def _forms(word: str) -> Iterator[str]:
    """Yield the possible singular forms of a word, beginning with the word itself."""
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            yield word.removesuffix(ending) + instead
