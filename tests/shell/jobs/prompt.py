"""A user at simpsh's prompt: type a line, read its output, press keys at a running job."""

import os
import re
from collections.abc import Callable

from tests.harness.process import children_of, descendants_of, group_members, name_of, state_of
from tests.harness.terminal import SECONDS, Terminal

FRESH = r">>\n?(status [^\n]*)?\Z"
"""The last prompt on the screen, with nothing typed; a status line may be below it."""

_FRESH = re.compile(f"^{FRESH}", re.MULTILINE)
_PROMPT = re.compile(r"^>>", re.MULTILINE)


class Prompt:
    """The screen of an interactive simpsh; it must not scroll, because prompts are counted."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.pid = terminal.pid
        self.key = terminal.key
        self.send = terminal.send
        self.wait = terminal.wait
        self.wait_until = terminal.wait_until
        self.foreground_is = terminal.foreground_is
        self.screen = terminal.screen

    # -- typing -----------------------------------------------------------------------------

    def run(self, line: str, seconds: float = SECONDS) -> str:
        """Type a command, wait for the next prompt, and return what appeared between the two."""
        self.wait_prompts(1, seconds)
        before = len(_PROMPT.findall(self.screen()))
        self.send(line + "\r")
        self.wait_prompts(before + 1, seconds)
        return self.last_output()

    def fresh(self) -> None:
        """Clear the screen between two parts of a test."""
        self.wait_prompts(1)
        self.key("C-l")
        self.wait(rf"\A{FRESH}")

    def begin(self, line: str, name: str) -> int:
        """Type a command, wait until program `name` leads the foreground; return its group."""
        self.send(line + "\r")
        return self.foreground_is(name)

    def begin_below(self, line: str, name: str) -> int:
        """Type a line, wait until `name` runs as a descendant of the shell; return its pid."""
        self.send(line + "\r")
        self.wait_until(lambda: name in map(name_of, descendants_of(self.pid)), f"no {name}")
        return next(pid for pid in descendants_of(self.pid) if name_of(pid) == name)

    def end(self, key: str, seconds: float = SECONDS) -> str:
        """Press a key while a job runs, wait for the prompt; return the new output."""
        before = len(_PROMPT.findall(self.screen()))
        self.key(key)
        self.wait_prompts(before + 1, seconds)
        return self.last_output()

    def stop(self, line: str, name: str) -> int:
        """Begin a command and stop it with ^Z; return its process group."""
        group = self.begin(line, name)
        self.end("C-z")
        return group

    def resume(self, line: str, pids: list[int]) -> None:
        """Type an `fg` command, and wait until these processes have been continued and sleep.

        The terminal is handed over before SIGCONT is sent, and SIGCONT discards a pending SIGTSTP
        of a ^Z in between; see signal(7).
        """
        self.send(line + "\r")
        self.wait_until(lambda: not self.owns_the_terminal(), "fg gave no terminal")
        self.wait_states(pids, "S")

    def behind(self, line: str) -> int:
        """Start a background job; return the process id that the shell prints."""
        output = self.run(line)
        match = re.search(r"^\[\d+\]  (\d+)$", output, re.MULTILINE)
        assert match, output
        return int(match.group(1))

    # -- looking ----------------------------------------------------------------------------

    def wait_prompts(self, count: int, seconds: float = SECONDS) -> None:
        """Wait until `count` prompts are on the screen, the last of them empty."""
        self.wait_until(
            lambda: _FRESH.search(self.screen()) and len(_PROMPT.findall(self.screen())) >= count,
            "no new prompt came",
            seconds,
        )

    def last_output(self) -> str:
        """Return the text between the last two prompts, without the command's echo."""
        above = _FRESH.split(self.screen())[0]
        last = [*_PROMPT.finditer(above)][-1]
        return above[last.end() :].partition("\n")[2].rstrip("\n")

    def status(self) -> int:
        """`$?`, as a command sees it."""
        return int(self.run("echo $?"))

    def owns_the_terminal(self) -> bool:
        """Return whether the shell itself is the foreground process group."""
        return self.terminal.foreground_pgid() == self.pid

    def children(self, name: str | None = None) -> list[int]:
        """Return the shell's children, or those that run the program `name`."""
        return [one for one in children_of(self.pid) if name in (None, name_of(one))]

    def wait_members(self, group: int, names: list[str]) -> list[int]:
        """Wait until a process group consists of these programs; return their process ids."""

        def are_there() -> bool:
            members = group_members(group, zombies=False)
            return sorted(map(name_of, members)) == sorted(names)

        self.wait_until(are_there, f"group {group} never was {names}")
        return group_members(group, zombies=False)

    def wait_states(self, pids: list[int], letters: str) -> None:
        """Wait until each process is in one of the states `letters` (T stopped, S asleep …)."""
        self.wait_until(
            lambda: all((state_of(pid) or "-") in letters for pid in pids),
            f"not all of {pids} came to be {letters}",
        )


Start = Callable[..., Prompt]
"""`start(*options, rows=…, columns=…, ignored=…, VARIABLE=…)`: simpsh at its first prompt."""

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "1"))
"""How often each test of this directory runs, to find rare failures."""


def job_line(number: int, mark: str, words: str, text: str) -> str:
    """Return a job's line in any message: `[1]+  Stopped (SIGTSTP)    sleep 100`."""
    return f"[{number}]{mark}  {words:<20} {text}"
