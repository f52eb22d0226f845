"""The captured command that never ends."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, Show, Task, delete,
    insert, replace, some,
)

before_the_program_ends = insert("signal.pause()", above='os.write(1, b"started\\n")')
null_on_1_and_2 = insert(
    'null = os.open("/dev/null", os.O_RDWR)\nos.dup2(null, 1)\nos.dup2(null, 2)',
    above="signal.pause() ")
closes_both = insert("pair[0].close()\npair[1].close()", above="can_read =")
original_stays = delete("# 1 is enough")
keeps_output = delete('os.open("/dev/null"')
read_by_if = replace("while os.read", "if os.read")
new_session = original_stays + insert("os.setsid()", above="signal.pause()")
server_killed = (original_stays +
    insert("os.kill(server, signal.SIGKILL)", above='os.write(1, b"started")'))
server_ends = original_stays + delete("signal.pause()")


lesson = Lesson(
    Say("""You type `x=$(start-server 2>&1)`, a *command substitution* that captures errors, too.
        The command prints “started” and ends, but your prompt does not come back. This is
        `start-server`: it forks a server, prints, and ends.""",
        part="start_server"),
    Predict("""This is what the shell does for `$(… 2>&1)`. The program has ended. **What does the
        caller do?**""",
        Choice("it sleeps in read",
            "at('rest').caller.asleep_in == 'read'",
            "`os.read` reads until end of file, and end of file has not come."),
        Choice("it sleeps in waitpid",
            "at('rest').caller.asleep_in == 'wait4'",
            """A caller that waits first sleeps in `waitpid` until the program ends. This caller
            reads first, and the program is dead already."""),
        Choice("it has ended",
            "returns",
            """The program's end also ends the capture if no other process has the pipe. Here
            another process still has it."""),
        part="__main__",
        hint="""The caller does two things: it reads, and it waits. Which of the two comes first,
        and when does it end?""",
        again=null_on_1_and_2),
    Run("hang",
        Claim("The program has ended and is a zombie: the caller has not collected it.",
            "at('rest').program.state == 'Z'",
            wrong=before_the_program_ends),
        Claim("The caller sleeps in read. It has not reached its `waitpid`.",
            "at('rest').caller.asleep_in == 'read'",
            wrong=null_on_1_and_2),
        Claim("The zombie has no descriptors, so it does not keep the pipe open.",
            "at('rest').program.descriptors == ()",
            wrong=before_the_program_ends),
        Claim("The server holds the write end of the pipe.",
            "'server' in at('rest').holders('A', 'write')",
            wrong=null_on_1_and_2),
        Claim("No other process can write to the pipe.",
            "at('rest').holders('A', 'write') == ['server']",
            wrong=before_the_program_ends),
        main="caller",
        leaves=["server"]),
    Predict("**Which process** keeps the pipe open?",
        Choice("the caller",
            "'caller' in at('rest').holders('A', 'write')",
            """A caller that forgets to close its write end waits for itself. This caller does not:
            `os.close(write_end)` closes it."""),
        Choice("the program",
            "'program' in at('rest').holders('A', 'write')",
            """While the program runs, it keeps the pipe open. At its end the kernel closed its
            files; a zombie has a pid and a status only."""),
        Choice("the server",
            "'server' in at('rest').holders('A', 'write')",
            "`fork` copied the program's descriptors, so the server's 1 and 2 are the pipe."),
        hint="""Follow the write end: `os.pipe` makes it, each `fork` copies it. Which of these
        descriptors are closed?"""),
    Show("descriptors",
        of="hang",
        at="rest",
        text="""`readlink /proc/PID/fd/*` shows this for any process of yours. `simpsh diagnose PID`
        asks for you: which process holds the other end?"""),
    Say("""Test the diagnosis. If it is right, the caller wakes up when the server ends, although
        the server writes nothing. **You end the server.**"""),
    Run("hang",
        Claim("The end of the server causes the end of file.",
            "before(server.ends, caller.sees_end_of_file)",
            wrong=null_on_1_and_2),
        Claim("The caller collects the program only after the end of the server.",
            "before(server.ends, caller.collects(program))",
            wrong=null_on_1_and_2),
        id="end",
        main="caller",
        at_rest=[Kill("server", "SIGTERM")]),
    Predict("""You want to keep the server. People try four changes **in the server**. Which one
        cures the hang?""",
        Choice("a session by `setsid()`",
            "row('setsid(): a session of its own').returns",
            """A new *session* protects the server from the terminal's signals. It changes no
            descriptor, and the pipe stays open."""),
        Choice("a second `fork` first",
            "row('a second fork: a grandchild').returns",
            """That would help if the caller waited for its descendants. The caller waits for end of
            file, and the grandchild inherits the pipe."""),
        Choice("`/dev/null` on 1 only",
            "row('/dev/null on 1').returns",
            """With `$(…)` alone this is enough. The command has `2>&1`: descriptor 2 is the same
            pipe, and it is still open."""),
        Choice("`/dev/null` on 1 and 2",
            "row('/dev/null on 1 and 2').returns",
            "No process can write any more, so the caller reads end of file. The server lives on."),
        part="start_server",
        hint="Which change closes **every** write end that the server holds?"),
    Compare(
        Run("hang", main="caller", leaves=["server"]),
        Claim("A session of its own changes nothing: the caller hangs.",
            "row('setsid(): a session of its own').hangs"),
        Claim("A second fork changes nothing: the caller hangs.",
            "row('a second fork: a grandchild').hangs"),
        Claim("One open write end is enough: with /dev/null on 1 alone the caller hangs.",
            "row('/dev/null on 1').hangs"),
        Claim("With /dev/null on 1 and 2 the caller returns, and the server lives on.",
            """row('/dev/null on 1 and 2').returns and row('/dev/null on 1 and
            2').at('end').server.state == 'S'"""),
        id="fixes",
        title="in the server, before it serves",
        rows={
            "nothing": Edit(),
            "setsid(): a session of its own": insert("os.setsid()", above="signal.pause() "),
            "a second fork: a grandchild": insert(
                "if os.fork():\n    os._exit(0)",
                above="signal.pause() "),
            "/dev/null on 1": insert(
                'os.dup2(os.open("/dev/null", os.O_RDWR), 1)',
                above="signal.pause() "),
            "/dev/null on 1 and 2": null_on_1_and_2},
        columns={
            "does the caller hang?": "'hangs' if hangs else 'returns'",
            "can still write": "at('rest').holders('A', 'write') or 'no process'"}),
    Say("""No process has the pipe, and the reader still sleeps? A message in a *socket* can carry a
        descriptor (`SCM_RIGHTS`). Here the write end is in a message that nobody has received."""),
    Run("sent",
        Claim("""While the message waits in the socket, it holds the write end: no end of file
            comes.""",
            "output == 'open'",
            wrong=closes_both),
        shows="output"),
    Task("""This line hangs for a thousand seconds, or until you press
        ^C:

            x=$(sleep 1000 & echo started); echo $x

        Change it:""",
        asks={
            "the line returns, and prints `started`": some("",
                ("returns", "the line hangs"),
                ("output == 'started\\n'", "printed: {shown}")),
            "your shell captures the word, through the pipe": some("",
                ("shell.has_read('started')", "your shell did not read `started`"),
                ("shell.expands(value='started') or not shell.sets(value='started')",
                 "what your shell reads is not what it prints")),
            "`sleep 1000` starts inside `$( … )`, and continues": some("p",
                ("p.execs('sleep', '1000')", "no process executed `sleep 1000`"),
                ("p in still('sleep', '1000')", "`sleep 1000` has ended"),
                ("p.made_by != shell", "`sleep` started outside"))},
        hint="Which process holds the pipe? Give that process another standard output.",
        solution="x=$(sleep 1000 >/dev/null & echo started); echo $x",
        wrong={
            "x=$(sleep 1000 & echo started); echo $x":
                """This is the given line. `sleep` has the write end of the pipe as its standard
                output.""",
            "x=$(sleep 1000 2>/dev/null & echo started); echo $x":
                """This redirects the standard **error** of `sleep`. Its standard output is still
                the pipe.""",
            "x=$(sleep 1000 & kill $!; echo started); echo $x":
                """The capture ends, because you have ended `sleep`. The task asks for a `sleep`
                that continues.""",
            "x=$(sleep 0 & echo started); echo $x":
                """The capture ends when `sleep` ends, after 0 seconds. The task asks for a `sleep`
                that continues.""",
            "echo started": "This only prints the word. Keep the capture and `sleep`."},
        note="A process that holds no end of the pipe keeps no reader waiting."),
    Repair("repair",
        """The server has /dev/null as its standard output, and its caller hangs all the same. It
        should end, and the server should continue. Fix it.""",
        Claim("The caller reads `started`, then end of file, and collects the program.",
            """caller.reads('started') and caller.sees_end_of_file and caller.collects(program) and
            returns""",
            wrong=[original_stays, keeps_output, new_session, read_by_if],
            hint="""`dup2` makes a second descriptor for the pipe, and keeps the first one open.
            Which of them does the server inherit?"""),
        Claim("The server lives on when the caller is done.",
            "at('end').server.state == 'S'",
            wrong=[server_killed, server_ends],
            hint="The server must continue. It must hold no write end of the pipe."),
        main="caller",
        leaves=["server"],
        fix=insert("os.close(write_end)  # 1 is enough", above="server = os.fork()"),
        fix_in_c=insert("close(write_end);  // 1 is enough", above="pid_t server = fork();"),
        hint="Which descriptors of the server are the write end? `ls -l /proc/PID/fd` shows them.",
        praise="""The server cannot write to the pipe any more. The last write end is closed when
        the program ends, and the caller gets end of file."""),
    remember="""End of file means: no process can write any more. If a caller hangs in read, look
    for the process that still holds the write end.""",
    good_for="""Build servers, cron and test runners capture output. A caller that reads to end of
    file hangs if a daemon keeps its pipe. `/proc/PID/fd` tells you which process keeps it.""",
    requires=["end-of-file"],
    exercise="capture-server",
    read="pipe(7); proc(5), /proc/PID/fd; unix(7), SCM_RIGHTS; daemon(7)",
)
