"""Compile, run and observe the C counterpart of a demonstration, as its Python is observed.

The whole C file of the lesson is compiled once. Its `main` calls the requested function.
Before each line with a mark or a fork, the program announces that line to the tracer, as a Python
demonstration does. So marks stop the program, and its children get their names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from simpsh.base.record import changed
from simpsh.course import Explore, Run
from simpsh.course.claims.demonstration import DemonstrationSource, Listing
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.c_beside_python import CSource, NotInC, c_source_of
from simpsh.course.run.c_compilation import compile_source
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import enter_program
from simpsh.kernel.descriptors import memfd_create, write_all

_FORK = re.compile(r"\b(\w+) = (?:v?fork\(\)|forkpty\()|\bposix_spawnp?\(&(\w+)")
_ANY_FORK = re.compile(r"\b(?:(?:v?fork|forkpty|posix_spawnp?)\(|SYS_clone3\b)")
_STATEMENT_ENDS = (";", "{", "}", ":", "*/")
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
        step: the step with the demonstration; an Explore is run once.

    Raises:
        NotInC: there is no C version.
        CompilerSays: the C does not compile without a warning.
        NotObservable, NotGuarded: this machine cannot show it; the message says why.
    """
    if isinstance(step.code, DemonstrationSource):
        raise NotInC(f"{step.code!r} is not a function of the lesson")
    run = plain_run(step)
    source = c_source_of(step.code)
    setup = changed(run.setup(), source="", marks=marks(source), fork_names=fork_names(source))
    path = compile_source(program_text(source), _STRICT)
    # Read here, because a guarded demonstration runs as a user without access to the path.
    with open(path, "rb") as file:
        image = file.read()
    found = observe(partial(enter_image, image, (run.main, step.code.__name__)), setup)
    return changed(found, lacks={**found.lacks, "lines": _UNTOLD, "values": _UNTOLD})


def plain_run(step: Run | Explore) -> Run:
    """Return a step as a Run; an Explore becomes one free run."""
    if isinstance(step, Run):
        return step
    return Run(
        step.code,
        id=step.id,
        claims=step.claims,
        edit=step.edit,
        main=step.main,
        also=step.also,
        births=step.births,
        needs=step.needs,
    )


def callable_functions(source: CSource) -> dict[str, str]:
    """Return the C name of each function of the form `void name(void)`, by its Python name."""
    lines = source.text.split("\n")
    return {
        name: in_c
        for name, rows in source.functions.items()
        for in_c in (name, f"{name}_")
        if f"void {in_c}(void) {{" in {lines[row - 1] for row in rows}
    }


def marks(source: CSource) -> dict[int, str]:
    """Return the marks ① … ⑨ by line of the file; processes are held before these lines."""
    whole = Listing(source.text, "c")
    return {line + whole.offset: mark for line, mark in whole.callouts.items()}


def fork_names(source: CSource) -> dict[int, str]:
    """Return the name of the child by line of each fork; the name is empty if the C gives none."""
    names: dict[int, str] = {}
    for number, line in enumerate(source.text.split("\n"), 1):
        if _ANY_FORK.search(line):
            match = _FORK.search(line)
            names[number] = (match[1] or match[2]) if match is not None else ""
    return names


def not_a_statement(lines: Sequence[str], line: int) -> str:
    """Return why a report cannot be put before a line of C; empty if it can.

    >>> not_a_statement(["if (a)", "    b();"], 2)
    'line 2 is no statement of its own: put it into braces'
    """
    above = (text.partition("//")[0].rstrip() for text in reversed(lines[: line - 1]))
    last = next((text for text in above if text.strip()), ";")
    if last.endswith(_STATEMENT_ENDS):
        return ""
    return f"line {line} is no statement of its own: put it into braces"


def program_text(source: CSource) -> str:
    """Return a C file as a program: with its reports, and a `main` that calls by name.

    Raises:
        NotInC: a mark or a fork is not at the beginning of a statement.
    """
    lines = source.text.split("\n")
    reported = sorted({*marks(source), *fork_names(source)})
    for number in reported:
        wrong = not_a_statement(lines, number)
        if wrong:
            raise NotInC(f"{source.path}: {wrong}")
    for rows in source.functions.values():
        pointers: dict[str, None] = {}
        for number in rows:
            line = lines[number - 1]
            if number in reported:
                lines[number - 1] = _reports(number, pointers) + line
            pointers.update(dict.fromkeys(_TEXT.findall(line)))
    calls = "".join(_CALL.format(*names) for names in callable_functions(source).items())
    return "\n".join(lines) + _TELLING.replace("CALLS", calls)


def _reports(number: int, pointers: dict[str, None]) -> str:
    addresses = "".join(
        f"extern void simpsh_address(const char *, const volatile void *); "
        f'simpsh_address("{name}", {name}); '
        for name in pointers
    )
    return f'{addresses}extern void simpsh_line(const char *); simpsh_line("L{number} "); '


def enter_image(image: bytes, argv: Sequence[str]) -> NoReturn:
    """Execute a program from memory, because a guarded process may be unable to read any path."""
    number = memfd_create(argv[0])
    write_all(number, image)
    enter_program(f"/proc/self/fd/{number}", argv)
