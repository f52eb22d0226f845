"""The arguments and the environment that a program gets from exec."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, insert, replace,
    some,
)

named_sh = replace('["tea/sh", ', '["sh", ')
inherits = replace('{"B": "2"}', "os.environ")
parent_changes = insert('os.environ["A"] = "child"', above="os.waitpid(child, 0)")


lesson = Lesson(
    Say("""`execve(file, argv, envp)` starts a program. `argv` is a list of strings. By convention
        the first one, `argv[0]`, is the program's name."""),
    Predict(
        "The child executes `/bin/sh`, with `tea/sh` as argv[0]. **What does the shell print?**",
        Choice("nothing",
            "child.fails('execve', 'ENOENT')",
            """With `tea/sh` as its **first** argument execv fails, because no such file exists.
            Here the first argument is `/bin/sh`."""),
        Choice("I am /bin/sh",
            "output == 'I am /bin/sh\\n'",
            """With `/bin/sh` as argv[0] the shell prints this: it takes its name from argv[0]. The
            kernel used `/bin/sh` only to find the program."""),
        Choice("I am tea/sh",
            "output == 'I am tea/sh\\n'",
            """The shell got a list of three strings from execve. The first one is `tea/sh`, and
            `$0` prints it."""),
        hint="`execv` has two arguments here. Which one does the kernel open as a file?"),
    Run("name",
        Claim("The shell takes `tea/sh` for its own name.",
            "output == 'I am tea/sh\\n'",
            wrong=named_sh),
        Claim("The kernel opened `/bin/sh`, and did not look for a file `tea/sh`.",
            "child.execs() and not child.fails('execve')",
            wrong=replace('"/bin/sh", [', '"tea/sh", ['))),
    Predict(
        "The child sets A=child, then executes `env` with B=2 alone. **What does `env` print?**",
        Choice("B=2 and A=parent",
            "'A=parent' in child.output",
            """With `execv`, and without the line that sets A in the child, A=parent arrives. Here
            `execve` passes another list."""),
        Choice("B=2 without an A",
            "child.output == 'B=2\\n'",
            """`execve` replaces the whole memory, and with it the old *environment*. The new
            program gets the strings that `execve` passes."""),
        Choice("B=2 and A=child",
            "'A=child' in child.output",
            """`execv`, without the e, passes the child's own environment. `execve` passes the list
            that the caller gives."""),
        hint="Which list is the third argument of execve?"),
    Run("environment",
        Claim("The new program has exactly the environment that execve passed.",
            "child.output == 'B=2\\n'",
            wrong=inherits),
        Claim("The parent's A is unchanged: the child has an environment of its own.",
            "parent.output == 'A is parent\\n'",
            wrong=parent_changes)),
    Say("""So processes do not share an environment. A child gets a copy, and a change in the child
        reaches no other process. `export A=1` in a script sets A for the programs that the script
        starts, never for the shell that started the script."""),
    Predict("""PATH is `none:a:b`: `none` does not exist, `a/echo` may not be executed, `b/echo`
        may. **How many execve calls** does the child make?""",
        Choice("3",
            "len(child.fails('execve')) + len(child.execs()) == 3",
            """The library tries each directory in turn: `none/echo`, `a/echo`, `b/echo`. The third
            call succeeds."""),
        Choice("1",
            "len(child.fails('execve')) + len(child.execs()) == 1",
            """A shell looks for the file first and then needs one call. The library does not look:
            it tries."""),
        Choice("2",
            "len(child.fails('execve')) + len(child.execs()) == 2",
            "`a/echo` exists, but its execve fails with EACCES. Then the library tries `b/echo`."),
        hint="The library does not look first. It tries, and looks at the error."),
    Run("search",
        Claim("The library calls execve once for each directory: not found, not permitted, found.",
            """child.fails('execve', 'ENOENT') and child.fails('execve', 'EACCES') and
            child.execs('echo')""",
            wrong=[replace("none:a:b", "b:a"), replace("none:a:b", "none:a")]),
        watch=["execve"]),
    Say("""Several directories can fail in different ways, and the caller gets one error. Which one?
        Here is the same program with other values of PATH."""),
    Compare(
        Run("search",
            Claim("""The library calls execve once for each directory: not found, not permitted,
                found.""",
                """child.fails('execve', 'ENOENT') and child.fails('execve', 'EACCES') and
                child.execs('echo')""",
                wrong=[replace("none:a:b", "b:a"), replace("none:a:b", "none:a")]),
            watch=["execve"]),
        Claim("EACCES in one directory wins over a later “not found”: the library reports EACCES.",
            "row('a:none').output == 'Permission denied'"),
        Claim("If no directory has such a file, the error is ENOENT.",
            "row('none').output == 'No such file or directory'"),
        id="paths",
        title="PATH",
        rows={
            "none:a:b": Edit(),
            "none": replace("none:a:b", "none"),
            "a:none": replace("none:a:b", "a:none"),
            "none:b": replace("none:a:b", "none:b")},
        columns={"output": "output", "failed execve calls": "len(child.fails('execve'))"}),
    Task("""`mkdir -p d; ln -sf /bin/echo d/prog` makes a link `prog` in a directory `d`. After
        that, in the same line:""",
        asks={
            "run `prog hi`: a search of PATH finds `prog` in `d`": some("p",
                ("p.execs('prog') or p.argv[:1] == ('prog',)", "no process executed `prog`"),
                ("p.argv[0] == 'prog'", "`{p.argv[0]}` is a path, so nothing was searched"),
                ("p.argv[1:] == ('hi',)", "its argument was not `hi`")),
            "PATH is changed for this one command: your shell keeps its PATH": some("",
                ("not shell.sets('PATH') or not any(each.split('/')[-1] == 'd' for each in "
                 "shell['PATH'].split(':'))",
                 "the PATH of your shell became `{shell['PATH'][:40]}…`"),
                ("not any(before(p.ends, shell.sets('PATH')[-1:]) for p in processes[1:] if "
                 "p.execs('prog'))",
                 "the PATH of your shell was another one, and was set back"))},
        hint="An assignment in front of a command is for that command: `A=1 program`.",
        solution="mkdir -p d; ln -sf /bin/echo d/prog; PATH=d:$PATH prog hi",
        wrong={
            "mkdir -p d; ln -sf /bin/echo d/prog; prog hi":
                """The link exists, but no directory in PATH has a file `prog`. So the shell does
                not find it.""",
            "mkdir -p d; ln -sf /bin/echo d/prog; PATH=d prog":
                """The new PATH finds `prog`, which runs without an argument. The task asks for
                `prog hi`.""",
            "mkdir -p d; ln -sf /bin/echo d/prog; PATH=d:$PATH":
                """This changes PATH for the shell itself and all later commands. And no command
                runs.""",
            "echo hi": "`echo` prints `hi`, but no program is found as `prog` in `d`."},
        note="An assignment in front of a command is in the environment of this command only.",
        needs=["other names"]),
    Repair("repair",
        "This program should print `hello world`. It prints `world`. Fix it.",
        Claim("The child executes `echo`.",
            "child.execs('echo')",
            wrong=replace("os.execv(", "print("),
            hint="Keep the call of exec, and the program `/bin/echo`."),
        Claim("`echo` prints `hello world`.",
            "output == 'hello world\\n'",
            wrong=[
                replace('["echo", ', "["),
                replace('"hello", "world"', '"world", "hello"'),
                replace('["echo", "hello", "world"]', '["echo", "echo", "hello", "world"]')],
            hint="Which element of its argument list does `echo` take for its own name?"),
        fix=replace("[", '["echo", '),
        fix_in_c=replace('"/bin/echo", ', '"/bin/echo", "echo", '),
        hint="The path says which file is executed. What says the first word of the list?",
        praise="""The caller passes argv[0], too: the name of the program comes before its
        arguments."""),
    remember="""`execve` passes a file, a list of arguments and a list of environment strings. The
    kernel copies both lists and never looks at PATH.""",
    good_for="""A login shell is a shell whose argv[0] begins with a dash. busybox is one file with
    300 names: argv[0] says which tool to run. A cron job can fail because its PATH is short.""",
    requires=["exec-replaces"],
    exercise="split-words",
    read="""execve(2); exec(3), “Special semantics for execlp() and execvp()”; environ(7);
    POSIX.1-2024 Shell Command Language 2.9.1.4 Command Search and Execution""",
)
