"""A first shell in C: five defects, found one by one.

What does this shell do with `quitter`, with an empty line, and at the end of file?  The shell reads
with stdio and compares with strncmp.  What does it do with `quitter`, with a name that no program
has, with an empty line, and with an end of file?
"""

from __future__ import annotations

import contextlib
import os

from simpsh.course import (
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    Type,
    delete,
    replace,
)

# --- A first version in C ------------------------------------------------------------------------
version_1 = C(
    r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
char line[80], typed[] = "nosuch\n";
int main(void) {
    stdin = fmemopen(typed, strlen(typed), "r");  /* typed, then ^D */
    for (;;) {
        printf("> ");
        if (fgets(line, 80, stdin) == NULL) exit(1);  /* cannot read */
        if (strncmp(line, "quit", 4) == 0) exit(0);
        line[strcspn(line, "\n")] = '\0';  /* the line without its end */
        if (fork() == 0) { execlp(line, line, NULL); exit(1); }
        wait(NULL);
    }
}
""",
    births=("command",),
)

RUN_THE_LINE = r"""if (*line == '\0') continue;
pid_t command = fork();
if (command == -1) { perror("fork"); continue; }
if (command == 0) { execlp(line, line, NULL); _exit(127); }"""


def typed(text: str) -> Edit:
    """Type another line."""
    return replace(r'"nosuch\n"', f'"{text}"')


cured = (
    replace('strncmp(line, "quit", 4)', r'strcmp(line, "quit\n")')
    + replace("exit(1);  /* cannot read */", "exit(0);  /* the end */")
    + replace("if (fork() == 0) { execlp(line, line, NULL); exit(1); }", RUN_THE_LINE)
)

the_defects = Compare(
    Run(version_1, id="version-1", main="shell"),
    id="defects",
    title="what is typed",
    variants={
        "quitter": typed(r"quitter\n"),
        "nosuch": Edit(),
        "an empty line": typed(r"\n"),
        "^D at once": typed(""),
    },
    columns={
        "makes a child": "'yes' if shell.forks() else 'no'",
        "prompts": "output.count('> ')",
        "its own status": "shell.status",
    },
    claims=[
        Claim(
            "`quitter` ends the shell: `strncmp` compared four letters only.",
            "not row('quitter').shell.forks() and row('quitter').shell.status == 0",
        ),
        Claim(
            "The shell takes `^D` for an error: status 1.",
            "not row('^D at once').shell.forks() and row('^D at once').shell.status == 1",
        ),
        Claim(
            "For an empty line the shell makes a child that finds nothing to run.",
            "row('an empty line').shell.forks() and not row('an empty line').command.execs()",
        ),
        Claim(
            "After `nosuch` there is one prompt too many. The child wrote it.",
            "row('nosuch').output.count('> ') == 3 and row('nosuch').command.writes('> ')",
        ),
    ],
)

the_cures = Compare(
    Run(version_1, id="version-2", main="shell", edit=cured),
    id="cures",
    title="what is typed",
    variants=the_defects.variants,
    columns=the_defects.columns,
    claims=[
        Claim(
            "Now the shell looks for a program `quitter`, and writes one prompt after it.",
            "row('quitter').command.fails('exec', 'ENOENT') and "
            "row('quitter').output.count('> ') == 2",
        )
    ],
)


# --- A program to repair -------------------------------------------------------------------------
def run_each_line() -> None:
    """A shell whose line may name a program that does not exist."""
    os.write(1, b"> ")
    while wanted := os.read(0, 1000).decode().split():
        command = os.fork()
        if command != 0:  # in the shell
            os.waitpid(command, 0)
        else:
            with contextlib.suppress(OSError):
                os.execvp(wanted[0], wanted)
            os.write(2, b"not found\n")
            os._exit(127)
        os.write(1, b"> ")


two_shells = delete("os._exit(127)")


# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="first-shell",
    title="A first shell in C: which lines break it?",
    minutes=6,
    chapter="write a shell",
    requires=["shell-loop", "exec-fails", "buffers-at-fork"],
    remember="After a failed exec the child is a second shell: it must leave with `_exit`, so that "
    "it writes no copied buffer.",
    good_for="Each of these defects was in a shell that a course handed out. A reviewer who types "
    "four lines finds them all.",
    read_on=("exec(3)", "_exit(2)", "stdio(3)", "strcmp(3)"),
    exercise="shell-1",
    steps=[
        Predict(
            "This shell in C works, with defects: you type `typed`, then `^D`. It ends at `quit`. "
            "What does it do with `quitter`?",
            Choice(
                "it looks for a program quitter",
                "row('quitter').shell.forks()",
                "It does so if it compares the whole word. Here `strncmp` compares at most four "
                "letters.",
            ),
            Choice(
                "it ends as if you had typed quit",
                "not row('quitter').shell.forks()",
                "`strncmp` compares the first four letters, and these are the same.",
            ),
            Choice(
                "it starts quit with the argument ter",
                "row('quitter').command.execs('quit')",
                "This needs a program that takes a word apart. This one divides nothing, and it "
                "starts no program `quit`.",
            ),
            hint="Look for `strncmp` in the listing. What does its third argument say?",
        ),
        Predict(
            "There is no program `nosuch`. **How many prompts** appear, if the output is a pipe?",
            Choice(
                "2",
                "row('nosuch').output.count('> ') == 2",
                "The shell prints two. The first one was still in the buffer at the fork, so "
                "the child has it, too.",
            ),
            Choice(
                "3",
                "row('nosuch').output.count('> ') == 3",
                "The child's buffer had a copy of the first prompt, and `exit` writes the "
                "buffer. `_exit` writes nothing.",
            ),
            Choice(
                "1",
                "row('nosuch').output.count('> ') == 1",
                "One prompt would mean that the failed `execlp` ends the shell. The child calls "
                "`execlp` and `exit`; the shell continues after `wait`.",
            ),
            hint="Where is the text of `printf` at the moment of the fork?",
        ),
        the_defects,
        Say(
            "Five cures: compare the whole word, take `^D` for the end, skip an empty line, "
            "check `fork`, use `_exit(127)`. Two defects are left: a failed `execlp` is silent, "
            "and a line of over 78 characters is read as two."
        ),
        the_cures,
        Repair(
            Run(
                run_each_line,
                id="repair",
                main="shell",
                terminal=True,
                at_rest=[Type("nosuch\n"), Type("^D")],
                claims=[
                    Claim(
                        "The child says `not found`, and exits with 127.",
                        "command.writes('not found\\n') and command.exits(127)",
                        wrong=[two_shells, replace("os._exit(127)", "os._exit(0)")],
                        hint="`execvp` has returned, so it has failed. Where does the child "
                        "continue?",
                    ),
                    Claim(
                        "The shell alone writes prompts: two of them.",
                        "len(shell.writes('> ')) == 2 and not command.writes('> ')",
                        wrong=[two_shells, replace("os.waitpid(command, 0)", "return")],
                        hint="Which process reads the next line, after a failed exec?",
                    ),
                    Claim(
                        "One `^D` ends the shell, with status 0.",
                        "shell.exits(0)",
                        wrong=[two_shells, replace("os._exit(127)", "os.kill(os.getppid(), 9)")],
                        hint="If two shells read, each needs a `^D`.",
                    ),
                ],
            ),
            task="You type `nosuch` and then `^D`, and this shell does not end: it needs a second "
            "`^D`. One should be enough. Fix it.",
            broken=two_shells,
            broken_in_c=delete("_exit(127);"),
            hint="How many processes run this loop after `nosuch`?",
            praise="The child left with 127 when its exec had failed. One shell is left, and it "
            "reads.",
        ),
    ],
)
