"""kill reaches one process, or a whole process group."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    replace, some,
)

to_group = replace("os.kill(child, signal.SIGTERM)", "os.kill(-child, signal.SIGTERM)")
to_child = replace("os.kill(0, signal.SIGTERM)", "os.kill(child, signal.SIGTERM)")
ignores = insert("signal.signal(signal.SIGTERM, signal.SIG_IGN)", above="os.kill(0,")
both_set = insert("os.setpgid(child, child)", above="try:")


lesson = Lesson(
    Say("""Every process belongs to a *process group*. `fork` puts the child into the parent's
        group. `setpgid(0, 0)` makes a new group for the caller."""),
    Predict("SIGTERM goes to the child's **pid**. What happens to the grandchild?",
        Choice("the kernel sends it SIGHUP",
            "row('kill(child, SIGTERM)').grandchild.gets_signal('SIGHUP')",
            """The kernel sends SIGHUP to an orphaned group only if a member of the group is
            stopped. Here the grandchild sleeps."""),
        Choice("it continues to sleep",
            "row('kill(child, SIGTERM)').at('end').grandchild.state == 'S'",
            "`kill()` with a positive number means one process, without its children."),
        Choice("it is killed as well",
            "row('kill(child, SIGTERM)').grandchild.killed('SIGTERM')",
            """With the negative number the signal would go to the whole group. Here only the child
            gets SIGTERM, and its end does not kill its own child."""),
        hint="Is the argument of `kill` a pid or the number of a group?"),
    Compare(
        Run("family", births=["grandchild"], leaves=["grandchild"]),
        Claim("A signal to a pid reaches this one process. The grandchild still sleeps.",
            "row('kill(child, SIGTERM)').at('end').grandchild.state == 'S'"),
        Claim("A signal to the negative number of the group reaches every member.",
            "row('kill(-child, SIGTERM)').grandchild.killed('SIGTERM')"),
        id="targets",
        title="the parent calls",
        rows={"kill(child, SIGTERM)": Edit(), "kill(-child, SIGTERM)": to_group},
        columns={
            "the child": "'is killed' if child.killed('SIGTERM') else 'lives'",
            "the grandchild": "'is killed' if grandchild.killed('SIGTERM') else 'lives'"}),
    Predict("The parent calls `kill(0, SIGTERM)` to end its child. **What does it write?**",
        Choice("nothing, as it sleeps",
            "hangs",
            """The parent would sleep in `waitpid` if the signal reached no process. For `kill()`, 0
            means the sender's group; it is not a pid."""),
        Choice("its text, as the child ends",
            "output == 'my child has ended'",
            """That is true if the child has a group of its own. Here the child is in the parent's
            group, and SIGTERM ends the parent as well."""),
        Choice("nothing, as it is killed",
            "parent.killed('SIGTERM')",
            "0 means every process in the sender's own group, and the sender is one of them."),
        hint="The child has never called `setpgid`. Which group is it in?",
        again=ignores),
    Run("own",
        Claim("0 is the group of the sender: the parent is killed by its own signal.",
            "parent.killed('SIGTERM')",
            wrong=[to_child, ignores])),
    Predict("""The child has ended, and no process has waited for it. The parent calls `kill(child,
        0)`. What happens?""",
        Choice("it fails: the pid is free",
            "output == ''",
            """After the parent's wait the pid is free, and `kill()` fails with ESRCH. Here no
            process has waited for the zombie."""),
        Choice("it succeeds: the pid exists",
            "'it exists, ' in output",
            """A zombie still has its pid. Signal 0 sends nothing; `kill()` only checks that the
            process exists and that you may signal it."""),
        Choice("it fails: a zombie is not a target",
            "parent.fails('kill', 'EPERM')",
            """`kill()` fails with EPERM for another user's process. A zombie keeps its user, and
            this zombie is the parent's own child."""),
        hint="What is left of a process between its end and its parent's wait?"),
    Run("asking",
        Claim("A zombie exists: `kill` finds it, and signal 0 has no effect.",
            "at(1).child.state == 'Z' and 'it exists, ' in output",
            wrong=replace(" | os.WNOWAIT", "") +
            insert("sys.exit()", above="os.kill(child, 0)  # ①")),
        Claim("Once the parent has collected the child, `kill` fails with ESRCH.",
            "parent.fails('kill', 'ESRCH')",
            wrong=delete("os.waitpid(child, 0)"))),
    Say("""A shell with *job control* puts every job into a group. Which process calls `setpgid`,
        the shell or the child? Here the child does, and the shell uses the group at once."""),
    Compare(
        Run("group", at_rest=[Kill("child", "SIGCONT")]),
        Claim(
            "If only the child calls `setpgid`, the parent may come too early: there is no group.",
            "row('only the child calls setpgid').output == 'no group'"),
        Claim("If the parent calls `setpgid` as well, the group exists although the child is late.",
            "row('the parent calls setpgid, too').output == 'group'"),
        id="makers",
        title="the group is made",
        rows={"only the child calls setpgid": Edit(), "the parent calls setpgid, too": both_set},
        columns={"the parent finds": "output"}),
    Task("`$!` is the pid of the last command in the background. Type a line in which:",
        asks={
            "`sleep 100` runs in the background": some("p",
                ("(p.execs('sleep', '100') or p.killed and 'sleep' not in p.programs) and "
                 "{*p.programs} <= {'sleep', 'nohup', 'setsid'}",
                 "no process executed `sleep 100`")),
            "a `kill` ends it with SIGTERM": some("p",
                ("(p.execs('sleep', '100') or p.killed and 'sleep' not in p.programs) and "
                 "{*p.programs} <= {'sleep', 'nohup', 'setsid'}",
                 "no process executed `sleep 100`"),
                ("p.killed('SIGTERM')", "SIGTERM did not end `sleep`")),
            "the 143 that is printed is the status that `wait` returned": some("",
                ("prints('143')", "printed: {shown}"),
                ("anyone.expands('?', '143')", "the 143 is not your shell's `$?`"),
                ("not any(p.exits(143) and p.programs for p in processes[1:])",
                 "another process ended with 143"))},
        hint="`$!` is the pid of the last command in the background.",
        solution="sleep 100 & kill $!; wait $!; echo $?",
        wrong={
            "echo 143":
                """`echo 143` prints the number itself. The task asks for the status of a process
                that SIGTERM has ended.""",
            "sleep 100 & kill -KILL $!; wait $!; echo $?":
                "SIGKILL has ended `sleep`, so the status is 128 + 9. The task asks for SIGTERM.",
            "sleep 100 & kill $!; echo $?":
                """This ends `sleep`, but `$?` is here the status of `kill`. The task asks for the
                status that `wait` returns.""",
            "sh -c 'exit 143'":
                """sh exits by itself with 143: no signal has ended a process, and nothing is
                printed."""},
        note="For an end by a signal, a shell reports 128 + the number of the signal."),
    Repair("group",
        """The parent asks for its child's process group, and should always print `group`. If the
        child is late, it prints `no group`. Here the child is late because it stops itself; when
        nothing moves any more, you continue it. Mend the parent.""",
        Claim("The child makes a group of its own, and the parent collects the child.",
            "child.succeeds('setpgid') and parent.collects(child)",
            wrong=[delete("os.setpgid(0, 0)"), delete("os.waitpid(child, 0)")],
            hint="Keep the child's `setpgid`, and the wait."),
        Claim("The parent finds the group, although the child is stopped at first.",
            "output == 'group' and child.stops('SIGSTOP')",
            wrong=[
                delete("os.setpgid(child, child)"),
                replace("os.setpgid(child, child)", "os.sched_yield()"),
                delete("os.kill(os.getpid(), signal.SIGSTOP)")],
            hint="""The parent may reach `kill` before the child has run at all. Which call of the
            parent makes sure that the group exists?"""),
        at_rest=[Kill("child", "SIGCONT")],
        fix=both_set,
        fix_in_c=insert("setpgid(child, child);", above="if (kill(-child, 0) == 0)"),
        hint="Two processes may call `setpgid` for the child.",
        praise="""Both call `setpgid`: the one that comes first makes the group, and the other
        changes nothing."""),
    remember="""`kill(pid)` reaches one process, `kill(-pgid)` a whole group, `kill(0)` your own
    group. Signal 0 only checks.""",
    good_for="""A script that starts a pipeline and calls `kill $!` ends one process of the
    pipeline. A test runner that calls `kill(0, SIGKILL)` to clean up kills itself, too.""",
    requires=["signals-blocked"],
    exercise="stop-and-continue",
    read="""kill(2); setpgid(2); credentials(7), “Process group ID and session ID”; POSIX.1-2024
    kill(), setpgid()""",
)
