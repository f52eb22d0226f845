"""Sessions written in documents: found, typed into a shell, and compared with its output.

A session is a fenced block of the kind `simpsh`, followed by the shell's options. Lines that begin
with `>> ` are typed, and lines that begin with `.. ` continue them; the others are the shell's
answers. `<pid>` and `<inode>` match any number, `<ms>` a time in its column, and a line that is
only `…` any lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.document_blocks import blocks_of
from tests.support.processes import name_of, session_members, stat_fields
from tests.support.screen import Terminal

ANY = {"<pid>": r"\d+", "<inode>": r"\d+", "<ms>": r" *\d+\.\d"}
PROMPTS = (">> ", ".. ")
PROMPT_AT_THE_END = rb"(?:\A|\n)(?:>>|\.\.) ?\Z"


@dataclass(frozen=True)
class Session:
    """One block of a document: typed lines and the expected answers."""

    line: int
    """The number of its first line in the document."""
    text: str
    options: Sequence[str] = ()

    @property
    def typed(self) -> list[str]:
        return [line[3:] for line in self.text.splitlines() if line.startswith(PROMPTS)]

    def pattern(self) -> re.Pattern[str]:
        lines = []
        for line in self.text.splitlines():
            if line.strip() == "…":
                lines.append(r"(?:.*\n)*?")
            else:
                words = re.split("(<pid>|<ms>|<inode>)", line.rstrip())
                lines.append("".join(ANY.get(word, re.escape(word)) for word in words) + r"\n")
        return re.compile("".join(lines))


def sessions(document: Path) -> list[Session]:
    found = [(block, block.kind.split()) for block in blocks_of(document)]
    return [Session(one.line, one.text, words[1:]) for one, words in found if "simpsh" in words[:1]]


def play(session: Session, terminal: Terminal) -> str:
    """Type the session into a shell that waits at its first prompt; return the printed text.

    The terminal must be a dumb one, so that the printed text has no control sequences.
    """
    terminal.wait_raw(PROMPT_AT_THE_END)
    # Output before the first prompt, such as a banner, is not part of the session.
    start = max(bytes(terminal.raw).rfind(b"\n") + 1, 0)
    for line in session.typed:
        position = len(terminal.raw)
        terminal.send(line + "\r")
        terminal.wait_raw(PROMPT_AT_THE_END, after=position)
        if line.endswith(" &"):
            # A person would type the next line only after the job's programs have started.
            terminal.wait_until(lambda: _have_begun(terminal.pid), "a job's program never began")
    shown = bytes(terminal.raw[start:]).decode(errors="replace").replace("\r\n", "\n")
    lines = [line.rstrip() for line in shown.split("\n")]
    # The prompt after the last answer is left out.
    return "\n".join(lines[:-1]) + "\n"


def _have_begun(shell: int) -> bool:
    """Return whether every other process of the shell's session has called exec and sleeps."""
    for pid in session_members(shell, zombies=False):
        fields = stat_fields(pid)
        if pid == shell or fields is None:
            continue
        if fields[0] == "R" or name_of(pid) == name_of(shell):
            return False
    return True
