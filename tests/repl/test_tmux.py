"""No printed line disappears in tmux.

One shell runs the sessions one after the other, after a full-screen program has been used. Each
session prints lines, ends a job in some way, and prints on. Then every line is on the screen or in
the scrollback, once and in order, and what is typed appears at the prompt.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from simpsh.base.record import Record
from tests.harness.process import wait_until
from tests.harness.sh import simpsh_command
from tests.support.needed_programs import is_installed
from tests.support.tmux import Tmux

pytestmark = pytest.mark.needs("tmux")


class Session(Record):
    """A way to end a job, or to disturb the terminal."""

    name: str
    act: Callable[[Tmux, str], object]
    """Types at the prompt, given a text that no other session prints; ends at a prompt."""
    expected: tuple[str, ...] = ()
    """The rows that the act prints, with `@` for that text."""
    needs: str = ""
    """A program."""


def script(text: str) -> Callable[[Tmux, str], object]:
    """Return an act that runs a script of sh, in which @ is the session's text."""

    def act(terminal: Tmux, tag: str) -> None:
        Path(terminal.folder, tag).write_text(text.replace("@", tag), encoding="utf-8")
        terminal.run(f"sh {tag}")

    return act


def key(name: str) -> Callable[[Tmux, str], object]:
    """Return an act that presses a key while sleep runs."""

    def act(terminal: Tmux, tag: str) -> None:
        terminal.enter("sleep 100")
        terminal.job()
        terminal.key(name)
        terminal.wait_prompt()
        _end_stopped(terminal)

    return act


def _end_stopped(terminal: Tmux) -> None:
    # Earlier sessions may have stopped jobs, too, for which `wait` would wait.
    terminal.run("kill -9 $(jobs -p) 2>/dev/null; wait")


def full_screen(line: str, keys: str) -> Callable[[Tmux, str], object]:
    """Return an act that runs a full-screen program on a file and leaves it by keys."""

    def act(terminal: Tmux, tag: str) -> None:
        terminal.enter(line)
        terminal.job(is_raw=True)
        terminal.type(keys)
        if keys.startswith(":"):
            terminal.key("Enter")
        terminal.wait_prompt()

    return act


def killed_inside(
    line: str, name: str, size: tuple[int, int] | None = None
) -> Callable[[Tmux, str], object]:
    """Return an act that kills or stops a full-screen program, after a change of size if given."""

    def act(terminal: Tmux, tag: str) -> None:
        terminal.enter(line)
        group = terminal.job(is_raw=True)
        if size is not None:
            terminal.resize(*size)
        os.killpg(group, signal.Signals[name])
        terminal.wait_prompt()
        _end_stopped(terminal)
        terminal.resize(24, 80)

    return act


def resized(*sizes: tuple[int, int], while_editing: str = "") -> Callable[[Tmux, str], object]:
    """Return an act that changes the size at the prompt, or while sleep runs."""

    def act(terminal: Tmux, tag: str) -> None:
        if while_editing:
            terminal.type(while_editing)
        else:
            terminal.enter("sleep 100")
            terminal.job()
        for rows, columns in (*sizes, (24, 80)):
            terminal.resize(rows, columns)
        terminal.key("C-c")
        terminal.wait_prompt()

    return act


def in_background(*typed: str, body: str, key: str) -> Callable[[Tmux, str], object]:
    """Return an act that presses a key, which ends the prompt, after output of another process.

    `typed` are the lines of the prompt; the last one is without Enter. `body` is a script for the
    other process. In both, @ is the session's text.
    """

    def act(terminal: Tmux, tag: str) -> None:
        fifo = Path(terminal.folder, f"{tag}.fifo")
        os.mkfifo(fifo)
        script = Path(terminal.folder, tag)
        script.write_text(f"read x <{fifo.name}\n{body.replace('@', tag)}\necho >{tag}.last\n")
        # The job is an orphan, so the shell reports no change of it.
        terminal.run(f"sh -c 'sh {tag} &'")
        for line in typed[:-1]:
            terminal.enter(line)
        last = typed[-1].replace("@", tag)
        terminal.type(last)
        prompt = ">>" if len(typed) == 1 else "for>"
        problem = wrong(terminal, [f"{prompt} {last}"])
        assert not problem, problem
        terminal.wait_editing()
        fifo.write_text("x\n")
        wait_until(Path(terminal.folder, f"{tag}.last").exists, "the job has printed")
        terminal.key(key)
        terminal.wait_prompt()

    return act


