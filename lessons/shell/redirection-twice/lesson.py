"""A file that is opened twice has two offsets: two redirections to it overwrite each other."""

from __future__ import annotations

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Repair, Run, Say, Task, asked, in_words,
    replace,
)

shared_by_dup = replace('os.dup2(os.open("g", how, 0o666), 2)  # 2>g', "os.dup2(1, 2)  # 2>&1")
appending = replace("os.O_CREAT | os.O_TRUNC", "os.O_CREAT | os.O_APPEND")


def sh_writes_both(line: LineRun) -> str:
    """One process that ran sh wrote both, and any other one has read what it wrote."""
    names = set(line.writers("out\n")) & set(line.writers("err\n"))
    both = {name for name in names if "sh" in line.programs(name)}
    if not both:
        return "no `sh` wrote both"
    own = [
        name
        for text in ("out\n", "err\n")
        for name in line.writers(text)
        if name not in line.readers(text)
    ]
    others = [name for name in own if name not in both] or sorted(both)[1:]
    return f"{in_words(others[0])} wrote one of them, too" if others else ""


def g_has_both(line: LineRun) -> str:
    """The file has the lines, after those of earlier lines."""
    content = line.file("g")
    if content is None:
        return "there is no `g`"
    is_so = content.endswith(("out\nerr\n", "err\nout\n"))
    return "" if is_so else f"`g` has “{content.strip()[-20:]}”"


lesson = Lesson(
    Say("""`program >g 2>g` names the file twice, and the shell **opens** it twice. Each `open`
        makes an *open file description* with an *offset* of its own."""),
    Predict("The program writes “aa” to 1, then “b” to 2, each with a newline. What is in `g`?",
        Choice("the line b and an empty one",
            "file('g') == 'b\\n\\n'",
            """Both offsets begin at 0. “b” and its newline overwrite “aa”; the newline after “aa”
            is left."""),
        Choice("the line b alone",
            "file('g') == 'b\\n'",
            """“aa” would be gone if the second `open` came after the first write. The shell opens
            both before the program writes."""),
        Choice("the two lines aa and b",
            "file('g') == 'aa\\nb\\n'",
            """Both lines are there if the descriptors share an offset (`2>&1`), or if both have
            O_APPEND (`>>`). Here each has its own offset."""),
        hint="Write the bytes of the file in boxes. Where does the second write begin?"),
    Run("twice",
        Claim("Descriptors 1 and 2 do not share an offset, although they lead to one file.",
            "not at(1).child.fd(1).shares_offset_with(at(1).child.fd(2))",
            wrong=shared_by_dup,
            needs=["kcmp"]),
        Claim("The second line overwrites the first.",
            "file('g') == 'b\\n\\n'",
            wrong=[shared_by_dup, appending]),
        watch=["dup2", "open"]),
    Predict("Which redirections keep **both** lines?",
        Choice("only `>>g 2>>g`",
            """row('>>g 2>>g').file('g') == 'aa\\nb\\n' and not row('>g 2>&1').file('g') ==
            'aa\\nb\\n'""",
            """Appending is one way. `2>&1` needs no O_APPEND: the one offset moves on with each
            write."""),
        Choice("both of them",
            "row('>g 2>&1').file('g') == 'aa\\nb\\n' and row('>>g 2>>g').file('g') == 'aa\\nb\\n'",
            """`2>&1` shares one offset. O_APPEND moves each offset to the end of the file before
            each write."""),
        Choice("only `>g 2>&1`",
            """row('>g 2>&1').file('g') == 'aa\\nb\\n' and not row('>>g 2>>g').file('g') ==
            'aa\\nb\\n'""",
            """A shared offset is one way. With `>>` there are two offsets, and O_APPEND moves each
            to the end before a write."""),
        hint="For each: where does the write to 2 begin, after three bytes were written to 1?"),
    Compare(
        Run("twice"),
        Claim("With two offsets “b” and its newline overwrite “aa”.",
            "row('>g 2>g').file('g') == 'b\\n\\n'"),
        Claim("A duplicate shares the offset, and nothing is lost.",
            "row('>g 2>&1').file('g') == 'aa\\nb\\n'"),
        Claim("O_APPEND puts each write at the end of the file, and nothing is lost.",
            "row('>>g 2>>g').file('g') == 'aa\\nb\\n'"),
        id="one-file",
        title="the redirections",
        rows={">g 2>g": Edit(), ">g 2>&1": shared_by_dup, ">>g 2>>g": appending},
        columns={"what is in g": "file('g')"}),
    Task("""Here one line is
        lost:

            sh -c 'echo out; echo err >&2' >g 2>g

        Change the redirections:""",
        asks={
            "one `sh` writes both lines": asked(sh_writes_both),
            "both lines are in `g`": asked(g_has_both)},
        hint="Share the offset, or append.",
        solution="sh -c 'echo out; echo err >&2' >g 2>&1",
        wrong={
            "sh -c 'echo out; echo err >&2' >g 2>g":
                """This is the line of the task. The shell opens g twice, and “err” overwrites
                “out”.""",
            "sh -c 'echo out; echo err >&2' 2>&1 >g":
                """Descriptor 2 becomes a duplicate of the old 1, the terminal. Only “out” is in
                `g`.""",
            "sh -c 'echo out; echo err >&2' >g":
                """“out” is in `g`. Descriptor 2 is not redirected, so “err” appears on the
                terminal.""",
            "echo out >g; echo err >>g":
                """Both lines are in `g`, but two `echo` of your shell wrote them. The task asks for
                other redirections of `sh`."""},
        note="""No write begins where another one has written: the offset is shared, or the write
        appends."""),
    Repair("repair",
        """Output and errors should both be in `g`: `aa`, and `b` below it. One line overwrites the
        other. Fix it.""",
        Claim("Both lines are written.",
            "child.writes('aa\\n') and child.writes('b\\n')",
            wrong=replace('os.write(2, b"b\\n")', "os.getppid()"),
            hint="Keep both writes: only the descriptors are wrong."),
        Claim("The file has both lines, one after the other.",
            "file('g') == 'aa\\nb\\n'",
            wrong=[
                replace("os.dup2(1, 2)  # 2>&1", 'os.dup2(os.open("g", how, 0o666), 2)'),
                replace("os.dup2(1, 2)", "os.dup2(2, 1)")],
            hint="""Two descriptors that were opened each have an offset. Which call gives 2 the
            description of 1?"""),
        fix=shared_by_dup,
        fix_in_c=replace('dup2(open("g", how, 0666), 2)', "dup2(1, 2)"),
        hint="How many times is `g` opened, and how many offsets are there?",
        praise="""1 and 2 share one open file description, so the second write began where the first
        had ended."""),
    remember="""Two opens, two offsets: write both outputs with `>g 2>&1`, or append with `>>g
    2>>g`.""",
    good_for="""A log in which lines are missing or cut: two redirections, or two programs, opened
    the same file without O_APPEND.""",
    requires=["redirection-order"],
    exercise="shell-4",
    read="open(2), O_APPEND; dup2(2); POSIX.1-2024 Shell Command Language 2.7 Redirection",
)
