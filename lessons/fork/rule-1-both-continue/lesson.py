"""Rule 1: both processes continue after fork."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, insert, move,
    replace, some,
)

fork_comes_first = move("child = os.fork()", above='os.write(1, b"before ")')
child_ends_at_once = insert("if child == 0:\n    os._exit(0)", above='os.write(1, b"after ")')
child_ends_in_helper = insert(
    'if child == 0:\n    os.write(1, b"inner ")\n    os._exit(0)',
    above='os.write(1, b"inner ")')
fork_in_round_1 = replace('if number == b"2 ":', 'if number == b"1 ":')


lesson = Lesson(
    Say("""A *process* is a running program. The call `fork` makes a second process, the *child*.
        The child is a copy of the process that calls `fork`, the *parent*. In the lessons
        `os.write(1, …)` prints, and `waitpid` waits until the child has ended."""),
    Predict("How often is each word written?",
        Choice("before twice, after twice",
            "len(anyone.writes('before')) == 2 and len(anyone.writes('after')) == 2",
            """You expect that the child starts at the first line, as a new program does. Then the
            child would also call `fork`, and its child too, without end."""),
        Choice("before once, after twice",
            "len(anyone.writes('before')) == 1 and len(anyone.writes('after')) == 2",
            """`fork` copies the memory **and** the place in the code. The child starts where the
            parent is: in `os.fork()`."""),
        Choice("before once, after once",
            "len(anyone.writes('before')) == 1 and len(anyone.writes('after')) == 1",
            """A child that executes another program, or ends at once, leaves this output. The child
            is a copy of the parent, and runs the same lines."""),
        hint="Follow each process line by line. At which line is the child when `fork` creates it?",
        again=[fork_comes_first, child_ends_at_once]),
    Run("both",
        Claim("The line before the fork ran once.",
            "len(anyone.writes('before')) == 1",
            wrong=fork_comes_first),
        Claim("The line after the fork ran twice: once in the parent, once in the child.",
            "len(parent.writes('after')) == 1 and len(child.writes('after')) == 1",
            wrong=child_ends_at_once)),
    Say("Rule 1 does not say which process writes first; rule 5 is about the order."),
    Predict("""Now `fork` is **inside a function**. The parent calls the function once. **How often
        is “outer” written?**""",
        Choice("2",
            "len(anyone.writes('outer')) == 2",
            """The place in the code includes the function calls that have not returned yet. The
            child is in `helper` too, and returns from `helper` to the next line."""),
        Choice("1",
            "len(anyone.writes('outer')) == 1",
            """That would be right if the child ended when `helper` returns. The end of a function
            ends no process: the child returns and continues."""),
        Choice("4",
            "len(anyone.writes('outer')) == 4",
            "`fork` is called once. So there are two processes, and each writes “outer” once."),
        hint="""`fork` creates the child in the middle of `helper`. What does `return` do in the
        child?"""),
    Run("function",
        Claim("One process called `helper`. Two processes returned from `helper`.",
            """len(anyone.reaches('number = helper()')) == 1 and len(anyone.reaches('os.write(1,
            b"outer ")')) == 2""",
            wrong=child_ends_in_helper),
        remark="The order can be `inner inner outer outer`, or `inner outer inner outer`."),
    Predict("""Now the parent forks in the **second** round of a loop. **How many numbers are
        written in all?**""",
        Choice("5",
            "len(anyone.writes()) == 5",
            """The parent writes 1, 2 and 3. The child continues in the middle of round 2, and
            writes 2 and 3."""),
        Choice("6",
            "len(anyone.writes()) == 6",
            """A child that began the loop again would give this number. The child has a copy of the
            loop's state, and the loop is already in round 2."""),
        Choice("4",
            "len(anyone.writes()) == 4",
            """This counts only the round in which `fork` created the child. The child continues
            with the loop, so it does round 3, too."""),
        Choice("3",
            "len(anyone.writes()) == 3",
            """The parent alone writes three numbers. The child is in the same loop, and writes
            numbers, too."""),
        hint="Write down what the parent writes. Then write down what is left for the child."),
    Run("loop",
        Claim("The child writes 2 and 3, and never 1.",
            "len(child.writes('2')) == 1 and len(child.writes('3')) == 1 and not child.writes('1')",
            wrong=fork_in_round_1),
        remark="The order can be `1 2 3 2 3`, or `1 2 2 3 3`."),
    Task("""A *shell* forks for each program that it starts. With `&` after a command, the shell
        continues at once. Type a line in which:""",
        asks={
            "`sleep 0.2` runs, in a process of its own": some("",
                ("ran('sleep', '0.2')", "no process executed `sleep 0.2`")),
            "`here` is printed": some("", ("prints('here')", "printed: {shown}")),
            "neither waits for the other": some("p",
                ("p.execs('sleep')", "no `sleep` ran"),
                ("not before(p.ends, anyone.writes('here'))",
                 "`here` waits for the end of `sleep`"),
                ("not before(anyone.writes('here'), p.execs('sleep'))",
                 "`sleep` waits for `here`"), in_some_order=True)},
        hint="`&` comes after the first command; then the second command follows.",
        solution="sleep 0.2 & echo here",
        wrong={
            "sleep 0.2; echo here":
                """With `;` the shell waits for `sleep` before it prints. The task asks for both at
                the same time.""",
            "sleep 0.2 && echo here":
                """`&&` is a different operator: the shell waits for `sleep`, and prints after its
                end.""",
            "echo here; sleep 0.2":
                """Now `sleep` starts only after `echo` has ended. The shell still waits for one of
                the two.""",
            "echo here":
                "This prints `here`, but no child executes `sleep`. The task needs both commands."},
        note="Both continue: the child, which becomes `sleep`, and the shell."),
    Repair("repair",
        """This program should write `before` once, and `after` in both processes. It writes
        `before` twice. Fix it.""",
        Claim("“before” is written once.",
            "len(anyone.writes('before')) == 1",
            wrong=fork_comes_first,
            hint="Which lines run in both processes: those above `fork`, or those below it?"),
        Claim("“after” is written twice: once by the parent, once by the child.",
            "len(parent.writes('after')) == 1 and len(child.writes('after')) == 1",
            wrong=child_ends_at_once,
            hint="""Both processes need this line. Does one of them end before it, or is it above
            `fork`?"""),
        fix=move("child = os.fork()", above='os.write(1, b"after ")'),
        fix_in_c=move('write(1, "before ", 7);', above="pid_t child = fork();"),
        hint="Only one process runs the lines above `fork`.",
        praise="One process ran the line above `fork`, two processes ran the lines below it."),
    remember="After `fork` two processes are at the same place in the code. Both continue there.",
    good_for="""A program that prints a line twice or does its work twice often has one cause: the
    child continues in code that only the parent should run. You can now find that place.""",
    read="fork(2); POSIX.1-2024 fork(); Kerrisk, TLPI, chapter 24",
)
