"""Rule 4: fork copies memory; parent and child do not share it."""

from simpsh.course import (
    Choice, Claim, Lesson, Predict, Repair, Run, Say, Task, delete, insert, replace, some,
)

branches_swapped = replace("child == 0", "child != 0")
child_looks_first = delete("os.waitpid(child, 0)")
from_shared_memory = replace("libc.malloc(2048)", "libc.mmap(None, 2048, 3, 0x21, -1, 0)")
text_elsewhere = insert(
    "text = (ctypes.c_char * 64).from_address(libc.malloc(64))",
    above='text.value = b"FINAL"')
child_frees = replace('text.value = b"FINAL"', "libc.free(place)  # gives the memory back")
parent_frees = insert(
    "libc.free(place)\nplace = libc.malloc(2048)\ntext[:6] = b'other\\0'",
    above="print(")
private = replace("mmap.MAP_SHARED", "mmap.MAP_PRIVATE")


lesson = Lesson(
    Say("""After `fork` two processes run one piece of code. The name `x` appears once in the code.
        Is there one variable, or are there two?"""),
    Predict("Which value of `x` does the **parent** print?",
        Choice("1 or 2, as the order decides",
            "unordered(child.writes(), parent.writes())",
            """The order is fixed: the parent waits for the child first. And in no order does the
            parent see the child's `x`."""),
        Choice("2, as in the child",
            "parent.prints('parent: x = 2')",
            """Two *threads* of one process would share `x`, because they share memory. Two
            processes have the same name `x`, and each has its own memory for it."""),
        Choice("1, as before the fork",
            "parent.prints('parent: x = 1')",
            "There are two variables with the name `x`. The child added 1 to its own."),
        Choice("nothing, as `x` is gone",
            "not parent.prints('parent: x = 1') and not parent.prints('parent: x = 2')",
            """`os._exit` ends the child, and frees the memory of the child. The parent's `x` was
            never part of that memory."""),
        hint="How many processes exist when `x = x + 1` runs, and which one runs it?"),
    Run("variable",
        Claim("The child has 2.",
            "child.prints('child:  x = 2')",
            wrong=replace("x = x + 1", "x = x")),
        Claim("The parent still has 1.", "parent.prints('parent: x = 1')", wrong=branches_swapped),
        Claim("The child wrote before the parent looked. So the cause is not the order.",
            "before(child.writes('x = 2'), parent.writes('x = '))",
            wrong=child_looks_first),
        watch=["x"]),
    Predict("""Now memory from `malloc`. At ① the child has written FINAL. What does the **parent**
        have now, at **the address that the child uses**?""",
        Choice("some other text",
            "at(1).child.page('text').address != at(1).parent.page('text').address",
            """Then the child's text would be at another address. The child is an exact copy: all
            its memory has the same addresses as in the parent, so pointers remain valid."""),
        Choice("the text FINAL",
            "at(1).parent['text'] == 'FINAL'",
            """Threads of one process would both see FINAL. An address means a place in the memory
            **of one process**; the other process has its own memory."""),
        Choice("the text draft",
            "at(1).parent['text'] == 'draft'",
            """An address is a number. Each process has its own table that says which memory the
            number means."""),
        hint="The child has copies of all pointers. What must hold for them to be useful?"),
    Run("malloc",
        Claim("The address is the same number in both processes.",
            "at(1).child.page('text').address == at(1).parent.page('text').address",
            wrong=text_elsewhere),
        Claim("The contents are different: FINAL in the child, draft in the parent.",
            "at(1).child['text'] == 'FINAL' and at(1).parent['text'] == 'draft'",
            wrong=from_shared_memory),
        watch=["text"]),
    Predict("Now the child calls `free` instead. What does the parent print after that?",
        Choice("the unchanged text",
            "parent.prints('draft')",
            """The child freed its own copy. The parent's copy is still in use, and the parent must
            free it as well."""),
        Choice("nothing any more",
            "parent.killed('SIGSEGV')",
            """SIGSEGV would end the parent if the *kernel* took the memory away from both. `free`
            works in one process, and changes nothing in the parent."""),
        Choice("an empty line",
            "parent.output == '\\n'",
            """After a `free` by another **thread** that can happen. The child's `free` reaches only
            the memory of the child. (To read memory after a `free` is an error: its contents are
            undefined.)"""),
        hint="`free` changes the lists of unused blocks. In which process are these lists?"),
    Run("malloc",
        Claim("The parent's text is intact after the child's `free`.",
            "parent.prints('draft')",
            wrong=parent_frees),
        id="free",
        edit=child_frees),
    Predict("""Now the program asks the kernel for **shared** memory: `MAP_SHARED`. What does the
        parent print?""",
        Choice("FINAL",
            "parent.output.strip() == 'FINAL'",
            """`fork` does not copy a shared mapping. Both processes use the same *page*, and each
            sees what the other writes."""),
        Choice("draft",
            "parent.output.strip() == 'draft'",
            """With `MAP_PRIVATE`, and from all other memory, the parent prints draft. Memory can be
            shared, but only if the program asks for it."""),
        Choice("five zero bytes",
            "parent.output.strip('\\0\\n') == ''",
            "New memory of `mmap` is zero. The parent wrote draft into it before the fork."),
        hint="An argument of `mmap` names what is different from the memory before."),
    Run("shared",
        Claim("The parent sees what the child wrote.", "parent.prints('FINAL')", wrong=private),
        Claim("After the write both still use one page.",
            "at(1).child.page('page').shared and at(1).parent.page('page').shared",
            wrong=private),
        watch=["page"]),
    Task("""In simpsh, bash and dash, `( … )` is a fork. Type a line that sets `x` to 1. After that,
        in the same line:""",
        asks={
            "inside `( … )`, `x` is changed to 2, and this `x` is printed there": some("p",
                ("p.sets('x', '2')", "no copy of your shell sets its `x` to 2"),
                ("p.expands('x', '2') or any(q.expands('x', '2') for q in processes[1:]) or "
                 "len(p.programs) > 0",
                 "the 2 that is printed is not its `x`"),
                ("'2' in output.splitlines()[0]", "printed: {shown}")),
            "outside, `x` is printed once more, and is still 1": some("",
                ("len(output.splitlines()) == 2 and '1' in output.splitlines()[1]",
                 "printed: {shown}"),
                ("shell.expands('x', '1')", "the text was typed"),
                ("not any(shell.sets('x')[-1] > p.born[0] for p in processes[1:] if "
                 "p.sets('x'))",
                 "your shell sets its own `x` again")),
            "the shell itself never sets `x` to 2": some("",
                ("not shell.sets('x', '2')", "the shell sets its own `x` to 2"))},
        hint="x=1; ( … ; echo $x ); echo $x",
        solution="x=1; (x=2; echo $x); echo $x",
        wrong={
            "x=1; { x=2; echo $x; }; echo $x":
                "Braces group commands in the same shell, without a fork. So both lines show 2.",
            "x=1; (x=2; echo $x)":
                """This prints the child's `x` only. The task also asks for the `x` outside, after
                that.""",
            "x=1; (x=2); echo 2; echo $x":
                """The output looks right, but `echo 2` runs outside and prints no variable. Print
                `x` inside `( … )`."""},
        note="The commands in parentheses run in a copy of the shell, with its own `x`."),
    Repair("repair",
        """Each of three children adds 1 to a number, and the parent should print `3 children`. It
        prints `0 children`. Fix it.""",
        Claim("The parent has three children and collects them.",
            "len(parent.collects()) == 3",
            wrong=replace("range(3)", "range(2)"),
            hint="Keep the three forks, and the wait after each."),
        Claim("The parent prints `3 children`.",
            "parent.writes('3 children\\n')",
            wrong=[replace("MAP_SHARED", "MAP_PRIVATE"), delete("page[0] += 1")],
            hint="""Each child adds 1 to a copy. Which memory do parent and child share after
            `fork`?"""),
        fix=replace("MAP_PRIVATE", "MAP_SHARED"),
        fix_in_c=replace("MAP_PRIVATE", "MAP_SHARED"),
        hint="The number is in memory from `mmap`. See its flags.",
        praise="The page is shared: what a child wrote, the parent read."),
    remember="""`fork` gives the child a copy of all memory, at the same addresses. What one process
    writes, the other does not see.""",
    good_for="""A mistake in a child cannot change the private memory of its parent. That is why a
    browser gives each page a process, and a server each client.""",
    requires=["rule-2-return-value"],
    read="fork(2); malloc(3); mmap(2); Kerrisk, TLPI, section 24.2.2",
)
