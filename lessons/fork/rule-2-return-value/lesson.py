"""Rule 2: the return value of fork tells the parent from the child."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace, some,
)

told_its_pid = insert("child = os.getpid()", above="os._exit(0)  # ①")
told_nothing = insert("child = 0", above="os.waitpid(child, 0)")
leaves_its_branch = insert("    os._exit(0)", above="os.write(1, b\"the parent's work\\n\")")
forgets_the_first = insert("first = 0", above="second = os.fork()")
takes_the_first = (replace("= os.waitpid(second, 0)", "= os.waitpid(first, 0)") +
    replace("os.waitpid(first, 0)  # the other", "os.waitpid(second, 0)"))


lesson = Lesson(
    Say("""By rule 1 both processes run the same code. They need a way to do different work. The
        value that `fork` returns is different in the two. Each process has a number, its *pid*
        (process ID); no two living processes have the same."""),
    Predict("Both processes return from the same call. What is `child` in the **child**?",
        Choice("its own pid",
            "at(1).child['child'] == child.pid",
            """The **parent** gets that number: a parent may have many children, and needs to know
            which one is new. The child can call `getpid`."""),
        Choice("the parent's pid",
            "at(1).child['child'] == parent.pid",
            """Then each process would get the pid of the other. The child needs no help: `getppid`
            returns the parent's pid."""),
        Choice("the number zero",
            "at(1).child['child'] == 0",
            """No child has pid 0. So the value 0 can say: this process is the child. The child
            learns pids from `getpid` and `getppid`."""),
        hint="Which of the two processes has no other way to learn the other's pid?",
        again=told_its_pid),
    Run("values",
        Claim("`fork` returned 0 in the child, and the child's pid in the parent.",
            "at(1).child['child'] == 0 and at(1).parent['child'] == child.pid",
            wrong=[told_its_pid, told_nothing]),
        watch=["child"]),
    Predict("""The child does its work, and its branch ends. **How often is “the parent's work”
        done?**""",
        Choice("2",
            "len(anyone.writes(\"the parent's work\")) == 2",
            """After the branch there are still two processes. Both run every line that is not
            inside a test of `child`."""),
        Choice("1",
            "len(anyone.writes(\"the parent's work\")) == 1",
            """`os._exit` at the end of the branch would end the child. Without it the child
            continues, by rule 1."""),
        Choice("0",
            "len(anyone.writes(\"the parent's work\")) == 0",
            "The parent skips the branch, not the lines below it. Both processes reach them."),
        hint="Which line is the next for the child when its branch is done?"),
    Run("falls-through",
        Claim("The child did its own work and then the parent's work. The parent did only its own.",
            """before(child.writes("the child's"), child.writes("the parent's")) and not
            parent.writes("the child's")""",
            wrong=[leaves_its_branch, replace("if child == 0:", "if child >= 0:")]),
        remark="The order is free: `the child's work` can be the first line, or the second."),
    Predict("Now there are two forks. What is `first` in the **second** child?",
        Choice("the first child's pid",
            "at(1).second['first'] == first.pid",
            """The second child is a copy of the parent, and in the parent `first` was already set.
            Only `second` is 0 in the second child."""),
        Choice("the second child's pid",
            "at(1).second['first'] == second.pid",
            """A variable changes only when a line sets it. No line sets `first` after the second
            fork, and `fork` never returns a process its own pid."""),
        Choice("the number zero",
            "at(1).second['first'] == 0",
            """`second` is 0 there. `first` got its value from the earlier fork, in the parent,
            before the second child existed."""),
        hint="The second child is a copy. Of which process is it a copy, and from which moment?",
        again=forgets_the_first),
    Run("two",
        Claim("In the second child `second` is 0, and `first` is the pid of the first child.",
            "at(1).second['second'] == 0 and at(1).second['first'] == first.pid",
            wrong=forgets_the_first),
        Claim("""With the pid the parent can choose a child: it waited for the second child, and got
            status 2.""",
            "parent.prints('the second: 2')",
            wrong=takes_the_first)),
    Task("""A shell keeps the value that `fork` returned to it: `$!` is the pid of the last process
        in the *background*. Type a line, without a pid, in which:""",
        asks={
            "`sleep 1000` runs in the background": some("p",
                ("(p.execs('sleep', '1000') or p.killed and 'sleep' not in p.programs) and "
                 "{*p.programs} <= {'sleep', 'nohup', 'setsid'}",
                 "no process executed `sleep 1000`")),
            "`kill` sends it SIGTERM, and it ends": some("p",
                ("(p.execs('sleep', '1000') or p.killed and 'sleep' not in p.programs) and "
                 "{*p.programs} <= {'sleep', 'nohup', 'setsid'}",
                 "no process executed `sleep 1000`"),
                ("p.killed('SIGTERM')", "no `sleep` was ended by SIGTERM"),
                ("any(q.sends('SIGTERM', p) for q in processes if q != p and 'timeout' not in "
                 "q.programs)",
                 "SIGTERM came from another program"))},
        hint="Start it with `&`. After that, in the same line, give `$!` to `kill`.",
        solution="sleep 1000 & kill $!",
        wrong={
            "sleep 1000 & echo $!":
                "This prints the pid, and `sleep` still runs. The task asks you to end it.",
            "sleep 1000 & kill -0 $!":
                """`kill -0` only asks whether the process exists. It sends no *signal*, so `sleep`
                still runs.""",
            "sleep 1000 & kill $$":
                "`$$` is the pid of the shell itself. The task asks you to end `sleep`.",
            "sleep 1000 & kill":
                """`kill` needs to know which process to signal. The shell has kept the pid of
                `sleep`."""},
        note="The shell is the parent. `fork` returned the child's pid to it, and you used it."),
    Repair("falls-through",
        """This program should print `the child's work` and `the parent's work`, each once. It
        prints one of them twice. Fix it.""",
        Claim("The child does its own work.",
            "child.writes(\"the child's work\")",
            wrong=replace("child == 0", "child == 1"),
            hint="What does `fork` return in the child? Only that value leads into its branch."),
        Claim("The parent's work is done once, and by the parent.",
            """len(anyone.writes("the parent's work")) == 1 and parent.writes("the parent's
            work")""",
            wrong=[delete("os._exit(0)"), replace("child == 0", "child >= 0")],
            hint="What does the child do after the last line of its branch?"),
        fix=leaves_its_branch,
        fix_in_c=replace(
            "if (child == 0)  // in the child\n        write(1, \"the child's work\\n\", 17);",
            "if (child == 0) {  // in the child\n"
            "    write(1, \"the child's work\\n\", 17);\n"
            "    _exit(0);\n"
            "}"),
        hint="The child must not reach the lines that belong to the parent.",
        praise="""The child leaves inside its branch. The lines after the branch are the parent's
        alone."""),
    remember="""`fork` returns 0 in the child and the child's pid in the parent. Test the value at
    once, and let the child leave inside its branch.""",
    good_for="""A server forks for each client. If the child does not leave its branch, the child
    returns to the server's loop, and accepts clients as well.""",
    requires=["rule-1-both-continue"],
    read="fork(2); getpid(2); _exit(2); Kerrisk, TLPI, section 24.2",
)
