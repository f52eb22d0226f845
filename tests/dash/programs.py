"""The hand-written programs and the parser of their files.

A file of programs is a list of these:

    ### what the program shows
    #: form stdin            how it reaches the shell: -c (the default), file, stdin
    #: arguments a 'b c'     positional parameters
    #: unfinished            the last line of a file has no newline
    #: seconds 20            another deadline
    #: differs KEY           simpsh differs on purpose; see this section of docs/differences.md
    #: everywhere            in each form, with each engine, and compared with `bash --posix`
    #: bash differs          but bash differs
    the program, up to the next title
"""

import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

FOLDER = Path(__file__).parent / "programs"
TITLE = "### "
OPTION = "#: "


@dataclass(frozen=True)
class Program:
    """A program; dash shows its expected outcome."""

    group: str
    """The name of the file, which is the construct under test."""
    line: int
    """The line number of the title in that file."""
    title: str
    script: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.group}:{self.line} {self.title}"

    @property
    def form(self) -> str:
        return self.options.get("form", "-c")

    @property
    def arguments(self) -> list[str]:
        return shlex.split(self.options.get("arguments", ""))

    @property
    def differs(self) -> str | None:
        return self.options.get("differs")

    @property
    def is_everywhere(self) -> bool:
        return "everywhere" in self.options

    @property
    def seconds(self) -> float:
        return float(self.options.get("seconds", "30"))

    @property
    def text(self) -> str:
        """Return the input of the shell; a file ends with a newline, an operand of -c does not."""
        bare = self.script.removesuffix("\n")
        return bare if self.form == "-c" or "unfinished" in self.options else bare + "\n"


def read(path: Path) -> list[Program]:
    programs: list[Program] = []
    for number, line in enumerate(path.read_text().splitlines(keepends=True), start=1):
        if line.startswith(TITLE):
            title = line.removeprefix(TITLE).strip()
            programs.append(Program(path.stem, number, title, ""))
        elif line.startswith(OPTION) and not programs[-1].script:
            name, _, value = line.removeprefix(OPTION).strip().partition(" ")
            programs[-1].options[name] = value
        else:
            programs[-1] = replace(programs[-1], script=programs[-1].script + line)
    return programs


def all_programs() -> list[Program]:
    return [program for path in sorted(FOLDER.glob("*.sh")) for program in read(path)]
