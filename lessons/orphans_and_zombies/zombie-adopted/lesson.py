"""A zombie disappears when its parent collects it, or its new parent after the parent's end."""

from __future__ import annotations

from simpsh.course import (
    Ask, Choice, Claim, Lesson, LineRun, Predict, Repair, Run, Say, Task, all_of, asked, delete,
    in_words, insert, replace, some,
)

no_adopter = delete("prctl(36")
collected_in_time = insert("os.waitpid(child, 0)", above="os._exit(0)")


def zombies(line: LineRun) -> list[str]:
    """Return the zombies that are left, except children of the shell, which will be collected."""
    looks = line.looks(line.others)
    return [name for name, look in looks.items() if look.state == "Z" and look.parent != line.shell]


def zombie_is_left(line: LineRun) -> str:
    """There is one."""
    return "" if zombies(line) else "no zombie was left"


def parent_is_program(line: LineRun) -> str:
    """The parent has executed another program."""
    parents = [look.parent for look in line.looks(zombies(line)).values()]
    programs = [name for name in parents if not line.is_shell(name)]
    return "" if programs or not parents else f"its parent is {in_words(parents[0])}, a shell"


lesson = Lesson(
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
            """`adopter` gets all children of the dead parent, zombies too. {line:os.wait()}
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
    Ask("How many of the six processes are **alive** at ①, when `fork` fails?",
        "len([p for p in at(1) if p.state != 'Z'])",
        "The limit counts rows of the process table. Five of the six rows are zombies.",
        near={
            6:
                """You count the rows. Six rows are in the table, and five of them belong to
                processes that have ended.""",
            5: "You count the children. All five have ended: they are the zombies.",
            0: "The process that calls `fork` is alive, too."},
        hint="Each child ends at once. Which process continues?"),
    Run("limit",
        Claim("`fork` failed with EAGAIN, because five zombies and the parent filled the limit.",
            "parent.fails('fork', 'EAGAIN') and len([p for p in at(1) if p.state == 'Z']) == 5",
            wrong=replace("os._exit(0)  # its", "signal.pause()  # its")),
        Claim("The parent collects one zombie, and one more `fork` succeeds.",
            "len(parent.collects()) == 1 and parent.prints('one more')",
            wrong=delete("os.wait()")),
        needs=["guard"],
        guard=6),
    Task("""The parent of a zombie becomes another program, which never waits: use `exec`. After the
        line:""",
        asks={
            "the prompt is back, and a zombie is left, in every order": all_of(
                some("", ("returns", "the line hangs")),
                asked(zombie_is_left)),
            "its parent is another program, not a shell": asked(parent_is_program)},
        hint="sh -c '… & exec sleep 1000' &",
        solution="sh -c 'true & exec sleep 1000' &",
        wrong={
            "true & sleep 1000 &":
                """Both programs are children of your shell, and your shell collects `true`: no
                zombie stays.""",
            "sh -c 'true & wait; exec sleep 1000' &":
                "`sh` collects `true` by `wait` before it becomes `sleep`. So no zombie is left.",
            "sh -c 'true & sleep 1000; wait' &":
                """`sh` stays a shell and is the parent of both. It waits for its children, and
                collects `true`."""},
        note="""`exec` keeps the pid, so the new program is the parent of the zombie. `ps` shows the
        zombie as <defunct>."""),
    Repair("repair",
        """This server has a child for each request. After three requests `fork` fails with EAGAIN.
        It should serve all six. Fix it.""",
        Claim("It serves six requests, with a child for each.",
            "output == 'six served\\n' and len(anyone.forks()) == 6",
            wrong=[delete("os.waitpid(child, 0)"), replace("range(6)", "range(3)")],
            hint="A zombie has a place in the process table. When does it give the place back?"),
        Claim("It collects every child.",
            "len(parent.collects()) == 6",
            wrong=replace("os.waitpid(child, 0)", "_ and os.waitpid(child, 0)"),
            hint="Each child needs one wait."),
        guard=4,
        fix=replace(
            'os.write(1, b"six served\\n")',
            '    os.waitpid(child, 0)\nos.write(1, b"six served\\n")'),
        fix_in_c=replace(
            "if (child == 0)  // in the child\n            _exit(0);  // its work is done",
            "if (child == 0)  // in the child\n"
            "    _exit(0);  // its work is done\n"
            "waitpid(child, NULL, 0);"),
        hint="The limit is four processes, and dead ones count.",
        praise="Each child was collected, and its place was free for the next one."),
    remember="""The parent collects a zombie, or after the parent's end its new parent does. Until
    then the zombie counts against every limit on processes.""",
    good_for="""The first program of a container often never waits. Its zombies fill the process
    limit, until no program can start there. `docker run --init` adds a first process that
    waits.""",
    requires=["zombie"],
    exercise="make-zombie",
    read="wait(2), NOTES; prctl(2), PR_SET_CHILD_SUBREAPER; fork(2), EAGAIN",
)
