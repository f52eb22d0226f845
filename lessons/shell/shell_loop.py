"""What a shell does.

A shell is a program like any other.  It reads a line and forks.  The child becomes the program that
you want by exec, and the shell waits until the child has ended.  Then it reads the next line.  Four
calls do the work: read, fork, exec and wait.
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
    Fact,
    Lesson,
    Predict,
    Repair,
    Run,
    Say,
    Try,
    Type,
    all_of,
    at,
    before,
    count,
    delete,
    happens,
    how_many_processes,
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
        if not wanted:  # an empty line
            continue
        command = os.fork()
        if command == 0:  # in the child
            os.execvp(wanted[0], wanted)
        os.waitpid(command, 0)


# --- 2. A first version in C ---------------------------------------------------------------------
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

RUN_THE_LINE = r"""if (*line == '\0') continue;
pid_t command = fork();
if (command == -1) { perror("fork"); continue; }
if (command == 0) { execlp(line, line, NULL); _exit(127); }"""

# --- Variants: a part is missing; another line is typed; the cures -------------------------------
no_fork = replace("os.fork()", "0")
no_wait = replace("os.waitpid(command, 0)", "pass")
forks_early = insert("early = os.fork()\nif early == 0:\n    os._exit(0)", above="while True:")
waits_for_any = replace("os.waitpid(command, 0)", "os.wait()")


def typed(text: str) -> Edit:
    """Type another line."""
    return replace(r'"nosuch\n"', f'"{text}"')


cured = (
    replace('strncmp(line, "quit", 4)', r'strcmp(line, "quit\n")')
    + replace("exit(1);  /* cannot read */", "exit(0);  /* the end */")
    + replace("if (fork() == 0) { execlp(line, line, NULL); exit(1); }", RUN_THE_LINE)
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
            "One line, one fork: the shell made one child.",
            count(shell.forks()) == 1,
            wrong=forks_early,
        ),
        Claim(
            "The child became `echo`; the shell is still the shell.",
            all_of(happens(command.execs("echo")), never(shell.execs())),
            wrong=no_fork,
        ),
        Claim(
            "The shell continued when `echo` had ended: at the next prompt `echo` is gone.",
            all_of(before(command.ends, shell.collects(command)), at("① 2", command.is_gone)),
            wrong=[no_wait, forks_early + waits_for_any],
        ),
        Claim(
            "`^D` is an end of file: `read` returns nothing, and the shell ends with status 0.",
            all_of(happens(shell.sees_end_of_file), shell.status == 0),
            wrong=replace("if not line:", r'if line == b"\x04":'),
        ),
    ],
)

one_line = Run(
    small_shell,
    id="one-line",
    main="shell",
    terminal=True,
    at_rest=[Type("/bin/echo hello\n"), Type("^D")],
    leaves=[command],
)
parts_missing = Compare(
    one_line,
    id="missing",
    title="the same line typed",
    variants={"as it is": Edit(), "without fork": no_fork, "without waitpid": no_wait},
    columns={
        "what becomes echo": words(happens(shell.execs("echo")), "the shell itself", "a child"),
        "prompts": count(shell.writes("> ")),
        "echo is collected": words(happens(shell.collects(command)), "yes", "no"),
    },
    claims=[
        Claim(
            "Without `fork` there is no second prompt: `exec` replaced the shell.",
            of(
                "without fork", all_of(count(shell.writes("> ")) == 1, happens(shell.execs("echo")))
            ),
        ),
        Claim(
            "Without `waitpid` the next prompt comes, but the shell does not collect `echo`.",
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
        "quitter": typed(r"quitter\n"),
        "nosuch": Edit(),
        "an empty line": typed(r"\n"),
        "^D at once": typed(""),
    },
    columns={
        "makes a child": words(happens(shell.forks()), "yes", "no"),
        "prompts": prompts,
        "its own status": shell.status,
    },
    claims=[
        Claim(
            "`quitter` ends the shell: `strncmp` compared four letters only.",
            of("quitter", all_of(never(shell.forks()), shell.status == 0)),
            facts=("simpsh-v1-defects",),
        ),
        Claim(
            "The shell takes `^D` for an error: status 1.",
            of("^D at once", all_of(never(shell.forks()), shell.status == 1)),
            facts=("simpsh-v1-defects",),
        ),
        Claim(
            "For an empty line the shell makes a child that finds nothing to run.",
            of("an empty line", all_of(happens(shell.forks()), never(command.execs()))),
            facts=("simpsh-v1-defects",),
        ),
        Claim(
            "After `nosuch` there is one prompt too many. The child wrote it.",
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
            "Now the shell looks for a program `quitter`, and writes one prompt after it.",
            of("quitter", all_of(happens(command.fails("exec", "ENOENT")), prompts == 2)),
            facts=("simpsh-v1-defects",),
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
    id="shell-loop",
    title="What a shell does",
    minutes=8,
    chapter="the shell",
    requires=["rule-7-wait-for-every-child"],
    remember="A shell reads a line, forks, lets the child exec the program, and waits for it.",
    good_for="`make`, `sshd`, `cron` and an editor that runs a compiler do the same: fork, exec, "
    "wait.",
    read_on=("fork(2)", "execve(2)", "wait(2)", "POSIX.1-2024, Shell Command Language"),
    exercise="shell-1",
    steps=[
        Say(
            "This is a small shell. It reads a line from descriptor 0, the terminal. `execvp` "
            "replaces the program of its caller with another one, and does not return. What does "
            "each process do?",
            code=small_shell,
        ),
        Predict(
            "You type `/bin/echo hello`. **Which process becomes echo?**",
            Choice(
                "the shell itself",
                happens(shell.execs("echo")),
                "Without `fork` the shell itself becomes `echo`. Then no shell is left to read "
                "your next line.",
            ),
            Choice(
                "its child",
                happens(command.execs("echo")),
                "`execvp` replaces its caller, and only the child reaches {line:execvp}.",
            ),
            Choice(
                "neither of the two",
                happens(shell.writes("hello")),
                "Shells such as bash have an `echo` of their own, a *builtin*. This shell has no "
                "builtins: it starts each program that you name.",
            ),
            hint="In which process is `command` 0, by rule 2?",
        ),
        at_work,
        Predict(
            "Now without `fork`: the shell itself calls `execvp`. You type the same line. What "
            "comes after `hello`?",
            Choice(
                "the next prompt",
                of("without fork", count(shell.writes("> ")) == 2),
                "A function would return when `echo` has ended. The code of the shell no "
                "longer exists in that process.",
            ),
            Choice(
                "nothing more",
                of("without fork", count(shell.writes("> ")) == 1),
                "The process became `echo`, and `echo` has ended. That is why a shell forks first.",
            ),
            Choice(
                "a new shell's prompt",
                of("without fork", all_of(how_many_processes == 2, happens(command.writes("> ")))),
                "On a text console a new shell can come: `init` starts a new `getty` after the "
                "shell's end. Here no process does that.",
            ),
            hint="`execvp` replaces the whole program. Which code is left to print a prompt?",
        ),
        parts_missing,
        Say(
            "A first version of a shell, in C. It works, and it has defects. `typed` is what you "
            "type; after that comes `^D`."
        ),
        Predict(
            "The program ends when you type `quit`. What does it do with `quitter`?",
            Choice(
                "it looks for a program quitter",
                of("quitter", happens(shell.forks())),
                "It does so if it compares the whole word. Here `strncmp` compares at most four "
                "letters.",
            ),
            Choice(
                "it ends as if you had typed quit",
                of("quitter", never(shell.forks())),
                "`strncmp` compares the first four letters, and these are the same.",
            ),
            Choice(
                "it starts quit with the argument ter",
                of("quitter", happens(command.execs("quit"))),
                "This needs a program that takes a word apart. This one divides nothing, and it "
                "starts no program `quit`.",
            ),
            hint="Look for `strncmp` in the listing. What does its third argument say?",
        ),
        Predict(
            "There is no program `nosuch`. **How many prompts** appear, if the output is a pipe?",
            Choice(
                "2",
                of("nosuch", prompts == 2),
                "The shell prints two. The first one was still in the buffer at the fork, so "
                "the child has it, too.",
            ),
            Choice(
                "3",
                of("nosuch", prompts == 3),
                "The child's buffer had a copy of the first prompt, and `exit` writes the "
                "buffer. `_exit` writes nothing.",
            ),
            Choice(
                "1",
                of("nosuch", prompts == 1),
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
        Try(
            "This prompt is a shell, too. Let it start two `echo`, **one after the other**, with "
            "one press of Enter.",
            expect=before(echo.ends, another_echo.is_born),
            asks="Let this shell start two `echo`, **one after the other**, with one press of "
            "Enter.",
            hint="A semicolon separates two commands in one line.",
            solution="echo one; echo two",
            wrong={
                "echo one two": "This is one `echo` with two words. The task asks for two.",
                "echo one & echo two": "Two processes run `echo`. The first is in the background: "
                "the shell starts the second without waiting for the first.",
                "echo one | echo two": "Two processes run `echo`. The shell starts both commands "
                "of a pipeline before it waits for one.",
            },
            right=[
                "echo one && echo two",
                "echo one || true; echo two",
                "{ echo one; echo two; }",
                "echo one & wait; echo two",
                "for w in one two; do echo $w; done",
                "echo one | cat; echo two",
            ],
            refused=[
                "echo one & sleep 0.2; echo two",
                "echo one & ls >/dev/null; echo two",
                "echo one & for i in $(seq 2000); do :; done; echo two",
                "echo one & echo two & wait",
                "echo one & true; echo two",
                "echo one; printf 'two\\n'",
                "echo one & sleep 0.1 & wait $!; echo two",
            ],
            praise="The same loop twice: fork, exec, wait; fork, exec, wait.",
        ),
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
                        all_of(happens(command.writes("not found\n")), happens(command.exits(127))),
                        wrong=[two_shells, replace("os._exit(127)", "os._exit(0)")],
                        hint="`execvp` has returned, so it has failed. Where does the child "
                        "continue?",
                    ),
                    Claim(
                        "The shell alone writes prompts: two of them.",
                        all_of(count(shell.writes("> ")) == 2, never(command.writes("> "))),
                        wrong=[two_shells, replace("os.waitpid(command, 0)", "return")],
                        hint="Which process reads the next line, after a failed exec?",
                    ),
                    Claim(
                        "One `^D` ends the shell, with status 0.",
                        happens(shell.exits(0)),
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
