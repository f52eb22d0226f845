"""A child outlives its parent, and gets a new parent."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    replace, some,
)

no_adopter = delete("prctl(36")
parent_stays = insert("signal.pause()", above="os._exit(0)")
the_group = replace("os.kill(program", "os.killpg(program")
with_parent = replace(
    "if helper == 0:  # in the helper",
    "if helper == 0:  # in the helper\n    die_with_the_parent()")
the_program_alone = replace("os.killpg(program", "os.kill(program")


lesson = Lesson(
    Say("""Here are three generations. The oldest process has told the kernel: *adopt* my
        descendants when they become *orphans*. On Linux such a process is a *subreaper*; `systemd
        --user` is one."""),
    Predict("At ② the parent has ended. Which process is the **child's parent** now?",
        Choice("the dead parent",
            "at(2).child.parent == parent",
            """That would need a zombie that keeps its children. When a process ends, the kernel
            gives its children another parent at once."""),
        Choice("its grandparent",
            "at(2).child.parent == adopter",
            """The grandparent, `adopter`, is the nearest living ancestor that is a *subreaper*. The
            kernel does not tell the child."""),
        Choice("the init process",
            "at(2).child.parent == reaper",
            """You will read that init adopts all orphans. It is not so: it adopts them only if no
            ancestor is a *subreaper*. Here the grandparent is one."""),
        hint="`prctl(36, 1)` comes first. What has `adopter` asked the kernel to do?",
        again=no_adopter),
    Run("adopted",
        Claim("The child has its new parent while the dead parent is still a zombie.",
            """at(1).child.parent == parent and at(2).parent.state == 'Z' and at(2).child.parent ==
            adopter""",
            wrong=[no_adopter, parent_stays]),
        Claim("""Nothing else has changed for the child: it has the same process group and the same
            session.""",
            """at(2).child.group == at(2).parent.group and at(2).child.session ==
            at(2).parent.session""",
            wrong=insert("os.setsid()", above="signal.pause()")),
        Claim("`adopter` collects a process that it has not forked.",
            "parent.forks(child) and adopter.collects(child)",
            wrong=no_adopter),
        main="adopter",
        at_rest=[Kill("child", "SIGTERM")]),
    Say("""`ps -l` shows such a family, for example like this. S is the state (Z for a *zombie*),
        and PPID is the parent's pid:

            F S  UID  PID PPID  C PRI  NI ADDR SZ WCHAN  TTY       TIME CMD
            1 Z 1000 4242 4240  0  80   0 -     0 -      pts/0 00:00:00 parent <defunct>
            1 S 1000 4243 4240  0  80   0 -  2345 do_sys pts/0 00:00:00 child"""),
    Say("""So do not wait for `getppid() == 1`: the new parent may be a subreaper. Compare with your
        parent's old pid. `prctl(PR_SET_PDEATHSIG, …)` asks for a signal when the **thread** that
        forked you ends."""),
    Predict("The caller kills the program. What happens to its **helper**?",
        Choice("it is sent a SIGHUP",
            "row('os.kill(program)').helper.gets_signal('SIGHUP')",
            """The kernel sends SIGHUP to an *orphaned process group* if a member is stopped. The
            helper sleeps; it is not stopped."""),
        Choice("SIGTERM ends it as well",
            "row('os.kill(program)').helper.killed('SIGTERM')",
            """With `os.killpg` SIGTERM would reach the helper as well. `kill` with a pid reaches
            one process, not its children."""),
        Choice("it gets another parent",
            "row('os.kill(program)').at('end').helper.state == 'S'",
            """The signal goes to one process. The end of this process does not end the helper: the
            helper becomes an orphan."""),
        hint="How many processes does the first argument of `os.kill` name?"),
    Compare(
        Run("a-program", main="caller", leaves=["helper"]),
        Claim("A signal for the program leaves its helper alive, with a new parent.",
            "row('os.kill(program)').at('end').helper.parent == row('os.kill(program)').reaper"),
        Claim("A signal for the *process group* reaches both.",
            "row('os.killpg(program)').helper.killed('SIGTERM')"),
        Claim("""If the helper has called `prctl(PR_SET_PDEATHSIG, SIGTERM)`, the kernel sends
            SIGTERM to the helper when the thread that forked it ends.""",
            "row('os.kill(program); PDEATHSIG is set').helper.killed('SIGTERM')"),
        id="signals",
        title="the caller calls",
        rows={
            "os.kill(program)": Edit(),
            "os.killpg(program)": the_group,
            "os.kill(program); PDEATHSIG is set": with_parent},
        columns={
            "the program": "'killed' if program.killed('SIGTERM') else 'alive'",
            "its helper": "'killed' if helper.killed('SIGTERM') else 'alive'"}),
    Task("""Start a program so that it is an orphan at once, and no job of your shell. After the
        line:""",
        asks={
            "`sleep 1000` runs": some("",
                ("ran('sleep', '1000')", "no process ran `sleep 1000`"),
                ("still('sleep', '1000')", "no `sleep 1000` was left")),
            "it has been adopted: its parent is no process of your line": some("",
                ("still('sleep')", "no `sleep` was left"),
                ("all(p.end.parent == reaper for p in still('sleep'))",
                 "its parent is {still('sleep')[0].end.parent.words}"))},
        hint="""Parentheses start a subshell. The subshell may end while the command that it started
        continues.""",
        solution="(sleep 1000 &)",
        wrong={
            "sleep 1000 &":
                "`&` starts `sleep` as a job. Your shell is still its parent, and `jobs` lists it.",
            "nohup sleep 1000 &":
                """With `nohup`, `sleep` ignores SIGHUP. Your shell is still its parent, and `sleep`
                is a job.""",
            "{ sleep 1000 & }":
                """Braces group commands without a new process. Your shell itself starts `sleep`, so
                it is the parent.""",
            "(sleep 1000) &":
                """The subshell is in the background, not `sleep` inside it. As long as `sleep`
                runs, its parent does not end."""},
        note="`jobs` does not list the orphan, and `ps -l` shows another PPID."),
    Repair("repair",
        """The caller ends a program that takes too long. Its helper lives on as an orphan. Both
        should end. Fix it.""",
        Claim("SIGTERM ends the program, and the caller collects it.",
            "program.killed('SIGTERM') and caller.collects(program)",
            wrong=[replace("os.killpg(program,", "os.kill(0,"), delete("os.waitpid(")],
            hint="The caller must live on: it is not in the process group of the program."),
        Claim("SIGTERM ends the helper, too.",
            "helper.killed('SIGTERM')",
            wrong=[the_program_alone, delete("os.setpgid(0, 0)") + the_program_alone],
            hint="""The helper is not a child of the caller. What do the program and its helper
            share, but not with the caller?"""),
        main="caller",
        fix=the_group,
        fix_in_c=replace("kill(program", "kill(-program"),
        hint="`kill` can name more than one process. See its first argument in kill(2).",
        praise="The signal went to the process group: the program and all that it started."),
    remember="""A child outlives its parent. The nearest subreaper adopts the child, else init, and
    the kernel does not tell the child.""",
    good_for="""A test runner kills a server that took too long. The server's workers keep the port,
    and the next run fails. Start the server in a process group of its own, and signal the
    group.""",
    requires=["wait-scenarios"],
    exercise="make-orphan",
    read="""prctl(2), PR_SET_CHILD_SUBREAPER and PR_SET_PDEATHSIG; kill(2); setpgid(2); POSIX.1-2024
    _exit(), “Consequences of Process Termination”""",
)
