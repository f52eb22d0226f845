"""The course: the words of a lesson file, and the engine that runs, teaches and checks lessons.

A lesson file imports its words from here: `from simpsh.course import Lesson, Say, Run, …`.

lesson_words – the words of a lesson file
claims/ – demonstrations, observations of their runs, and claims about them
run/ – running a demonstration and observing it
screen/ – what the student sees, as values
lesson/ – a lesson and the kinds of its steps
teach/ – teaching a lesson at a terminal
classroom/ – a class whose students answer on their phones
check/ – proving that a lesson is true
site/ – the course as static pages that work without a server
"""

from __future__ import annotations

from simpsh import names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.course.lesson_words import *  # noqa: F403 - every name is exported
else:
    # Load the engine at the first access only: listing the lessons does not need it.
    __getattr__ = names_of("simpsh.course.lesson_words")
