"""Read and play a spec file.

A file begins with its head, lines of the form `# key: value`:

    # room: shell              first: the rooms whose behaviour it shows; `make t` reads it
    # shell: simpsh -i         the shell, by default `simpsh`, and its options
    # form: stdin              how a script reaches the shell, by default `-c`
    # columns: 100             the width of the terminal, by default 80
    # needs: compiler          what is skipped without, as in pytest.mark.needs

simpsh runs the commands of scripts with each of its engines. Below the head are comments, and the
files that the cases find in their directory:

    copy explore/programs/child_parent_end.c     the file of this path below tests/
    file race.c                                  the lines that follow, each after `| `
    program hello                                the same, executable

Then come the cases, in the form of session_text.py. They run in one directory, one after the other.
In the PATH of all shells, `simpsh` is the one under test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness.sh import (
    FORK,
    FORMS,
    PROJECT,
    SIMPSH,
    SPAWN,
    File,
    Place,
    Shell,
    environment,
    simpsh_words,
    write_files,
    write_program,
)
from tests.harness.terminal import Terminal
from tests.spec.players import run_commands, type_lines
from tests.spec.session_text import Case, Mistake, Reader, read_cases

DEFAULTS = {"shell": SIMPSH.name, "form": "-c", "columns": "80", "needs": ""}
KEYS = ("room", *DEFAULTS)
ROOMS = frozenset(path.name for path in Path(PROJECT, "simpsh").iterdir() if path.is_dir())

Answers = Mapping[Case, Sequence[str]]


@dataclass(frozen=True)
class Spec:
    """A spec file as it is written."""

    lines: Sequence[str]
    head: Mapping[str, str]
    files: Mapping[str, File]
    cases: Sequence[Case]

    def play(self) -> dict[str, Answers]:
        """Run and type all cases; return what was seen, by the name of the shell."""
        with Place() as place:
            program = write_program(
                Path(place.base, "bin", "simpsh"), f'#!/bin/sh\nexec {simpsh_words()} "$@"\n'
            )
            extra = {
                "PATH": f"{program.parent}:{environment(place.base)['PATH']}",
                "COLUMNS": self.head["columns"],
            }
            return self._run(place, extra) | self._type(place, extra)

    def _run(self, place: Place, extra: Mapping[str, str]) -> dict[str, Answers]:
        cases = [case for case in self.cases if case.reader is Reader.SCRIPT]
        # The prompts of an interactive shell that reads a script would be in each answer.
        extra = {**extra, "PS1": "", "PS2": ""}
        keywords = {"files": self.files, "form": self.head["form"], "extra": extra}
        return {
            shell.name: dict(zip(cases, run_commands(cases, shell, place, **keywords), strict=True))
            for shell in self._shells()
            if cases
        }

    def _shells(self) -> Sequence[Shell]:
        name, *options = self.head["shell"].split()
        if name != SIMPSH.name:
            return [Shell(self.head["shell"], (name, *options))]
        return [Shell(one.name, (*one.argv, *options)) for one in (FORK, SPAWN)]

    def _type(self, place: Place, extra: Mapping[str, str]) -> dict[str, Answers]:
        cases = [case for case in self.cases if case.reader is Reader.PROMPT]
        if not cases:
            return {}
        place.clear()
        write_files(place.work, self.files)
        with Terminal(
            (*SIMPSH.argv, *self.head["shell"].split()[1:]),
            environment=environment(place.base, extra),
            directory=place.work,
            columns=int(self.head["columns"]),
        ) as terminal:
            return {"a prompt": dict(zip(cases, type_lines(cases, terminal), strict=True))}

    def text_with(self, answers: Answers) -> str:
        """Return the text of the file, with these answers in place of its own."""
        lines = list(self.lines)
        for case in reversed(self.cases):
            begin = case.answer_line - 1
            lines[begin : begin + len(case.answer)] = answers.get(case, case.answer)
        return "\n".join(lines)


def read_spec(text: str) -> Spec:
    """Read a spec file; raise Mistake if the text is none."""
    lines = text.split("\n")
    prompts = tuple(reader.value[0] for reader in Reader)
    begin = next((at for at, line in enumerate(lines) if line.startswith(prompts)), None)
    head = _read_head(lines)
    if begin is None:
        raise Mistake(f"{len(lines)}: the file has no case")
    files = _read_files(lines[len(head) : begin], len(head) + 1)
    return Spec(lines, DEFAULTS | head, files, read_cases(lines[begin:], begin + 1))


def _read_head(lines: Sequence[str]) -> dict[str, str]:
    head: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.startswith("# "):
            break
        key, _, value = line[2:].partition(": ")
        if key not in KEYS or key in head:
            raise Mistake(f"{number}: no key of a head: {key} (keys: {', '.join(KEYS)})")
        head[key] = value.strip()
    if next(iter(head), None) != "room":
        raise Mistake("1: the first line names no room: # room: shell")
    for room in head["room"].split() or [""]:
        if room not in ROOMS:
            raise Mistake(f"1: no folder of simpsh: {room}")
    for key, are_known in (("form", FORMS.__contains__), ("columns", str.isdecimal)):
        if key in head and not are_known(head[key]):
            raise Mistake(f"{[*head].index(key) + 1}: no value of {key}: {head[key]}")
    return head


def _read_files(lines: Sequence[str], first: int) -> dict[str, File]:
    files: dict[str, File] = {}
    name = ""
    for number, line in enumerate(lines, first):
        match line.split():
            case [("file" | "program") as kind, name]:
                files[name] = File("file", 0o755 if kind == "program" else 0o644)
            case ["copy", path]:
                source = Path(PROJECT, "tests", path)
                if not source.is_file():
                    raise Mistake(f"{number}: no file below tests/: {path}")
                files[source.name] = File("file", 0o644, source.read_bytes())
            case ["|", *_] if name:
                content = files[name].content + line[2:].encode() + b"\n"
                files[name] = File("file", files[name].mode, content)
            case [] | ["#", *_]:
                name = ""
            case _:
                raise Mistake(f"{number}: neither a file, a comment nor a command: {line}")
    return files
