"""Uses of terms, calls and signs before the unit that teaches them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from simpsh.course.claims.demonstration import listing
from simpsh.course.lesson.lesson import runs_of, texts_of
from simpsh.course.lesson.term_glossary import Glossary, terms_in
from tests.course.records import Lesson, Try

_MARKUP = re.compile(r"[*{}]")


def uses(lesson: Lesson, names: Collection[str]) -> bool:
    """Return whether a lesson uses a term, by any of its names, or a piece of code."""
    texts = [_MARKUP.sub("", text.text).casefold() for text in texts_of(lesson)]
    listings = [listing(run.demonstration) for run in runs_of(lesson).values()]
    lines = [code.source for code in listings if code.language == "shell"]
    lines += [step.solution for step in lesson.steps if isinstance(step, Try)]
    programs = [code.source for code in listings]
    for name in names:
        if name.startswith("`"):
            # A sign means something else outside of a shell's line.
            code = [*lines, *programs] if name[1].isalpha() else lines
            if any(name.strip("`") in text for text in code):
                return True
        elif any(re.search(rf"\b{re.escape(name.casefold())}(e?s|e?d|ing)?\b", t) for t in texts):
            return True
    return False


def terms_by_unit(
    lessons: Sequence[Lesson], glossary: Glossary, taught: Mapping[str, Collection[str]]
) -> dict[str, list[str]]:
    """Return what each unit teaches: `taught`, and the other terms that its lessons mark first."""
    found = {unit: [*terms] for unit, terms in taught.items()}
    known = {term for terms in found.values() for term in terms}
    for lesson in lessons:
        for term in (name for text in texts_of(lesson) for name in terms_in(text.text)):
            if (name := glossary.find(term).term) not in known:
                known.add(name)
                found.setdefault(lesson.chapter, []).append(name)
    return found


def early_terms(
    lesson: Lesson, units: Sequence[str], taught: Mapping[str, Collection[str]], glossary: Glossary
) -> Iterator[str]:
    """Yield what a lesson uses although only a later unit teaches it."""
    later = units[units.index(lesson.chapter) + 1 :]
    for unit in later:
        for term in taught.get(unit, ()):
            if uses(lesson, glossary.names_of(term) if term in glossary else (term,)):
                yield term
