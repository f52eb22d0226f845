"""A terminal has one foreground process group: it gets the keys' signals, and it alone may read."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, Type, delete, insert,
    move, replace, some,
)

with_job_control = replace("cat &", "set -m; cat &")
back_in_front = insert("os.tcsetpgrp(0, back)", above="os.waitpid(front, 0)")


lesson = Lesson(
    Say("""Each process is in a *process group*, each group in a *session*: all groups of one
        terminal or login. A shell gives each job a group. Here the job `front` stays in the shell's
        group; the job `back` gets a group of its own."""),
    Predict("You press ^C. **Which jobs end, and what sends the signal?**",
        Choice("`front`, by the kernel",
            "front.killed('SIGINT') and not back.gets_signal('SIGINT')",
            """The kernel sends SIGINT to each process of the *foreground* group: `front`, and the
            shell, which ignores SIGINT."""),
        Choice("`front` and `back`, by the kernel",
            "front.killed('SIGINT') and back.gets_signal('SIGINT')",
            """Both end if both are in the foreground group. `os.setpgid` moved the process
            `back` to another group."""),
        Choice("`front`, by the shell",
            "shell.sends('SIGINT', front)",
            """A shell can send signals, by `kill`. Here the terminal driver in the kernel turns the
            key into SIGINT, and sends it itself."""),
        hint="In which process group is each of the three? Which one is in the foreground?",
        again=delete("os.setpgid(back, back)")),
    Run("key",
        Claim("""^C ends `front`, which is in the foreground group. The kernel sends the signal, no
            process does.""",
            """at('rest').front.group == at('rest').foreground and front.killed('SIGINT') and not
            anyone.sends('SIGINT')""",
            wrong=back_in_front),
        Claim("`back` is in another group: it gets no signal, and lives on.",
            "not back.gets_signal('SIGINT') and at('end').back.state == 'S'",
            wrong=[delete("os.setpgid(back, back)"), back_in_front]),
        main="shell",
        watch=["setpgid"],
        at_rest=[Type("^C")],
        leaves=["front", "back"],
        terminal=True),
    Predict("A *background* job **reads from the terminal**. What happens?",
        Choice("it is stopped",
            "job.stops('SIGTTIN')",
            """The kernel sends SIGTTIN to the job's group, and that stops the job. `fg` then does
            `os.tcsetpgrp` and sends SIGCONT."""),
        Choice("it waits for your line",
            "not job.stops() and job.reads('hello')",
            """A foreground job does. With two readers, either could get your line; so only the
            foreground group may read."""),
        Choice("it gets end of file",
            "job.sees_end_of_file",
            """End of file comes at once from /dev/null. The input of this job is still the
            terminal."""),
        hint="""The shell at its prompt reads, too. Which of the two processes should get your
        line?"""),
    Run("reading",
        Claim("The read stops the background job with SIGTTIN; the job has read nothing.",
            "job.stops('SIGTTIN') and at(1).job.state == 'T'",
            wrong=delete("os.setpgid(0, 0)")),
        Claim("In the foreground, and continued, the job gets your line by the same read.",
            "before(shell.calls('tcsetpgrp'), job.reads('hello'))",
            wrong=replace("os.tcsetpgrp(0, job)", "pass")),
        main="shell",
        watch=["setpgid", "tcsetpgrp"],
        at_rest=[Type("hello\n")],
        leaves=["job"],
        terminal=True),
    Predict("What happens if a background job **writes** to the terminal?",
        Choice("the write succeeds",
            "row('writes').job.exits(0)",
            "By default every process of the session may write to its terminal."),
        Choice("the job is stopped",
            "row('writes').job.stops('SIGTTOU')",
            """After `stty tostop` a write stops the job. Without `tostop` the output appears
            between your lines."""),
        Choice("the write fails",
            "row('writes').job.exits(1)",
            """A **read** fails, with EIO, if the job ignores SIGTTIN. A write is allowed by
            default."""),
        hint="What do you see at your own prompt, if a background job prints something?"),
    Compare(
        Run("background", main="shell", leaves=["job"], terminal=True),
        Claim("If the job ignores SIGTTIN, its read fails with EIO.",
            """row('reads, and ignores SIGTTIN').job.fails('read', 'EIO') and row('reads, and
            ignores SIGTTIN').job.exits(1)"""),
        Claim("A background write is allowed.",
            "not row('writes').job.stops() and row('writes').job.exits(0)"),
        Claim("After `stty tostop` SIGTTOU stops a background write.",
            "row('writes after stty tostop').job.stops('SIGTTOU')",
            needs=["threads"]),
        id="deeds",
        title="in the background, a job",
        rows={
            "reads": Edit(),
            "reads, and ignores SIGTTIN":
                replace("os.read(0, 100)", "os.read(0, 100)") +
                    insert("signal.signal(signal.SIGTTIN, signal.SIG_IGN)", above="try:"),
            "writes":
                replace("os.read(0, 100)", "os.write(1, b'x')") + insert("pass", above="try:"),
            "writes after stty tostop":
                replace("os.read(0, 100)", "os.write(1, b'x')") +
                    insert("os.system('trap \"\" TTOU; stty tostop')", above="try:"),
            "takes the terminal (tcsetpgrp)":
                replace("os.read(0, 100)", "os.tcsetpgrp(0, os.getpid())") +
                    insert("pass", above="try:"),
            "takes it, and ignores SIGTTOU":
                replace("os.read(0, 100)", "os.tcsetpgrp(0, os.getpid())") +
                    insert("signal.signal(signal.SIGTTOU, signal.SIG_IGN)", above="try:")},
        columns={
            "is stopped": "'yes' if job.stops() else 'no'",
            "succeeds": "'yes' if job.exits(0) else 'no'"}),
    Say("""The last rows are about the shell itself: a background process that calls `tcsetpgrp` is
        stopped, unless it ignores or blocks SIGTTOU. So an interactive shell ignores SIGTTOU. See
        POSIX.1-2024, tcsetpgrp()."""),
    Say("""At a prompt each job gets a *process group*. A script has no *job control*: all its
        commands stay in the script's group, which is in the foreground."""),
    Predict("The script starts `cat &` at a terminal. What does `read` return to `cat`?",
        Choice("end of file",
            "cat.sees_end_of_file",
            """POSIX requires it: a background command without job control gets /dev/null as
            standard input."""),
        Choice("a stop by SIGTTIN",
            "cat.stops('SIGTTIN')",
            """With job control (`set -m`) cat has a group of its own, in the background, and its
            `read` stops it. A script has no job control."""),
        Choice("your next line",
            "at('rest').cat.asleep_in == 'read'",
            """Your line would come if cat's input were the terminal: its group is in the
            foreground. The shell gives cat another input."""),
        hint="""Two processes of the foreground group could read your next line. How can a shell
        prevent that?""",
        again=with_job_control),
    Run("script",
        Claim("Without job control cat gets /dev/null to read, and sleep ignores ^C.",
            """cat.sees_end_of_file and at('rest').sleep.group == at('rest').foreground and
            at('rest').sleep.ignores('SIGINT')""",
            wrong=with_job_control),
        leaves=["shell", "sleep"],
        terminal=True),
    Task("A job may consist of several processes. Type a line after which:",
        asks={
            "a process is stopped because it tried to read from the terminal": some("",
                ("not anyone.sends('SIGTTIN')", "a process sent SIGTTIN"),
                ("anyone.stops('SIGTTIN')", "SIGTTIN stopped no process")),
            "another process of the same job is stopped, too": some("p q",
                ("p.end.state == 'T'", "no process was stopped at the end"),
                ("p != q and q.end.state == 'T' and p.end.group == q.end.group",
                 "one process was stopped"))},
        hint="""`cat` reads from the terminal. `&` after a pipeline starts the whole pipeline in the
        background.""",
        solution="cat | cat &",
        wrong={
            "cat &": "This job is stopped, but it is one process.",
            "cat </dev/null | cat &": "This `cat` reads from /dev/null, not the terminal.",
            "sleep 1000 | sleep 1000 &":
                "`sleep` does not read from the terminal, so nothing stops this job.",
            "cat & cat &":
                "Both are stopped, but they are two jobs, each with a group of its own."},
        note="One process wanted to read. The kernel sent SIGTTIN to its whole group."),
    Repair("repair",
        """The job has ended, but this shell cannot read the line that you type at its terminal. Fix
        it.""",
        Claim("The shell collects the job.",
            "shell.collects(job)",
            wrong=delete("os.waitpid(job, 0)"),
            hint="Keep the wait for the job."),
        Claim("The shell reads the line that you type.",
            "shell.reads('ls\\n')",
            wrong=[
                delete("# the terminal is the shell's again"),
                move("os.tcsetpgrp(0, os.getpgrp())", above="os.tcsetpgrp(0, job)"),
                replace("os.getpgrp())", "job)")],
            hint="""Which process group is in the foreground when the shell reads? A process of
            another group cannot read."""),
        main="shell",
        at_rest=[Type("ls\n")],
        terminal=True,
        fix=insert(
            "os.tcsetpgrp(0, os.getpgrp())  # the terminal is the shell's again",
            above="os.read(0, 100)"),
        fix_in_c=insert(
            "tcsetpgrp(0, getpgrp());  // the terminal is the shell's again",
            above="if (read(0, text, sizeof text) == -1)"),
        hint="""Which process group was in the foreground last? Has the shell taken the terminal
        back?""",
        praise="""The shell took the terminal back with `tcsetpgrp`. It ignores SIGTTOU, which would
        stop it at this call."""),
    remember="""^C and ^Z go to the whole foreground group, and only this group may read. The shell
    decides which group it is.""",
    good_for="""“Stopped (tty input)”, or a ^C that ends half of a build: ask in which process group
    each process is, and which group is in the foreground.""",
    requires=["shell-loop", "process-groups-and-kill"],
    exercise="shell-6",
    read="credentials(7); setpgid(2); tcsetpgrp(3); termios(3), “tostop”; TLPI chapter 34",
)