def at_the_notice(terminal: Tmux, tag: str) -> None:
    """Have a job print while several lines are edited, and end, which the shell reports."""
    fifo = Path(terminal.folder, f"{tag}.fifo")
    os.mkfifo(fifo)
    terminal.run(f"{{ read x <{fifo.name}; echo; seq -f {tag}.n%g. 4; printf {tag}.frag; }} &")
    for line in ("for i in 1", "do", "echo"):
        terminal.enter(line)
    terminal.type(f"echo {tag}.part")
    problem = wrong(terminal, [f"for> echo {tag}.part"])
    assert not problem, problem
    terminal.wait_editing()
    fifo.write_text("x\n")
    # The mark is drawn with the notice.
    fragment = f"{tag}.frag⏎"
    problem = wrong(terminal, [fragment])
    terminal.key("C-c")
    terminal.wait_prompt()
    problem = problem or wrong(terminal, [fragment, f"for> echo {tag}.part^C"])
    assert not problem, problem


SCRIPTS = {
    **{name: (f"echo @.p; kill -{name} $$", "@.p") for name in ("TERM", "KILL", "INT", "STOP")},
    # A program ends by itself, and leaves the terminal broken.
    "raw mode": ("stty raw -echo; printf '@.p\\r\\n'", "@.p"),
    "raw mode, alternate": ("stty raw -echo; printf '\\033[?1049h\\033[9;9Hinside'",),
    "no echo, no cursor, region": (
        "stty -echo; printf '@.p\\n\\033[?25l\\0337\\033[5;15r\\0338'",
        "@.p",
    ),
    # A program is killed, and leaves the screen broken.
    "alternate screen": ("printf '@.p\\n\\033[?1049h\\033[9;9Hinside'; kill -9 $$", "@.p"),
    "saved within": ("printf '\\033[?1049h\\033[9;9Hin\\0337\\033[3;3H'; kill -9 $$",),
    "saved before": ("printf '\\0337@.p\\n@.q\\n'; kill -9 $$", "@.p", "@.q"),
    "region": ("printf '@.p\\n\\0337\\033[5;15r\\0338'; kill -9 $$", "@.p"),
    "region, stopped": ("printf '@.p\\n\\0337\\033[2;5r\\0338'; kill -STOP $$", "@.p"),
    "modes": (
        "printf '@.p\\n\\033(0\\016\\033[4h\\033[?7l\\033[?5h\\033[31m\\033[?1003h'; kill -9 $$",
        "@.p",
    ),
    "modified keys": ("printf '@.p\\n\\033[>4;2m\\033[?1h\\033='; kill -9 $$", "@.p"),
    # Lines of every width, and unfinished ones.
    "79 columns": ("printf @%076d 0", "@" + "0" * 76 + "⏎"),
    "80 columns": ("printf @%077d 0", "@" + "0" * 77),
    "81 columns": ("printf @%078d 0", "@" + "0" * 77),
    "80 columns, killed": ("printf @%077d 0; kill -PIPE $$", "@" + "0" * 77),
    "no newline": ("printf @.p", "@.p⏎"),
    "no newline, killed": ("printf @.p; kill -PIPE $$", "@.p⏎"),
    "no newline, reported": ("printf @.p; kill -TERM $$", "@.p⏎"),
    "long": ("seq -f @.l%g 60", *(f"@.l{n}" for n in range(1, 61))),
    "wide": ("echo @.漢字かな; printf '@.終'", "@.漢字かな", "@.終⏎"),
    "wide, killed": ("echo @.漢字; printf '@.終'; kill -9 $$", "@.漢字", "@.終⏎"),
    "wide at the edge": ("printf '%079d漢\\n@.p' 0", "0" * 79, "漢", "@.p⏎"),
}
"""Scripts, and the rows that they print."""

KILLED = (
    ("less", "SIGKILL", None),
    ("vi", "SIGTERM", None),
    ("less", "SIGSTOP", None),
    ("less", "SIGKILL", (30, 100)),
    ("less", "SIGKILL", (15, 50)),
)
"""Programs, the signals that they get, and the size of the terminal before it."""

