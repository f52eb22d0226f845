"""A new assignment file: some questions, and the file with comments that explain each part."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from simpsh.grade.assignments.shell_language import Language

Parts = Mapping[str, Sequence[tuple[str, str, float]]]
"""By what a shell does: the names, titles and usual points of its behaviours."""
_LANGUAGE = {
    "exit": "What is typed to end the shell, with {number} for its status?",
    "status": "What is typed to learn how the last command ended?",
    "fg": "What is typed to continue the only job in the foreground?",
    "bg": "… and in the background?",
    "jobs": "… and to list the jobs?",
}
_OWN = r"""
# A behaviour of your own is composed of steps. A step with `asks` is judged; the others act, or
# wait for what they name. `{sum}` is a command that is drawn by lot, and `{answer}` its output.
#
# [behaviour.history]
# title = "repeats the last line"
# steps = [
#     { type = "{sum}" },
#     { type = "!!" },
#     { output = "{answer}\n", asks = "!! runs the last line again", points = 3 },
# ]
"""


def new_assignment(ask: Callable[[str, str], str], parts: Parts) -> str:
    """Return the text of a file; `ask` returns the answer to a question, or the usual one."""
    title = ask("What is the title of the assignment?", "A shell")
    program = ask("What is the file of the shell called in a submission?", "mysh")
    build = ask("Which command builds it? (empty: simpsh finds out)", "")
    lines = [f"title = {json.dumps(title, ensure_ascii=False)}"]
    lines += [f"program = {json.dumps(program, ensure_ascii=False)}"]
    lines += [
        "# The command that builds the program, in the folder of the submission.",
        f"{'' if build else '# '}build = {json.dumps(build or 'make', ensure_ascii=False)}",
        "# What several behaviours lose by one crash or hang is lost once.",
        "counts-once = false",
        "# What students see: full, first (the reason of one failed check), or points.",
        'feedback = "full"',
        "# Checks that students never see, and those that they see after the due time.",
        "hidden = []",
        "after-due = []",
        "# due = 2030-01-31T23:59:00",
        "",
        "# What is typed at the shell.",
        "[language]",
    ]
    usual = Language()
    for name, question in _LANGUAGE.items():
        words = ask(question, getattr(usual, name))
        lines.append(f"{name} = {json.dumps(words, ensure_ascii=False)}")
        if name == "status" and words != usual.status:
            exited = ask("… and what does it print after the exit code {code}?", "{code}")
            killed = ask("… and after the signal {signal}?", "{signal}")
            lines += [f"exited = {json.dumps(exited)}", f"killed = {json.dumps(killed)}"]
    is_full = _is_yes(ask("Must programs be typed by their paths (/bin/ls)?", "no"))
    lines += [f'paths = "{"full" if is_full else "names"}"', ""]
    lines += ["# What is asked, and its points. `simpsh grade shell --list` shows what each types."]
    lines += ["[points]"]
    for part, behaviours in parts.items():
        is_asked = _is_yes(ask(f"Is this asked: {part}?", "yes"))
        lines.append(f"# {part}")
        for name, what, points in behaviours:
            mark = "" if is_asked else "# "
            lines.append(f"{mark}{name} = {points:g}  # {what}")
    return "\n".join(lines) + "\n" + _OWN


def _is_yes(answer: str) -> bool:
    return answer.strip().lower() in ("y", "yes", "true", "1")
