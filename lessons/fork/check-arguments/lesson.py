"""Check arguments before fork, with a function that reports errors."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Kill, Lesson, Predict, Repair, Run, Say, insert, replace,
)

no_time_at_all = replace('b"-1"', 'b"0"')
checked_first = insert(
    'if not argument.isdigit():\n    os.write(1, b"not a number: soon\\n")\n    os._exit(2)',
    above="for _ in (1, 2):")

lesson = Lesson(
    Predict("""A C program reads `-1` with `atoi`, and calls `sleep` with the number. **When does
        the parent continue?**""",
        Choice("at once: −1 is no time at all",
            "returns",
            """That holds for 0 seconds. `sleep` has an unsigned parameter, and no negative number
            exists in that type."""),
        Choice("in 136 years: −1 is large",
            "hangs",
            """`sleep` has a parameter of type `unsigned int`. There −1 becomes 4294967295 seconds.
            That is 136 years."""),
        Choice("at once: `sleep` fails with EINVAL",
            "child.fails('clock_nanosleep', 'EINVAL')",
            """`nanosleep` refuses a negative time in this way. Here the sign is lost before the
            call: `sleep` gets 4294967295, which is a legal number."""),
        hint="sleep(3) says which type its parameter has. What is −1 in that type?"),
    Run("sleeps",
        Claim("""`sleep` was called with 4294967295 seconds. The child sleeps, and the parent waits
            for the child.""",
            "hangs and value('duration') == 4294967295",
            wrong=no_time_at_all),
        watch=["seconds", "duration"],
        at_rest=[Kill("child", "SIGTERM")]),
    Predict("Now three ways to read a number. Which of `atoi` and `int` accept `12x`?",
        Choice("only `int` accepts it",
            "row('12x').value('by_int') == '12'",
            """`int` needs a number from the first to the last character. `atoi` cannot refuse any
            text: each result is a number."""),
        Choice("both of them accept it",
            "row('12x').value('by_atoi') == 12 and row('12x').value('by_int') == '12'",
            """For `12` that is true, and for `12x` it is true of `atoi` only. `int` raises
            `ValueError` if a character is left over."""),
        Choice("neither accepts it",
            "row('12x').value('by_atoi') == 0",
            """`atoi` returns 0 for `abc`, which does not begin with a digit. `12x` begins with
            digits, and `atoi` uses them."""),
        Choice("only `atoi` accepts it",
            "row('12x').value('by_atoi') == 12 and row('12x').value('by_int') == 'refused'",
            """`atoi` stops at the first letter, and returns 12. It has no way to report an error.
            `int` raises `ValueError`."""),
        hint="atoi(3) says what it does with the rest of the text, and how it reports errors."),
    Compare(
        Run("reading"),
        Claim("`atoi` returns 0 for `abc`, and 0 is a number, too: the caller cannot see an error.",
            "row('abc').value('by_atoi') == 0"),
        Claim("`int` refuses letters, but accepts more than digits: `1_000` is 1000.",
            "row('1_000').value('by_int') == '1000'"),
        Claim("The test for one to four digits accepts only `60` of these five texts.",
            """row('60').value('by_digits') == 'accepted' and row('-1').value('by_digits') ==
            'refused' and row('abc').value('by_digits') == 'refused' and
            row('12x').value('by_digits') == 'refused' and row('1_000').value('by_digits') ==
            'refused'"""),
        id="readings",
        title="argument",
        rows={
            "60": replace('"-1"', '"60"'),
            "-1": Edit(),
            "abc": replace('"-1"', '"abc"'),
            "12x": replace('"-1"', '"12x"'),
            "1_000": replace('"-1"', '"1_000"')},
        columns={
            "atoi()": "value('by_atoi')",
            "int()": "value('by_int')",
            "digits?": "value('by_digits')"}),
    Say("""In C, `strtol` reports everything: the end of the number, and `ERANGE` in `errno`. The
        next program refuses `soon`, with `isdigit`, but **after** `fork`: each of its two children
        checks."""),
    Predict("""The argument is `soon`. Each child reports the error and ends with status 2. **What
        does the user of the program get?**""",
        Choice("one message, and status 2",
            "len(anyone.writes('not a number')) == 1 and parent.status == 2",
            """A check before `fork` gives this: one process, one message, one status. Here the
            check is in each child."""),
        Choice("two messages, and status 0",
            "len(anyone.writes('not a number')) == 2 and parent.status == 0",
            """Each child writes its message. The parent ends with its own status, 0, so a script
            believes that all went well."""),
        Choice("two messages, and status 2",
            "len(anyone.writes('not a number')) == 2 and parent.status == 2",
            """The parent could end with the status that `wait` returned. Here the parent ignores
            that status."""),
        hint="Count the processes that reach the check. Which process's status does `$?` show?"),
    Run("too-late",
        Claim("Two children wrote two messages, and the program's status is 0.",
            "len(anyone.writes('not a number')) == 2 and parent.status == 0",
            wrong=checked_first)),
    Say("Now the parent checks the argument, before it forks."),
    Run("in-time",
        Claim("With the check before `fork` there is one process, one message, and status 2.",
            """len(processes) == 1 and len(anyone.writes('not a number')) == 1 and parent.status ==
            2""",
            wrong=replace('"soon"', '"5"'))),
    Repair("too-late",
        """You type `soon` where a number is wanted. This program should say so once, and exit with
        2. It says so twice, and exits with 0. Fix it.""",
        Claim("It says once that `soon` is not a number.",
            "len(anyone.writes('not a number')) == 1",
            wrong=replace("sys.exit(2)", "pass"),
            hint="How many processes run the check?"),
        Claim("It ends with status 2.",
            "parent.status == 2",
            wrong=[
                replace("sys.exit(2)", "sys.exit()"),
                replace("sys.exit(2)", "pass") + replace("(1, 2)", "(1,)")],
            hint="The shell sees the status of the first process alone."),
        Claim("It starts no worker.",
            "len(processes) == 1",
            wrong=replace("sys.exit(2)", "os.fork() or sys.exit(2)"),
            hint="The argument is known before the first `fork`."),
        fix=insert(
            "if not argument.isdigit():\n"
            '    os.write(1, b"not a number: soon\\n")\n'
            "    sys.exit(2)",
            above="for _ in (1, 2):"),
        fix_in_c=insert(
            'if (strspn(argument, "0123456789") < strlen(argument)) {\n'
            '    write(1, "not a number: soon\\n", 19);\n'
            "    exit(2);\n"
            "}",
            above="for (int i"),
        hint="Which process is the only one that can report a mistake to the shell?",
        praise="""One process checked, printed one sentence, and reported to the shell. No worker
        was started."""),
    remember="Check every argument before `fork`, with a function that can report an error.",
    good_for="""A typing error in a number of workers or seconds then gives one clear message and a
    status that is not 0. A script that calls the program can see the error.""",
    requires=["rule-2-return-value"],
    exercise="validate-arguments",
    read="atoi(3); strtol(3); sleep(3); exit(3)",
)
