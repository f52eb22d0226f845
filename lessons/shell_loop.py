"""What a shell does.

A shell is a program like any other.  It asks for a line, makes a copy of itself, lets the copy
become the program that you want, and waits until that has ended.  Then it asks again.  Four calls,
read, fork, exec and wait, are the whole of it; the rest of this course is what they really do.
"""

from __future__ import annotations

import os

from simpsh.course import (
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Fact,
    Lesson,
    Predict,
    Run,
    Say,
    Try,
    Type,
    all_of,
    at,
    before,
    count,
    happens,
    insert,
    never,
    of,
    processes,
    replace,
    words,
)

shell, command = processes("shell", "command")
echo, another_echo = processes("echo", "echo 2")


# --- 1. A shell, at a terminal ------------------------------------------------------------------
def small_shell() -> None:
    """Read, fork, exec, wait."""
    while True:
        os.write(1, b"> ")  # ①
        line = os.read(0, 1000)  # sleeps until you press Enter
        if not line:  # end of file: ^D
            break
        wanted = line.decode().split()
        command = os.fork()
        if command == 0:  # in the copy
            os.execvp(wanted[0], wanted)
        os.waitpid(command, 0)


# --- 2. The first shell of a textbook -----------------------------------------------------------
version_1 = C(
    r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
char line[80], typed[] = "nosuch\n";
int main(void) {
    stdin = fmemopen(typed, strlen(typed), "r");  /* what you type */
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

# --- Edits: what if a part is missing; what is typed; the cures ----------------------------------
no_fork = replace("os.fork()", "0")
no_wait = replace("os.waitpid(command, 0)", "pass")
waits_for_anybody = insert(
    "early = os.fork()\nif early == 0:\n    os._exit(0)", above="while True:"
) + replace("os.waitpid(command, 0)", "os.wait()")


def typed(text: str) -> Edit:
    """Type another line."""
    return replace(r'"nosuch\n"', f'"{text}"')


cured = (
    replace('strncmp(line, "quit", 4)', r'strcmp(line, "quit\n")')
    + replace("exit(1);  /* cannot read */", "exit(0);  /* the end */")
    + replace("if (fork() == 0)", "if (*line && !fork())")
    + replace("exit(1); }", "_exit(127); }")
)
prompts = Fact("the number of prompts", lambda scene: scene.run.output.count("> "))
at_work = Run(
    small_shell,
    id="at-work",
    main="shell",
    terminal=True,
    at_rest=[Type("/bin/echo hello\n"), Type("^D")],
    leaves=[command],
    claims=[
        Claim(
            "The copy became echo; the shell has stayed what it was.",
            all_of(happens(command.execs("echo")), never(shell.execs())),
            wrong=no_fork,
        ),
        Claim(
            "echo's end is what let the shell go on: when the next prompt comes, echo is gone.",
            all_of(before(command.ends, shell.collects(command)), at("① 2", command.is_gone)),
            wrong=[no_wait, waits_for_anybody],
        ),
        Claim(
            "^D is an end of file: read returns nothing, and the shell ends as it should.",
            all_of(happens(shell.sees_end_of_file), shell.status == 0),
            wrong=replace("if not line:", r'if line == b"\x04":'),
        ),
    ],
)

parts_missing = Compare(
    at_work,
    id="missing",
    title="the same line typed",
    variants={"as it is": Edit(), "without fork": no_fork, "without waitpid": no_wait},
    columns={
        "becomes echo": words(happens(shell.execs("echo")), "the shell itself", "a copy"),
        "prompts": count(shell.writes("> ")),
        "is echo collected?": words(happens(shell.collects(command)), "yes", "no"),
    },
    claims=[
        Claim(
            "Without fork there is no second prompt: exec has replaced the shell.",
            of(
                "without fork", all_of(count(shell.writes("> ")) == 1, happens(shell.execs("echo")))
            ),
        ),
        Claim(
            "Without waitpid the prompt comes back, but nobody collects echo.",
            of(
                "without waitpid",
                all_of(count(shell.writes("> ")) == 2, never(shell.collects(command))),
            ),
        ),
    ],
)

the_defects = Compare(
    Run(version_1, id="version-1", main="shell"),
    id="defects",
    title="what is typed",
    variants={
        "quit": typed(r"quit\n"),
        "quitter": typed(r"quitter\n"),
        "nosuch": Edit(),
        "an empty line": typed(r"\n"),
        "^D at once": typed(""),
    },
    columns={
        "starts a copy": words(happens(shell.forks()), "yes", "no"),
        "prompts": prompts,
        "its own status": shell.status,
    },
    claims=[
        Claim(
            "quitter ends it: strncmp has compared four letters.",
            of("quitter", all_of(never(shell.forks()), shell.status == 0)),
            facts=("simpsh-v1-defects",),
        ),
        Claim(
            "^D at once is taken for an error: status 1.",
            of("^D at once", all_of(never(shell.forks()), shell.status == 1)),
            facts=("simpsh-v1-defects",),
        ),
        Claim(
            "For an empty line a copy is made, to become a program that has no name.",
            of("an empty line", all_of(happens(shell.forks()), never(command.execs()))),
            facts=("simpsh-v1-defects",),
        ),
        Claim(
            "After nosuch there is a prompt too many, and the copy has written it.",
            of("nosuch", all_of(prompts == 3, happens(command.writes("> ")))),
            facts=("simpsh-v1-defects",),
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
            "quitter is looked for as a program; the next prompt comes once.",
            of("quitter", all_of(happens(command.fails("exec", "ENOENT")), prompts == 2)),
            facts=("simpsh-v1-defects",),
        ),
    ],
)

# --- The lesson --------------------------------------------------------------------------------
LESSON = Lesson(
    id="shell-loop",
    title="What a shell does",
    minutes=8,
    chapter="fork",
    requires=["rule-7-wait-for-every-child"],
    remember="A shell reads a line, makes a copy of itself, lets the copy become the program, and "
    "waits for it. The shell itself stays what it was.",
    good_for="Every program that starts others does these four things: make, a web server, your "
    "desktop. Where they go wrong, one of the four has gone wrong.",
    read_on=("sh(1)", "fork(2)", "execve(2)", "wait(2)"),
    steps=[
        Say(
            "A shell is a program like any other; this is a complete one. It asks for a line, and "
            "`fork` makes a **copy** of it, a second process with the same code. In the copy "
            "`command` is 0.",
            code=small_shell,
        ),
        Predict(
            "You type `/bin/echo hello`. **Which process becomes echo?**",
            Choice(
                "the shell itself",
                happens(shell.execs("echo")),
                "So it would be without fork. Who would ask for your next line?",
            ),
            Choice(
                "the copy that fork made",
                happens(command.execs("echo")),
                "execvp replaces its caller, and only the copy comes to {line:execvp}.",
            ),
            Choice(
                "none: the shell prints hello",
                happens(shell.writes("hello")),
                "Some shells can print by themselves. This one knows nothing of echo: it starts "
                "whatever you name.",
            ),
        ),
        at_work,
        Predict(
            "Now **leave out the fork**: the shell goes straight to exec. You type the same line. "
            "What comes after *hello*?",
            Choice(
                "the next prompt, as before",
                of("without fork", count(shell.writes("> ")) == 2),
                "It would if exec returned when echo is done. The shell's code is not there then.",
            ),
            Choice(
                "nothing: there is no shell any more",
                of("without fork", count(shell.writes("> ")) == 1),
                "The process has become echo, and echo has ended. That is why a shell must make a "
                "copy first.",
            ),
        ),
        parts_missing,
        Say(
            "A well-known textbook begins with a shell like this one, in C. It works, and has four "
            "defects. `typed` is what you type; then comes ^D."
        ),
        Predict(
            "It ends when you type `quit`. What does it do with `quitter`?",
            Choice(
                "it looks for a program quitter",
                of("quitter", happens(shell.forks())),
                "It would, if the whole word were compared.",
            ),
            Choice(
                "it ends",
                of("quitter", never(shell.forks())),
                "strncmp compares four letters, and these are the same.",
            ),
        ),
        Predict(
            "With `nosuch`, which is no program: **how many prompts** come out of a pipe?",
            Choice(
                "2: before it and after it",
                of("nosuch", prompts == 2),
                "So many does it print. But the first one was still in memory when fork copied "
                "the memory.",
            ),
            Choice(
                "3",
                of("nosuch", prompts == 3),
                "exit writes what is still in memory: the copy had a copy of the first prompt. "
                "Rule 1 shows how.",
            ),
        ),
        the_defects,
        Say(
            "The cures: compare the whole word; take ^D for the end that it is; let an empty line "
            "be nothing; and leave a copy by `_exit(127)`, which writes no copied prompt. 127 is "
            "what shells say for *not found*."
        ),
        the_cures,
        Try(
            "This prompt is a shell, too. Let it start two echos, **one after the other**, with "
            "one press of Enter.",
            expect=before(echo.ends, another_echo.is_born),
            hint="Two commands in a line are parted by a semicolon.",
            solution="echo one; echo two",
            wrong=["echo one two", "echo one & echo two"],
            praise="Twice the same loop: fork, exec, wait; fork, exec, wait.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
