"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "cd_in_a_child.py",
        "cd.inside",
        replace(
            "try:\n"
            "        os.chdir(to)\n"
            "    except OSError as error:\n"
            '        print(f"cd: {to}: {error.strerror}")',
            "child = os.fork()\n"
            "if child == 0:\n"
            "    os.chdir(to)\n"
            "    os._exit(0)\n"
            "os.waitpid(child, 0)",
        ),
    ),
    Wrong("exit_always_0.c", "exit.status", replace("count > 1 ? exit_code(words[1]) : 0", "0")),
    Wrong("exit_is_a_program.py", "exit.ends", replace('["exit", *code]', '["leave", *code]')),
    Wrong(
        "never_waits.c",
        "run.waits",
        insert("#include <signal.h>", above="#include <stdio.h>")
        + replace(
            "waitpid(pid, NULL, 0);",
            "signal(SIGCHLD, SIG_IGN); /* leaves no zombie, and no child to wait for */",
        ),
    ),
    Wrong(
        "split_at_one_blank.py",
        "arguments.words",
        replace("split()", 'split(" ")') + replace("case []:", 'case [""]:'),
    ),
    Wrong(
        "ten_words.c", "arguments.words", replace("word != NULL;", "word != NULL && count < 10;")
    ),
)
