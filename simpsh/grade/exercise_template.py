"""`simpsh lesson new exercise ID`: an exercise that is complete, and waits to be rewritten."""

from __future__ import annotations

import os
import re
import shutil
import tempfile

from simpsh.errors import SimpshError, UsageProblem

_ID = re.compile("[a-z][a-z0-9-]{1,40}")
_FILES = {
    "task.md": """\
# TITLE

Write a program that makes one child, and collects it. The child ends with status 3.

What is judged: there is one child, it ends with status 3, and your program collects it.
""",
    "exercise.py": '''\
"""TITLE."""

from __future__ import annotations

from simpsh.course import count, happens, processes
from simpsh.grade.exercise import Asked, Exercise, Trial

program, child = processes("program", "program.1")

EXERCISE = Exercise(
    id="ID",
    title="TITLE",
    minutes=10,
    trials=(
        Trial(
            asks=(
                Asked("one", "it has one child", count(program.forks()) == 1),
                Asked("status", "the child ends with status 3", child.status == 3),
                Asked(
                    "collected",
                    "the child is collected",
                    happens(program.collects(child)),
                    look_at="wait(2)",
                ),
            ),
        ),
    ),
    hints=("fork returns twice.", "The child ends by _exit.", "The parent calls wait."),
)
''',
    "start.py": "import os\n\n# Make a child that ends with status 3, and collect it.\n",
    "start.c": "int main(void) {\n    /* Make a child that ends with status 3, and collect it. */\n"
    "    return 0;\n}\n",
    "solution.py": "import os\n\nif os.fork() == 0:\n    os._exit(3)\nos.wait()\n",
    "solution.c": "#include <sys/wait.h>\n#include <unistd.h>\n\nint main(void) {\n"
    "    if (fork() == 0)\n        _exit(3);\n    wait(NULL);\n    return 0;\n}\n",
    "wrong/no_wait.py": "# fails: collected\nimport os\n\nif os.fork() == 0:\n    os._exit(3)\n",
    "wrong/no_child.py": "# fails: one\nimport os\n\nos._exit(3)\n",
    "wrong/two_children.py": "# fails: one\nimport os\n\nfor _ in range(2):\n"
    "    if os.fork() == 0:\n        os._exit(3)\nos.wait()\nos.wait()\n",
    "wrong/other_status.c": "/* fails: status */\n#include <sys/wait.h>\n#include <unistd.h>\n\n"
    "int main(void) {\n    if (fork() == 0)\n        _exit(0);\n    wait(NULL);\n"
    "    return 0;\n}\n",
}


def create(name: str, place: str = ".") -> str:
    """Make `exercises/NAME/` with everything that an exercise consists of; return its path.

    Args:
        name: the exercise's id.
        place: the directory that `--path` will name.

    Raises:
        UsageProblem: the name cannot be an id.
        SimpshError: it is there already, or cannot be made.
    """
    if not _ID.fullmatch(name):
        raise UsageProblem(f"new exercise {name}: an id is of small letters, digits and hyphens")
    home = os.path.join(place, "exercises")
    target = os.path.join(home, name)
    if os.path.lexists(target):
        raise SimpshError(f"{target}: it is there already; choose another id")
    try:
        os.makedirs(home, exist_ok=True)
        # Whole or not at all: it is made beside its place.
        made = tempfile.mkdtemp(dir=home, prefix=".new-")
        try:
            _fill(made, name)
            os.chmod(made, 0o755)
            os.rename(made, target)
        except OSError:
            shutil.rmtree(made)
            raise
    except OSError as error:
        raise SimpshError(f"{target}: {error.strerror}") from error
    return target


def _fill(folder: str, name: str) -> None:
    title = name.replace("-", " ").capitalize()
    os.mkdir(os.path.join(folder, "wrong"))
    for path, text in _FILES.items():
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text.replace("TITLE", title).replace("ID", name))
