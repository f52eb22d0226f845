"""A shell, step 2: how a command ended, and redirections."""

from __future__ import annotations

from simpsh.grade.exercises import Exercise

EXERCISE = Exercise(
    id="shell-3",
    title="A shell, step 2: wait statuses and redirections",
    minutes=60,
    behaviours=("run", "statuses", "output", "input", "errors", "descriptors"),
    hints=(
        "On Linux waitpid stores a word of 16 bits; the exit status of the program is only a "
        "part of it.",
        "WIFEXITED and WEXITSTATUS, WIFSIGNALED and WTERMSIG take the word apart; in Python "
        "os.waitstatus_to_exitcode gives −9 for signal 9. Shells set $? to 128 + 9 then.",
        "A child whose exec has failed tells why by its own exit status: 127 if errno is "
        "ENOENT, 126 otherwise.",
        "Between fork and exec the child still runs your code: open the file, and make it "
        "descriptor 1. dup2(file, 1) makes 1 refer to the same open file as file. Then the "
        "number file is no longer needed: close it.",
        "2>&1 is dup2(1, 2): 2 becomes what 1 is at this moment. So work from left to right.",
        "O_WRONLY | O_CREAT with O_TRUNC for >, with O_APPEND for >>; the remaining words are "
        "the command.",
    ),
)
