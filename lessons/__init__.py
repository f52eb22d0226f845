"""The course, which simpsh finds next to its own package; `index.toml` has its order.

Each folder is a subject: its lessons, a folder each, and its exercises.

fork/ – one call, two processes
exec/ – another program in the same process
wait/ – what a parent learns about its children
orphans_and_zombies/ – the parent that ends first, the child that no process collects
signals/ – handlers, blocked signals, groups
pipes/ – end of file, full pipes, FIFOs
daemons/ – processes without a terminal, and their pid files
shell/ – redirections, jobs, a shell of your own
glossary – the terms, explained
"""

from __future__ import annotations

from simpsh.course.lesson.lesson_library import course_index

_INDEX = course_index()
UNITS = _INDEX.units
"""The lessons of each unit. A lesson uses what an earlier unit teaches; see the glossary."""
ORDER = tuple(_INDEX.heads)
"""All lessons, in the order of the course."""
CORE = tuple(head.id for head in _INDEX.heads.values() if head.kind == "core")
"""The lessons for everyone. All others go deeper, or are for reference."""
EXERCISES = tuple(_INDEX.exercises)
"""The exercises in the order of the course."""
