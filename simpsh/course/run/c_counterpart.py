"""A demonstration's C counterpart: made a program, run, and observed as the Python is.

The whole C file of the lesson is compiled once. Its `main` calls the function that is asked for.
Before each line that has a mark or a fork, the program tells the tracer that line, as a Python
demonstration does (line_reports.py). So the marks hold it, and its children get their names.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from simpsh.base.record import changed
from simpsh.course.lesson.c_beside_python import (
    CSource,
    NotInC,
    c_listing,
    c_source_of,
    not_a_statement,
)
from simpsh.course.lesson.lesson_steps import DemonstrationSource, Explore, Run
from simpsh.course.lesson.observation import Observation
from simpsh.course.run.c_compilation import compiled
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import enter_image
from simpsh.course.run.step_performance import plain_run, setup_of

_STRICT = ("-Werror",)
_TEXT = re.compile(r"\bchar \*(\w+) = ")
_TELLING = """
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void simpsh_tell(const char *report)
{
    int kept = errno;
    ssize_t failed = write(-1, report, strlen(report));
    (void) failed;
    errno = kept;
}

void simpsh_line(const char *report)
{
    simpsh_tell(report);
}

void simpsh_address(const char *name, const volatile void *memory)
{
    char report[200];
    snprintf(report, sizeof report, "V {\\"@\\": {\\"%s\\": %lu}}", name, (unsigned long) memory);
    simpsh_tell(report);
}

int main(int count, char *words[])
{
    (void) count;
    simpsh_tell("B");
CALLS    return 0;
}
"""
_CALL = '    if (strcmp(words[1], "{0}") == 0)\n        {1}();\n'
_UNTOLD = "C tells no lines and no variables"


def perform_in_c(step: Run | Explore) -> Observation:
    """Run a demonstration's C counterpart once, watched.

    Args:
        step: whose demonstration; an Explore is run once.

    Raises:
        NotInC: there is no C beside it.
        CompilerSays: the C does not compile without a warning.
        NotObservable, NotGuarded: this machine cannot show it; the message says why.
    """
    if isinstance(step.code, DemonstrationSource):
        raise NotInC(f"{step.code!r} is not a function of the lesson")
    run = plain_run(step)
    source, listed = c_source_of(step.code), c_listing(step)
    setup = changed(
        setup_of(run, listed), source="", marks=source.marks, fork_names=source.fork_names
    )
    path = compiled(program_text(source), _STRICT)
    # Read here: a guarded demonstration runs as a user who may not come to the path.
    with open(path, "rb") as file:
        image = file.read()
    found = observe(partial(enter_image, image, (run.main, step.code.__name__)), setup)
    return replace(found, lacks={**found.lacks, "lines": _UNTOLD, "values": _UNTOLD})


def program_text(source: CSource) -> str:
    """Return a C file as a program: with its reports, and a `main` that calls by name.

    Raises:
        NotInC: a mark or a fork is not at the beginning of a statement.
    """
    lines = source.text.split("\n")
    told = sorted({*source.marks, *source.fork_names})
    for number in told:
        wrong = not_a_statement(lines, number)
        if wrong:
            raise NotInC(f"{source.path}: {wrong}")
    for rows in source.functions.values():
        pointers: dict[str, None] = {}
        for number in rows:
            line = lines[number - 1]
            if number in told:
                lines[number - 1] = _reports(number, pointers) + line
            pointers.update(dict.fromkeys(_TEXT.findall(line)))
    calls = "".join(_CALL.format(*names) for names in source.callable_functions.items())
    return "\n".join(lines) + _TELLING.replace("CALLS", calls)


def _reports(number: int, pointers: dict[str, None]) -> str:
    addresses = "".join(
        f"extern void simpsh_address(const char *, const volatile void *); "
        f'simpsh_address("{name}", {name}); '
        for name in pointers
    )
    return f'{addresses}extern void simpsh_line(const char *); simpsh_line("L{number} "); '
