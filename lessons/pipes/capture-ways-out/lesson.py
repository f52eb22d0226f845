"""A caller can wait for the process or for its output: these are two different ends."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, move,
    replace, some,
)

reads_once = replace("while os.read(read_end, 4096):\n    pass  # until end of file\n", "")
waits_first = move("os.waitpid(program, 0)", above="text = ")
much = replace('b"started\\n"', 'b"started\\n" * 9000')
into_a_file = (waits_first +
    replace(
        "read_end, write_end = os.pipe()",
        'write_end = os.open("out", os.O_WRONLY | os.O_CREAT, 0o600)\n'
        'read_end = os.open("out", os.O_RDONLY)'))
with_a_limit = replace(
    "while os.read(read_end, 4096):",
    "while select.select([read_end], [], [], 0.1)[0] and os.read(read_end, 4096):")
to_the_end = (delete("os.waitpid(program, 0)") +
    replace(
        "os.write(1, os.read(read_end, 4096))",
        "while text := os.read(read_end, 4096):\n    os.write(1, text)\nos.waitpid(program, 0)"))


lesson = Lesson(
    Say("""The program ends at once; its server keeps the pipe and lives on. You cannot change the
        server. So change the **caller**: it can wait for the process (`waitpid`) or for the output
        (end of file).""",
        part="start_server"),
    Predict("""Move `os.waitpid` above `os.read` and leave out the loop. With which output
        does this caller hang?""",
        Choice("with neither 8 nor 72000 bytes",
            "row('the same, 72000 bytes').returns",
            """That needs a program that can always end. With 72000 bytes its write sleeps: the pipe
            is full, and no process reads."""),
        Choice("with 72000 bytes but not 8",
            "row('waits, then reads once').returns and row('the same, 72000 bytes').hangs",
            """Eight bytes fit: the program writes them and ends. With 72000 bytes the program and
            the caller wait for each other."""),
        Choice("with both 8 and 72000 bytes",
            "row('waits, then reads once').hangs",
            """That is true of a caller that reads to end of file. This one does not: `waitpid`
            returns when the program ends."""),
        part="__main__",
        hint="What must happen before `waitpid` returns? Can it happen while no process reads?"),
    Compare(
        Run("capture", main="caller", leaves=["server"]),
        Claim("A caller that reads until end of file waits for the server, not for the program.",
            "row('reads until end of file').at('rest').caller.asleep_in == 'read'"),
        Claim("A caller that waits for the process returns, although the server holds the pipe.",
            """row('waits, then reads once').returns and len(row('waits, then reads once').output)
            == 8"""),
        Claim("With more output than a pipe holds, the same caller sleeps in `waitpid`.",
            "row('the same, 72000 bytes').at('rest').caller.asleep_in == 'wait4'"),
        Claim("With a file the caller returns with all 72000 bytes: a file holds any amount.",
            """row('a file; 72000 bytes').returns and len(row('a file; 72000 bytes').output) ==
            72000"""),
        Claim("With a time limit the caller returns, has the text, and the server lives.",
            """row('reads, limit of 0.1 s').returns and len(row('reads, limit of 0.1 s').output) ==
            8 and row('reads, limit of 0.1 s').at('end').server.state == 'S'"""),
        id="ways",
        title="the caller",
        rows={
            "reads until end of file": Edit(),
            "waits, then reads once": reads_once + waits_first,
            "the same, 72000 bytes": reads_once + waits_first + much,
            "a file; 72000 bytes": into_a_file + much,
            "reads, limit of 0.1 s": with_a_limit},
        columns={
            "does the caller hang?": "'hangs' if hangs else 'returns'",
            "bytes it prints": "len(output)"},
        needs=["small pages"]),
    Say("""So there are two ways out. A **file** takes any amount, and `waitpid` says when the
        program has written everything. A **time limit** needs no change of the program, but if the
        limit is too short, output is lost."""),
    Task("""This line hangs, because the shell reads the pipe until end of
        file:

            x=$(sh -c 'sleep 1000 & echo started'); echo $x

        Do not change the text in quotes:""",
        asks={
            "the text in quotes runs, and `sleep` continues": some("p",
                ("p.argv[1:] == ('-c', 'sleep 1000 & echo started')", "no `sh` ran this text"),
                ("still('sleep')", "no `sleep` was left")),
            "its output is in the file `out`": some("p",
                ("file('out') == 'started\\n'", "`out` has {file('out')}"),
                ("p.writes_into('out', 'started\\n') and 'sh' in p.programs",
                 "another process wrote it")),
            "the line shows the file, and returns at once, in every order": some("",
                ("returns", "the line hangs"),
                ("output == 'started\\n'", "printed: {shown}"),
                ("any(p.reads_file('out') for p in processes) and all(p.got('started') for p "
                 "in processes if p.output)",
                 "printed: {shown}, and not from the file"))},
        hint="A redirection instead of `$(…)`. Then `cat`.",
        solution="sh -c 'sleep 1000 & echo started' >out; cat out",
        wrong={
            "x=$(sh -c 'sleep 1000 & echo started'); echo $x":
                """This is the given line. The shell reads the pipe until end of file, and `sleep`
                keeps the pipe open.""",
            "sh -c 'sleep 1000 & echo started' | tee out":
                "`tee` reads a pipe until end of file, and `sleep` keeps this pipe open as well.",
            "sh -c 'sleep 1000 & echo started'":
                """This returns at once, but the output goes to the terminal. The task asks for the
                file `out`.""",
            "sh -c 'sleep 1000 & echo started' >out":
                "The output is in `out`, and the line returns at once. Now show the file.",
            "echo started >out; cat out":
                "Here `echo` of your own shell writes the file. The text in quotes does not run."},
        note="A reader of a file does not wait for its writers."),
    Repair("repair",
        """The caller should print both lines of a program, and end. But the program has started a
        server that keeps the pipe, and the caller hangs. Change the caller only.""",
        Claim("The caller ends, although the server has the pipe.",
            "returns",
            wrong=to_the_end,
            hint="""End of file comes when no process can write. Wait for something else that says
            that the program is done."""),
        Claim("It prints both lines of the program.",
            "output == 'started\\nready\\n'",
            wrong=replace("os.read(read_end, 4096)", "os.read(read_end, 8)"),
            hint="The program writes twice. When has it written everything?"),
        Claim("The server lives on.",
            "at('end').server.state == 'S'",
            wrong=replace("os.waitpid(program, 0)", "os.waitpid(program, 0)\nos.killpg(0, 9)"),
            hint="The server should continue: no process may end it."),
        main="caller",
        leaves=["server"],
        fix=replace(
            "while text := os.read(read_end, 4096):\n    os.write(1, text)\nos.waitpid(program, 0)",
            "os.write(1, os.read(read_end, 4096))") +
            insert("os.waitpid(program, 0)", above="os.write(1, os.read(read_end, 4096))"),
        fix_in_c=replace(
            "ssize_t count;\n"
            "    while ((count = read(read_end, text, sizeof text)) > 0)\n"
            "        write(1, text, count);\n"
            "    waitpid(program, NULL, 0);",
            "write(1, text, read(read_end, text, sizeof text));") +
            insert(
                "waitpid(program, NULL, 0);",
                above="write(1, text, read(read_end, text, sizeof text));"),
        hint="Which call returns when the program has ended, whatever its server does?",
        praise="The caller waited for the process, and not for the end of the pipe."),
    remember="""A process ends at its exit; its output ends when no process can write any more. A
    caller gets out of the hang with a file, or with a time limit.""",
    good_for="""You often cannot change the server. As the caller you can still choose what you wait
    for: in cron jobs, in test runners, in `subprocess`.""",
    requires=["pipe-hang", "full-pipe"],
    exercise="capture-server",
    read="pipe(7); Python: subprocess, communicate()",
)
