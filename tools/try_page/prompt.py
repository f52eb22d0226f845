"""The emulated machine's prompt: it imports the modules of simpsh's tools, and forks to run one.

A new interpreter with these modules takes ten seconds and more in an emulator. Here they are
imported once, before the state of the machine is saved. Another copy draws each command after it
has run, and sends the picture to the page.
"""

import gc
import os
import pickle
import readline
import select
import stat
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from socket import AF_UNIX, MSG_DONTWAIT, SOCK_DGRAM, socket

from prompt_toolkit.application import application

from simpsh.__main__ import main
from simpsh.base.events import Event
from simpsh.base.patience import VARIABLE
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.cli.command_line import run
from simpsh.course.claims.demonstration import c_listing, listing
from simpsh.course.lesson import lesson_library
from simpsh.course.lesson.lesson import runs_of
from simpsh.course.lesson.lesson_library import COURSE, Library, course_index
from simpsh.course.screen.code_display import highlight_listing
from simpsh.kernel.call_observer import set_observer
from simpsh.kernel.processes import fork
from simpsh.kernel.wait_calls import waitpid
from simpsh.repl import read_eval_loop
from simpsh.repl.argument_names import Subcommands
from simpsh.shell.builtins import nested_simpsh
from simpsh.shell.line_events import events_of
from simpsh.shell.shell import Shell
from simpsh.trace.recording.recording_file import read_file
from simpsh.view.run_formats import render

TOOLS = ("lesson", "trace", "step", "explore")
# The modules that TOOLS import late, until their first output or the prompt of a task.
_MODULES = {
    "simpsh.chronicle": ("chronicle_builder",),
    "simpsh.cli": (*(f"{tool}_command" for tool in TOOLS), "lesson_prompt"),
    "simpsh.course.lesson": ("lesson_faults", "run_steps", "text_steps"),
    "simpsh.course.teach": ("lesson_teacher",),
    "simpsh.explore.control": ("explored_program", "program_knowledge"),
    "simpsh.explore.search": ("exploration", "exploration_report"),
    "simpsh.explore.step": ("line_stepper", "stepping_session"),
    "simpsh.repl": ("command_names", "line_editor", "read_eval_loop"),
    "simpsh.shell.builtins": ("script_utilities",),
    "simpsh.trace.source": ("call_stack",),
    "simpsh.trace.tracer": ("traced_run",),
    "simpsh.view.timeline": ("terminal_timeline",),
}


_EXPLORER_PATIENCE = "20"
"""How much longer the usual budget is here: each of many runs takes seconds in an emulator."""


def as_copy(words: Sequence[str], environment: dict[str, str]) -> int:
    """Run a simpsh command in a copy of the shell; return the exit status."""
    os.environ.clear()
    os.environ.update(environment)
    if words[0] == "explore":
        os.environ[VARIABLE] = _EXPLORER_PATIENCE
    set_observer(None)
    forget_changed_lessons()
    return run(words)


def forget_changed_lessons() -> None:
    """Forget each module that the page has replaced: files of the saved state have no time."""
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if name.startswith("lessons.") and file and os.path.getmtime(file) > 0:
            del sys.modules[name]


FOLDER = Path(os.environ.get("TAB_FOLDER", "/run/tab"))
LINE = FOLDER / "line"
"""Carries pictures and files to the page. Each is one write: the terminal's driver divides none."""
_DRAWING = FOLDER / "drawing"
"""The socket to the process that draws; `.pid` has its number."""
_LOOK_SECONDS = 5
"""How often to look for files that a long command, such as a lesson, has changed."""
_LARGEST = 130_000
"""The most bytes of a file that the page can put into the machine again."""


def send(act: str, content: bytes = b"", name: str = "-", mode: int = 0o644) -> None:
    """Send the page an act with a file, as the receiver in try.js reads it."""
    with LINE.open("ab", buffering=0) as line:
        line.write(f"{act} {len(content)} {mode:o} {name}\n".encode() + content)


class _KeptFiles:
    """The files below the home directory, which the page keeps when the tab is closed."""

    def __init__(self) -> None:
        self._known = self._present()

    def _present(self) -> dict[str, tuple[int, int]]:
        found = {}
        for folder, folders, names in os.walk(Path.home()):
            folders[:] = [name for name in folders if name != ".cache"]
            # The header of a file is a line of UTF-8.
            for path in (os.path.join(folder, name) for name in names if name.isprintable()):
                with suppress(OSError):
                    state = os.lstat(path)
                    if stat.S_ISREG(state.st_mode) and state.st_size <= _LARGEST:
                        found[path] = (state.st_mtime_ns, state.st_mode)
        return found

    def send_changes(self) -> None:
        """Send the page each file that is new, changed or removed."""
        before, self._known = self._known, self._present()
        for path in before.keys() - self._known.keys():
            send("drop", name=path)
        for path, facts in self._known.items():
            if before.get(path) != facts:
                with suppress(OSError):
                    send("keep", Path(path).read_bytes(), path, facts[1] & 0o777)


