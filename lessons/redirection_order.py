"""Redirections are done one after the other, from left to right.

`>f 2>&1` and `2>&1 >f` have the same words and do different things.  Each redirection is one
dup2: it makes a descriptor point to where another one points *now*.  What that other one points
to later does not matter.
"""

from __future__ import annotations

import os

from simpsh.course import (
    Choice,
    Claim,
    Compare,
    Edit,
    Lesson,
    Predict,
    Run,
    Say,
    Shell,
    Show,
    Try,
    all_of,
    at,
    file,
    happens,
    move,
    of,
    output,
    processes,
    replace,
)

child, cat = processes("child", "cat")


# --- 1. What >f 2>&1 does ------------------------------------------------------------------------
def both_into_the_file() -> None:
    """The child's side of: program >f 2>&1."""
    child = os.fork()
    if child == 0:  # in the child
        f = os.open("f", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(f, 1)  # >f
        os.dup2(1, 2)  # 2>&1
        os.close(f)
        os.write(1, b"out\n")  # ① ready for the program
        os.write(2, b"err\n")
        os._exit(0)
    os.waitpid(child, 0)


# --- 2. One file, opened twice -------------------------------------------------------------------
def opened_twice() -> None:
    """The child's side of: program >g 2>g."""
    child = os.fork()
    if child == 0:  # in the child
        how = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open("g", how, 0o666), 1)  # >g
        os.dup2(os.open("g", how, 0o666), 2)  # 2>g
        os.write(1, b"aa\n")
        os.write(2, b"b\n")
        os._exit(0)
    os.waitpid(child, 0)


# --- Edits: the other order, and worlds in which it is not so ----------------------------------
the_other_order = move("os.dup2(1, 2)  # 2>&1", above="os.dup2(f, 1)  # >f")
never_to_the_file = replace("os.dup2(f, 1)  # >f", "os.dup2(1, 1)  # nothing")
shared_by_dup = replace('os.dup2(os.open("g", how, 0o666), 2)  # 2>g', "os.dup2(1, 2)  # 2>&1")
appending = replace("os.O_CREAT | os.O_TRUNC", "os.O_CREAT | os.O_APPEND")

in_order = Run(
    both_into_the_file,
    id="in-order",
    watch=("dup2", "open"),
    facts=("dup2-order",),
    claims=[
        Claim(
            "Both lines are in the file.",
            file("f") == "out\nerr\n",
            wrong=the_other_order,
            facts=("dup2-order",),
        ),
        Claim(
            "At ① descriptors 1 and 2 are one open file description: they share its offset.",
            at("①", child.descriptor(1).shares_offset_with(child.descriptor(2))),
            wrong=the_other_order,
            needs=("kcmp",),
        ),
        Claim(
            "Nothing comes out where the parent's output goes.",
            output == "",
            wrong=[the_other_order, never_to_the_file],
        ),
    ],
)

swapped = Run(
    both_into_the_file,
    id="swapped",
    edit=the_other_order,
    watch=("dup2", "open"),
    facts=("dup2-order",),
    claims=[
        Claim(
            "The error line goes to where 1 pointed before: out of the program.",
            all_of(output == "err\n", file("f") == "out\n"),
            wrong=move("os.dup2(1, 2)  # 2>&1", above="os.close(f)"),
            facts=("dup2-order",),
        ),
        Claim(
            "At ① descriptor 1 is the file, and 2 is the old output.",
            at("①", child.descriptor(2).target == "output", child.descriptor(1).target != "output"),
            wrong=move("os.dup2(1, 2)  # 2>&1", above="os.close(f)"),
        ),
    ],
)

ways_to_one_file = Compare(
    Run(opened_twice, id="twice"),
    id="one-file",
    title="the second redirection",
    variants={
        ">g 2>g": Edit(),
        ">g 2>&1": shared_by_dup,
        ">>g 2>>g": appending,
    },
    columns={"what is in g": file("g")},
    facts=("dup2-order",),
    claims=[
        Claim(
            "Two opens have two offsets, both begin at 0, and one line covers the other.",
            of(">g 2>g", file("g") == "b\n\n"),
            facts=("dup2-order",),
        ),
        Claim(
            "A duplicate shares the offset: nothing is lost.", of(">g 2>&1", file("g") == "aa\nb\n")
        ),
        Claim(
            "O_APPEND puts each write at the end, whoever opened it.",
            of(">>g 2>>g", file("g") == "aa\nb\n"),
        ),
    ],
)

