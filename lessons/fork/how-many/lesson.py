"""How many processes do n forks make?"""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Show, Task, delete,
    insert, replace, some,
)

a_leaves = insert("if a == 0:\n    collect_all()\n    os._exit(0)", above="b = os.fork()")
and_or = replace("and os.fork()", "and os.fork() or os.fork()")
worker_leaves = insert("        os._exit(0)", above="collect_all()\n")


lesson = Lesson(
    Predict("Three forks in a row. How many processes exist at ①, the first one included?",
        Choice("8",
            "len(processes) == 8",
            """One process reaches `a = os.fork()`, two processes reach the next line, and four
            reach the last. 2 · 2 · 2 = 8."""),
        Choice("3",
            "len(processes) == 3",
            """3 is the number of lines. More than one process executes the second and the third
            line."""),
        Choice("4",
            "len(processes) == 4",
            """One child for each line would make 4. The children also reach the next line, and
            fork."""),
        Choice("7",
            "len(processes) == 7",
            "7 processes are new. The first process existed before."),
        hint="How many processes reach the second line? How many reach the third?"),
    Run("three",
        Claim("""The first line made one process, the second two and the third four. With the parent
            these are 8, and 3 are children of the parent.""",
            """len(at(1)) == 8 and len([p for p in at(1) if p.called == 'a']) == 1 and len([p for p
            in at(1) if p.called == 'b']) == 2 and len([p for p in at(1) if p.called == 'c']) == 4
            and len(parent.forks()) == 3""",
            wrong=a_leaves),
        shows="output",
        remark="Another run may print these lines in another order."),
    Predict("""You will read that three forks make 2³ = 8 children. Check it: how many of the
        processes are **children of the first process**?""",
        Choice("8",
            "len(parent.forks()) == 8",
            """8 is the number of all processes. The first process is one of them, and no process is
            its own child."""),
        Choice("7",
            "len(parent.forks()) == 7",
            """7 processes are new, but the first process did not create all of them. The new
            processes also fork."""),
        Choice("3",
            "len(parent.forks()) == 3",
            """The first process reaches each of the three lines once, and creates one child there.
            The children create the others."""),
        hint="How often does the first process itself call `fork`?"),
    Show("family",
        of="three",
        at="①",
        text="""Each process is below its parent. Its name is the variable that got its pid: `a`,
        `b` or `c`."""),
    Predict("**Five** forks in a row. How many **new** processes do they make?",
        Choice("5",
            "len(row('5').anyone.forks()) == 5",
            """5 is the number of children of the *parent*. The new processes reach the later forks,
            too."""),
        Choice("31",
            "len(row('5').anyone.forks()) == 31",
            "Doubled five times, one process becomes 32. One of the 32 existed before."),
        Choice("32",
            "len(row('5').anyone.forks()) == 32",
            "32 is the number of all processes, 2⁵. The first of them is not new."),
        hint="Start with one process and double it five times. Which of them existed before?"),
    Compare(
        Run("generation"),
        Claim("""Five forks in a row make 2⁵ = 32 processes. 31 of them are new, and 5 are children
            of the parent.""",
            "len(row('5').processes) == 32 and len(row('5').parent.forks()) == 5"),
        id="growth",
        title="forks in a row",
        rows={
            "1": replace("range(5)", "range(1)"),
            "2": replace("range(5)", "range(2)"),
            "3": replace("range(5)", "range(3)"),
            "4": replace("range(5)", "range(4)"),
            "5": Edit()},
        columns={
            "processes": "len(processes)",
            "new ones": "len(anyone.forks())",
            "children of the parent": "len(parent.forks())"}),
    Predict("""`and` evaluates its right side only if the left side is true. How many processes are
        there, the first one included?""",
        Choice("4",
            "len(row('fork() and fork()').processes) == 4",
            "With `+` instead of `and` you are right: then both processes reach the right side."),
        Choice("3",
            "len(row('fork() and fork()').processes) == 3",
            """In the child `fork` returns 0, which is false, so the child stops there. The parent
            has a pid and forks again."""),
        Choice("2",
            "len(row('fork() and fork()').processes) == 2",
            """If no process reached the right side, there would be two. In the parent `fork`
            returns a pid, which is true."""),
        hint="What does the first fork return in the child? Is this value true?"),
    Compare(
        Run("puzzle"),
        Claim("""`fork() and fork() or fork()` makes 5 processes out of one. With a fork before and
            a fork after there are 2 · 5 · 2 = 20.""",
            """len(row('fork() and fork() or fork()').processes) == 5 and len(row('the same between
            two forks').processes) == 20"""),
        id="puzzles",
        title="in one expression",
        rows={
            "fork() and fork()": Edit(),
            "fork() or fork()": replace("and os", "or os"),
            "fork() + fork()": replace("and os", "+ os"),
            "fork() and fork() or fork()": and_or,
            "the same between two forks":
                and_or + insert("os.fork()", above="os.fork() and") +
                    insert("os.fork()", above="collect_all()\n")},
        columns={"processes": "len(processes)", "children of the parent": "len(parent.forks())"}),
    Task("""At the prompt, simpsh runs `echo` as a program, so it forks twice for `echo a; echo b`.
        Type a line in which:""",
        asks={
            "`a` and `b` are printed, in two lines": some("",
                ("output == 'a\\nb\\n'", "printed: {shown}")),
            "two processes execute `echo`": some("",
                ("len(ran('echo')) == 2", "processes that ran `echo`: {len(ran('echo'))}")),
            "your **shell** forks once": some("",
                ("len(shell.forks) == 1", "your shell forked {len(shell.forks)} times"))},
        hint="Parentheses are one fork. Which process forks inside them?",
        solution="(echo a; echo b)",
        wrong={
            "echo a; echo b": "Here the shell itself forks for each `echo`: two forks.",
            "{ echo a; echo b; }":
                """Braces group commands without a fork of their own: the shell still forks for each
                `echo`.""",
            "(echo a); (echo b)": "Each pair of parentheses is a fork of the shell: these are two.",
            "(echo a b)":
                """The shell forks once, but one `echo` prints one line. The task asks for two
                `echo`."""},
        note="The shell's child, a *subshell*, forks for each `echo`."),
    Predict("""This program wants three workers, one for each task. **How many times** is a task
        done?""",
        Choice("7",
            "len(anyone.writes('task')) == 7",
            """A worker whose branch ends continues with the loop and starts workers of its own: 1 +
            2 + 4 = 7."""),
        Choice("3",
            "len(anyone.writes('task')) == 3",
            """With `os._exit` in the branch you are right. No line ends the worker here, so it
            continues with the next iteration of the loop, and forks."""),
        Choice("8",
            "len(anyone.writes('task')) == 8",
            "8 is the number of processes. The parent does no task."),
        Choice("6",
            "len(anyone.writes('task')) == 6",
            "You count 1 + 2 + 3. The number of processes doubles in each iteration: 1, 2, 4."),
        hint="What does the first worker do after `os.write`?"),
    Run("loop",
        Claim("A task was done seven times, and four of them were task 3.",
            "len(anyone.writes('task')) == 7 and len(anyone.writes('task 3')) == 4",
            wrong=worker_leaves),
        shows="output",
        remark="Another run may print these lines in another order."),
    Say("""Each worker is a copy of the parent **in the middle of the loop**: its variable `task`
        has the same value, and its loop has the same iterations left. Something must take the
        worker, or the parent, out of the loop."""),
    Predict("""Three lines can stop this. Which line makes a **chain**, in which each worker is the
        child of the one before?""",
        Choice("`os._exit(0)` in the worker",
            "len(row('os._exit(0) in the worker').parent.forks()) == 1",
            "Then the worker ends and starts no other worker. The parent starts all three."),
        Choice("`break` in the parent",
            "len(row('else: break in the parent').parent.forks()) == 1",
            """With `else: break` the parent starts one worker and leaves the loop. This worker
            continues with the loop and does the same."""),
        Choice("`break` in the worker",
            "len(row('break in the worker').parent.forks()) == 1",
            """Then the worker leaves the loop and starts no other worker. The parent starts all
            three."""),
        hint="Which process continues with the loop after each fork?"),
    Compare(
        Run("loop"),
        Claim("""If the parent leaves the loop, the workers are a chain: each worker is the child of
            the one before.""",
            "len(row('else: break in the parent').parent.forks()) == 1"),
        id="ways-out",
        title="added to the loop",
        rows={
            "nothing": Edit(),
            "os._exit(0) in the worker": worker_leaves,
            "break in the worker": insert("        break", above="collect_all()\n"),
            "else: break in the parent": insert(
                "    else:\n        break",
                above="collect_all()\n")},
        columns={
            "processes": "len(processes)",
            "tasks": "len(anyone.writes('task'))",
            "children of the parent": "len(parent.forks())"}),
    Say("""Choose `os._exit(0)`. With `break` the worker leaves only the loop, not the program. It
        also executes everything that comes **after** the loop: here `collect_all()`, in another
        program it may be the line that sends a mail."""),
    Task("Now a loop, or another line, with `echo 1`, `echo 2` and `echo 3`, in which:",
        asks={
            "three processes execute `echo`, and your shell forks each": some("",
                ("len([p for p in ran('echo') if p.made_by == shell]) == 3",
                 "children of your shell that ran `echo`: {len([p for p in ran('echo') if "
                 "p.made_by == shell])}")),
            "no `echo` waits for the end of another one": some("",
                ("all(together(p, q) for p in ran('echo') for q in ran('echo') if p != q)",
                 "one `echo` began because another one had ended"), in_some_order=True),
            "your shell waits for all three before the prompt": some("",
                ("all(p.collected and p.end.gone for p in ran('echo'))",
                 "your shell did not wait for each"))},
        hint="""`&` after a command: the shell does not wait for it. `wait` without an argument
        waits for all.""",
        solution="for t in 1 2 3; do echo $t & done; wait",
        wrong={
            "for t in 1 2 3; do echo $t; done":
                "The shell waits for each `echo` before it starts the next one.",
            "for t in 1 2 3; do (echo $t); done; wait":
                """The shell waits for each subshell inside the loop. The `wait` at the end has
                nothing left to do.""",
            "for t in 1 2 3; do echo $t & wait; done":
                "The `wait` is inside the loop: each `echo` ends before the next one starts."},
        note="Each child becomes `echo`, so only the shell executes the rest of the line."),
    Repair("loop",
        """This program wants three workers. It gets seven, and does some tasks more than once. Fix
        it.""",
        Claim("There are four processes: the parent and three workers.",
            "len(processes) == 4",
            wrong=[delete("os._exit(0)"), replace('"123"', '"1234"')],
            hint="Which line does a worker run after its task?"),
        Claim("Each task is done once.",
            """len(anyone.writes('task 1\\n')) == 1 and len(anyone.writes('task 2\\n')) == 1 and
            len(anyone.writes('task 3\\n')) == 1""",
            wrong=[delete("os._exit(0)"), replace('"123"', '"113"')],
            hint="The number of tasks is right if each worker does one of them, and ends."),
        fix=insert("        os._exit(0)", above="collect_all()\n"),
        fix_in_c=replace(
            'if (worker == 0)  // in a worker\n            dprintf(1, "task %d\\n", task);',
            "if (worker == 0) {  // in a worker\n"
            '    dprintf(1, "task %d\\n", task);\n'
            "    _exit(0);\n"
            "}"),
        hint="Follow the first worker: what is its next line?",
        praise="Each worker ended inside its branch, so only the parent continued the loop."),
    remember="""At each fork ask: how many processes reach this line? The fork doubles them. A child
    that does not leave its branch executes the rest of the program, the rest of a loop
    included.""",
    good_for="""You read a program with several forks, in an examination or after an accident. You
    find the number of its processes without running it. A program that starts five workers in a
    loop and forgets the exit in the branch has 32 processes.""",
    requires=["rule-7-wait-for-every-child"],
    exercise="small-bomb",
    read="fork(2); POSIX.1-2024 fork(); Bryant, O'Hallaron, CS:APP, chapter 8",
)
