"""Rule 3: parent and child run at the same time."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace,
    some,
)

child_does_not_ask = delete("os.read(to_child, 9)")
parent_does_not_ask = delete("os.read(to_parent, 9)")
on_one = insert("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})", above="rows = mmap")
one_mark = replace("rows, 200)", "rows, 1)")
only_the_parent_plays = replace("if now % 2 == me:", "if me == 0:")
a_processor_each = (replace(
        "{min(os.sched_getaffinity(0))}",
        "{sorted(os.sched_getaffinity(0))[me]}") + replace("< 20", "< 6_000") +
    insert("switches = sum(resource.getrusage(resource.RUSAGE_SELF)[14:])", above="print(moves"))
back_on_one = replace("[me]", "[0]") + replace("< 6_000", "< 40")
one_by_one = replace("os.wait(), os.wait()", "    os.wait()")


lesson = Lesson(
    Predict("""Parent and child are bound to **one** processor, as by `taskset -c 0`. When does the
        child run?""",
        Choice("after the end of the parent",
            "before(parent.ends, child.writes('one'))",
            """A program that keeps its processor until its end would block the child. The kernel
            takes the processor away again, and gives it to both in turn."""),
        Choice("in turns with the parent",
            """before(child.writes('one'), parent.writes('two')) and before(parent.writes('two'),
            child.writes('three'))""",
            """A process that reads from an empty *pipe* sleeps. The kernel then gives the processor
            to the other process."""),
        Choice("when the parent is in `waitpid`",
            "before(parent.waits(), child.writes('one'))",
            """`waitpid` is one place where the parent sleeps. The parent also sleeps in
            `os.read(to_parent, 9)`, and the child runs meanwhile."""),
        hint="In which lines does the parent wait for the child? What can the child do then?"),
    Run("talk",
        Claim("At ① the parent sleeps in `read`, and the child runs.",
            "at(1).parent.asleep_in == 'read'",
            wrong=parent_does_not_ask),
        Claim("At ② the child sleeps in `read`, and the parent runs.",
            "at(2).child.asleep_in == 'read'",
            wrong=child_does_not_ask),
        Claim("""The processes write “one”, “two” and “three” in turns: each waited for the other's
            word.""",
            """before(child.writes('one'), parent.writes('two')) and before(parent.writes('two'),
            child.writes('three'))""",
            wrong=[child_does_not_ask, parent_does_not_ask]),
        needs=["sched_setaffinity"]),
    Say("""Each process slept in `read`, and so left the processor to the other. The next two never
        sleep. Each marks, in a row of its own, each **tenth of a millisecond** in which it runs.
        First both have one processor."""),
    Run("one-row",
        Claim("""On one processor, too, both ran, each in 200 or more different tenths of a
            millisecond, before either of the two had ended.""",
            "int(output.split()[-1]) >= 200",
            wrong=one_mark),
        needs=["sched_setaffinity"],
        shows="output",
        edit=on_one),
    Say("""If one row has `#`, the other mostly has `-`. The kernel interrupts a process after a
        *time slice*, and lets the other run. In the next run the kernel may use every processor. If
        the machine has no other work, both rows fill."""),
    Run("one-row", id="two-rows", needs=["second cpu"], shows="output"),
    Say("""The next proof is a game: both add 1 to a number in *shared memory*, in turns. The parent
        may add if the number is even, the child if it is odd."""),
    Predict("**One** processor for both. Does the child make its moves?",
        Choice("yes, and as many as the parent",
            "child.prints('10 moves') and parent.prints('10 moves')",
            """A clock interrupts the process that runs. The kernel *preempts* that process, and
            lets the other run."""),
        Choice("yes, but fewer than the parent",
            "parent['moves'] > 10",
            """More time does not help the parent. After each of its moves the parent must wait for
            a move of the child."""),
        Choice("no, the loop does not stop",
            "not child.ends",
            "That is true in a system without time slices. Linux interrupts the loop."),
        hint="What could take the processor from a process that makes no system call?"),
    Run("one",
        Claim("Each process made ten moves, in turns.",
            "child.prints('10 moves') and parent.prints('10 moves')",
            wrong=only_the_parent_plays),
        needs=["sched_setaffinity"]),
    Predict("""Now **a processor each**, and 3,000 moves each. How often must the parent leave its
        processor, so that the child can move?""",
        Choice("at least 3,000 times",
            "parent['switches'] >= parent['moves']",
            """On one processor that is true: the child moves only while the parent does not run.
            With two processors the child runs at the same time as the parent."""),
        Choice("fewer than 3,000 times",
            "parent['switches'] < parent['moves']",
            """Both run simultaneously, so no switch is needed. Other programs cause the switches
            that are counted, and so does the lesson, which stops processes to look at them."""),
        Choice("no number is enough",
            "not child.ends",
            """If each processor had memory of its own, the child would never see its turn. All
            processors of the machine use one memory."""),
        hint="On one processor each move of the child needs one switch. And on two?"),
    Run("one",
        Claim("""The parent made more moves than it left its processor. So the child moved while the
            parent ran.""",
            "parent['switches'] < parent['moves']",
            wrong=back_on_one),
        id="two",
        watch=["switches"],
        needs=["second cpu", "sched_setaffinity", "getrusage"],
        edit=a_processor_each),
    Task("""Two sleeps one after the other, `sleep 0.1; sleep 0.1`, take twice as long as one. Type
        a line in which:""",
        asks={
            "two processes run `sleep`": some("",
                ("len(ran('sleep')) >= 2", "processes that ran `sleep`: {len(ran('sleep'))}")),
            "they sleep **at the same time**: none waits for the other":
                some("p q",
                    ("p.execs('sleep') and q.execs('sleep') and p != q",
                     "processes that ran `sleep`: {len(ran('sleep'))}"),
                    ("together(p, q)",
                     "the second `sleep` began because the first one had ended"),
                    in_some_order=True),
            "both have ended, and were waited for, before the prompt": some("",
                ("all(p.collected and p.end.gone for p in ran('sleep'))",
                 "no process waited for one of them"))},
        hint="`&` starts a process, and the shell continues. `wait` alone waits for all.",
        solution="sleep 0.1 & sleep 0.1 & wait",
        wrong={
            "sleep 0.1; sleep 0.1":
                """This is the line of the task: with `;` the second `sleep` starts after the end of
                the first.""",
            "(sleep 0.1; sleep 0.1) & wait":
                "Inside the parentheses `;` still makes the second `sleep` wait for the first.",
            "sleep 0.1 & wait; sleep 0.1 & wait":
                """The first `wait` comes before the second `sleep`, so they sleep one after the
                other."""},
        note="Nothing makes one `sleep` wait for the other."),
    Repair("repair",
        """Two workers should work at the same time. Here the second one always starts when the
        first one has ended. Fix it.""",
        Claim("Nothing orders the two words: both workers can run at the same time.",
            "unordered(worker.writes('one '), worker_2.writes('two '))",
            wrong=[
                one_by_one,
                insert("os.read(read_end, 1)", above="os.write(1, word)") +
                    insert('os.write(write_end, b"!")', above="os._exit(0)") +
                    insert(
                        'read_end, write_end = os.pipe()\nos.write(write_end, b"!")',
                        above="for word in")],
            hint="When is the second worker born: while the first one works, or after its end?"),
        Claim("The parent collects both workers.",
            "len(parent.collects()) == 2",
            wrong=replace("os.wait(), os.wait()", "os.wait()"),
            hint="Each worker needs a wait, after both are born."),
        fix=replace("    os.wait()", "os.wait(), os.wait()"),
        fix_in_c=replace(
            "for (int i = 0; i < 2; i++) {\n"
            "        pid_t worker = fork();\n"
            "        if (worker == -1)\n"
            '            err(1, "fork");\n'
            "        if (worker == 0) {  // in a worker\n"
            "            write(1, words[i], 4);\n"
            "            _exit(0);\n"
            "        }\n"
            "        wait(NULL);\n"
            "    }",
            "for (int i = 0; i < 2; i++) {\n"
            "    pid_t worker = fork();\n"
            "    if (worker == -1)\n"
            '        err(1, "fork");\n'
            "    if (worker == 0) {  // in a worker\n"
            "        write(1, words[i], 4);\n"
            "        _exit(0);\n"
            "    }\n"
            "    wait(NULL);\n"
            "}\n"
            "wait(NULL);\n"
            "wait(NULL);") + replace("}\n        wait(NULL);", "}"),
        hint="A `wait` between two forks makes the parent sleep there.",
        praise="Both workers were born before the first `wait`, so both could run."),
    remember="""After `fork` both processes can run: simultaneously on two processors, in turns on
    one. The kernel may switch between any two steps of your program.""",
    good_for="""`make -j` uses all processors, and a server can answer while it calculates. Rule 3
    also explains each *race*: another process may run between any two of your steps.""",
    requires=["rule-2-return-value"],
    read="sched(7); sched_setaffinity(2); taskset(1); getrusage(2); fork(2)",
)