SESSIONS = (
    *(Session(name, script(text), tuple(rows)) for name, (text, *rows) in SCRIPTS.items()),
    Session("INT by a key", key("C-c")),
    Session("TSTP by a key", key("C-z")),
    Session("PIPE", lambda terminal, tag: terminal.run(f"yes {tag}.y | head -1"), ("@.y",)),
    Session("less left", full_screen("less file", "q"), needs="less"),
    Session("vi left", full_screen("vi file", ":q!"), needs="vi"),
    *(
        Session(f"{name} {number} {size}", killed_inside(f"{name} file", number, size), (), name)
        for name, number, size in KILLED
    ),
    # Sizes.
    Session("narrower, wider", resized((24, 50), (24, 100))),
    Session("shorter, taller", resized((12, 80), (40, 80))),
    Session("smaller, larger", resized((10, 40), (30, 120))),
    Session("edited, narrower, wider", resized((24, 50), (24, 100), while_editing="echo edited")),
    Session("edited, shorter, taller", resized((12, 80), (40, 80), while_editing="echo edited")),
    # Output of a job in the background while a line is edited.
    Session(
        "background output, ^C",
        in_background("echo @.part", body="echo; seq -f @.bg%g. 3", key="C-c"),
        tuple(f"@.bg{n}." for n in (1, 2, 3)),
    ),
    Session(
        "background output, several lines",
        in_background(
            "for i in 1", "do", "echo", "done # @", body="echo; seq -f @.bg%g. 4", key="Enter"
        ),
        tuple(f"@.bg{n}." for n in (1, 2, 3, 4)),
    ),
    Session(
        "background output without a newline",
        in_background("echo @.part", body="echo; echo @.bg.; printf @.frag", key="Enter"),
        ("@.bg.", "@.frag⏎", "@.part"),
    ),
    Session(
        "background output, notice", at_the_notice, (*(f"@.n{n}." for n in (1, 2, 3, 4)), "@.frag⏎")
    ),
)


USUAL = (
    "TSTP by a key", "KILL", "vi left", "less SIGKILL None", "saved within",
    "80 columns, killed", "no newline, reported", "narrower, wider", "background output, ^C",
)  # fmt: skip


@pytest.fixture
def terminal(tmp_path, tmp_path_factory):
    """Start a shell in tmux, and use a full-screen program once."""
    home = tmp_path_factory.mktemp("home")
    (tmp_path / "file").write_text("text\n")
    terminal = Tmux(tmp_path, simpsh_command(), {"HOME": str(home)})
    try:
        if is_installed("less"):
            full_screen("less file", "q")(terminal, "")
        yield terminal
    finally:
        terminal.close()


def test_no_printed_line_disappears(terminal):
    chosen = [session for session in SESSIONS if session.name in USUAL]
    assert len(chosen) == len(USUAL)
    assert "\n".join(play_all(terminal, chosen)) == ""


@pytest.mark.long("every session: a minute")
@pytest.mark.timeout(900)
def test_no_printed_line_disappears_in_any_session(terminal):
    assert "\n".join(play_all(terminal, SESSIONS)) == ""


def play_all(terminal: Tmux, sessions: Sequence[Session]) -> list[str]:
    """Play the sessions whose program is installed; return the problems."""
    possible = [one for one in sessions if not one.needs or is_installed(one.needs)]
    found = {one.name: play(terminal, one, f"s{number:02}") for number, one in enumerate(possible)}
    return [f"{name}: {problem}" for name, problem in found.items() if problem]


def play(terminal: Tmux, session: Session, tag: str) -> str:
    """Play a session; return an empty text, or which rows are not as they should be."""
    before = [f"{tag}.{number}" for number in range(4)]
    terminal.run(f"printf '%s\\n' {' '.join(before)}")
    session.act(terminal, tag)
    terminal.run(f"echo {tag}.end")
    terminal.type(f"{tag}.typed")
    act = [row.replace("@", tag) for row in session.expected]
    problem = wrong(terminal, [*before, *act, f"{tag}.end", f">> {tag}.typed"])
    terminal.key("C-c")
    terminal.wait_prompt()
    return problem


def wrong(terminal: Tmux, expected: list[str], seconds: float = 15.0) -> str:
    """Return the rows that are missing, repeated or in another order; look again for a while."""
    deadline = time.monotonic() + seconds
    while True:
        rows = terminal.rows()
        # The rest of the toolbar may follow the output of a background job.
        places = [
            [
                n
                for n, row in enumerate(rows)
                if row == text or (text[-1] == "." and row.startswith(text))
            ]
            for text in expected
        ]
        problems = [
            f"{len(found)} x {text!r}"
            for text, found in zip(expected, places, strict=True)
            if len(found) != 1
        ]
        if not problems:
            order = [found[0] for found in places]
            if order == sorted(order):
                return ""
            problems = ["the order"]
        if time.monotonic() > deadline:
            return ", ".join(problems) + "\n" + "\n".join(f"|{row}" for row in rows[-70:])
