"""A zombie is a pid and a status that the kernel keeps until a process waits for them."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace, some,
)

child_lives_on = replace("os._exit(42)", "signal.pause()")
parent_ignores = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="child = os.fork()")
collected_before = insert("os.waitpid(child, 0)", above="os.kill(child, signal.SIGKILL)")
no_adopter = delete("prctl(36")
collected_in_time = insert("os.waitpid(child, 0)", above="os._exit(0)")
asks_once = replace("os.waitpid(worker, 0)", "os.waitpid(worker, os.WNOHANG)")
asks_later = insert("import time\ntime.sleep(1)", above="_, status") + asks_once
worker_ignored = insert("signal.signal(signal.SIGCHLD, signal.SIG_IGN)", above="worker = os.fork()")
kills_it = insert("os.kill(worker, signal.SIGKILL)", above="_, status")


lesson = Lesson(
    Say("""A *zombie* is a child that has ended before its parent waits. The kernel keeps something
        of it. We look twice. At ① the child is alive. At ② it has ended, and the parent has not
        waited: to *collect* a child means to fetch its status by `wait`."""),
    Predict("What is left of the child at ②?",
        Choice("nothing of the child",
            "at(2).child.gone",
            """The kernel removes everything at once if the parent ignores SIGCHLD. Here the parent
            may still ask for the status."""),
        Choice("a pid and a status",
            "at(2).child.state == 'Z' and at(2).child.descriptors == ()",
            """The parent can ask for the status, and for the resources that the child used. The
            kernel frees the memory and closes the files at once."""),
        Choice("its memory and files",
            "3 in at(2).child.descriptors and at(2).child.fields['VmRSS'] > 0",
            """A *stopped* process keeps its memory and its files. A process that ends loses both at
            once, before any wait."""),
        hint="What can `waitpid` give to the parent? The kernel must keep that.",
        again=parent_ignores),
    Run("anatomy",
        Claim("At ② the child has ended, and its row is still in the process table: state Z.",
            "at(2).child.state == 'Z'",
            wrong=[parent_ignores, child_lives_on]),
        Claim("The memory of the zombie is gone: its `/proc/PID/status` has no VmRSS.",
            "at(1).child.fields['VmRSS'] > 0 and 'VmRSS' not in at(2).child.fields",
            wrong=child_lives_on),
        Claim("The descriptors of the zombie are closed: at ① it had the log open.",
            "at(1).child.fd(3).target.endswith('/log') and at(2).child.descriptors == ()",
            wrong=child_lives_on),
        Claim("The kernel keeps the status: the parent waits late and still gets 42.",
            "parent.gets(child, 0x2a00)",
            wrong=parent_ignores),
        Claim(
            "The text in the child's buffer is lost: the kernel closes files, it writes no buffer.",
            "output == ''",
            wrong=replace('print("goodbye")', 'print("goodbye", flush=True)')),
        remark="""Its output was a pipe. On a terminal each line is written at once: it prints
        `goodbye`."""),
    Say("""State Z is the state of a zombie. You will read that the kernel *flushes* the files of
        a dead process. It is not so: the kernel only closes them. “goodbye” was in a buffer in the
        child's own memory. `exit(3)` writes such buffers; `_exit(2)` and SIGKILL do not."""),
    Predict("The parent sends SIGKILL to the zombie, then waits. What does it print?",
        Choice("code -9",
            "parent.prints('code -9')",
            """−9 is the result if SIGKILL ends a living child. This child ended before the signal,
            and its status is final."""),
        Choice("nothing",
            "parent.fails('kill', 'ESRCH')",
            """After a wait has collected the child, `kill` fails with ESRCH and the program prints
            nothing. Until then the pid is in use."""),
        Choice("code 42",
            "parent.prints('code 42')",
            """`kill` finds the pid and succeeds. The zombie runs no code, so the signal changes
            nothing."""),
        hint="""Two questions: does the pid still exist? And is there a process that can receive a
        signal?"""),
    Run("killed",
        Claim("`kill` succeeds and changes nothing: the child is a zombie before and after.",
            "parent.succeeds('kill') and at(1).child.state == 'Z' and at(2).child.state == 'Z'",
            wrong=[child_lives_on, collected_before]),
        Claim("The parent collects the child's own status, 42.",
            "parent.gets(child, 0x2a00)",
            wrong=child_lives_on)),
    Say("""A zombie stays until its parent waits. Here the **parent** ends first, without a `wait`.
        Its own parent is a *subreaper*: it *adopts* all *orphans* among its descendants. In this
        lesson the new parent is `adopter`."""),
    Predict("At ② the parent has ended. What happens to its **zombie** child?",
        Choice("it goes with its parent",
            "at(2).child.gone",
            """You see this if the new parent is an init that collects at once. Here ② stops
            `adopter` before its `wait`, and the zombie still exists."""),
        Choice("it gets a new parent",
            "at(2).child.parent == adopter and adopter.collects(child)",
            """`adopter` gets all children of the dead parent, zombies too. `os.wait()`
            collects this one."""),
        Choice("it stays without a parent",
            "not anyone.collects(child) and not child.vanishes",
            """Then no process could ever collect it. Every process has a parent: the zombie gets a
            new one, which can wait for it."""),
        hint="An orphan is adopted. Does the kernel check first whether the orphan is alive?"),
    Run("adopted",
        Claim("The parent's end changes one thing: the zombie is now a child of `adopter`.",
            """at(1).child.state == 'Z' and at(1).child.parent == parent and at(2).child.state ==
            'Z' and at(2).child.parent == adopter""",
            wrong=[no_adopter, collected_in_time]),
        Claim("`adopter` collects the zombie, with its first status: 42.",
            "adopter.gets(child, 0x2a00)",
            wrong=no_adopter),
        main="adopter"),
    Say("""A zombie needs no memory of its own and no processor time. It does need a pid and a row
        in the process table. The next program may have **6** processes at most. It forks and never
        waits, until `fork` fails with *EAGAIN*."""),
    Predict("How many of the six processes are **alive** at ①, when `fork` fails?",
        Choice("1",
            "len([p for p in at(1) if p.state != 'Z']) == 1",
            "The limit counts rows of the process table. Five of the six rows are zombies."),
        Choice("6",
            "len([p for p in at(1) if p.state != 'Z']) == 6",
            """You count the rows. Six rows are in the table, and five of them belong to processes
            that have ended."""),
        Choice("5",
            "len([p for p in at(1) if p.state != 'Z']) == 5",
            "You count the children. All five have ended: they are the zombies."),
        Choice("0",
            "len([p for p in at(1) if p.state != 'Z']) == 0",
            "The process that calls `fork` is alive, too."),
        hint="Each child ends at once. Which process continues?"),
    Run("limit",
        Claim("`fork` failed with EAGAIN, because five zombies and the parent filled the limit.",
            "parent.fails('fork', 'EAGAIN') and len([p for p in at(1) if p.state == 'Z']) == 5",
            wrong=replace("os._exit(0)  # its", "signal.pause()  # its")),
        Claim("The parent collects one zombie, and one more `fork` succeeds.",
            "len(parent.collects()) == 1 and parent.prints('one more')",
            wrong=replace("os.wait()", "pass")),
        needs=["guard"],
        guard=6),
    Task("""`true` ends at once, and `exec sleep 1000` makes another program of a shell. Type a line
        after which:""",
        asks={
            "`sleep 1000` runs, and the prompt is back": some("",
                ("returns", "the line hangs"),
                ("ran('sleep', '1000')", "no process ran `sleep 1000`"),
                ("still('sleep', '1000')", "no `sleep 1000` was left")),
            "a zombie is left, whose parent lives": some("p",
                ("p.end.state == 'Z' and p.end.parent != shell", "no zombie was left"),
                ("p.end.parent.end.state != 'Z'", "its parent had ended"))},
        hint="""A shell starts a child, and then executes a program that never waits: `sh -c '… &
        exec …' &`.""",
        solution="sh -c 'true & exec sleep 1000' &",
        wrong={
            "true &": "Your shell collects its child: a shell waits for each of its jobs.",
            "sh -c 'true; exec sleep 1000' &":
                "Without `&` the inner shell waits for `true`, and collects it.",
            "(true &)":
                "The copy of your shell has ended. So `true` has a new parent, which collects it.",
            "sleep 1000 &": "This child has not ended. A zombie is a process that has."},
        note="`sleep` never calls `wait`. The zombie stays until `sleep` ends."),
    Repair("repair",
        """This program should print `code 42`. It often prints `code 0`, and its worker stays a
        zombie until the program ends. Fix it.""",
        Claim("The parent collects its worker, and gets the status 42.",
            "parent.gets(worker, 0x2a00)",
            wrong=[worker_ignored, replace("os._exit(42)", "os._exit(0)")],
            hint="""What does `waitpid` return if the child has not ended yet, and WNOHANG forbids
            it to sleep?"""),
        Claim("In every order it prints `code 42`.",
            "outputs == {'code 42\\n'}",
            wrong=[asks_once, asks_later, kills_it],
            hint="""The parent may run first, however long it sleeps. Only a wait that sleeps until
            the worker ends makes an order."""),
        fix=replace("os.waitpid(worker, os.WNOHANG)", "os.waitpid(worker, 0)"),
        fix_in_c=replace("waitpid(worker, &status, WNOHANG)", "waitpid(worker, &status, 0)"),
        hint="Look at the last argument of `waitpid`.",
        praise="""The parent sleeps in `waitpid` until the worker has ended. Then it has the status,
        and no zombie is left."""),
    remember="""A zombie has a pid, a status and its row in the process table, but no memory and no
    descriptors. No signal can end it: it has ended. Its parent collects it, or after the parent's
    end its new parent does.""",
    good_for="""`ps` shows <defunct>, and `kill -9` does not help. Look at the parent of the zombie:
    it does not wait. In a container zombies can fill the limit of processes, until no program can
    start there.""",
    requires=["orphan"],
    exercise="make-zombie",
    read="""wait(2), NOTES; proc(5), /proc/PID/status; fork(2), EAGAIN; ps(1); TLPI 26.2 Orphans and
    Zombies""",
)
