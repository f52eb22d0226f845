"""A shell, step 4: redirections."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-4",
    title="A shell, step 4: redirections",
    minutes=45,
    after=("redirection-order",),
    behaviours=("output", "input", "errors", "descriptors"),
    hints=(
        "Which process should write to the file: your shell, or the program? Then which process "
        "opens the file?",
        "Between fork and exec the child still runs your code: open the file, and make it "
        "descriptor 1.",
        "dup2(file, 1) makes 1 refer to the same open file as file. Then the number file is no "
        "longer needed: close it.",
        "2>&1 is dup2(1, 2): 2 becomes what 1 is at this moment. So work from left to right.",
        "O_WRONLY | O_CREAT with O_TRUNC for >, with O_APPEND for >>; the remaining words are "
        "the command.",
    ),
)
