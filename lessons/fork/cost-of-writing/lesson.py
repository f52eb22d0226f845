"""The cost of copy-on-write after the fork."""

from simpsh.course import Choice, Claim, Compare, Edit, Lesson, Predict, Run, Say, replace

lesson = Lesson(
    Predict("""The child reads 400 pages and writes to 100 of them. How many *page faults* does each
        step cause?""",
        Choice("almost none, then one",
            "child['reading'] < 70 and child['writing'] < 100",
            """If one write copied the whole memory, one fault would be enough. The kernel copies
            page by page."""),
        Choice("about 400, then about 100",
            "child['reading'] >= 400 and child['writing'] >= 100",
            """In new memory the first access to each page is a fault. These pages are in the
            child's *page tables* already."""),
        Choice("almost none, then about 400",
            "child['reading'] < 70 and child['writing'] >= 400",
            """A child that writes to all 400 pages has these faults. The kernel copies only the
            pages to which the child writes."""),
        Choice("almost none, then about 100",
            "child['reading'] < 70 and child['writing'] >= 100 and child['writing'] < 170",
            "Reading copies nothing. Each first write to a page is one fault."),
        hint="""Are the pages in the child's page tables after the fork? May the child write to
        them?"""),
    Run("faults",
        Claim("Reading 400 shared pages costs next to nothing.",
            "child['reading'] < 70",
            wrong=replace('memory.find(b"y")', "in_use(400 * PAGE)")),
        Claim("Writing to 100 pages costs 100 faults, and a few more of Python itself.",
            "child['writing'] >= 100 and child['writing'] < 170",
            wrong=replace('memory.find(b"y")', 'memory[: 100 * PAGE : PAGE] = b"y" * 100')),
        needs=["getrusage"],
        shows="output"),
    Say("""So the kernel copies the *page tables* at the fork and a *page* later. The first write to
        a shared page is a *page fault*, in which the kernel copies the page. Then the process
        writes again."""),
    Predict("""A list has 50 000 numbers. The child only **looks** at each number. Which pages does
        the kernel copy, those of the list or those of the numbers?""",
        Choice("the pages of the numbers",
            "row('at 50 000 numbers').child['copied'] > 250",
            """Python counts one reference more while it looks at an object, and then one less.
            These are two writes."""),
        Choice("the pages of the list",
            """row('at 50 000 numbers').child['copied'] > 90 and row('at 50 000
            numbers').child['copied'] <= 250""",
            """The list contains only addresses, and the child does not change them. The counters
            are in the numbers themselves."""),
        Choice("neither of the two",
            "row('at 50 000 numbers').child['copied'] < 100",
            """For bytes in one piece, or for a C program, you are right. A Python object contains a
            counter of its references, and Python writes to it."""),
        hint="How does Python know when it can remove an object?"),
    Compare(
        Run("reader"),
        Claim("""Python counts a reference for each object that it looks at. This is a write, so the
            kernel copies the page. Bytes in one piece are read without a write.""",
            """row('at 50 000 numbers').child['copied'] > 250 and row('at bytes of the same
            size').child['copied'] < 100"""),
        Claim("The garbage collector also writes to each object that it looks at.",
            "row('for garbage: gc.collect()').child['copied'] > 250"),
        id="readers",
        title="the child only looks",
        rows={
            "at bytes of the same size": replace(
                "list(map(float, range(1, 50001)))",
                "bytes(range(1, 201)) * 6000"),
            "at 50 000 numbers": Edit(),
            "for garbage: gc.collect()":
                replace("all(things)", "gc.collect()") +
                    replace("list(map(float, range(1, 50001)))", "list(map(list, [()] * 20000))")},
        columns={"faults in the child": "child['copied']"},
        needs=["small pages", "getrusage"]),
    Say("""Not every fault makes a copy. If the other process has ended, the last owner of a page
        may write without a copy. Linux still counts a fault."""),
    remember="""The first write to a shared page costs a page fault and a copy. Reading costs
    nothing, but Python writes when it reads.""",
    good_for="""A server in Python loads its data and forks one worker per processor. After an hour
    each worker has its own copy of the data, although no worker has changed any. `gc.freeze()`
    before the fork keeps the garbage collector from writing, but not the reference counts.""",
    requires=["cost-of-fork"],
    read="""fork(2), NOTES; getrusage(2); gc.freeze() of Python; Silberschatz, Operating System
    Concepts, Virtual Memory""",
)
