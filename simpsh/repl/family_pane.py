"""The family of a process on a terminal, drawn again when something changes."""

from __future__ import annotations

from contextlib import ExitStack
from time import strftime

from simpsh import console
from simpsh.base.signal_names import SIGWINCH
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.process.family_looks import looks
from simpsh.process.live_family import LiveFamily, PipeSeen
from simpsh.shell.builtins.process_inspection import drawn_family
from simpsh.trace.recording.growing_recording import GrowingRecording
from simpsh.view.styled_text import Block, Piece, cut, lane_style, line, painted, styled

_MOST_PIPES = 8
_BAR_COLUMNS = 8
_HOME, _END_OF_LINE, _BELOW = "\x1b[H", "\x1b[K\r\n", "\x1b[J"


def follow_family(pid: int, recording: str = "") -> None:
    """Draw a family on standard output until its first process ends.

    `recording` is a file that grows and tells of the family; empty for none.

    Raises ProcessLookupError, PermissionError, NotSupported: as for looks(). RecordingProblem: the
    recording cannot be read.
    """
    with ExitStack() as stack:
        signals = stack.enter_context(SignalPipe((SIGWINCH,)))
        growing = stack.enter_context(GrowingRecording(recording)) if recording else None
        family = LiveFamily(pid, is_told=growing is not None)
        frame = ""
        for look in looks(pid, [signals.descriptor, *([growing.fileno()] if growing else [])]):
            is_resized = bool(signals.take())
            events = growing.newest() if growing else []
            header = growing.reader.header if growing else None
            is_of_kernel = header is not None and header.source == "ptrace"
            family.update(look, events, is_of_kernel=is_of_kernel)
            tones = console.colours()
            rows = drawn_pane(family, console.width(), console.height() - 2)
            before, frame = frame, "".join(f"{painted(row, tones)}{_END_OF_LINE}" for row in rows)
            if frame != before or is_resized:
                seen = styled(strftime("the last change was seen at %H:%M:%S"), "dim")
                console.say(f"{_HOME}{painted(seen, tones)}{_END_OF_LINE}{frame}{_BELOW}")


def drawn_pane(family: LiveFamily, width: int, height: int) -> Block:
    """Return the lines of the pane, at most `height`; what does not fit is counted."""
    pipes, tree = family.pipes(), family.tree
    below = [*_pipe_rows(pipes), *_gone_rows(family)]
    room = max(1, height - 1 - len(below))
    shown = tree if len(tree) <= room else tree[: max(1, room - 1)]
    doing = {
        # Where there is no room for all of it, what the processes do is left out first.
        kin.process.pid: family.doing(kin.process, pipes) if 2 * len(tree) <= room else ""
        for kin in shown
    }
    commands = {pid: family.commands.get(pid, "") for pid in doing}
    block = drawn_family(shown, family.names, commands, width, doing)
    if len(shown) < len(tree):
        block.append(styled(f"+ {len(tree) - len(shown)} more", "dim"))
    return [cut(row, width) for row in (*block, *below)[:height]]


def _pipe_rows(pipes: list[PipeSeen]) -> Block:
    block: Block = []
    for pipe in pipes[:_MOST_PIPES]:
        filled = "how much it holds was not looked at"
        if pipe.filled is not None:
            share = -(-pipe.filled * _BAR_COLUMNS // pipe.capacity)
            bar = "█" * share + "░" * (_BAR_COLUMNS - share)
            filled = f"{bar} {pipe.filled} of {pipe.capacity} bytes"
        ends = [
            [part for name in names for part in (" ", Piece(name, lane_style((), name)))]
            for names in (pipe.writers, pipe.readers)
        ]
        block.append(
            line(Piece(f"pipe {pipe.letter}", "bold"), f" {filled} ", *ends[0], " →", *ends[1])
        )
    if len(pipes) > _MOST_PIPES:
        block.append(styled(f"+ {len(pipes) - _MOST_PIPES} more pipes", "dim"))
    return [(), *block] if block else []


def _gone_rows(family: LiveFamily) -> Block:
    block: Block = [()] if family.gone else []
    if family.gone_count > len(family.gone):
        block.append(styled(f"+ {family.gone_count - len(family.gone)} more, gone before", "dim"))
    for name, end in family.gone:
        block.append(line(Piece(name, lane_style((), name)), f" {end}"))
    if family.missed:
        words = f"not watched: children of {', '.join(sorted(family.missed))} that came and went"
        block.append(styled(f"{words} between two looks", "dim"))
    return block