ten_is_a_word = Run(
    Shell("echo x 10>g; cat g", program=("dash", "-c")),
    id="ten",
    shows="output",
    needs=("dash",),
    facts=("dash-fd-digits",),
    claims=[
        Claim(
            "dash takes one digit as a descriptor; 10 is a word for echo, and >g redirects 1.",
            file("g") == "x 10\n",
            wrong=replace("10>g", "9>g"),
            facts=("dash-fd-digits",),
        ),
    ],
)

LESSON = Lesson(
    id="redirection-order",
    title="Redirections are done from left to right",
    minutes=7,
    chapter="the shell itself",
    requires=["rule-6-open-files"],
    remember="2>&1 means: make 2 a copy of what 1 is now. Read redirections from left to right.",
    good_for="`make 2>&1 | less` and a log that lacks its errors: you can now say where each "
    "descriptor points, one redirection at a time.",
    read_on=("dup2(2)", "open(2)", "POSIX.1-2024 Shell Command Language 2.7 Redirection"),
    steps=[
        Say(
            "A shell carries out redirections in the child, between fork and exec. Here is what "
            "the child does for `program >f 2>&1`."
        ),
        Predict(
            "The program writes *out* to 1 and *err* to 2. **What is in f?**",
            Choice(
                "out and err",
                file("f") == "out\nerr\n",
                "When {line:os.dup2(1, 2)} is reached, 1 is the file already, so 2 becomes the "
                "file too.",
            ),
            Choice(
                "only out",
                file("f") == "out\n",
                "That would be so if 2>&1 came first: 2 would be a copy of what 1 was before.",
            ),
            Choice(
                "only err: it covers out",
                file("f") == "err\n",
                "It would cover it if 2 had an open file description of its own, with an offset "
                "of its own. dup2 opens nothing.",
            ),
        ),
        in_order,
        Predict(
            "Now the two are swapped: `program 2>&1 >f`. **Where does err go?**",
            Choice(
                "into f, as before",
                file("f").contains("err"),
                "That would need a 2 that follows 1 from now on. dup2 copies where 1 points at "
                "that moment, and remembers nothing of 1.",
            ),
            Choice(
                "to where the output went before",
                all_of(output == "err\n"),
                "2 was made a copy of the old 1. That 1 is turned to the file afterwards changes "
                "only 1.",
            ),
            Choice(
                "nowhere: 2 is closed",
                at("①", child.descriptor(2).is_closed),
                "A descriptor is closed by close, or when something else is put in its place. "
                "Here 2 got a new target.",
            ),
            code=both_into_the_file,
        ),
        swapped,
        Show(
            "descriptors",
            of="swapped",
            at="①",
            text="This is why `program 2>&1 >f | less` shows you the errors and nothing else, and "
            "`program >f 2>&1 | less` shows nothing at all.",
        ),
        Predict(
            "`program >g 2>g` opens g **twice**. The program writes aa to 1, then b to 2, each "
            "with a newline. What is in g?",
            Choice(
                "aa and b",
                of(">g 2>g", file("g") == "aa\nb\n"),
                "That would need one offset for both: a duplicate (2>&1), or O_APPEND (>>).",
            ),
            Choice(
                "b alone",
                of(">g 2>g", file("g") == "b\n"),
                "It would be so if the second open came after the writing. Both files are opened, "
                "and emptied, before the program begins.",
            ),
            Choice(
                "b and an empty line",
                of(">g 2>g", file("g") == "b\n\n"),
                "Two opens, two offsets, both begin at 0: b and its newline cover aa, and the "
                "newline behind them is left.",
            ),
            code=opened_twice,
        ),
        ways_to_one_file,
        Say(
            "A number before `<` or `>` is a descriptor – if it stands right before it, and if the "
            "shell takes so many digits. POSIX promises one digit. Here is `echo x 10>g` in dash, "
            "the `sh` of many systems; in simpsh and bash g would be descriptor 10, and empty."
        ),
        ten_is_a_word,
        Try(
            "Here cat gets nothing. Change the redirections so that *out* still goes to f, and "
            "*err* goes through the pipe to cat:\n\n"
            "    sh -c 'echo out; echo err >&2' >f 2>&1 | cat",
            expect=all_of(happens(cat.reads("err")), file("f") == "out\n"),
            hint="The pipe is 1 from the start. When shall 2 be made a copy of 1: before 1 is "
            "turned to f, or after?",
            solution="sh -c 'echo out; echo err >&2' 2>&1 >f | cat",
            wrong=[
                "sh -c 'echo out; echo err >&2' >f 2>&1 | cat",
                "sh -c 'echo out; echo err >&2' >f | cat",
                "echo out >f; echo err",
            ],
            praise="2 became a copy of the pipe, and then 1 alone was turned to f.",
        ),
    ],
)

if __name__ == "__main__":
    from simpsh import teach

    raise SystemExit(teach(__file__))
