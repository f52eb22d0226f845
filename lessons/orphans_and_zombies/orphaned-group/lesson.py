"""A stopped job whose shell has ended gets SIGHUP and SIGCONT."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, replace,
)

not_stopped = (replace("os.kill(os.getpid(), signal.SIGSTOP)", "signal.pause()") +
    replace("os.waitpid(job, os.WUNTRACED)", "pass"))
with_nohup = insert("signal.signal(signal.SIGHUP, signal.SIG_IGN)", above="os.kill(os.getpid()")
shell_stays = insert("signal.pause()", above="os._exit(0)  # ①")

lesson = Lesson(
    Say("After its shell has ended, no process can continue a *stopped* job with `fg`."),
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
        hint="The job has to learn that its shell is gone, and it must run to notice."),
    Run("stopped",
        Claim("When the shell ends, the job gets SIGHUP and SIGCONT.",
            "job.gets_signal('SIGHUP') and job.continues",
            wrong=[not_stopped, shell_stays]),
        Claim("SIGHUP kills the job.", "job.killed('SIGHUP')", wrong=[with_nohup, not_stopped]),
        main="login"),
    Predict("""Now the job is **not** stopped when its shell ends: it sleeps in `signal.pause()`.
        What does the kernel send to the job?""",
        Choice("SIGHUP and SIGCONT",
            "row('not stopped').job.continues",
            """The kernel sends both to an orphaned group **with a stopped member**. This group has
            none."""),
        Choice("SIGHUP alone",
            "row('not stopped').job.gets_signal('SIGHUP')",
            """A foreground job gets SIGHUP when the session leader of its *controlling terminal*
            ends. This session has no terminal."""),
        Choice("no signal at all",
            """not row('not stopped').job.gets_signal('SIGHUP') and not row('not
            stopped').job.continues""",
            """No member is stopped, so every member can run and notice the change. The job lives on
            as an *orphan*."""),
        hint="The rule has two conditions: the group becomes orphaned, and one more."),
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
    Say("""The kernel's rule is about an *orphaned process group*: no member has a parent in another
        group of the same *session*. An interactive shell does more: when a shell such as bash ends
        by SIGHUP, it first sends SIGHUP to all its jobs. This is the shell's decision, and the
        lesson `hangup` shows it."""),
    Repair("repair",
        """A shell ends while its job is stopped. The job should then run to its end, as under
        `nohup`. A signal ends it. Fix it.""",
        Claim("The job is stopped when its shell ends.",
            "before(job.stops(), shell.ends)",
            wrong=[not_stopped, delete("os.kill(os.getpid(), signal.SIGSTOP)")],
            hint="Keep the stop, and the wait of the shell for it."),
        Claim("The job continues, and exits with 0.",
            "job.continues and job.exits(0)",
            wrong=[
                delete("signal.signal(signal.SIGHUP"),
                replace("signal.SIGHUP", "signal.SIGTERM")],
            hint="""Which two signals does the kernel send to a stopped job whose shell has ended?
            One of them ends the job."""),
        main="login",
        fix=with_nohup,
        fix_in_c=insert("signal(SIGHUP, SIG_IGN);", above="kill(getpid(), SIGSTOP);"),
        hint="`nohup` means: no SIGHUP.",
        praise="The job ignored SIGHUP, and SIGCONT let it run to its end."),
    remember="""If a process group becomes orphaned with a stopped member, the kernel sends SIGHUP
    and SIGCONT to the whole group.""",
    good_for="""You stop an editor with ^Z, forget it, and log out. Without this rule the stopped
    editor stays in memory until the machine is switched off.""",
    requires=["orphan", "stop-and-continue"],
    read="""POSIX.1-2024 _exit(), “Consequences of Process Termination”; setpgid(2); credentials(7);
    Stevens, Rago, APUE, chapter 9 Process Relationships""",
)
