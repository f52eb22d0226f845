"""Rule 5: no rule says which process runs first."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    move, replace, some,
)

parent_waits = move("os.waitpid(child, 0)", above='os.write(1, b"parent ")')
parent_sleeps = insert("time.sleep(0.01)", above='os.write(1, b"parent ")')
child_yields = insert("os.sched_yield()", above='os.write(1, b"child ")')
parent_never_waits = delete("os.waitpid(child, 0)")


lesson = Lesson(
    Predict("Run it 100 times on this machine. How many **different outputs** are **possible**?",
        Choice("two, in both orders",
            "len(outputs) == 2",
            "Nothing in the code orders the two writes, so both orders are legal."),
        Choice("one, parent child",
            "outputs == {'parent child '}",
            """There is a reason: the parent runs already, and the child must get a processor first.
            A reason is not a promise, and a busy machine may do otherwise."""),
        Choice("more, with mixed letters",
            "len(outputs) > 2",
            """Each word is one call, and a small write to a *pipe* is *atomic*. With one call for
            each letter the letters could mix."""),
        Choice("one, child parent",
            "outputs == {'child parent '}",
            """Linux once had a setting, `sched_child_runs_first`. It was no promise, and newer
            kernels do not have it."""),
        hint="Look for a line in which one process must wait for the other's write."),
    Explore("race",
        Claim("Two outputs are possible, and only two.",
            "outputs == {'child parent ', 'parent child '}",
            wrong=parent_waits),
        native=100),
    Say("""**A count of 0 would not mean impossible.** The lesson stopped both processes at each
        call, and let them run in every legal order: that shows what **can** happen. The numbers say
        what did happen in plain runs. A correct program is correct in every order."""),
    Predict(
        "Many programs do this: **the parent sleeps first.** How many outputs are possible now?",
        Choice("two, in both orders",
            "len(outputs) == 2",
            """A sleep changes how often each output appears. It does not change which outputs are
            possible."""),
        Choice("one, parent child",
            "outputs == {'parent child '}",
            """A child that needs more than 10 milliseconds to start writes second. That can happen,
            but nothing makes the child so slow each time."""),
        Choice("one, child parent",
            "outputs == {'child parent '}",
            """That is what you **see** while the child needs less time than the sleep. On a busy
            machine, or with a stopped child, the other output appears."""),
        hint="Does the parent's sleep end because of something that the child does?"),
    Explore("race",
        Claim("With the sleep both outputs are still possible.",
            "outputs == {'child parent ', 'parent child '}",
            wrong=parent_waits),
        id="sleep",
        edit=parent_sleeps),
    Say("""Only a **cause** makes an output impossible: the later process must wait for something
        that only the earlier process can do."""),
    Predict("Now the parent waits **before** it writes. How many outputs are possible?",
        Choice("one, parent child",
            "before(parent.writes(), child.writes())",
            """With the wait **after** the parent's write this order would be possible. Here
            `waitpid` comes first, and returns only when the child has ended."""),
        Choice("two, in both orders",
            "unordered(child.writes(), parent.writes())",
            """Without the wait both orders are possible. Now there is a chain: the child writes →
            the child ends → `waitpid` returns → the parent writes. No *scheduler* can change a
            chain."""),
        Choice("one, child parent",
            "before(child.writes(), parent.writes())",
            "`waitpid` returns after the child has ended, and the child wrote before it ended."),
        hint="When does `waitpid` return, and what has the child done by then?"),
    Run("wait",
        Claim("In every legal order the child's word comes before the parent's.",
            "before(child.writes(), parent.writes())",
            wrong=parent_never_waits),
        Claim("The whole life of the child comes before the parent's word.",
            "before(child.ends, parent.writes())",
            wrong=parent_never_waits)),
    Compare(
        Explore("race"),
        Claim("Only the change with `wait` makes one of the outputs impossible.",
            """row('the parent waits').outputs == {'child parent '} and len(row('the parent
            sleeps').outputs) == 2 and len(row('the child yields').outputs) == 2"""),
        id="remedies",
        title="what is changed",
        rows={
            "nothing": Edit(),
            "the parent sleeps": parent_sleeps,
            "the child yields": child_yields,
            "the parent waits": parent_waits},
        columns={"possible": "outputs"},
        needs=["sched_yield"]),
    Say("""A `wait` **right after `fork`** puts the child's **whole life** first, so here the two
        never work at the same time. A byte through a pipe orders one point only. It can also make
        the other order: the parent first."""),
    Run("pipe",
        Claim("In every legal order the parent's word comes before the child's.",
            "before(parent.writes('parent'), child.writes('child'))",
            wrong=delete("os.read(read_end, 1)")),
        Claim("The rest is free: nothing orders the child's word and the parent's next steps.",
            "unordered(child.writes('child'), parent.reaches('os.waitpid'))",
            wrong=insert("os.waitpid(child, 0)", above="os.waitpid(child, 0)"))),
    Task("""At a prompt, `&` is a fork without a
        wait:

            sh -c 'echo a' & sh -c 'echo b'

        Change the line:""",
        asks={
            "one `sh` still prints `a`, and another one `b`": some("p q",
                ("(p.execs('sh') or p.execs('bash') or p.execs('dash')) and p.writes('a\\n')",
                 "no `sh` printed `a`"),
                ("(q.execs('sh') or q.execs('bash') or q.execs('dash')) and q.writes('b\\n')",
                 "no `sh` printed `b`"),
                ("p != q", "one `sh` printed both")),
            "`a` comes before `b`, in every order": some("",
                ("output == 'a\\nb\\n'", "printed: {shown}"))},
        hint="The shell can wait, too: what does the *builtin* `wait` do?",
        solution="sh -c 'echo a' & wait; sh -c 'echo b'",
        wrong={
            "sh -c 'echo a' & sh -c 'echo b'":
                """This is the line of the task: nothing orders the two processes, and `b` may come
                first.""",
            "sh -c 'echo a' & sh -c 'echo b'; wait":
                "This `wait` comes after `echo b`. It orders nothing between `a` and `b`.",
            "sh -c 'echo b'; sh -c 'echo a'": "Now the order is fixed, but it is `b` before `a`."},
        note="""A chain of causes: the process that prints `a` ends → a wait returns → the next
        fork."""),
    Repair("race",
        """This program should always print `child parent`. On some machines it prints `parent
        child`. Fix it, so that no other order is possible.""",
        Claim("The parent's word comes after the child's.",
            "before(child.writes('child'), parent.writes('parent'))",
            wrong=parent_never_waits,
            hint="What makes the parent sleep until the child has ended?"),
        Claim("In every order the program prints `child parent`.",
            "outputs == {'child parent '}",
            wrong=[
                replace("os.waitpid(child, 0)", "time.sleep(0.01)"),
                replace("os.waitpid(child, 0)", "os.sched_yield()")],
            hint="""A sleep orders nothing. The parent must wait for something that the child
            causes."""),
        fix=parent_waits,
        fix_in_c=move("waitpid(child, NULL, 0);", above='write(1, "parent ", 7);'),
        hint="A chain of causes must lead from the child's word to the parent's.",
        praise="""The end of the child is the cause, and `waitpid` returns after it. No other order
        is left."""),
    remember="""If the order matters, make it: with `wait`, or with a byte through a pipe. A run
    that went well proves nothing.""",
    good_for="""A program works on your machine and fails on a busy one. Often the program relies on
    an order that no line of its code makes. Now you can ask: which chain of causes forces this
    order?""",
    requires=["rule-4-copied"],
    read="fork(2); wait(2); pipe(7); sched(7); POSIX.1-2024 fork()",
)
