"""A child hands its parent a small number, and the parent gets it by waiting."""

from simpsh.course import Choice, Claim, Lesson, Predict, Run, Say, Task, delete, replace, some

another_code = replace("os._exit(7)", "os._exit(0)")
nobody_waits = delete("os.waitpid") + delete("code =") + delete("print(")

lesson = Lesson(
    Say("""A child ends with a small number, its exit status. The parent gets this number when the
        parent **waits** for the child, and in no other way."""),
    Predict("What does the **parent** print?",
        Choice("the child ended with 7",
            "parent.prints('the child ended with 7')",
            "The kernel keeps the number of `_exit` until the parent calls `waitpid`."),
        Choice("the child ended with 0",
            "parent.prints('the child ended with 0')",
            "0 is what fork returned in the child. The exit status is another number."),
        Choice("the child ended with 1792",
            "parent.prints('the child ended with 1792')",
            """1792 is 7 · 256, the whole status word. `os.waitstatus_to_exitcode` takes the exit status
            out of the word."""),
        hint="Which number does the child give to `_exit`, and what does the parent print?"),
    Run("one",
        Claim("The parent gets the number that the child ended with.",
            "parent.prints('the child ended with 7')",
            wrong=another_code),
        Claim("The child always ends before the parent collects it.",
            "before(child.ends, parent.collects(child))",
            wrong=nobody_waits)),
    Task("The shell keeps the status of the last command in `$?`. Type a line in which:",
        asks={
            "a process ends with status 1": some("p",
                ("p.exits(1)", "no process of the line ended with status 1")),
            "the 1 that is printed is the value of your shell's `$?`": some("",
                ("prints('1')", "printed: {shown}"),
                ("anyone.expands('?', '1')", "the 1 is not your shell's `$?`"))},
        hint="`false` ends with 1. A semicolon separates two commands.",
        solution="false; echo $?",
        wrong={
            "true; echo $?": "The status of `true` is 0. Another program ends with 1.",
            "echo 1": "`echo` prints 1, but no program has ended with the status 1."}),
    remember="Who waits for a child gets its exit status.",
    good_for="shells, make, test runners: did the command succeed?",
    read="wait(2); _exit(2)",
)
