"""The cost of a fork, and why vfork and posix_spawn cost less."""

from __future__ import annotations

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, LineRun, Predict, Run, Say, Task, asked, printed,
    replace,
)

def one_fork(line: LineRun) -> str:
    """All processes of the line are one."""
    return "" if len(line.others) == 1 else f"forks: {len(line.others)}"


lesson = Lesson(
    Predict("The parent grows from 4 MB to 128 MB. **What has `fork` copied at ②?**",
        Choice("all 128 MB of memory",
            "not row('128 MB').at(2).child.page('memory').shared",
            """Early Unix systems copied all the memory. Linux copies a *page* only when a process
            writes to it."""),
        Choice("nothing more than before",
            """row('128 MB').at(2).child.fields['VmPTE'] - row('128
            MB').at(1).parent.fields['VmPTE'] < 100""",
            """After `vfork` the child uses the parent's *page tables*. After `fork` the child needs
            its own, to have pages of its own later."""),
        Choice("larger page tables",
            """row('128 MB').at(2).child.fields['VmPTE'] - row('128
            MB').at(1).parent.fields['VmPTE'] > 200 and row('128
            MB').at(2).child.page('memory').shared""",
            """The *page tables* have an entry of 8 bytes for each page, and the child needs its
            own."""),
        hint="Parent and child share the pages. What must the child have in order to find them?"),
    Compare(
        Run("growth"),
        Claim("""With 128 MB the *page tables* are larger by more than 200 kB: 8 bytes for each page
            of 4096. `fork` has copied these tables, and no page of the memory.""",
            """row('128 MB').at(2).child.fields['VmPTE'] - row('128
            MB').at(1).parent.fields['VmPTE'] > 200 and row('128
            MB').at(2).child.page('memory').shared"""),
        Claim("""`posix_spawn` copies no page tables. It costs the parent less than half the
            processor time of the fork.""",
            """row('128 MB').at(2).child.fields['VmPTE'] - row('128
            MB').at(1).parent.fields['VmPTE'] > 200 and row('128 MB').parent['forking'] > row('128
            MB').parent['spawning'] * 2"""),
        id="sizes",
        title="the parent uses",
        rows={
            "4 MB": Edit(),
            "32 MB": replace("4 * MB", "32 * MB"),
            "128 MB": replace("4 * MB", "128 * MB")},
        columns={
            "tables, kB": "at(2).child.fields['VmPTE']",
            "fork, µs of the parent": "parent['forking']",
            "posix_spawn, µs of it": "parent['spawning']"},
        needs=["small pages", "threads"]),
    Say("""If the child calls exec at once, it does not need the tables. `vfork` creates a child
        that runs **in the parent's memory**. POSIX removed `vfork` in 2008; `posix_spawn`
        remains."""),
    Predict("""After *vfork* the child sets `x` to 2 and sleeps. Later you end the child. **What
        does the parent do until then, and what does it print?**""",
        Choice("it sleeps, and prints 2",
            "parent.output == '2' and at('rest').parent.asleep_in == 'vfork'",
            """The child uses the parent's memory and stack. The parent continues only after the
            child has ended."""),
        Choice("it continues, and prints 2",
            "parent.output == '2' and at('rest').parent.asleep_in == 'wait4'",
            """Two threads share memory and run at the same time, but each has its own stack. Here
            both have the same stack, so the parent must wait."""),
        Choice("it continues, and prints 1",
            "parent.output == '1'",
            "After `fork` you are right: there are two processes and two variables `x`."),
        hint="""Parent and child use the same memory and the same stack. Can both run at the same
        time?"""),
    Run("vfork",
        Claim("The parent sees what the child has written, because both use the same memory.",
            "parent.output == '2'",
            wrong=replace("vfork()", "fork()")),
        Claim("""While the child uses the memory, the parent sleeps in state D. The parent continues
            only after the end of the child.""",
            """at('rest').parent.state == 'D' and at('rest').parent.asleep_in == 'vfork' and
            before(child.ends, parent.writes('2'))""",
            wrong=replace("vfork()", "fork()")),
        births=["child"],
        at_rest=[Kill("child", "SIGTERM")],
        needs=["compiler"]),
    Say("""**Do not copy this program.** vfork(2) allows the child only to call `_exit` or an exec
        function. Everything else is *undefined behaviour*: here the write to `x` and `pause`. The
        lesson does it to make the shared memory visible."""),
    Say("""In the C library of Linux `posix_spawn` creates its child in this way: it copies no
        memory and no page tables. It still copies the table of *descriptors*, as `fork` does."""),
    Task("""At the prompt, `echo 1; echo 2; echo 3` forks three times, because `echo` is a program
        there. In bash, dash and scripts `echo` is a *builtin*, and nothing forks. Type a line in
        which:""",
        asks={
            "1, 2 and 3 are printed, one per line": printed("1\n2\n3\n"),
            "there is **one** fork": asked(one_fork)},
        hint="`printf` uses its format again as long as there are words left.",
        solution="printf '%s\\n' 1 2 3",
        wrong={
            "echo 1; echo 2; echo 3":
                "This is the line of the task: the shell forks for each `echo`.",
            "(echo 1; echo 2; echo 3)":
                """The subshell is one more fork, and the subshell forks for its `echo` commands,
                too.""",
            "echo 1 2 3": "This is one fork, but also one line. The task asks for three lines."},
        note="""A script in bash is slow when it runs a program, such as `sed`, in each iteration of
        a loop. In simpsh, `time . ./script` names the lines of a script that fork most."""),
    remember="""`fork` copies the page tables, so it is slow in a large process. `posix_spawn`
    copies no memory and no page tables.""",
    good_for="""A database that forks to save itself does nothing else while the kernel copies its
    page tables. Build tools use `posix_spawn`, and Python's subprocess uses `vfork`, for this
    reason.""",
    requires=["copy-on-write"],
    read="fork(2), NOTES; vfork(2); posix_spawn(3); POSIX.1-2024 posix_spawn()",
)
