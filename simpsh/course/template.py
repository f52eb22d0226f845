"""`simpsh lesson new ID`: a lesson that is complete, passes `check`, and waits to be rewritten."""

from __future__ import annotations

import os
import re

from simpsh.errors import UsageProblem

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

TEMPLATE = '''"""The idea of this lesson, in a paragraph that a student could quote.

Say what is so, why it is so, and what it is good for.
"""

from __future__ import annotations

import os

from simpsh.course import (
    Choice,
    Claim,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    all_of,
    anyone,
    before,
    delete,
    happens,
    output,
    processes,
    replace,
)

parent, child = processes("parent", "child")


# --- 1. The demonstration: real code, as a student would write it -----------------------------
def one_child() -> None:
    """The child ends with 7; the parent waits and says what it got."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    print("the child ended with", code, flush=True)


# --- Worlds in which it is not so: each claim must notice them ----------------------------------
another_code = replace("os._exit(7)", "os._exit(0)")
nobody_waits = delete("os.waitpid") + delete("code =") + delete("print(")


# --- The lesson -------------------------------------------------------------------------------
LESSON = Lesson(
    id="{id}",
    title="{title}",
    minutes=4,
    remember="The one sentence that should be there after five minutes.",
    good_for="Where a program needs it.",
    read_on=("wait(2)", "_exit(2)"),
    steps=[
        Say(
            "A child says how it went by one small number. The parent hears it when it **waits**, "
            "and never otherwise."
        ),
        Predict(
            "What does the **parent** print?",
            Choice(
                "the child ended with 7",
                parent.prints("the child ended with 7"),
                "The number of _exit is kept until the parent asks for it, by waitpid.",
            ),
            Choice(
                "the child ended with 0",
                parent.prints("the child ended with 0"),
                "0 is what fork returned in the child. How the child ended is another number.",
            ),
        ),
        Run(
            one_child,
            id="one",
            claims=[
                Claim(
                    "The parent gets the number that the child ended with.",
                    parent.prints("the child ended with 7"),
                    wrong=another_code,
                ),
                Claim(
                    "The child has ended before the parent has collected it: always.",
                    before(child.ends, parent.collects(child)),
                    wrong=nobody_waits,
                ),
            ],
        ),
        Try(
            "Type a line that prints the exit status of `false`, and nothing else.",
            expect=all_of(output == "1\\n", happens(anyone.exits(1))),
            hint="The shell keeps the status of the last command in `$?`.",
            solution="false; echo $?",
            wrong=["true; echo $?", "echo 1"],
            praise="That was the same wait: the shell's.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
'''


def text_for(name: str) -> str:
    """Return the text of a new lesson.

    Raises:
        UsageProblem: this is no id for a lesson.
    """
    if not _ID.fullmatch(name):
        raise UsageProblem(
            f"{name}: the id of a lesson is lower-case words joined by dashes, as my-first-fork"
        )
    title = name.replace("-", " ").capitalize()
    return TEMPLATE.replace("{id}", name).replace("{title}", title)


def create(name: str, folder: str = ".") -> str:
    """Write a new lesson into a folder, all at once or not at all; return its path.

    Raises:
        UsageProblem: this is no id, or the file is there already.
        OSError: the folder cannot be written to.
    """
    text = text_for(name)
    path = os.path.join(folder, f"{name.replace('-', '_')}.py")
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "x", encoding="utf-8") as file:
        file.write(text)
    try:
        # A link, unlike a rename, does not replace a file that is there.
        os.link(unfinished, path)
    except FileExistsError:
        raise UsageProblem(f"{path} is there already: take another id, or edit it") from None
    finally:
        os.unlink(unfinished)
    return path
