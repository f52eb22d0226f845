"""The course: what a lesson file may say, and the engine that runs, teaches and checks it.

A lesson file imports its words from here: `from simpsh.course import Lesson, Say, Run, …`.

lesson_words – the words of a lesson file
claims/ – a demonstration, what is seen of it, and what is claimed of it
run/ – running a demonstration and observing it
screen/ – what the student sees, as values
lesson/ – a lesson and the kinds of its steps
teach/ – teaching a lesson at a terminal
classroom/ – a class that answers from its phones
check/ – proving a lesson
site/ – the course as pages that work from a file
"""

from __future__ import annotations

from simpsh import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.course.lesson_words import *  # noqa: F403 - each word is one
else:
    # With the first word the engine is loaded: a list of lessons needs none of it.
    __getattr__ = names_of("simpsh.course.lesson_words")
