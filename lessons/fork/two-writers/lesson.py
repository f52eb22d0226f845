"""Two writers of one file: a shared offset, two offsets, or none."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Explore, Lesson, Predict, Repair, Run, Say, Task, delete,
    insert, replace, some,
)

child_opens_the_table = insert('fd = os.open("table", os.O_RDWR)', above="os.lseek(fd, 0")
both_lock = (insert("fcntl.flock(fd, fcntl.LOCK_EX)", above="os.lseek(fd, 0") +
    insert("fcntl.flock(fd, fcntl.LOCK_EX)", above="os.lseek(fd, 4"))
with_pwrite = (replace('os.write(fd, b"cc")', 'os.pwrite(fd, b"cc", 0)') +
    replace('os.write(fd, b"pp")', 'os.pwrite(fd, b"pp", 4)'))
with_write = replace('os.pwrite(fd, b"cc", 0)', 'os.write(fd, b"cc")')
with_append = replace("os.O_RDWR", "os.O_RDWR | os.O_APPEND")
shared_by_dup = replace('os.dup2(os.open("g", how, 0o666), 2)  # 2>g', "os.dup2(1, 2)  # 2>&1")
appending = replace("os.O_CREAT | os.O_TRUNC", "os.O_CREAT | os.O_APPEND")


lesson = Lesson(
    Predict("""The child wants `cc` at 0, the parent `pp` at 4: **cc..pp**. How many different
        tables are **possible**?""",
        Choice("5",
            "len(outputs) == 5",
            """Both seeks may come before both writes. Then the last seek counts for both, and the
            second write begins where the first ended."""),
        Choice("1",
            "len(outputs) == 1",
            """You see one table while no process comes between the other's seek and write. Nothing
            in the code forbids this."""),
        Choice("2",
            "len(outputs) == 2",
            """There are two orders in which the processes can run one after the other. Each makes
            two calls, and the other may run between them."""),
        hint="Write down the four calls, two for each process. In which orders can they run?"),
    Explore("table",
        Claim("""Five tables are possible. In four of them a process wrote after an `lseek` of the
            other process.""",
            "outputs == {'....ccpp', '....ppcc', 'cc..pp', 'ccpp', 'ppcc'}",
            wrong=child_opens_the_table),
        native=30),
    Say("""There is one offset. In this order the result is
        ....ccpp:

            child lseek 0 → parent lseek 4 → child write cc → parent write pp
            offset 0        offset 4         offset 6         offset 8"""),
    Predict("Which change **has no effect**, so that all five tables remain possible?",
        Choice("the file is opened with O_APPEND",
            "len(row('the file is opened with O_APPEND').outputs) == 5",
            """O_APPEND changes the tables: each write goes to the end. The result is not cc..pp,
            but no byte is overwritten."""),
        Choice("both lock `fd` with `flock`",
            "len(row('both call flock(fd) first').outputs) == 5",
            """A `flock` belongs to the open file description. Both share the description, so both
            have the lock, and neither waits."""),
        Choice("the child opens the file itself",
            "len(row('the child opens the file itself').outputs) == 5",
            """With two descriptions there are two offsets, and each seek counts for its own process
            only. So only `cc..pp` is possible."""),
        hint="After which change do both still use one description, and its one offset?"),
    Compare(
        Explore("table", native=1),
        Claim(
            "`flock` changes nothing: the lock belongs to the shared description, so both get it.",
            "len(row('both call flock(fd) first').outputs) == 5"),
        Claim("With O_APPEND each write goes to the end, whatever the offset is: ccpp or ppcc.",
            "row('the file is opened with O_APPEND').outputs == {'ccpp', 'ppcc'}"),
        Claim("With two offsets, or with `pwrite`, each process writes where it wants to.",
            """row('the child opens the file itself').outputs == {'cc..pp'} and row('both call
            pwrite with the place').outputs == {'cc..pp'}"""),
        id="remedies",
        title="what is changed",
        rows={
            "both call flock(fd) first": both_lock,
            "the file is opened with O_APPEND": with_append,
            "the child opens the file itself": child_opens_the_table,
            "both call pwrite with the place": with_pwrite},
        columns={"possible tables": "len(outputs)"}),
    Say("""A good remedy is `pwrite(fd, "cc", 2, 0)`: the call gets the place as an argument, and
        neither uses nor moves the offset. So nothing can come between seek and write."""),
    Say("""`program >g 2>g` names the file twice, and the shell **opens** it twice: two open file
        descriptions, each with its own offset. The program writes “aa” to 1, then “b” to 2, each
        with a newline."""),
    Predict("Two other redirections: which of them keep **both** lines?",
        Choice("only `>>g 2>>g`",
            """row('>>g 2>>g').file('g') == 'aa\\nb\\n' and not row('>g 2>&1').file('g') ==
            'aa\\nb\\n'""",
            """Appending is one way. `2>&1` needs no O_APPEND: the one offset moves on with each
            write."""),
        Choice("`>g 2>&1` and also `>>g 2>>g`",
            "row('>g 2>&1').file('g') == 'aa\\nb\\n' and row('>>g 2>>g').file('g') == 'aa\\nb\\n'",
            """`2>&1` is a *dup*: one offset for both. O_APPEND moves each offset to the end of the
            file before each write."""),
        Choice("only `>g 2>&1`",
            """row('>g 2>&1').file('g') == 'aa\\nb\\n' and not row('>>g 2>>g').file('g') ==
            'aa\\nb\\n'""",
            """A shared offset is one way. With `>>` there are two offsets, and O_APPEND moves each
            to the end before a write."""),
        hint="For each: where does the write to 2 begin, after three bytes were written to 1?"),
    Compare(
        Run("twice"),
        Claim("With `>g 2>g` both offsets begin at 0, so “b” and its newline overwrite “aa”.",
            "row('>g 2>g').file('g') == 'b\\n\\n'"),
        Claim("A duplicate shares the offset, and nothing is lost.",
            "row('>g 2>&1').file('g') == 'aa\\nb\\n'"),
        Claim("O_APPEND puts each write at the end of the file, and nothing is lost.",
            "row('>>g 2>>g').file('g') == 'aa\\nb\\n'"),
        id="one-file",
        title="the redirections",
        rows={">g 2>g": Edit(), ">g 2>&1": shared_by_dup, ">>g 2>>g": appending},
        columns={"what is in g": "file('g')"}),
    Task("""`echo aa >f & echo b >f; wait` can lose a line: there are two opens and two offsets.
        Change how `f` is opened:""",
        asks={
            "in every order `f` has both lines": some("",
                ("{'aa', 'b'} <= {*file('f').split('\\n')}", "`f` has {file('f')}")),
            "the two lines are written by two processes, and none waits for the other":
                some("p q",
                    ("p.writes_into('f', 'aa\\n') and q.writes_into('f', 'b\\n') and p != q",
                     "they were not written by two processes"),
                    ("not before(p.writes_into('f', 'aa\\n'), q.writes_into('f', 'b\\n')) and "
                     "not before(q.writes_into('f', 'b\\n'), p.writes_into('f', 'aa\\n'))",
                     "one process waits for the other"), in_some_order=True)},
        hint="`>>` opens a file with O_APPEND.",
        solution="echo aa >>f & echo b >>f; wait",
        wrong={
            "echo aa >f & echo b >f; wait":
                """This is the line of the task: each `>` opens `f` with an offset of its own, so a
                line is lost.""",
            "echo aa >>f; echo b >>f":
                """With `;` one `echo` waits for the other. The task asks for both orders: keep the
                `&`.""",
            "echo aa & echo b; wait": "No command opens `f` here. Both lines must be in the file."},
        note="With O_APPEND each write goes to the end of the file."),
    Repair("table",
        """The child writes `cc` at 0 and the parent `pp` at 4, so the table should be `cc..pp`.
        Sometimes it is another one. Make that impossible.""",
        Claim("The parent collects the child.",
            "parent.collects(child)",
            wrong=delete("os.waitpid(child, 0)"),
            hint="Keep the wait: the parent prints the table when both have written."),
        Claim("In every order the table is `cc..pp`.",
            "outputs == {'cc..pp'}",
            wrong=[with_write, with_write + insert("time.sleep(0.01)", above="os.lseek(fd, 4")],
            hint="Between `lseek` and `write` the other process may move the shared offset."),
        fix=with_pwrite,
        fix_in_c=replace('write(fd, "cc", 2)', 'pwrite(fd, "cc", 2, 0)') +
            replace('write(fd, "pp", 2)', 'pwrite(fd, "pp", 2, 4)'),
        hint="Which call writes at a place, and neither uses nor moves the offset?",
        praise="""`pwrite` takes the place as an argument. No process can move it between two
        calls."""),
    remember="""With one offset for two writers, another seek can come before a write. Use O_APPEND,
    `pwrite`, or `>g 2>&1`.""",
    good_for="""A log in which lines are missing or cut: two redirections, or two programs, opened
    the same file without O_APPEND. On NFS even O_APPEND can lose data, see open(2).""",
    requires=["redirection-order"],
    read="open(2), O_APPEND; lseek(2); pwrite(2); dup2(2); Kerrisk, TLPI, section 5.1",
)
