"""A loop in a pipeline sets its variables in a child."""

from __future__ import annotations

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Repair, Run, Say, Task, Variation,
    asked, delete, insert, move, printed, replace, runs,
)

shell_counts = insert("n = 2", above="os.waitpid(loop, 0)")
counts_nothing = replace("n += os.read", "n -= os.read")
from_a_file = replace(
    "printf 'a\\nb\\n' | while read x; do n=$((n+1)); done; echo $n",
    "printf 'a\\nb\\n' >f; while read x; do n=$((n+1)); done <f; echo $n")
inside = replace(
    "| while read x; do n=$((n+1)); done; echo $n",
    "| { while read x; do n=$((n+1)); done; echo $n; }")
substituted = replace(
    "n=0; printf 'a\\nb\\n' | while read x; do n=$((n+1)); done; echo $n",
    "set -o typed\nn=0; while read x; do n=$((n+1)); done < <(printf 'a\\nb\\n'); echo $n")
loop_in_a_child = (move(
        'n += os.read(read_end, 4).count(b"\\n")',
        above='os.write(write_end, b"a\\nb\\n")') +
    move('os.write(write_end, b"a\\nb\\n")', above="os.waitpid(stage, 0)"))


def word_comes_from_echo(line: LineRun) -> str:
    """The shell assigns it; with another text of echo it assigns that."""
    values = line.assigned(line.shell, "word")
    if not values or values[-1].strip() != "hello":
        return (
            f"the shell's `word` was “{values[-1]}”" if values else "the shell did not set `word`"
        )
    varied = line.varied
    if varied is None:
        return ""
    others = varied.assigned(varied.shell, "word")
    is_so = bool(others) and others[-1].strip() == varied.run.drawn[0]
    return "" if is_so else "the shell's `word` does not come from `echo`"


