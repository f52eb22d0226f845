"""`simpsh watch`: draw a family of processes from /proc while it runs."""

from __future__ import annotations

import os
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from simpsh import console
from simpsh.base import waits
from simpsh.base.errors import naming
from simpsh.base.phrases import escaped, status_words
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.signal_names import SIGWINCH
from simpsh.base.targets import Actor, Member, Outsider, PipeEnd, Target, actor_words
from simpsh.cli.option_parser import Subcommand
from simpsh.diagnosis.examination import examined
from simpsh.kernel.descriptors import readable
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.process.proc import ProcessStat
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import Relative, looks
from simpsh.shell.builtins.process_inspection import draw_family
from simpsh.view.styled_text import Block, painted, styled
from simpsh.view.wait_words import wait_words

_MOST_KEYS = 64
_HOME, _END_OF_LINE, _BELOW = "\x1b[H", "\x1b[K\r\n", "\x1b[J"


class WatchCommand(Subcommand):
    """Draw the family of a process until the process ends or q is typed."""

    name, usage = "watch", ("PID",)
    example = "simpsh watch 4711"
    about = (
        "Draws a process and its descendants while they run: births and ends, states, and what "
        "each waits for. Ends with the process, or by q."
    )
    operands_are = ("word",)
    operand_counts, missing = (1, 1), "the pid is missing"

    def run(self) -> int:
        """Draw until the process has ended."""
        pid, frame = self.pid, ""
        if not os.isatty(1):
            raise self.misuse("standard output must be a terminal")
        with naming("watch"), SignalPipe((SIGWINCH,)) as signals, _keys() as keys:
            family = FamilyPicture(pid)
            # The drawing begins in the first row: scroll the lines of the screen out of its way.
            console.say("\n" * console.height())
            for look in looks(pid, [signals.descriptor, *keys]):
                is_resized = bool(signals.take())
                typed = [os.read(key, _MOST_KEYS) for key in readable(keys, 0)]
                if any(not data or b"q" in data for data in typed):  # or the terminal hung up
                    break
                rows = family.rows(look.tree, console.width(), console.height() - 2)
                rows.append(styled("q ends" if keys else "^C ends", "dim"))
                tones, before = console.colours(), frame
                frame = "".join(f"{painted(row, tones)}{_END_OF_LINE}" for row in rows)
                if frame != before or is_resized:
                    console.say(f"{_HOME}{frame}{_BELOW}")
        return 0


@contextmanager
def _keys() -> Iterator[tuple[int, ...]]:
    """Have each key of the terminal arrive at once; yield its descriptor, if there is one."""
    if not os.isatty(0):
        yield ()
        return
    before = termios.tcgetattr(0)
    try:
        tty.setcbreak(0)
        yield (0,)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


class FamilyPicture:
    """The names of the processes that are not collected yet, and their drawing."""

    def __init__(self, first: int) -> None:
        self._names = {first: FIRST}
        self._births: dict[int, int] = {}

    def rows(self, tree: Sequence[Relative], width: int, height: int) -> Block:
        """Return a drawing of the family in at most `height` lines; count the other processes."""
        processes = [kin.process for kin in tree]
        for process in processes:
            if process.pid not in self._names:
                number = self._births[process.ppid] = self._births.get(process.ppid, 0) + 1
                self._names[process.pid] = child_name(self._names[process.ppid], number)
        for pid in self._names.keys() - {process.pid for process in processes}:
            del self._names[pid]
            self._births.pop(pid, None)
        # Omit the activities of the processes if there is no room for them.
        is_roomy = 2 * len(tree) < height
        shown = tree if len(tree) < height else tree[: height - 2]
        doing = {kin.process.pid: self._doing(kin.process) if is_roomy else "" for kin in shown}
        block = draw_family(shown, self._names, {pid: command(pid) for pid in doing}, width, doing)
        if len(shown) < len(tree):
            block.append(styled(f"+ {len(tree) - len(shown)} more", "dim"))
        return block

    def _doing(self, process: ProcessStat) -> str:
        """Return what a process waits for, or how it ended."""
        if process.state == "Z":
            parent = self._names.get(process.ppid, f"process {process.ppid}")
            return f"ended: {status_words(process.exit_status)}; not collected by {parent}"
        try:
            _, found = examined(process.pid)
        except (PermissionError, ProcessLookupError):
            return ""
        if process.state not in "SD" or found.situation == waits.RUNNING:
            return ""
        actor = self._actor(process.pid)
        return escaped(wait_words(found.wait(self._actor), actor, self))

    def _actor(self, pid: int) -> Actor:
        name = self._names.get(pid)
        return Member(name) if name else Outsider("", pid)

    def label(self, actor: Actor | str) -> str:
        """Return what a process is called in the words about a wait."""
        return actor_words(actor)

    def object(self, target: Target) -> str:
        """Return what a pipe or a file is called in the words about a wait."""
        if isinstance(target, PipeEnd):
            return f"the pipe [{target.inode}]"
        return f"{'the FIFO ' * (target.kind == 'fifo')}{target.path}"
