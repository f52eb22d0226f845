"""A shell in thirty lines: read, fork, exec, wait."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, Type, insert, replace,
    some,
)

no_fork = replace("os.fork()", "0")
no_wait = replace("os.waitpid(command, 0)", "pass")
forks_early = insert("early = os.fork()\nif early == 0:\n    os._exit(0)", above="while True:")
waits_for_any = replace("os.waitpid(command, 0)", "os.wait()")


lesson = Lesson(
    Say("""A *process* is a running program. A *shell* is a program that starts others. This one
        reads a line with `os.read`. `fork` makes a second process, a copy, and returns 0 in it.
        `execvp` replaces the program of its caller. `waitpid` waits for a process.""",
        part=""),
    Predict("You type `/bin/echo hello`. **Which process becomes echo?**",
        Choice("neither the shell nor its child",
            "shell.writes('hello')",
            """Shells such as bash print such a text themselves. This shell starts each program that
            you name, in a process."""),
        Choice("its child",
            "command.execs('echo')",
            "`execvp` replaces its caller, and only the child calls it."),
        Choice("the shell itself",
            "shell.execs('echo')",
            """Without `fork` the shell itself becomes `echo`. Then no shell is left to read your
            next line."""),
        hint="`fork` returns 0 in the new process. Which process calls `execvp`?"),
    Run("at-work",
        Claim("One line, one fork: the shell made one child.",
            "len(shell.forks()) == 1",
            wrong=forks_early),
        Claim("The child became `echo`; the shell is still the shell.",
            "command.execs('echo') and not shell.execs()",
            wrong=no_fork),
        Claim("The shell continued when `echo` had ended: at the next prompt `echo` is gone.",
            "before(command.ends, shell.collects(command)) and at(1, 2).command.gone",
            wrong=[no_wait, forks_early + waits_for_any]),
        Claim("`^D` is an end of file: `read` returns nothing, and the shell ends with status 0.",
            "shell.sees_end_of_file and shell.status == 0",
            wrong=replace("if not line:", 'if line == b"\\x04":')),
        main="shell",
        at_rest=[Type("/bin/echo hello\n"), Type("^D")],
        leaves=["command"],
        terminal=True),
    Predict("""Now without `fork`: the shell itself calls `execvp`. You type the same line. What
        comes after `hello`?""",
        Choice("a new shell's prompt",
            "len(row('without fork').processes) == 2 and row('without fork').command.writes('> ')",
            """On a text console a new shell can come: the system starts one when the old one has
            ended. Here no process does that."""),
        Choice("nothing more",
            "len(row('without fork').shell.writes('> ')) == 1",
            "The process became `echo`, and `echo` has ended. That is why a shell forks first."),
        Choice("the next prompt",
            "len(row('without fork').shell.writes('> ')) == 2",
            """A function would return when `echo` has ended. The code of the shell no longer exists
            in that process."""),
        hint="`execvp` replaces the whole program. Which code is left to print a prompt?"),
    Compare(
        Run("at-work",
            main="shell",
            at_rest=[Type("/bin/echo hello\n"), Type("^D")],
            leaves=["command"],
            terminal=True),
        Claim("Without `fork` there is no second prompt: `exec` replaced the shell.",
            """len(row('without fork').shell.writes('> ')) == 1 and row('without
            fork').shell.execs('echo')"""),
        Claim("Without `waitpid` the next prompt comes, but the shell does not collect `echo`.",
            """len(row('without waitpid').shell.writes('> ')) == 2 and not row('without
            waitpid').shell.collects(row('without waitpid').command)"""),
        id="missing",
        title="the same line typed",
        rows={"as it is": Edit(), "without fork": no_fork, "without waitpid": no_wait},
        columns={
            "what becomes echo": "'the shell itself' if shell.execs('echo') else 'a child'",
            "prompts": "len(shell.writes('> '))",
            "echo is collected": "'yes' if shell.collects(command) else 'no'"}),
    Task("This prompt is a shell, too. With one press of Enter:",
        asks={
            "two processes execute `echo`": some("",
                ("len(ran('echo')) == 2", "processes that ran `echo`: {len(ran('echo'))}")),
            "they run **one after the other**, in every order": some("",
                ("all(before(p.ends, q.execs('echo')) or before(q.ends, p.execs('echo')) for p "
                 "in ran('echo') for q in ran('echo') if p != q)",
                 "the second one began while the first one could still run"))},
        hint="A semicolon separates two commands in one line.",
        solution="echo one; echo two",
        wrong={
            "echo one two": "This is one `echo` with two words. The task asks for two.",
            "echo one & echo two":
                """Two processes run `echo`. The shell starts the second without waiting for the
                first.""",
            "echo one | echo two":
                "Two processes run `echo`. The shell starts both before it waits for one."},
        note="The same loop twice: fork, exec, wait; fork, exec, wait."),
    Repair("repair",
        """This shell runs one command, and then it is gone: it writes no second prompt. A shell
        should read the next line. Fix it.""",
        Claim("The child becomes `echo`, and the shell stays a shell.",
            "command.execs('echo') and not shell.execs('echo')",
            wrong=no_fork,
            hint="`execvp` replaces the program of its caller. Which process should call it?"),
        Claim("The shell waits: the second prompt comes after the end of `echo`.",
            "before(command.ends, shell.collects(command)) and len(shell.writes('> ')) == 2",
            wrong=[no_wait, no_fork],
            hint="Which call returns only after the child has ended?"),
        main="shell",
        at_rest=[Type("/bin/echo hello\n"), Type("^D")],
        leaves=["command"],
        terminal=True,
        fix=replace("command = 0", "command = os.fork()"),
        fix_in_c=replace("pid_t command = 0;", "pid_t command = fork();"),
        hint="How many processes run this program when `execvp` is called?",
        praise="The shell made a child for the command, waited for it, and read again."),
    remember="A shell reads a line, forks, lets the child exec the program, and waits for it.",
    good_for="""`make`, `sshd`, `cron` and an editor that runs a compiler do the same: fork, exec,
    wait.""",
    exercise="shell-1",
    read="fork(2); execve(2); wait(2); POSIX.1-2024, Shell Command Language",
)
