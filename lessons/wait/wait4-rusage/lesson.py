"""wait4: what a child has used, and when the parent learns it."""

from simpsh.course import (
    Ask, Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, replace,
)

not_collected = (replace("os.WEXITED | os.WNOWAIT", "os.WEXITED") +
    replace("os.waitpid(child, 0)", "pass"))

lesson = Lesson(
    Ask("Five functions wait here. How many of these calls are the *system call* **wait4**?",
        "len(parent.begins('wait4'))",
        """`wait`, `waitpid`, `wait3` and `wait4` all make the system call wait4. `waitid` is a
        system call of its own.""",
        near={
            5:
                """Four of the five do. `waitid` returns a siginfo, for which wait4 has no room, so
                it is a system call of its own.""",
            1:
                """With one system call for each function it would be 1. On x86-64 the C library
                makes `wait`, `waitpid` and `wait3` out of wait4."""},
        hint="""A function with few arguments can call a function with more. Which of the five does
        not return a pid and a wait status?"""),
    Run("five",
        Claim("Four of the functions make the system call wait4, and one makes waitid.",
            "len(parent.begins('wait4')) == 4 and len(parent.begins('waitid')) == 1",
            wrong=replace("os.waitid(os.P_ALL, 0, os.WEXITED)", "os.wait()  # the fifth"))),
    Say("""The kernel counts the *resource usage* of each process: *user time*, *system time*, *page
        faults*, memory. A second sum is for the children of the process. `compute` uses 0.05 s;
        `seconds` adds the two times.""",
        part=""),
    Predict("""The child has used 0.05 s and is a *zombie*. How much time does the parent read for
        its **children**?""",
        Choice("0 s now, 0 s after waitpid",
            "parent['collected'] == 0.0",
            """If the parent ignored SIGCHLD, you would be right: then no process collects the
            child, and its usage is lost."""),
        Choice("0.05 s now, 0.05 s after waitpid",
            "parent['dead'] >= 0.05",
            """With an earlier `waitpid` both numbers would be 0.05 s. Here the child is a zombie,
            and the kernel keeps its usage there."""),
        Choice("0 s now, 0.05 s after waitpid",
            "parent['dead'] == 0.0 and parent['collected'] >= 0.05",
            """The kernel keeps the usage with the zombie. The kernel adds it when the parent
            *collects* the child."""),
        hint="""RUSAGE_CHILDREN counts children that have ended **and** meet a second condition. See
        getrusage(2)."""),
    Run("usage",
        Claim("""The end of the child adds nothing to the parent's sum. Collecting the child adds
            its usage.""",
            "at(1).child.state == 'Z' and parent['dead'] == 0.0 and parent['collected'] >= 0.05",
            wrong=not_collected),
        needs=["getrusage"],
        shows="output"),
    Predict("""Here a **grandchild** computes much more than the child, and the child collects it.
        Which time does `wait4` report for the child?""",
        Choice("little: the child did not compute",
            "row('collects the grandchild').output == 'little\\n'",
            """RUSAGE_SELF in the child would say so. `wait4` reports the child's own usage and the
            usage of all children that it has collected."""),
        Choice("much: a family shares its usage",
            "row('looks at it with WNOWAIT').output == 'much\\n'",
            """A cgroup counts for all its processes together. This usage is counted for each
            process; the kernel adds it when a parent *collects*."""),
        Choice("much: the child collected its child",
            "row('collects the grandchild').output == 'much\\n'",
            """The child has collected the grandchild. So the kernel has added the grandchild's
            usage to the child's."""),
        hint="""The child collects the grandchild in {line:os.waitid}. What does the kernel add
        then?"""),
    Compare(
        Run("wait4"),
        Claim("If the child collected the grandchild, the child's usage contains the grandchild's.",
            "row('collects the grandchild').output == 'much\\n'"),
        Claim("If the child did not collect the grandchild, the child's usage does not contain it.",
            "row('looks at it with WNOWAIT').output == 'little\\n'"),
        id="usages",
        title="the child",
        rows={
            "collects the grandchild": Edit(),
            "looks at it with WNOWAIT": replace(
                "os.waitid(os.P_PID, grandchild, os.WEXITED)",
                "os.waitid(os.P_PID, grandchild, os.WEXITED | os.WNOWAIT)"),
            "does not wait at all": replace("os.waitid(os.P_PID, grandchild, os.WEXITED)", "pass")},
        columns={"wait4 returns to the parent": "output"}),
    Predict("""The child ends and does not wait; the parent is a *subreaper* and **adopts** the
        grandchild. Which process gets the grandchild's usage?""",
        Choice("the parent, when it collects the child",
            "parent['before'] >= parent['much']",
            """This would be so if the child had collected the grandchild. The child has not waited,
            so its usage does not contain the grandchild's."""),
        Choice("the parent, when it collects the orphan",
            "parent['adopted'] >= parent['much'] and parent.collects(grandchild)",
            """The kernel adds the usage to the process that collects. Here this process is the
            parent, which has adopted the orphan."""),
        Choice("no process, since the child has ended",
            "parent['adopted'] < parent['much']",
            """With SIGCHLD ignored the usage is lost. Here the parent adopts and collects the
            grandchild, and collecting adds the usage."""),
        hint="Which process calls wait for the grandchild in the end?"),
    Run("adopted",
        Claim("The adopting parent gets the usage when it collects the orphan.",
            "parent['adopted'] >= parent['much'] and parent.collects(grandchild)",
            wrong=replace("os.wait()", "os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)")),
        needs=["getrusage"],
        shows="output"),
    Say("""`wait3` and `wait4` are not in POSIX; they come from BSD. But only these two functions of
        the C library return the usage of **one** child, and `wait4` can choose the child. The
        `time` of bash does not need them: it compares two results of getrusage."""),
    Repair("repair",
        """The grandchild computes for its child, and the parent should print `much`. It prints
        `little`. Fix it.""",
        Claim("The child collects the grandchild.",
            "child.collects(grandchild)",
            wrong=[
                replace(
                    "os.waitid(os.P_PID, grandchild, os.WEXITED)",
                    "os.waitid(os.P_PID, grandchild, os.WEXITED | os.WNOWAIT)"),
                replace("os.waitid(os.P_PID, grandchild, os.WEXITED)", "pass")],
            hint="The kernel adds the usage of a process when its parent collects it."),
        Claim("The usage that the parent gets contains that of the grandchild.",
            "output == 'much\\n'",
            wrong=replace("compute(much)", "pass"),
            hint="Keep the grandchild, and what it computes."),
        fix=replace(
            "os.waitid(os.P_PID, grandchild, os.WEXITED | os.WNOWAIT)",
            "os.waitid(os.P_PID, grandchild, os.WEXITED)"),
        fix_in_c=replace("WEXITED | WNOWAIT", "WEXITED"),
        hint="Which flag makes `waitid` look, and collect nothing?",
        praise="""The child collected the grandchild, so its own usage had grown when `wait4`
        asked."""),
    remember="""The kernel adds the resource usage of a child to its parent when the parent collects
    the child, not when the child ends.""",
    good_for="""`/usr/bin/time` reports the processor time of one command with `wait4`. In a server
    that does not collect its children, RUSAGE_CHILDREN does not contain their time.""",
    requires=["waitid"],
    read="wait4(2); getrusage(2); time(1); POSIX.1-2024 getrusage()",
)
