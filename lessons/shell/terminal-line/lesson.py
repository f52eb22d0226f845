"""The kernel edits a line, echoes it, and turns ^C and ^D into something else."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert, move,
    replace, some,
)

byte_by_byte = replace(
    "keyboard, terminal = os.openpty()",
    "keyboard, terminal = os.openpty()\n"
    "mode = termios.tcgetattr(terminal)\n"
    "mode[3] &= ~(termios.ICANON)\n"
    "termios.tcsetattr(terminal, termios.TCSANOW, mode)")
no_echo = replace(
    "keyboard, terminal = os.openpty()",
    "keyboard, terminal = os.openpty()\n"
    "mode = termios.tcgetattr(terminal)\n"
    "mode[3] &= ~(termios.ECHO)\n"
    "termios.tcsetattr(terminal, termios.TCSANOW, mode)")
no_backspace = replace("\\x7f", "")
signals_stay = replace(" | termios.ISIG", "")
restored = delete("# as it was")


lesson = Lesson(
    Say("""A *terminal* has a keyboard and a screen. Between them and a program is the *line
        discipline*, a part of the kernel. `os.openpty` makes a terminal whose keyboard and screen
        are a descriptor, `keyboard`: what is written to it is typed.""",
        part="__main__"),
    Predict("l, x, Backspace and s are typed, then Enter. **What does the program print?**",
        Choice("`ls`, read before Enter",
            "'lsearly' in output",
            """This would need a kernel that edits without knowing where the line ends. It keeps the
            line until Enter, because Backspace may still come."""),
        Choice("`ls`, read after Enter",
            "output == 'ls\\n'",
            """The kernel collects a line and carries out Backspace in it. Only Enter makes the line
            readable."""),
        Choice("`lx`, Backspace and `s`",
            "'lx\\x7fs' in output",
            """Without the flag `ICANON` a program reads the bytes of the keys. Here the flag is
            set: the kernel edits the line."""),
        part="__main__",
        hint="Which process could remove the x? No program has run an editor.",
        again=byte_by_byte),
    Run("line",
        Claim("""Before Enter nothing can be read. After Enter the program reads the edited line:
            `ls` and a newline.""",
            "output == 'ls\\n'",
            wrong=[byte_by_byte, no_backspace]),
        shows="output"),
    Predict("""l and s are typed. No program reads them, or writes to `terminal`. **What has the
        screen got?**""",
        Choice("nothing: no program wrote to it",
            "output == ''",
            """Without the flag `ECHO` the screen shows only what programs write. Here the kernel
            echoes each key when it arrives."""),
        Choice("`ls`, written by the kernel",
            "output == 'ls'",
            """The flag `ECHO` is set: the line discipline copies each key to the screen. The
            program does not know of it."""),
        Choice("nothing, until Enter is typed",
            "output == '' and not parent.reads('l')",
            """Enter decides when a **program** reads the line. The echo is earlier: you see what
            you type."""),
        part="__main__",
        hint="You type at a program that computes. Do you see your keys?"),
    Run("echo",
        Claim("The screen has got `ls`, and no program has written to the terminal.",
            "output == 'ls'",
            wrong=[no_echo, byte_by_byte]),
        shows="output"),
    Say("""*termios* is the set of a terminal's flags and control characters. `mode[3]` has the
        local flags. With `ICANON` the terminal is in *canonical mode*: programs get lines. *Raw
        mode* is a terminal without `ICANON`, `ECHO` and `ISIG`, as vi sets it. less and line
        editors of shells keep `ISIG`."""),
    Compare(
        Run("flagged"),
        Claim("Without `ECHO` the key is not shown. It is read after Enter, as before.",
            "row('ECHO').output == 'held dark'"),
        Claim("Without `ICANON` a program can read each key at once. It is shown, as before.",
            "row('ICANON').output == 'read echo'"),
        Claim("Without both flags a program reads each key, and shows what it likes.",
            "row('ECHO and ICANON').output == 'read dark'"),
        id="flags",
        title="the cleared flags",
        rows={
            "none": Edit(),
            "ECHO": replace("~0", "~termios.ECHO"),
            "ICANON": replace("~0", "~termios.ICANON"),
            "ECHO and ICANON": replace("~0", "~(termios.ECHO | termios.ICANON)")},
        columns={
            "a key can be read": "'at once' if 'read ' in output else 'after Enter'",
            "a key is shown": "'yes' if 'echo' in output else 'no'"}),
    Predict("a, b, ^D and ^D are typed, without Enter. **What does the program print?**",
        Choice("` end` alone: ^D is end of file",
            "output == ' end'",
            """At the beginning of a line it is. Here two keys are waiting: ^D hands them to the
            program."""),
        Choice("`ab` and two bytes 4",
            "'\\x04' in output",
            """Without `ICANON` the program would read the bytes. Here ^D is a command to the line
            discipline, which removes it."""),
        Choice("`ab` and ` end`",
            "output == 'ab end'",
            """^D ends the wait for Enter: read returns what is there. After `ab` that is two bytes,
            and at the beginning of a line none: end of file."""),
        hint="^D means: let read return now. What is in the line each time?"),
    Run("control-d",
        Claim("The first ^D makes `ab` readable; the second one, alone, is end of file.",
            "output == 'ab end' and parent.sees_end_of_file",
            wrong=[byte_by_byte, replace("ab\\x04", "ab\\r")])),
    Predict("The child clears flags of its terminal. Then ^C is typed. **What happens?**",
        Choice("SIGINT ends the child",
            "child.killed('SIGINT')",
            """With `ISIG` the kernel turns ^C into SIGINT for the foreground group. The child has
            cleared this flag."""),
        Choice("the child reads the byte 3",
            "child.reads('\\x03') and child.exits(3)",
            """Without `ISIG`, ^C is a byte like any other: Ctrl and the third letter. So an editor
            can give ^C a meaning of its own."""),
        Choice("nothing: the kernel drops ^C",
            "not child.killed('SIGINT') and not (child.reads('\\x03') and child.exits(3))",
            """A key is a byte. The kernel drops a byte only if a flag gives it another meaning, and
            these flags are cleared."""),
        hint="Which of the three flags is about signals?",
        again=signals_stay),
    Run("control-c",
        Claim("The child reads one byte, 3. No signal is sent.",
            "child.reads('\\x03') and child.exits(3) and not child.gets_signal('SIGINT')",
            wrong=[signals_stay, replace("\\x03", "x")])),
    Task("""`printf 'a\\004b'` prints a, the byte 4, and b. At a terminal the key ^D makes this
        byte. Type a line in which:""",
        asks={
            "a process writes a byte 4, between two others, into a **pipe**; another one reads it":
                some("p",
                ("p.pipes_written('a\\x04b')",
                 "no process wrote a byte 4 between two others into a pipe"),
                ("any(p.pipes_written('a\\x04b') & r.pipes_read('\\x04') for r in processes)",
                 "no process read the byte 4")),
            "`3` is printed: the number of bytes": some("",
                ("output == '3\\n'", "printed: {shown}"),
                ("""any(p.output and (p.has_read('\\x04') or p.got('3')) for p in processes) or
                 any(p.expands(value='a\\x04b') for p in processes)""",
                 "the 3 was typed"))},
        hint="`wc -c` counts the bytes of its standard input.",
        solution="printf 'a\\004b' | wc -c",
        wrong={
            "printf 'a^Db' | wc -c":
                """This is the character `^` and the letter `D`. The key ^D is one byte, 4: `\\004`
                in `printf`.""",
            "printf 'a\\004b' >f; wc -c <f":
                "The byte is data in a file, too. The task asks for a pipe.",
            "printf 'a\\003b' | wc -c": "The byte 3 is ^C. ^D is Ctrl and the fourth letter.",
            "printf 'a\\004b\\n' | wc -c": "This counts four bytes: the newline is one, too.",
            "echo 3": "This prints the number only. Let a process count the bytes of a pipe."},
        note="""A pipe has no line discipline: byte 4 ends nothing there. End of file in a pipe is a
        closed write end."""),
    Repair("repair",
        """A program reads a password without an echo. After that, `ls` is typed: the screen should
        show it. It shows nothing. Fix it.""",
        Claim("The program reads the password.",
            "parent.reads('secret\\n')",
            wrong=replace("os.read(terminal, 100)", 'b"secret"'),
            hint="Keep the read of the password."),
        Claim("The screen shows `ls`, and no key of the password.",
            "output == 'ls'",
            wrong=[
                restored,
                delete("mode[3] &="),
                move(
                    "termios.tcsetattr(terminal, termios.TCSANOW, before)",
                    above='os.write(keyboard, b"secret'),
                replace("TCSANOW, before)", "TCSANOW, mode)")],
            hint="""Which flags has the terminal while the password is typed, and which while `ls`
            is typed?"""),
        shows="output",
        fix=insert(
            "termios.tcsetattr(terminal, termios.TCSANOW, before)  # as it was",
            above='os.write(keyboard, b"ls")'),
        fix_in_c=insert(
            "tcsetattr(terminal, TCSANOW, &before);  // as it was",
            above='write(keyboard, "ls", 2);'),
        hint="The flags belong to the terminal, not to the program. Who sets them back?",
        praise="The terminal had no echo for the password, and its old flags after that."),
    remember="""By default the kernel hands on whole lines, echoes each key, and turns ^C and ^D
    into a signal and an end of input. Each of these is a flag of the terminal.""",
    good_for="""After a crash of an editor your prompt shows no keys: its terminal is still without
    `ECHO` and `ICANON`. `stty sane` sets the flags again.""",
    requires=["end-of-file", "signals-handlers"],
    read="""termios(3); stty(1); POSIX.1-2024, 11 General Terminal Interface; TLPI chapter 62
    Terminals""",
)
