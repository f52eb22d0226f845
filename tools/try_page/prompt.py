"""The prompt of the machine: it has the modules of simpsh's tools, and a tool is a copy of it.

A new interpreter with these modules takes ten seconds and more in an emulator. Here they are
imported once, before the state of the machine is saved.
"""

import gc
import inspect
import os
from collections.abc import Sequence
from importlib import import_module

from simpsh.__main__ import main
from simpsh.cli.command_line import run
from simpsh.course.lesson.lesson_library import Library
from simpsh.shell.builtins import nested_simpsh

TOOLS = ("lesson", "trace", "step", "explore")
# What these import late, up to the first thing that they show, and the prompt of a task.
_MODULES = {
    "simpsh.chronicle": ("chronicle_builder",),
    "simpsh.cli": (*(f"{tool}_command" for tool in TOOLS), "lesson_prompt"),
    "simpsh.course.claims": ("run_properties",),
    "simpsh.course.lesson": (
        *("lesson_faults", "ask_step", "compare_step", "predict_step", "say_step", "show_step"),
        *("try_step", "explore_step", "run_step"),
    ),
    "simpsh.course.teach": ("lesson_teacher",),
    "simpsh.explore.control": ("explored_program", "program_knowledge"),
    "simpsh.explore.search": ("exploration", "exploration_report"),
    "simpsh.explore.step": ("line_stepper", "run_replay", "stepping_session"),
    "simpsh.repl": ("answer_editor", "command_names", "line_editor", "read_eval_loop"),
    "simpsh.shell.builtins": ("script_utilities", "utility_programs"),
    "simpsh.trace.source": ("call_stack",),
    "simpsh.trace.tracer": ("traced_run",),
    "simpsh.view.timeline": ("terminal_timeline",),
}


def as_copy(words: Sequence[str], environment: dict[str, str]) -> int:
    """Do in a copy of the shell what a new simpsh would do; return the exit status."""
    os.environ.clear()
    os.environ.update(environment)
    return run(words)


if __name__ == "__main__":
    for room, names in _MODULES.items():
        for name in names:
            import_module(f"{room}.{name}")
    # The lessons' heads, and the modules' files: who asks for the first time reads them all.
    Library()
    inspect.getsource(as_copy)
    nested_simpsh.LOADED.update(dict.fromkeys(TOOLS, as_copy))
    # What is here is here for good: no search for unreachable objects writes to its pages.
    gc.collect()
    gc.freeze()
    main()