lesson = Lesson(
    Say("""A script counts lines: `n=0; printf 'a\\nb\\n' | while read x; do n=$((n+1)); done`. The
        right side of the `|` is a loop, not a program. Here is what the shell does, with one `read`
        in place of the loop."""),
    Predict("The process `loop` adds 2 to its `n`. **What is the shell's `n`** at the end?",
        Choice("2, as in the child",
            "shell['n'] == 2",
            """With threads the shell's `n` would be 2, because threads share memory. The loop runs
            in a process, and a process has its own memory."""),
        Choice("2, by `waitpid`",
            "shell.sets('n', 2)",
            """`waitpid` can bring a number: the wait status, if the child exits with its `n`. It
            brings no variables."""),
        Choice("0, as before",
            "shell['n'] == 0",
            """`fork` gave the child a copy of `n`. The child changed this copy, and the child's
            memory ended with the child."""),
        hint="Which processes exist at ①? In which process's memory does `n` change?"),
    Run("stages",
        Claim("At ① the process `loop` has n = 2.", "at(1).loop['n'] == 2", wrong=counts_nothing),
        Claim("The shell never sets its own `n`: it is still 0 when the loop has ended.",
            "shell['n'] == 0 and loop.sets('n', 2) and not shell.sets('n', 2)",
            wrong=[counts_nothing, shell_counts]),
        main="shell",
        watch=["n"]),
    Say("""The shell lets both stages run at the same time. If one process ran them one after the
        other, a long output of the first would fill the pipe."""),
    Predict("""Now at the prompt. What does `n=0; printf 'a\\nb\\n' | while read x; do n=$((n+1));
        done; echo $n` print?""",
        Choice("1",
            "row('through a pipe: | while …').output == '1\\n'",
            """1 would need a new child for each line, with `n` from 0 again. The whole loop is one
            child, and its `n` grows to 2."""),
        Choice("2",
            "row('through a pipe: | while …').output == '2\\n'",
            """ksh93 and zsh print 2: they run the last stage in the shell itself. POSIX allows
            both. bash, dash and simpsh run every stage in a child."""),
        Choice("0",
            "row('through a pipe: | while …').output == '0\\n'",
            """The loop counts to 2 in a child. The `echo` comes after the pipeline, and the shell
            expands its own `n`."""),
        hint="The `;` after `done` ends the pipeline. Which process runs what follows?"),
    Compare(
        Run("line"),
        Claim("After the pipeline, the shell's `n` is 0.",
            "row('through a pipe: | while …').output == '0\\n'"),
        Claim(
            "A redirection does not make a process: the shell itself runs the loop, and `n` is 2.",
            "row('through a file: done <f').output == '2\\n'"),
        Claim("Braces put the `echo` into the same child as the loop. That child's `n` is 2.",
            "row('| { while …; done; echo $n; }').output == '2\\n'"),
        Claim("With `<( )` the loop is not a child: the shell reads the pipe, and `n` is 2.",
            """row('through a named pipe: done < <(…)').output == '2\\n' and row('through a named
            pipe: done < <(…)').shell.reads('a')"""),
        Claim("With `printf` and `echo` built in, each stage is still a child: three processes.",
            """len(row('through a pipe, printf and echo built in').processes) == 3 and row('through
            a pipe, printf and echo built in').output == '0\\n'"""),
        id="ways",
        title="the loop gets its lines",
        rows={
            "through a pipe: | while …": Edit(),
            "through a file: done <f": from_a_file,
            "| { while …; done; echo $n; }": inside,
            "through a named pipe: done < <(…)": substituted,
            "through a pipe, printf and echo built in": replace("n=0;", "set +o visible; n=0;")},
        columns={"echo $n prints": "output", "processes": "len(processes)"}),
    Say("""bash has `<( )`, and at the prompt simpsh has it, too. The shell makes a pipe and a child
        that writes into it, and replaces `<(…)` with a name of the read end, such as
        `/dev/fd/63`."""),
    Say("""`read` alone is the same trap: `echo hello | read word` sets `word` in a child. `cd` is
        one, too: `true | cd /` changes only a child's directory. POSIX lets each shell decide
        whether a stage runs in the shell itself, so a portable script relies on neither."""),
    Task("""This line does not set `word` in the
        shell:

            echo hello | read word; echo $word

        Change it:""",
        asks={
            "a process executes `echo hello`": runs("echo", "hello"),
            "your shell's own `word` becomes what this `echo` prints": asked(word_comes_from_echo),
            "`$word` is printed, once": printed("hello\n", lambda drawn: f'{drawn[0]}\n')},
        hint="A command substitution brings text from a child into the shell: `word=$(…)`.",
        solution="word=$(echo hello); echo $word",
        wrong={
            "echo hello | read word; echo $word":
                """`read` runs in a child and sets the child's `word`. The shell's own `word` does
                not change.""",
            "word=hello; echo $word":
                """The shell gets the text from you. The task asks for the text that `echo hello`
                prints.""",
            "word=hello; printf '%s\\n' $word":
                """The shell gets the text from you. The task asks for the text that `echo hello`
                prints.""",
            "echo hello | { read word; echo $word; }":
                """The braces run in a child: the child sets `word`, and the child prints it. The
                shell's own `word` does not change."""},
        note="The shell itself reads the text, from a pipe or a file, and sets its own variable.",
        variation=Variation({"(?s)\\A.*?\\becho +(hello)\\b": "w{}"})),
    Repair("repair",
        """In ksh the loop of a pipeline runs in the shell, and `n` is 2 afterwards. Here it runs in
        the child, and `n` is 0. Let the child and the shell swap their parts.""",
        Claim("The shell prints `n is 2`.",
            "output == 'n is 2'",
            wrong=[loop_in_a_child, delete('n += os.read(read_end, 4).count(b"\\n")')],
            hint="`n` is a variable of the process that adds to it. Which one should that be?"),
        Claim("The shell itself reads the lines.",
            "shell.reads('a\\nb\\n')",
            wrong=loop_in_a_child + replace("% n)", "% 2)"),
            hint="Let the shell be the last stage of the pipeline, and the child the first one."),
        Claim("The other stage is a child, and is collected.",
            "len(processes) == 2 and shell.collects(anyone)",
            wrong=delete("os.waitpid(stage, 0)"),
            hint="Keep the child, and the wait for it."),
        main="shell",
        fix=move('os.write(write_end, b"a\\nb\\n")', above="os._exit(0)") +
            move('n += os.read(read_end, 4).count(b"\\n")', above="os.waitpid(stage, 0)"),
        fix_in_c=replace(
            "ssize_t count = read(read_end, text, sizeof text);\n"
            "        for (int i = 0; i < count; i++)\n"
            "            n += text[i] == '\\n';",
            "// the loop") +
            replace(
                'write(write_end, "a\\nb\\n", 4);',
                "ssize_t count = read(read_end, text, sizeof text);\n"
                "for (int i = 0; i < count; i++)\n"
                "    n += text[i] == '\\n';") +
            replace("// the loop", 'write(write_end, "a\\nb\\n", 4);'),
        hint="Which of the two stages needs the variable?",
        praise="The last stage ran in the shell, so the shell's own `n` grew."),
    remember="""In sh, bash and simpsh each stage of a pipeline runs in a child. A variable that the
    child sets is gone when the child ends.""",
    good_for="""`grep ERROR log | while read line; do count=$((count+1)); done` counts, and the
    script then reports 0 errors. Write `done <file`, or put the report into the same braces.""",
    requires=["why-cd-is-built-in"],
    read="""POSIX.1-2024 Shell Command Language 2.9.2 Pipelines and 2.13 Shell Execution
    Environment; pipe(2); bash(1), “Pipelines” and the option lastpipe""",
)
