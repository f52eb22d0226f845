"""A closed terminal: the session leader gets SIGHUP, then the foreground group."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, move,
    replace, some,
)

not_stopped = (replace("os.kill(os.getpid(), signal.SIGSTOP)", "signal.pause()") +
    replace("os.waitpid(job, os.WUNTRACED)", "pass"))
with_nohup = insert("signal.signal(signal.SIGHUP, signal.SIG_IGN)", above="os.kill(os.getpid()")
shell_stays = insert("signal.pause()", above="os._exit(0)  # ①")
handed_on = insert(
    "if front and back:  # in the leader\n"
    "    signal.signal(signal.SIGHUP, lambda *_: os._exit(os.kill(-back, 1) or 0))",
    above="os.write(tell")


lesson = Lesson(
    Say("""In a terminal window a shell leads the *session*: `leader`. The job `front` is in the
        foreground, the job `back` in the background. At ① the window is closed.""",
        part=""),
    Predict("To which processes does the **kernel** send SIGHUP?",
        Choice("`leader`, `front` and `back`",
            "row('nothing else').back.gets_signal('SIGHUP')",
            """Background jobs often end with the window: most shells send them SIGHUP. The kernel
            sends none to `back`, which is not stopped."""),
        Choice("`leader` alone",
            """row('nothing else').leader.gets_signal('SIGHUP') and not row('nothing
            else').front.gets_signal()""",
            """That is the first signal only. When the leader ends, the kernel itself sends SIGHUP
            to the foreground group."""),
        Choice("`leader` and `front`",
            """row('nothing else').leader.gets_signal('SIGHUP') and row('nothing
            else').front.gets_signal('SIGHUP') and not row('nothing
            else').back.gets_signal('SIGHUP')""",
            """The leader gets SIGHUP when the window is closed, the foreground group when the
            leader ends. A background group that runs gets none."""),
        hint="Which group does the terminal know: the foreground group, or all of them?"),
    Compare(
        Run("hangup", main="window", leaves=["leader", "front", "back"]),
        Claim("""The kernel sends SIGHUP to the leader and to the foreground group. The process
            `back` lives on.""",
            """row('nothing else').leader.gets_signal('SIGHUP') and row('nothing
            else').front.gets_signal('SIGHUP') and row('nothing else').at('end').back.state ==
            'S'"""),
        Claim("The background job, which runs, ends if the shell sends it SIGHUP.",
            """row('the leader sends SIGHUP to back').before(row('the leader sends SIGHUP to
            back').leader.sends('SIGHUP', row('the leader sends SIGHUP to back').back), row('the
            leader sends SIGHUP to back').back.ends)"""),
        id="hangups",
        title="the window is closed, and",
        rows={
            "nothing else": Edit(),
            "the leader sends SIGHUP to back": handed_on,
            "front has a session of its own": insert(
                "front or os.setsid()",
                above="os.write(tell")},
        columns={
            "front": "'hung up' if front.gets_signal('SIGHUP') else 'lives on'",
            "back": "'hung up' if back.killed('SIGHUP') else 'lives on'"}),
    Say("""So three things keep a *background* job alive: a shell that does not send *SIGHUP*
        (`disown` in bash), an ignored SIGHUP (`nohup`), or another session (`setsid`)."""),
    Say("""A *stopped* job is another matter: after its shell has ended, no process can continue it
        with `fg`. The kernel's rule is about an *orphaned process group*: no member has a parent in
        another group of the same session."""),
    Predict("The job is *stopped*, and its shell ends at ①. What happens to the job?",
        Choice("it stays stopped",
            "not job.ends",
            """While its shell lives, a stopped job stays as it is. At the shell's end, POSIX.1
            requires SIGHUP and SIGCONT for such a group."""),
        Choice("SIGHUP ends it",
            "job.killed('SIGHUP') and job.continues",
            """The kernel sends SIGHUP and SIGCONT. SIGCONT lets the job run, and SIGHUP ends the
            job."""),
        Choice("it runs to its end",
            "job.exits(0)",
            """A job that ignores SIGHUP, as under `nohup`, runs to its end. This job has SIGHUP at
            its default."""),
        hint="The job has to learn that its shell is gone, and it must run to notice.",
        again=with_nohup),
    Run("stopped",
        Claim("When the shell ends, the job gets SIGHUP and SIGCONT.",
            "job.gets_signal('SIGHUP') and job.continues",
            wrong=[not_stopped, shell_stays]),
        Claim("SIGHUP kills the job.", "job.killed('SIGHUP')", wrong=[with_nohup, not_stopped]),
        main="login"),
    Compare(
        Run("stopped", main="login", leaves=["job"]),
        Claim("A job that ignores SIGHUP, as under `nohup`, continues and runs to its end.",
            """row('stopped, ignores SIGHUP').job.continues and row('stopped, ignores
            SIGHUP').job.exits(0)"""),
        Claim("The kernel sends nothing to a job that is not stopped.",
            """not row('not stopped').job.gets_signal('SIGHUP') and not row('not
            stopped').job.continues"""),
        id="jobs",
        title="the job",
        rows={"stopped": Edit(), "stopped, ignores SIGHUP": with_nohup, "not stopped": not_stopped},
        columns={
            "the kernel sends": "'SIGHUP, SIGCONT' if job.continues else 'nothing'",
            "SIGHUP kills it": "'yes' if job.killed('SIGHUP') else 'no'",
            "it runs to its end": "'yes' if job.exits(0) else 'no'"}),
    Task("Neither ^C nor a closed window may reach this `sleep`. Type a line after which:",
        asks={
            "`sleep 1000` runs, and the prompt is back": some("",
                ("returns", "the line hangs"),
                ("ran('sleep', '1000')", "no process ran `sleep 1000`"),
                ("still('sleep', '1000')", "no `sleep 1000` was left")),
            "this `sleep` is in another session than your shell": some("",
                ("still('sleep')", "no `sleep` was left"),
                ("all(p.end.session != shell.end.session for p in still('sleep'))",
                 "it is in your shell's session"))},
        hint="There is a program with the name of the system call.",
        solution="setsid sleep 1000 &",
        wrong={
            "sleep 1000 &":
                """`sleep` gets a process group of its own. It is still in your session, and your
                terminal is its terminal.""",
            "nohup sleep 1000 >/dev/null &":
                "`nohup` makes `sleep` ignore SIGHUP. `sleep` is still in your session.",
            "(sleep 1000 &)":
                """The subshell ends, and another process adopts `sleep`. A new parent is not a new
                session.""",
            "setsid true; sleep 1000 &":
                """`setsid` runs `true` in a new session. Then your shell starts `sleep` in its own
                session."""},
        note="A session without a terminal gets no hangup and no ^C."),
    Repair("repair",
        """You close the window while a job works. The shell ends, and the job should continue. It
        ends, too. Fix the job.""",
        Claim("SIGHUP ends the shell.",
            "leader.killed('SIGHUP')",
            wrong=[
                delete("os.close(master)  # the window"),
                move("signal.signal(signal.SIGHUP, signal.SIG_IGN)", above="job = os.fork()")],
            hint="""Keep the line that closes the window. SIGHUP should end the shell, and not the
            job."""),
        Claim("The job is ready for the hangup before it says that it works.",
            """before(job.succeeds('rt_sigaction'), job.writes('!')) or
            before(job.succeeds('setpgid'), job.writes('!')) or before(job.succeeds('setsid'),
            job.writes('!'))""",
            wrong=[
                move(
                    "signal.signal(signal.SIGHUP, signal.SIG_IGN)",
                    above="signal.pause()  # both"),
                delete("signal.signal(signal.SIGHUP, signal.SIG_IGN)")],
            hint="""The window may be closed at any moment after the job writes `!`. What must the
            job do before that?"""),
        Claim("The job lives on.",
            "at('end').job.state == 'S'",
            wrong=[
                delete("signal.signal(signal.SIGHUP, signal.SIG_IGN)"),
                replace(
                    "signal.signal(signal.SIGHUP, signal.SIG_IGN)",
                    "signal.signal(signal.SIGTERM, signal.SIG_IGN)")],
            hint="""Which signal does the foreground group get when its session leader ends? The job
            may ignore it, or be in another group."""),
        main="window",
        leaves=["job"],
        fix=insert(
            "signal.signal(signal.SIGHUP, signal.SIG_IGN)",
            above='os.write(write_end, b"!")  # it works'),
        fix_in_c=insert("signal(SIGHUP, SIG_IGN);", above='write(write_end, "!", 1);  // it works'),
        hint="This is what `nohup` does before it executes a command.",
        praise="The job had made itself ready for SIGHUP before the window was closed."),
    remember="""The kernel sends SIGHUP to the session leader and, when the leader ends, to the
    foreground group and to stopped groups that become orphaned. Other background jobs get it from
    the shell.""",
    good_for="""A download in the background ends with your ssh connection, or it does not: that
    depends on the shell. `setsid`, `nohup` and `disown` each remove another cause.""",
    requires=["orphan", "jobs-and-terminal"],
    exercise="shell-6",
    read="""credentials(7); setsid(2); nohup(1); bash(1), SIGNALS; POSIX.1-2024 _exit(); TLPI
    chapter 34""",
)
