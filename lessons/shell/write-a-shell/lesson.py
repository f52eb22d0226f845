"""Write a shell, in five parts: commands, status, redirections, pipelines, jobs."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, move,
    replace, some,
)

no_exit = delete("os._exit(127)")
by_the_macros = replace(
    "status = word >> 8",
    "if os.WIFSIGNALED(word):\n"
    "    status = 128 + os.WTERMSIG(word)\n"
    "else:\n"
    "    status = os.WEXITSTATUS(word)")
in_the_child = (move("command = os.fork()", above="if log:") +
    replace("if log:", "if command == 0 and log:"))
keeps_it = delete("os.close(write_end)")
waits_first = move("os.waitpid(left, 0)", above="right = os.fork()")
child_is_late = insert("os.kill(os.getpid(), signal.SIGSTOP)", above="os.setpgid(0, 0)")
child_is_early = (insert("os.kill(os.getpid(), signal.SIGSTOP)", above="signal.pause()") +
    insert("os.waitid(os.P_PID, job, os.WSTOPPED | os.WNOWAIT)", above="try:"))
child_only = delete("os.setpgid(job, job)")
not_yet_executed = insert("os.close(write_end)\nsignal.pause()", above="os.execvp")


lesson = Lesson(
    Say("A shell in five parts. The exercises let you write your own."),
    Predict("There is no program nosuch. How many processes run, the shell included?",
        Choice("3",
            "len(processes) == 3",
            """The shell forks once for each line. The first child finds no program and leaves by
            `_exit`; the second becomes echo."""),
        Choice("4",
            "len(processes) == 4",
            "Four run without `os._exit`: the first child continues the loop, and forks."),
        Choice("2",
            "len(processes) == 2",
            """Two programs run: the shell and `echo`. Yet `fork` makes a process before `exec` is
            tried, one for each line."""),
        hint="Count the calls of `fork`. Which process calls it each time?",
        again=no_exit),
    Run("typed",
        Claim("""The child whose `exec` failed ends with 127, and the shell continues with the next
            line.""",
            "command.exits(127) and len(anyone.writes('done\\n')) == 1",
            wrong=no_exit),
        main="shell"),
    Predict("Leave out `os._exit`. **How often** is “done” written?",
        Choice("once",
            "len(row('without _exit(127)').anyone.writes('done\\n')) == 1",
            """You expect a failed `exec` to end its process. `exec` returns after a failure, and
            the child continues the loop."""),
        Choice("twice",
            "len(row('without _exit(127)').anyone.writes('done\\n')) == 2",
            """The child has become a second shell. It runs the next line, and the first shell runs
            it, too."""),
        Choice("never",
            "len(row('without _exit(127)').anyone.writes('done\\n')) == 0",
            """“done” is never written if the failure stops the loop. It stops neither the shell's
            loop nor the child's."""),
        hint="After the failed `exec` two processes are in the loop. What does each do?"),
    Compare(
        Run("typed", main="shell"),
        Claim("Without _exit the child is a second shell: it runs the next line, too.",
            """len(row('without _exit(127)').anyone.writes('done\\n')) == 2 and len(row('without
            _exit(127)').processes) == 4"""),
        Claim("Without split the shell looks for a program “echo done”, with the blank.",
            """len(row('without split').anyone.writes('done\\n')) == 0 and not row('without
            split').anyone.execs('echo')"""),
        id="loop",
        title="the shell",
        rows={
            "as it is": Edit(),
            "without _exit(127)": no_exit,
            "without split": replace("line.split()", "[line]")},
        columns={
            "processes": "len(processes)",
            "“done” is written": "len(anyone.writes('done\\n'))"}),
    Say(
        "`split` does not understand quotes: `echo 'a  b'` has two words. The exercise "
        "**shell-1** checks your own loop."),
    Task("In one line, let this shell run a program that does not exist:",
        asks={
            "exec fails with ENOENT": some(
                "",
                ("anyone.fails('exec', 'ENOENT')", "no exec failed with ENOENT")),
            "the 127 that is printed is the value of your shell's `$?`": some("",
                ("prints('127')", "printed: {shown}"),
                ("anyone.expands('?', '127')", "the 127 is not your shell's `$?`"))},
        hint="Type any word that is not a command, a semicolon, and the `echo`.",
        solution="nosuch; echo $?",
        wrong={
            "echo 127": "`echo` prints the number itself. No child has ended with 127.",
            "sh -c 'exit 127'": "The child ends with 127, but nothing is printed.",
            "sh -c 'exit 127'; echo $?":
                "The status is 127. But `sh` exists, and `exit` chose this number.",
            "./; echo $?":
                "`./` is a directory. It exists, and `execve` refuses it: the status is 126."},
        note="The child found no program and left by `_exit(127)`. This shell continued."),
    Say("""**The status.** `waitpid` has returned the *wait status*, and the shell must report it.
        This shell takes the upper byte of the word."""),
    Predict("SIGKILL, number 9, ends the command. What does this shell print?",
        Choice("status 0",
            "value('status') == 0",
            """On Linux the upper byte is the exit code. This command did not exit, so the byte is
            0, and 0 looks like success."""),
        Choice("status 137",
            "value('status') == 137",
            """Shells report 137: they add 128 to WTERMSIG(word). This shell does not, and no `wait`
            returns 137."""),
        Choice("status 9",
            "value('status') == 9",
            """`word & 127` would be 9: the number of the signal is in the **low** bits. This shell
            shifts them out."""),
        hint="Draw the 16 bits of the word for a killed process. What is left after `>> 8`?",
        again=by_the_macros),
    Run("report",
        Claim("This shell reports a killed command as a success.",
            "command.killed('SIGKILL') and value('status') == 0",
            wrong=by_the_macros),
        main="shell",
        watch=["status"]),
    Say("Now the shell reads the wait status with the macros."),
    Run("report",
        Claim("With WIFSIGNALED and WTERMSIG the shell reports 137.",
            "value('status') == 137",
            wrong=replace("os.WIFSIGNALED(word)", "False")),
        id="macros",
        main="shell",
        watch=["status"],
        edit=by_the_macros),
    Say("""POSIX does not define the bits, only the macros. For a signal POSIX requires a status
        **above 128**. bash, dash and simpsh report 128 and the number of the signal; ksh93 reports
        256 and the number."""),
    Predict("`false` ends with 1, `true` with 0. What does `echo $?` print after `false | true`?",
        Choice("0",
            "''.join(row('false | true').output.split()[-1:]) == '0'",
            "The shell waits for both commands and keeps the status of the last one."),
        Choice("1",
            "''.join(row('false | true').output.split()[-1:]) == '1'",
            """One failure is enough after `set -o pipefail`, which POSIX has since 2024. Without it
            only the last command counts."""),
        Choice("256",
            "''.join(row('false | true').output.split()[-1:]) == '256'",
            """256 is the wait status of `false` on Linux. A shell reports the exit code, and here
            the last command's."""),
        hint="A pipeline has two commands and one status. Which command is the last one?"),
    Compare(
        Run("status"),
        Claim("For a killed command simpsh reports 128 and the signal: 137.",
            "''.join(row(\"sh -c 'kill -9 $$'\").output.split()[-1:]) == '137'"),
        Claim("127 means: there is no such command.",
            "''.join(row('./nosuch').output.split()[-1:]) == '127'"),
        Claim("126 means: the file exists and cannot be executed.",
            "''.join(row('/ (a directory)').output.split()[-1:]) == '126'"),
        Claim("The status of a pipeline is the status of its last command.",
            "''.join(row('false | true').output.split()[-1:]) == '0'"),
        id="statuses",
        title="simpsh runs",
        rows={
            "sh -c 'exit 3'": Edit(),
            "sh -c 'kill -9 $$'": replace("exit 3", "kill -9 $$"),
            "./nosuch": replace("sh -c 'exit 3'", "./nosuch"),
            "/ (a directory)": replace("sh -c 'exit 3'", "/"),
            "false | true": replace("sh -c 'exit 3'", "false | true")},
        columns={"echo $? prints": "''.join(output.split()[-1:])"}),
    Task("Now, in one line, a command that a signal ends:",
        asks={
            "SIGTERM ends a process": some(
                "",
                ("anyone.killed('SIGTERM')", "SIGTERM ended no process")),
            "the 143 that is printed is the value of your shell's `$?`": some("",
                ("prints('143')", "printed: {shown}"),
                ("anyone.expands('?', '143')", "the 143 is not your shell's `$?`"))},
        hint="`$$` is the pid of the shell that expands it; `sh -c '…'` is a shell.",
        solution="sh -c 'kill $$'; echo $?",
        wrong={
            "sh -c 'exit 143'; echo $?":
                "The status is 143. But `sh` exits by itself: no signal ends it.",
            "echo 143":
                """`echo` prints the number itself. The task asks for the status of a command that
                SIGTERM ends.""",
            "sh -c 'kill -9 $$'; echo $?":
                "Signal 9 is SIGKILL, and the status is 137. The task asks for SIGTERM.",
            "sleep 1000 & kill $!; echo $?":
                """SIGTERM ends `sleep`. But `$?` is the status of the last foreground command, and
                that is `kill`."""},
        note="The wait status has 15 in its low bits, the number of SIGTERM. The shell adds 128."),
    Say("""**A redirection.** Typed: `echo one >log`, then `echo two`. This shell calls `dup2` as
        soon as it sees the redirection."""),
    Predict("`os.dup2` comes **before** the `fork`. Where does “two” go?",
        Choice("to the old output",
            "output == 'two\\n'",
            """The redirection ends with its command if the **child** calls `dup2`, after the
            `fork`. Here the shell calls `dup2`."""),
        Choice("into log as well",
            "file('log') == 'one\\ntwo\\n'",
            "The shell changes its own descriptor 1. All its later children inherit the file."),
        Choice("nowhere, as `log` is closed",
            "output == '' and file('log') == 'one\\n'",
            """The end of `echo` closes its own descriptor, and not the file; the shell's descriptor
            1 stays open."""),
        hint="Which process calls `dup2`? Does it still exist when “two” is written?"),
    Run("redirected",
        Claim("The shell itself stays redirected: “two” is in log as well.",
            "'two\\n' in file('log') and output == ''",
            wrong=in_the_child),
        main="shell",
        watch=["dup2"]),
    Say("Now the child redirects its own output, after the `fork`."),
    Run("redirected",
        Claim("In the child the redirection ends with the command.",
            "file('log') == 'one\\n' and output == 'two\\n'",
            wrong=replace("command == 0 and log", "log")),
        id="in-the-child",
        main="shell",
        watch=["dup2"],
        edit=in_the_child),
    Task("In one line, write “one” and “two” into the file `log`, one per line:",
        asks={
            "in every order `log` has one, then two": some("",
                ("file('log') == 'one\\ntwo\\n'", "`log` has {file('log')}")),
            "two `echo` write them": some("p q",
                ("p.execs('echo') and p.writes_into('log', 'one\\n')",
                 "no program `echo` wrote `one` into `log`"),
                ("q.execs('echo') and q.writes_into('log', 'two\\n')",
                 "no program `echo` wrote `two` into `log`"),
                ("len(ran('echo')) == 2", "processes that ran `echo`: {len(ran('echo'))}"))},
        hint="Redirect both at once, or let the second one append.",
        solution="(echo one; echo two) >log",
        wrong={
            "echo one >log; echo two >log":
                "The second `>log` truncates the file. Only “two” is in log.",
            "echo one; echo two >log":
                "Only the second `echo` is redirected. “one” goes to the terminal.",
            "echo one two >log":
                """One `echo` writes both words in one line. The task asks for two lines, with two
                `echo`."""},
        note="`( … ) >log` redirects a child, and `>>log` appends."),
    Say("""**A pipeline**, `seq 20000 | tail -n 1`. The shell makes a pipe and two children. Each
        child puts its end on 0 or 1. `exec` closes the two originals: Python opens them
        *close-on-exec*.""",
        part=""),
    Predict("This shell does **not close** its write end. What happens?",
        Choice("the pipeline ends as usual",
            "returns",
            """It ends if no process **can** write any more. The shell never writes, but it has a
            write end: it can."""),
        Choice("seq sleeps in `write` for ever",
            "at('rest').left.asleep_in == 'write'",
            """seq sleeps if the pipe stays full. Here tail reads and makes room, so seq writes all
            and ends."""),
        Choice("tail sleeps for ever",
            "at('rest').right.asleep_in == 'read'",
            """tail reads until end of file. This cannot come while the shell has a write end, and
            the shell waits for tail."""),
        hint="After seq's end: which processes hold a write end?",
        again=waits_first),
    Run("kept",
        Claim("The shell is the only process that can still write, and tail waits for it.",
            """at('rest').holders('A', 'write') == ['shell'] and at('rest').right.asleep_in ==
            'read'""",
            wrong=waits_first),
        main="shell",
        leaves=["right"],
        edit=keeps_it),
    Predict("""Move `os.waitpid(left, 0)` above `right = os.fork()`: wait for `seq`, then start
        `tail`. What happens?""",
        Choice("seq sleeps for ever",
            "row('it waits, then starts tail').at('rest').left.asleep_in == 'write'",
            """The pipe is full. tail would make room, but the shell starts tail only when seq has
            ended."""),
        Choice("both end, one after the other",
            "row('it waits, then starts tail').returns",
            """With a file between the two, or with few bytes, both end. 108894 bytes do not fit
            into the pipe."""),
        Choice("seq is ended by SIGPIPE",
            "row('it waits, then starts tail').at('rest').left.gone",
            "SIGPIPE comes if no read end is open. The shell has a read end open, for tail."),
        hint="How many bytes does a pipe hold, and how many does seq write?"),
    Compare(
        Run("kept", main="shell", leaves=["left", "right"]),
        Claim("If the shell keeps the write end, the reader waits for ever.",
            "row('the shell keeps the write end').at('rest').right.asleep_in == 'read'"),
        Claim("If the shell waits first, it hangs: the pipe is full, and tail is not started.",
            "row('it waits, then starts tail').at('rest').left.asleep_in == 'write'"),
        id="ends",
        title="in the pipeline",
        rows={
            "nothing is changed": Edit(),
            "the shell keeps the write end": keeps_it,
            "it waits, then starts tail": waits_first},
        columns={
            "does it hang?": "'hangs' if hangs else 'returns'",
            "seq": "'sleeps in write' if at('rest').left.asleep_in == 'write' else 'has ended'",
            "tail": "'sleeps in read' if at('rest').right.asleep_in == 'read' else '–'"},
        needs=["small pages"]),
    Task("Print the last of 20000 numbers:",
        asks={
            "20000 is printed, and nothing else": some("",
                ("output == '20000\\n'", "printed: {shown}")),
            "in a pipeline of three programs": some("",
                ("len([p for p in processes if p.programs and (p.pipes_written() or "
                 "p.pipes_read())]) == 3 and len(anyone.calls('pipe')) == 2",
                 "programs at a pipe: {len([p for p in processes if p.programs and "
                 "(p.pipes_written() or p.pipes_read())])}; pipes: {len(anyone.calls('pipe'))}")),
            "one of them is `seq 20000`, another one is `cat`": some("",
                ("ran('seq', '20000')", "no process executed `seq 20000`"),
                ("ran('cat')", "no process executed `cat`"))},
        hint="`cat` without a file copies its standard input.",
        solution="seq 20000 | cat | tail -n 1",
        wrong={
            "seq 20000 | tail -n 1":
                "The number is right. These are two programs, and the task asks for three.",
            "seq 20000 | tail -n 1 | tail -n 1":
                "Three programs, and the right number. The task asks for `cat` as one of them.",
            "seq 20000 | cat | cat":
                """Three programs run, and all the numbers are printed. The task asks for the last
                number."""},
        note="Three programs, two pipes. The shell closed all four ends before it waited."),
    Say("""**A job.** Each job gets a *process group*. The child or its parent may call `setpgid`.
        Here the shell calls `setpgid` when the child already runs sleep."""),
    Predict("What does this `setpgid` do?",
        Choice("it fails with EPERM",
            "shell.fails('setpgid', 'EPERM')",
            """EPERM is for session leaders, and for groups of another session. The child is no
            leader, and the group is in its own session."""),
        Choice("it succeeds",
            "shell.succeeds('setpgid')",
            """Before the child's `exec` the parent may move the child into a group. Here the child
            has called `exec` already."""),
        Choice("it fails with EACCES",
            "shell.fails('setpgid', 'EACCES')",
            """After the `exec` the child runs another program. Then POSIX forbids the parent to
            change the child's group."""),
        hint="setpgid(2) lists EACCES. What has the child done by then?",
        again=not_yet_executed),
    Run("too-late",
        Claim("After the child's `exec` its parent cannot change its group any more.",
            "shell.fails('setpgid', 'EACCES')",
            wrong=not_yet_executed),
        main="shell",
        leaves=["job"]),
    Say("""So let the child call `setpgid`, before its `exec`. But the shell uses the group, for fg
        and for kill. When does the group exist?"""),
    Predict("Leave out `os.setpgid(job, job)`. When does `kill(-job, …)` find the group?",
        Choice("in every order",
            "row('the child only, late').output == 'killed'",
            """This needs the child to run first. After `fork` the order is *unspecified*: the
            shell's `kill` may come before the child's `setpgid`."""),
        Choice("in no order",
            "row('the child only, early').output == 'no group'",
            """This would be true if only a parent could make a group. The child makes its own by
            `setpgid(0, 0)`."""),
        Choice("in some orders",
            """row('the child only, late').output == 'no group' and row('the child only,
            early').output == 'killed'""",
            """If the shell's `kill` comes first, there is no such group yet. With both calls the
            group exists in every order."""),
        hint="Two calls, in two processes: `setpgid` and `kill`. What orders them?"),
    Compare(
        Run("orders", main="shell"),
        Claim("If the child alone calls setpgid, the group may not exist yet.",
            """row('the child only, late').output == 'no group' and row('the child only,
            early').output == 'killed'"""),
        Claim("If both call setpgid, the group exists although the child is late.",
            "row('both, the child late').output == 'killed'"),
        id="callers",
        title="setpgid is called by",
        rows={
            "both, the child late": child_is_late,
            "the child only, late": child_only + child_is_late,
            "the child only, early": child_only + child_is_early},
        columns={"output": "output"}),
    Task("""The current job's name is `%%`. In one line, start `sleep 100 | sleep 200` in the
        background:""",
        asks={
            "the job is a pipeline of two processes": some("",
                ("anyone.calls('pipe')", "the line made no pipe"),
                ("len([p for p in processes[1:] if p.killed or p.execs('sleep')]) == 2",
                 "processes that ran `sleep`: {len(ran('sleep'))}")),
            "**one** `kill` of the job ends both by SIGTERM": some("",
                ("all(p.killed('SIGTERM') for p in processes if p.killed or p.execs('sleep'))",
                 "SIGTERM did not end each `sleep`"),
                ("len(anyone.sends('SIGTERM')) == 1",
                 "signals that were sent: {len(anyone.sends('SIGTERM'))}")),
            "the line waits for the job": some("",
                ("all(p.collected for p in processes if p.killed or p.execs('sleep'))",
                 "no process waited for one of them"))},
        hint="`&` starts the job. `kill` and `wait` take its name in place of a pid.",
        solution="sleep 100 | sleep 200 & kill %%; wait %%",
        wrong={
            "sleep 100 & sleep 200 & kill %1 %2; wait":
                "Both end, but these are two jobs. The task asks for a pipeline, which is one job.",
            "sleep 100 | sleep 200 & kill $!":
                "`$!` is one pid, that of `sleep 200`. `sleep 100` lives on.",
            "sleep 100 & kill %%; wait %%":
                "This job is one process. The task asks for a pipeline of two.",
            "kill %%": "No job was started by this line. Start it and end it in the same line."},
        note="One `kill` sends the signal to the job's process group."),
    Repair("redirected",
        """You type `echo one >log`, then `echo two`. This shell writes both words into `log`. The
        word `two` should come to the standard output. Fix it.""",
        Claim("Both commands are executed: `echo one` and `echo two`.",
            "len(anyone.execs('echo')) == 2",
            wrong=replace('("one", "log"), ("two", "")', '(("one", "log"),)'),
            hint="Keep both lines, and the exec."),
        Claim("The word `one` is in `log`, and `two` is on the standard output.",
            "file('log') == 'one\\n' and output == 'two\\n'",
            wrong=[
                replace("if command == 0 and log:", "if log:"),
                replace("if command == 0 and log:", "if command != 0 and log:"),
                replace("os.open(log, os.O_WRONLY | os.O_CREAT, 0o666)", "1")],
            hint="""Which process calls `dup2`? What it changes stays changed for that process and
            for its later children."""),
        main="shell",
        fix=in_the_child,
        fix_in_c=delete("pid_t command = fork();") +
            replace('        if (command == -1)\n            err(1, "fork");\n', "") +
            replace(
                "if (log != NULL) {",
                "pid_t command = fork();\n"
                "if (command == -1)\n"
                '    err(1, "fork");\n'
                "if (command == 0 && log != NULL) {"),
        hint="A redirection is for one command. Which process has descriptors of its own?",
        praise="The child redirected itself before exec. The shell still has its own output."),
    remember="""The child executes a program or leaves by _exit(127). It redirects, and joins its
    group, between fork and exec. The shell starts all of a pipeline, closes its ends, and
    waits.""",
    good_for="""make, cron, a build server, `subprocess` in Python: each starts commands with these
    calls, and each of the five mistakes is possible there.""",
    requires=["shell-loop", "status-word", "redirection-order", "full-pipe", "jobs-and-terminal"],
    exercise="shell-1",
    read="""execvp(3), wait(2), dup2(2), pipe(7), setpgid(2); POSIX.1-2024 Shell Command Language
    2.7, 2.8.2, 2.9.2; TLPI 34.2 Process Groups""",
)
