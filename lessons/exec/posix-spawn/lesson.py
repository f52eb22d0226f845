"""posix_spawn: a new program in one call."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, insert, replace,
    some,
)

no_action = replace('[(os.POSIX_SPAWN_OPEN, 1, "f", how, 0o600)]', "[]")
parent_opens = replace(
    '[(os.POSIX_SPAWN_OPEN, 1, "f", how, 0o600)]',
    '[]\nos.dup2(os.open("f", how, 0o600), 1)')
with_fork = replace(
    'child = os.posix_spawn("/bin/missing", ["missing"], {})',
    "child = os.fork()\n"
    "if child == 0:\n"
    "    try:\n"
    '        os.execv("/bin/missing", ["missing"])\n'
    "    except OSError:\n"
    "        os._exit(127)")


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
    Say("""A shell that runs `echo hi >f` needs three steps: fork; open `f` as descriptor 1 in the
        child; exec. `posix_spawn` does all three in one call. The *file actions* are a list: they
        say what the child does before exec."""),
    Predict("The list says: open `f` as descriptor 1. **Which process opens `f`?**",
        Choice("the child, before the exec",
            "child.opens('f') and not parent.opens('f')",
            """The C library makes a child, and the child carries out the list. Then the child calls
            execve."""),
        Choice("the child, after the exec",
            "'hi' in output",
            """`tee f` opens `f` itself, after the exec. `echo` does not know `f`: it writes to
            descriptor 1, whatever that is."""),
        Choice("the parent, before the fork",
            "parent.opens('f')",
            """A program can do this: the parent opens `f`, and the list says `dup2`. This list says
            **open**, so the child opens `f`."""),
        hint="With fork and exec, a shell does this work between the two calls. In which process?"),
    Run("file",
        Claim("The child opens `f` as its descriptor 1, before it executes `echo`.",
            "child.opens('f') and file('f') == 'hi\\n'",
            wrong=[no_action, parent_opens]),
        Claim("The parent's descriptor 1 is as before.",
            "output == \"the parent's 1 is as before\"",
            wrong=parent_opens),
        watch=["open"],
        needs=["threads"]),
    Predict("Now the program does not exist. **What does the parent print?**",
        Choice("status 127",
            "row('posix_spawn').output == 'status 127\\n'",
            """POSIX permits this, and old systems did it: the child exits with 127. After fork and
            exec the parent gets only this."""),
        Choice("status 0",
            "row('posix_spawn').output == 'status 0\\n'",
            """A child that runs a program and exits with 0 gives this. Here the child's execve
            fails, so no program runs."""),
        Choice("No such file or directory",
            "row('posix_spawn').output == 'No such file or directory'",
            """The child's execve failed. The library passed the error number on and collected the
            child; `posix_spawn` failed with ENOENT."""),
        hint="""Linux's C library works like vfork: the parent sleeps until the child's exec, and
        both share the memory until then."""),
    Compare(
        Run("missing", births=["child"]),
        Claim("The child's `execve` fails. `posix_spawn` collects the child and reports the error.",
            """row('posix_spawn').output == 'No such file or directory' and
            row('posix_spawn').child.fails('execve', 'ENOENT') and
            row('posix_spawn').parent.collects(row('posix_spawn').child)"""),
        Claim("After fork, the parent learns only an exit status.",
            "row('fork, then execv').output == 'status 127\\n'"),
        id="errors",
        title="the program is started by",
        rows={"posix_spawn": Edit(), "fork, then execv": with_fork},
        columns={"the parent prints": "output"},
        needs=["threads"]),
    Task("A redirection is a file action of a child. Type a line in which:",
        asks={
            "`echo` writes `hi` into a file `f`": some("p",
                ("file('f') == 'hi\\n'", "`f` has {file('f')}"),
                ("p.execs('echo') and p.writes_into('f', 'hi\\n')",
                 "no program `echo` wrote it")),
            "a child opens `f` before it executes `echo`": some("p",
                ("p.execs('echo')", "no process executed `echo`"),
                ("before(p.opens('f'), p.execs('echo'))",
                 "no child opened `f` before it executed `echo`"))},
        hint="A redirection is a file action. At the prompt of simpsh, `echo` is a program.",
        solution="echo hi >f",
        wrong={
            "echo hi": "`echo` writes to the terminal. No process opens `f`.",
            "printf 'hi\\n' >f":
                "The child opens `f` as asked, but executes `printf`. The task asks for `echo`.",
            "sh -c 'echo hi >f'":
                """The child executes `sh`, and opens `f` only after that. `echo` is not a program
                here but a builtin of this `sh`.""",
            "echo hi | tee f":
                "`tee` opens `f`, after the exec. The child that executes `echo` must open it."},
        note="""simpsh forked a child, which opened `f` as descriptor 1. In a script, simpsh
        lets `posix_spawn` do all this."""),
    Repair("repair",
        """`f` should have the line of `echo`, and nothing else. The words of the parent are in it,
        too. Fix it, still with `posix_spawn`.""",
        Claim("The file `f` has the line of `echo`.",
            "file('f') == 'hi\\n' and child.execs('echo')",
            wrong=no_action,
            hint="The list of file actions says what the child does before the exec."),
        Claim("The parent's own words appear on the standard output.",
            "output == \"the parent's 1 is as before\"",
            wrong=[
                parent_opens,
                parent_opens + insert("os.dup2(2, 1)", above="child = os.posix_spawn")],
            hint="Which process should have `f` as its descriptor 1?"),
        fix=replace(
            '[]\nos.dup2(os.open("f", how, 0o600), 1)',
            '[(os.POSIX_SPAWN_OPEN, 1, "f", how, 0o600)]'),
        fix_in_c=replace(
            'dup2(open("f", how, 0600), 1);',
            'posix_spawn_file_actions_addopen(&actions, 1, "f", how, 0600);'),
        hint="posix_spawn(3) has an action that opens a file in the child.",
        praise="The child opened `f` as its descriptor 1. The parent's table is as it was."),
    remember="""`fork` copies the page tables, so it is slow in a large process. `posix_spawn`
    starts a program in one call, copies no memory, and reports errors to its caller.""",
    good_for="""A large server that starts small programs: fork copies the page tables of gigabytes,
    `posix_spawn` copies none. Python's `subprocess` and glibc's `system` avoid the copy, too.""",
    requires=["cloexec-leak", "copy-on-write"],
    exercise="open-file",
    read="posix_spawn(3); POSIX.1-2024 posix_spawn(), posix_spawn_file_actions_addopen(); vfork(2)",
)
