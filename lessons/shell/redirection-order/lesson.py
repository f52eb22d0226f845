"""A shell does redirections one after the other, from left to right."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Show, Task, delete, move, replace, some,
)

the_other_order = move("os.dup2(1, 2)  # 2>&1", above="os.dup2(f, 1)  # >f")
never_to_the_file = replace("os.dup2(f, 1)  # >f", "os.dup2(1, 1)  # nothing")
errors_first = move("os.dup2(1, 2)  # errors", above="os.dup2(write_end, 1)")


lesson = Lesson(
    Say("""A shell does *redirections* in the child, between `fork` and `exec`. This is what the
        child does for `program >f 2>&1`."""),
    Predict("The program writes “out” to 1 and “err” to 2. **What is in `f`?**",
        Choice("out alone",
            "file('f') == 'out\\n'",
            """You read `2>&1` before `>f`. In the order `2>&1 >f` descriptor 2 is a duplicate of
            the old 1, and only “out” is in `f`."""),
        Choice("out and err",
            "file('f') == 'out\\nerr\\n'",
            """At `os.dup2(1, 2)` descriptor 1 already leads to the file. So 2 leads to the
            file, too."""),
        Choice("err alone",
            "file('f') == 'err\\n'",
            """“err” overwrites “out” if 2 has an offset of its own, from a second `open`. `dup2`
            opens nothing: 1 and 2 share one offset."""),
        hint="Write down where 1 and 2 lead after each of the two `dup2` calls.",
        again=the_other_order),
    Run("in-order",
        Claim("Both lines are in the file.", "file('f') == 'out\\nerr\\n'", wrong=the_other_order),
        Claim("At ① descriptors 1 and 2 lead to one open file description: they share its offset.",
            "at(1).child.fd(1).shares_offset_with(at(1).child.fd(2))",
            wrong=the_other_order,
            needs=["kcmp"]),
        Claim("No line appears where the parent's output goes.",
            "output == ''",
            wrong=[the_other_order, never_to_the_file]),
        watch=["dup2", "open"]),
    Predict("Now the other order: `program 2>&1 >f`. **Where does “err” go?**",
        Choice("nowhere, as 2 is closed",
            "2 not in at(1).child.descriptors",
            """`2>&-` would close 2. `dup2(1, 2)` closes the **old** 2 and puts a duplicate of 1 in
            its place, in one step."""),
        Choice("to the old output",
            "output == 'err\\n'",
            "2 became a duplicate of the old 1. After that only 1 was changed to the file."),
        Choice("into the file f as before",
            "'err' in file('f')",
            """With a lasting link 2 would follow 1 from now on. `dup2` duplicates what 1 is at that
            moment; it does not make a lasting link."""),
        hint="What is descriptor 1 at the moment of `dup2(1, 2)`, now that it comes first?"),
    Run("in-order",
        Claim("“err” goes to the old output, where 1 led before.",
            "output == 'err\\n' and file('f') == 'out\\n'",
            wrong=move("os.dup2(1, 2)  # 2>&1", above="os.close(f)")),
        Claim("At ① descriptor 1 is the file, and descriptor 2 is the old output.",
            "at(1).child.fd(2).target == 'output' and at(1).child.fd(1).target != 'output'",
            wrong=move("os.dup2(1, 2)  # 2>&1", above="os.close(f)")),
        id="swapped",
        watch=["dup2", "open"],
        edit=the_other_order),
    Show("descriptors",
        of="swapped",
        at="①",
        text="""So `program 2>&1 >f | less` shows the errors only, and `program >f 2>&1 | less`
        shows nothing."""),
    Predict("dash runs `echo x 10>g; cat g`. Which text is in `g`?",
        Choice("nothing",
            "file('g') == ''",
            """In bash and simpsh g is empty: 10 is a descriptor there. POSIX requires the numbers 0
            to 9 only, and dash takes no others."""),
        Choice("x 10",
            "file('g') == 'x 10\\n'",
            """dash takes **one** digit as a descriptor. So 10 is an argument of echo, and `>g`
            means `1>g`."""),
        Choice("x",
            "file('g') == 'x\\n'",
            """“x” is in `g` after `1>g`, with one digit. A shell that takes 10 for a descriptor
            leaves g empty: echo writes to 1."""),
        hint="dash is the `sh` of Debian and Ubuntu. How many digits must a shell accept?"),
    Run("ten",
        Claim("In dash 10 is an argument of echo, and >g redirects descriptor 1.",
            "file('g') == 'x 10\\n'",
            wrong=replace("10>g", "9>g")),
        needs=["dash"],
        shows="output"),
    Task("""Here `cat` gets
        nothing:

            sh -c 'echo out; echo err >&2' >f 2>&1 | cat

        Change the redirections:""",
        asks={
            "“out” is in `f`, and nothing else": some(
                "",
                ("file('f') == 'out\\n'", "`f` has {file('f')}")),
            "`sh` writes “err” into the pipe, and `cat` reads it": some("p q",
                ("p.execs('sh') and p.writes('err\\n')", "no `sh` wrote `err`"),
                ("p.pipes_written('err\\n')", "`sh` wrote `err`, but not into a pipe"),
                ("q.execs('cat') and p.pipes_written('err\\n') & q.pipes_read('err')",
                 "`cat` read no `err` from this pipe"))},
        hint="""Descriptor 1 is the pipe at first. Must 2 become a duplicate of 1 before or after 1
        is changed to `f`?""",
        solution="sh -c 'echo out; echo err >&2' 2>&1 >f | cat",
        wrong={
            "sh -c 'echo out; echo err >&2' >f 2>&1 | cat":
                """This is the line of the task. When 2 becomes a duplicate of 1, descriptor 1 is
                already `f`: both lines are in `f`.""",
            "sh -c 'echo out; echo err >&2' >f | cat":
                """“out” is in `f`. Descriptor 2 is not changed, so “err” appears on the terminal
                and does not reach `cat`.""",
            "sh -c 'echo out; echo err >&2' 2>&1 | cat >f":
                """Both lines go through the pipe, and `cat` writes both into `f`. Only “out” must
                be in `f`.""",
            "echo out >f; echo err":
                "“out” is in `f`, and “err” is printed. But no `cat` reads “err” from a pipe."},
        note="A duplicate keeps leading to the pipe when the other descriptor is changed."),
    Repair("repair",
        """This program should count the output and the errors of `sh`, and print `8 bytes`. It
        prints `err` and `4 bytes`. Fix it.""",
        Claim("`sh` writes `out` and `err`.",
            "anyone.writes('out\\n') and anyone.writes('err\\n')",
            wrong=replace("echo out; ", ""),
            hint="Leave the program that the child executes as it is."),
        Claim("The parent counts the bytes of both, and no error message bypasses the pipe.",
            "output == '8 bytes\\n'",
            wrong=[errors_first, delete("# errors"), replace("os.dup2(1, 2)", "os.dup2(2, 1)")],
            hint="""`dup2(1, 2)` gives 2 what 1 leads to at that moment. Where does 1 lead to when
            the child calls it?"""),
        fix=move(
            "os.dup2(1, 2)  # errors",
            above='os.execvp("sh", ["sh", "-c", "echo out; echo err >&2"])'),
        fix_in_c=move(
            "dup2(1, 2)",
            above='execlp("sh", "sh", "-c", "echo out; echo err >&2", (char *)NULL);'),
        hint="The child calls `dup2` twice. Draw descriptors 1 and 2 after each call.",
        praise="First 1 leads into the pipe, and then 2 leads to where 1 leads."),
    remember="""`2>&1` means: make 2 a duplicate of what 1 is now. Read redirections from left to
    right.""",
    good_for="""`make 2>&1 | less`, or a log that lacks its errors: you can now say where each
    descriptor leads after each redirection.""",
    requires=["rule-6-open-files"],
    exercise="shell-3",
    read="dup2(2); POSIX.1-2024 Shell Command Language 2.7 Redirection; dash(1)",
)
