"""A shell, step 2: any number of words, cd and exit."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-2",
    title="A shell, step 2: any number of words",
    minutes=30,
    after=("why-cd-is-built-in",),
    behaviours=("run", "arguments", "cd", "exit"),
    hints=(
        "How many words can a line have? Let the array grow with the line.",
        "execvp takes a list. Its first word is the name of the program; in C a NULL follows "
        "the last word.",
        "A child has a directory of its own: what is the use if the child changes it?",
        "Look for cd and exit before you fork: chdir(words[1]), and return or sys.exit.",
    ),
)