def _draw(told: bytes) -> None:
    text, events, recording = pickle.loads(told)
    if recording:
        file = read_file(recording)
        chronicle = chronicle_of(file.events, file.header.level)
    else:
        chronicle = chronicle_of(events, "events")
    send("picture", "".join(render(chronicle, "svg", title=text)).encode())


def _draw_and_look_for_files(commands: socket, shell: int) -> None:
    """Draw each command that arrives, and send the changed files, until the shell has ended."""
    os.nice(10)
    files = _KeptFiles()
    arrived, ended = commands.fileno(), os.pidfd_open(shell)
    while ended not in (ready := select.select([arrived, ended], [], [], _LOOK_SECONDS)[0]):
        # If this picture fails, the one before stays.
        with suppress(Exception):
            if arrived in ready and (told := commands.recv(_LARGEST)):
                _draw(told)
        files.send_changes()


def _told(shell: Shell) -> bytes:
    """Return what the picture of the last line is made of; empty if the line has none."""
    record = shell.state.record
    if record is None or record.is_passed_over:
        return b""
    acts = record.acts(record.present)
    events: Sequence[Event] = ()
    recording = record.recording_of(record.present)
    if not recording and any(act.is_process for act in acts):
        events = events_of(acts, os.getpid())
    return pickle.dumps((record.present.text, events, recording)) if recording or events else b""


def _hand_over(shell: Shell) -> None:
    told = _told(shell)
    with socket(AF_UNIX, SOCK_DGRAM) as sender:
        try:
            sender.sendto(told, MSG_DONTWAIT, f"{_DRAWING}")
        except ConnectionRefusedError:
            # The process that draws was ended.
            start_drawing()
            sender.sendto(told, f"{_DRAWING}")
        except OSError:
            # The process has many commands to draw, or this one is too long: the next is drawn.
            return


def start_drawing() -> None:
    """Start the process that draws, as a child of PID 1."""
    _DRAWING.unlink(missing_ok=True)
    shell = os.getpid()
    # Freeze all objects, so that the garbage collector does not write to their pages.
    gc.collect()
    gc.freeze()
    with socket(AF_UNIX, SOCK_DGRAM) as commands:
        commands.bind(f"{_DRAWING}")
        if (child := fork()) == 0:
            if (drawing := fork()) == 0:
                os.setsid()
                _draw_and_look_for_files(commands, shell)
            elif drawing > 0:
                _DRAWING.with_suffix(".pid").write_text(f"{drawing}\n")
            os._exit(0)
    waitpid(child)


def draw_each_command() -> None:
    """Hand each line of the prompt to the process that draws."""
    start_drawing()
    interact = read_eval_loop.interact

    def interact_and_draw(
        shell: Shell,
        subcommands: Subcommands | None = None,
        run: Callable[[str], object] | None = None,
    ) -> int:
        def run_and_draw(text: str) -> None:
            try:
                (run or shell.run)(text)
            finally:
                _hand_over(shell)

        return interact(shell, subcommands, run_and_draw)

    read_eval_loop.interact = interact_and_draw


def share_what_copies_make_again() -> None:
    """Keep the editing keys of the library, and the index of the course, for all copies.

    A copy that edits lines would make six hundred keys again, and at its first key the tables to
    find them. `lesson` reads the index four times.
    """
    for name in ("load_key_bindings", "load_page_navigation_bindings"):
        setattr(application, name, cache(getattr(application, name)))
    read, course = lesson_library.read_index, course_index()
    lesson_library.read_index = lambda folder: course if folder == COURSE else read(folder)


def load_core_lessons() -> None:
    """Load the core lessons, their listings, and the expressions that colour the listings."""
    library = Library()
    core = [head.id for head in course_index().heads.values() if head.kind == "core"]
    for lesson in map(library.find, core):
        for step in runs_of(lesson).values():
            highlight_listing(listing(step.demonstration))
            if (in_c := c_listing(step.demonstration)) is not None:
                highlight_listing(in_c)


if __name__ == "__main__":
    for room, names in _MODULES.items():
        for name in names:
            import_module(f"{room}.{name}")
    share_what_copies_make_again()
    load_core_lessons()
    # From this the page knows when a lesson waits for a line; Python switches it off.
    readline.parse_and_bind("set enable-bracketed-paste on")
    nested_simpsh.LOADED.update(dict.fromkeys(TOOLS, as_copy))
    if LINE.exists():
        draw_each_command()
    main()
