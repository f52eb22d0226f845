"""Rule 7: wait for every child."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Show, Task, delete,
    insert, replace, some,
)

children_ignored = insert(
    "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    above="for _ in range(5):")
one_wait_too_few = replace("(1, 2, 3, 4, 5)", "(1, 2, 3, 4)")
children_live = replace("os._exit(0)", "signal.pause()")
does_not_wait = replace("target=os.waitpid, args=(child, 0)", "target=os.getpid")


lesson = Lesson(
    Say("""A program starts five children. They end at once. The program does other work, and never
        calls `wait`."""),
    Predict("All five children have ended. **How many of them does the kernel still keep?**",
        Choice("all five, as zombies",
            "len([p for p in at('rest') if p.called == 'child' and p.state == 'Z']) == 5",
            """The kernel keeps the pid and the status of each until the parent collects it. The
            parent never does. Such a process is a *zombie*."""),
        Choice("one, the last to end",
            "len([p for p in at('rest') if p.called == 'child' and p.state == 'Z']) == 1",
            """With one place for all statuses, the next status would overwrite the last one. Each
            child has its own entry in the table of processes."""),
        Choice("none, they are gone",
            "len([p for p in at('rest') if p.called == 'child']) == 0",
            """If the parent ignored *SIGCHLD*, no child would be left. Here the kernel must keep
            each status, because the parent may still ask."""),
        hint="Could the parent still ask for the status of the first child?",
        again=children_ignored),
    Run("no-wait",
        Claim("When no process can continue, there are five zombies.",
            "len([p for p in at('rest') if p.called == 'child' and p.state == 'Z']) == 5",
            wrong=[children_ignored, children_live]),
        Claim("All five children have ended, and the parent has collected none.",
            "sum(len(p.ends) for p in processes[1:]) == 5 and not parent.collects()",
            wrong=children_live),
        leaves=["parent", "child", "child 2", "child 3", "child 4", "child 5"]),
    Show("family",
        of="no-wait",
        at="rest",
        text="""Z is a zombie. Every process is a zombie for a moment when it ends, unless its
        parent ignores SIGCHLD or has set `SA_NOCLDWAIT`."""),
    Say("""The cure is in the rule: as many waits as forks. `wait` *collects* one child that has
        ended: it returns the child's status, and the zombie is gone. If no child has ended yet,
        `wait` sleeps until one does."""),
    Predict("Now the parent waits five times. **How many zombies** are left at ①?",
        Choice("0",
            "sum(len(p.ends) for p in processes[1:]) - len(parent.collects()) == 0",
            "Each `wait` collected one child. Five forks, five waits: nothing is left."),
        Choice("5",
            "sum(len(p.ends) for p in processes[1:]) - len(parent.collects()) == 5",
            "Without the waits you are right. Each `wait` removes one zombie."),
        Choice("4",
            "sum(len(p.ends) for p in processes[1:]) - len(parent.collects()) == 4",
            """Five calls would collect the same child if a child could be collected twice. Each
            call collects another child."""),
        hint="How many children does one call of `wait` collect?"),
    Run("waits",
        Claim("Five forks, five waits, five children collected.",
            "len(parent.collects()) == 5",
            wrong=one_wait_too_few),
        Claim("At ① no child is left, not even as a zombie.",
            "len([p for p in at(1) if p.called == 'child']) == 0",
            wrong=one_wait_too_few)),
    Predict("""One thread forks. **Another thread** of the same process calls `waitpid` for that
        child. What happens?""",
        Choice("it fails with the error ECHILD",
            "parent.fails('waitpid', 'ECHILD')",
            """For the child of another **process** `waitpid` fails with *ECHILD*. Here the second
            thread belongs to the process that forked."""),
        Choice("it returns and leaves a zombie",
            "at(1).child.state == 'Z'",
            """`waitid` with WNOWAIT leaves the zombie. `waitpid` collects the child for the whole
            process: at ① the zombie is gone."""),
        Choice("it collects the child",
            "parent.collects(child)",
            """A child belongs to the process. On Linux `wait` looks at the children of all threads
            of the process, unless `__WNOTHREAD` is set."""),
        hint="fork(2) speaks of parent **processes**. Do threads have their own children?"),
    Run("thread",
        Claim("At ① the child is collected, by a thread that did not fork it.",
            "parent.collects(child) and at(1).child.gone",
            wrong=does_not_wait),
        Claim("The parent started a second thread.",
            "len(parent.calls('fork')) > len(parent.forks())",
            wrong=replace("collector.start()", "os.waitpid(child, 0)") +
                delete("collector.join()")),
        needs=["threads"]),
    Task("""`&` starts a command in the background; the *builtin* `wait` waits for all. Type a line
        in which:""",
        asks={
            "two processes run at the same time": some("p r",
                ("p != r and not p.writes('done') and not any(p in q.ancestors for q in "
                 "processes if q.writes('done')) and not r.writes('done') and not any(r in "
                 "q.ancestors for q in processes if q.writes('done'))",
                 "no two processes run besides the one that prints"),
                ("together(p, r)", "one began because the other one had ended"),
                in_some_order=True),
            "`done` is printed": some("", ("prints('done')", "printed: {shown}")),
            "both have been waited for when `done` is printed, in every order": some("p r",
                ("p != r and not p.writes('done') and not any(p in q.ancestors for q in "
                 "processes if q.writes('done')) and not r.writes('done') and not any(r in "
                 "q.ancestors for q in processes if q.writes('done'))",
                 "no two processes run besides the one that prints"),
                ("before(p.collected, anyone.writes('done'))",
                 "`done` did not wait for {p.words}"),
                ("before(r.collected, anyone.writes('done'))",
                 "`done` did not wait for {r.words}"))},
        hint="""`&` starts a command in the background; the *builtin* `wait` waits for all. `sleep
        0` is a process that ends soon.""",
        solution="sleep 0 & sleep 0 & wait; echo done",
        wrong={
            "sleep 0 & sleep 0 & echo done":
                "The shell prints `done` without waiting for the two processes.",
            "sleep 0; sleep 0; echo done":
                """With `;` the second process starts after the end of the first. They must run at
                the same time.""",
            "echo done": "This prints `done`, but no two processes run before it."},
        note="As many waits as forks: each child is collected."),
    Repair("repair",
        "This program prints `all collected`, although one child is left as a zombie. Fix it.",
        Claim("The parent collects all five children.",
            "len(parent.collects()) == 5",
            wrong=[one_wait_too_few, children_ignored],
            hint="Count the calls of `wait`. Each call that succeeds collects one child."),
        Claim("It prints `all collected` after all five have ended.",
            "all(before(p.ends, parent.writes('all collected')) for p in processes[1:])",
            wrong=one_wait_too_few,
            hint="The line that prints comes last: after every `wait`."),
        fix=replace("(1, 2, 3, 4)", "(1, 2, 3, 4, 5)"),
        fix_in_c=replace("for (int i = 1; i < 5; i++)", "for (int i = 0; i < 5; i++)"),
        hint="How many forks are there, and how many waits?",
        praise="Five forks, five waits: no child is left."),
    remember="Each `fork` needs a `wait`: one for every child.",
    good_for="""A server forks for each request and never waits. The server works for weeks. Then
    `fork` fails, because zombies count against the limit of processes.""",
    requires=["rule-5-order"],
    exercise="two-children",
    read="wait(2); POSIX.1-2024 wait(); Kerrisk, TLPI, chapter 26; the lesson zombie",
)
