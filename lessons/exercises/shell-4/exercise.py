"""A shell, step 4: redirections."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-4",
    title="A shell, step 4: redirections",
    minutes=45,
    chapter="the shell itself",
    after=("redirection-order",),
    behaviours=(
        "output",
        "input",
        "errors",
        "descriptors",
    ),
    hints=(
        "Who is to write into the file: your shell, or the program? Then who opens it?",
        "Between fork and exec the child is still your code: open the file, and let it be 1.",
        "dup2(file, 1) makes 1 mean what file means. Then file is one too many: close it.",
        "2>&1 is dup2(1, 2): 2 becomes what 1 is at this moment. So go from left to right.",
        "O_WRONLY | O_CREAT with O_TRUNC for >, with O_APPEND for >>; the words that are left "
        "are the command.",
    ),
    read_on=(
        "open(2)",
        "dup2(2)",
    ),
)
