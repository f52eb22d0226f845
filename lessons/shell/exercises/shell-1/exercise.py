"""A shell, step 1: any number of words, cd and exit."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-1",
    title="A shell, step 1: run programs",
    minutes=45,
    behaviours=("run", "arguments", "empty-line", "not-found", "end-of-file", "cd", "exit"),
    hints=(
        "A process executes another program. What does it do afterwards? Which process reads "
        "the next line then?",
        "fork: the child executes, the parent waits. Only then does the loop begin again.",
        "execvp takes a list of any length. Its first word is the name of the program; in C a "
        "NULL follows the last word.",
        "exec returns if it failed. The child is a copy of your shell and has the same loop: "
        "end it with _exit(127), os._exit in Python. With exit(3), the child would put back "
        "input that it has read ahead, and the parent would read that input again.",
        "A child has a directory of its own: what is the use if the child changes it? Look for "
        "cd and exit before you fork.",
    ),
)
