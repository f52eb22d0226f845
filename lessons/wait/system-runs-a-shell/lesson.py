"""system and popen run a shell, and the shell reads every character of the line."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, replace, some,
)

by_spawn = replace("os.system(", "os.spawnlp(os.P_WAIT, 'sh', 'sh', '-c', ")
no_shell = replace("os.system('echo ' + name)", "os.spawnlp(os.P_WAIT, 'echo', 'echo', name)")
close_on_exec = replace('exit 7", "w"', 'exit 7", "we"')


lesson = Lesson(
    Say("""`system` does *fork*, *exec* of `sh -c LINE`, and *wait* in one call. You will read that
        `system` is safer than fork and exec, because it does all checks itself. Check it: here a
        user has typed the name.""",
        part=""),
    Predict("Which commands run, with this name?",
        Choice("no `echo` and no `sleep`",
            "anyone.exits(127)",
            "`execvp` would look for one program. A shell splits the line."),
        Choice("`echo` and no `sleep`",
            "not anyone.execs('sleep')",
            "Without a shell `echo` gets all words. A shell splits the line."),
        Choice("`echo` and then `sleep`",
            "sleep.execs('sleep')",
            "The shell splits the line at `;`, even if a user typed it."),
        hint="What does your shell do with `echo notes; exec sleep 1000`?",
        again=no_shell),
    Predict("SIGTERM (15) ends `sleep`. Which number does `system` return?",
        Choice("0x008f",
            "'0x008f' in output",
            """0x8f is 143, or 128 + 15: a **shell** puts this number into `$?`. Here exec has
            replaced the shell, so no shell reports anything."""),
        Choice("0x000f",
            "'0x000f' in output",
            """`system` returns the *wait status* of its child. By then the child runs `sleep`, and
            SIGTERM kills it."""),
        Choice("0x8f00",
            "'0x8f00' in output",
            """Without `exec` in the line a shell can wait for `sleep` and exit with 143, which is
            0x8f. Here no shell is left."""),
        hint="""`system` returns the wait status of its child. Which program does this child run at
        the end?"""),
    Run("system",
        Claim("`system` has executed `sleep`: the command that the user has typed.",
            "sleep.execs('sleep')",
            wrong=no_shell),
        Claim("`system` returns the *wait status*: 0x000f, killed by SIGTERM.",
            "parent.gets(sleep, 0x000f) and '0x000f' in output",
            wrong=by_spawn),
        Claim("While `system` waits, the parent ignores SIGINT and blocks SIGCHLD.",
            "at('rest').parent.ignores('SIGINT') and at('rest').parent.blocks('SIGCHLD')",
            wrong=by_spawn),
        births=["sleep"],
        at_rest=[Kill("sleep", "SIGTERM")],
        needs=["threads"]),
    Predict("A program must print a name that a user has typed. Which call runs **no shell**?",
        Choice("os.system with the plain name",
            "not row(\"os.system('echo ' + name)\").anyone.execs('sh')",
            """`subprocess.run` with a list runs no shell. `system` always runs `sh -c`, even for
            one word."""),
        Choice("spawn with a list of arguments",
            "not row('spawn of echo with two arguments').anyone.execs('sh')",
            """Each argument goes to `echo` unchanged. No program reads the arguments as a command
            line."""),
        Choice("os.system with shlex.quote(name)",
            "not row('os.system with shlex.quote(name)').anyone.execs('sh')",
            """If “no shell” meant “no damage”, you would be right: the quotes protect the name. A
            shell still runs, and one forgotten quote is enough."""),
        hint="One of the calls gets one text, another gets a list."),
    Compare(
        Run("system", births=["sleep"], at_rest=[Kill("sleep", "SIGTERM")]),
        Claim("With quotes, the whole name is one argument of `echo`.",
            """row('os.system with shlex.quote(name)').anyone.execs('sh') and not row('os.system
            with shlex.quote(name)').anyone.execs('sleep')"""),
        Claim("Without a shell no program reads the name as a command line.",
            "not row('spawn of echo with two arguments').anyone.execs('sh')"),
        id="remedies",
        title="the program calls",
        rows={
            "os.system('echo ' + name)": Edit(),
            "os.system with shlex.quote(name)": replace("+ name", "+ shlex.quote(name)"),
            "spawn of echo with two arguments": no_shell},
        columns={
            "runs a shell": "'yes' if anyone.execs('sh') else 'no'",
            "runs sleep": "'yes' if anyone.execs('sleep') else 'no'"},
        needs=["threads"]),
    Say("""`popen` is *pipe*, *fork*, *exec* of `sh -c LINE`: the shell reads every character.
        `pclose` closes the pipe and waits for the shell. Here another child starts while the pipe
        is open."""),
    Predict("`sleep` is alive. What does `pclose` do?",
        Choice("it waits for `sleep`",
            "parent.collects(sleep)",
            """`pclose` waits for one pid, that of the shell. `sleep` matters only because it holds
            the pipe."""),
        Choice("it waits for the shell",
            "hangs and at('rest').sh.asleep_in == 'read'",
            """`sleep` has a copy of the write end, so the shell still waits for a line. Mode `we`
            makes the pipe close-on-exec."""),
        Choice("it returns 0x0700",
            "not hangs",
            """That needs mode `we`: the pipe is then close-on-exec, and `sleep` does not have it.
            With `w`, `sleep` keeps a write end open."""),
        hint="The shell reads until end of file. Which processes can write to the pipe?"),
    Run("popen",
        Claim("""`sleep` has inherited the write end. So the shell sees no end of file, and `pclose`
            waits for the shell.""",
            "hangs and 'sleep' in at('rest').holders('A', 'write')",
            wrong=close_on_exec),
        Claim("After the end of `sleep` the shell ends; `pclose` returns its *wait status* 0x0700.",
            "parent.gets(sh, 0x0700) and '0x0700' in output",
            wrong=replace("exit 7", "exit 3")),
        births=["sh", "sleep"],
        at_rest=[Kill("sleep", "SIGTERM")],
        needs=["compiler", "glibc"]),
    Task("""The variable holds text that another person has
        typed:

            name='notes; sleep 3'; sh -c "echo $name"

        Change the line:""",
        asks={
            "an `sh -c` prints the name, as it was typed": some("p",
                ("output == 'notes; sleep 3\\n'", "printed: {shown}"),
                ("p.execs('sh') or p.execs('bash') or p.execs('dash')", "no `sh` ran"),
                ("any('notes' in q.output for q in processes if p in [q, *q.ancestors])",
                 "no `sh` printed it")),
            "whatever was typed: also with a `'` in it, no other program runs": some("",
                ("not ran('sleep')", "`sleep` ran"),
                ("all('notes' not in p.argv[2] for p in processes if p.argv[1:2] == ('-c',))",
                 "the name is in the line of `sh`: there a `'` in it would end quotes"))},
        hint="In `sh -c LINE NAME ARGUMENT`, the line can use the argument as `$1`.",
        solution="name='notes; sleep 3'; sh -c 'echo \"$1\"' sh \"$name\"",
        wrong={
            "name='notes; sleep 3'; sh -c \"echo $name\"":
                """This is the given line: your shell puts the name into the line, and sh splits the
                line at `;`.""",
            "name='notes; sleep 3'; sh -c 'echo $name'":
                """sh prints an empty line: `name` is a variable of your shell, and sh does not get
                it.""",
            "name='notes; sleep 3'; echo \"$name\"":
                "This prints the name, but no `sh -c` runs. The task asks for `sh -c`.",
            "name='notes'; sh -c \"echo $name\"":
                "This name has no `;` any more. Print the name as it was typed."},
        note="""The line of `sh` is fixed, and the name is an argument or a variable. A shell does
        not read either as a command."""),
    Repair("system",
        """A user has typed `notes; exec sleep 1000` for a name. This program runs `sleep`, and
        hangs. It should print the name. Fix it.""",
        Claim("`echo` prints what the user has typed, whatever that is.",
            "'notes; exec sleep 1000\\n' in output",
            wrong=replace("'echo', name", "'echo', 'notes'"),
            hint="`echo` must get the whole name, as one argument."),
        Claim("Nothing that the user has typed is executed.",
            "not anyone.execs('sleep') and returns",
            wrong=replace(
                "os.spawnlp(os.P_WAIT, 'echo', 'echo', name)",
                "os.system('echo ' + name)"),
            hint="""Which program reads the line, and takes `;` for the end of a command? Start
            `echo` without that program."""),
        fix=no_shell,
        fix_in_c=replace(
            "int status = system(line);",
            "int status = 0;\n"
            "pid_t echo = fork();\n"
            "if (echo == 0) {\n"
            '    execlp("echo", "echo", name, (char *)NULL);\n'
            "    _exit(127);\n"
            "}\n"
            "waitpid(echo, &status, 0);"),
        hint="`system` passes a line to a shell. exec passes a list of arguments.",
        praise="No shell has read the name, so `;` is a character like others."),
    remember="""`system` and `popen` pass the whole line to a shell. Never put text that another
    person has typed into this line; pass arguments as a list instead.""",
    good_for="""This mistake is called command injection, number 78 in the list of software
    weaknesses (CWE). A file name with a semicolon is enough.""",
    requires=["exec-replaces", "status-word"],
    exercise="split-words",
    read="""system(3), CAVEATS; popen(3); POSIX.1-2024 system(); CWE-78; subprocess of Python,
    “Security Considerations”""",
)
