"""A first shell in C: five defects, found one by one."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Type, delete, replace,
)

cured = (replace('strncmp(line, "quit", 4)', 'strcmp(line, "quit\\n")') +
        replace("exit(1);  /* cannot read */", "exit(0);  /* the end */") +
    replace(
        "if (fork() == 0) { execlp(line, line, NULL); exit(1); }",
        "if (*line == '\\0') continue;\n"
        "pid_t command = fork();\n"
        'if (command == -1) { perror("fork"); continue; }\n'
        "if (command == 0) { execlp(line, line, NULL); _exit(127); }"))
two_shells = delete("os._exit(127)")

lesson = Lesson(
    Predict("""This shell in C works, with defects: you type `typed`, then `^D`. It ends at `quit`.
        What does it do with `quitter`?""",
        Choice("it looks for a program quitter",
            "row('quitter').shell.forks()",
            """It does so if it compares the whole word. Here `strncmp` compares at most four
            letters."""),
        Choice("it starts quit with the argument ter",
            "row('quitter').command.execs('quit')",
            """This needs a program that takes a word apart. This one divides nothing, and it starts
            no program `quit`."""),
        Choice("it ends as if you had typed quit",
            "not row('quitter').shell.forks()",
            "`strncmp` compares the first four letters, and these are the same."),
        hint="Look for `strncmp` in the listing. What does its third argument say?"),
    Predict("There is no program `nosuch`. **How many prompts** appear, if the output is a pipe?",
        Choice("2",
            "row('nosuch').output.count('> ') == 2",
            """The shell prints two. The first one was still in the buffer at the fork, so the child
            has it, too."""),
        Choice("1",
            "row('nosuch').output.count('> ') == 1",
            """One prompt would mean that the failed `execlp` ends the shell. The child calls
            `execlp` and `exit`; the shell continues after `wait`."""),
        Choice("3",
            "row('nosuch').output.count('> ') == 3",
            """The child's buffer had a copy of the first prompt, and `exit` writes the buffer.
            `_exit` writes nothing."""),
        hint="Where is the text of `printf` at the moment of the fork?"),
    Compare(
        Run("version-1", main="shell", births=["command"]),
        Claim("`quitter` ends the shell: `strncmp` compared four letters only.",
            "not row('quitter').shell.forks() and row('quitter').shell.status == 0"),
        Claim("The shell takes `^D` for an error: status 1.",
            "not row('^D at once').shell.forks() and row('^D at once').shell.status == 1"),
        Claim("For an empty line the shell makes a child that finds nothing to run.",
            "row('an empty line').shell.forks() and not row('an empty line').command.execs()"),
        Claim("After `nosuch` there is one prompt too many. The child wrote it.",
            "row('nosuch').output.count('> ') == 3 and row('nosuch').command.writes('> ')"),
        id="defects",
        title="what is typed",
        rows={
            "quitter": replace('"nosuch\\n"', '"quitter\\n"'),
            "nosuch": Edit(),
            "an empty line": replace('"nosuch\\n"', '"\\n"'),
            "^D at once": replace('"nosuch\\n"', '""')},
        columns={
            "makes a child": "'yes' if shell.forks() else 'no'",
            "prompts": "output.count('> ')",
            "its own status": "shell.status"}),
    Say("""Five cures: compare the whole word, take `^D` for the end, skip an empty line, check
        `fork`, use `_exit(127)`. Two defects are left: a failed `execlp` is silent, and a line of
        over 78 characters is read as two."""),
    Compare(
        Run("version-1", main="shell", births=["command"], edit=cured),
        Claim("Now the shell looks for a program `quitter`, and writes one prompt after it.",
            """row('quitter').command.fails('exec', 'ENOENT') and row('quitter').output.count('> ')
            == 2"""),
        id="cures",
        title="what is typed",
        rows={
            "quitter": replace('"nosuch\\n"', '"quitter\\n"'),
            "nosuch": Edit(),
            "an empty line": replace('"nosuch\\n"', '"\\n"'),
            "^D at once": replace('"nosuch\\n"', '""')},
        columns={
            "makes a child": "'yes' if shell.forks() else 'no'",
            "prompts": "output.count('> ')",
            "its own status": "shell.status"}),
    Repair("repair",
        """You type `nosuch` and then `^D`, and this shell does not end: it needs a second `^D`. One
        should be enough. Fix it.""",
        Claim("The child says `not found`, and exits with 127.",
            "command.writes('not found\\n') and command.exits(127)",
            wrong=[two_shells, replace("os._exit(127)", "os._exit(0)")],
            hint="`execvp` has returned, so it has failed. Where does the child continue?"),
        Claim("The shell alone writes prompts: two of them.",
            "len(shell.writes('> ')) == 2 and not command.writes('> ')",
            wrong=[two_shells, replace("os.waitpid(command, 0)", "sys.exit()")],
            hint="Which process reads the next line, after a failed exec?"),
        Claim("One `^D` ends the shell, with status 0.",
            "shell.exits(0)",
            wrong=[two_shells, replace("os._exit(127)", "os.kill(os.getppid(), 9)")],
            hint="If two shells read, each needs a `^D`."),
        main="shell",
        at_rest=[Type("nosuch\n"), Type("^D")],
        terminal=True,
        fix=replace('os.write(2, b"not found\\n")', 'os.write(2, b"not found\\n")\nos._exit(127)'),
        fix_in_c=replace(
            'write(2, "not found\\n", 10);',
            'write(2, "not found\\n", 10);\n_exit(127);'),
        hint="How many processes run this loop after `nosuch`?",
        praise="""The child left with 127 when its exec had failed. One shell is left, and it
        reads."""),
    remember="""After a failed exec the child is a second shell: it must leave with `_exit`, so that
    it writes no copied buffer.""",
    good_for="""Each of these defects was in a shell that a course handed out. A reviewer who types
    four lines finds them all.""",
    requires=["shell-loop", "exec-fails", "buffers-at-fork"],
    exercise="shell-1",
    read="exec(3); _exit(2); stdio(3); strcmp(3)",
)
