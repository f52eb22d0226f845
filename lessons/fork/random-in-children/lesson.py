"""Random numbers after fork: a generator is memory, and memory is copied."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, replace,
)

lesson = Lesson(
    Say("""A generator of random numbers has a state, some bytes of memory. Each number is computed
        from the state, and changes the state. Equal states give equal numbers."""),
    Predict("""Two children draw a number from a generator that was made **before** the forks. Which
        numbers do they draw?""",
        Choice("the first and the second",
            """row('dice, made before the forks').child.output == '140891 ' and row('dice, made
            before the forks').child_2.output == '596853 '""",
            """With one generator in shared memory you are right. Here a draw in the first child
            does not change the parent's state."""),
        Choice("the same number twice",
            """row('dice, made before the forks').child.output == row('dice, made before the
            forks').child_2.output""",
            """By rule 4 each child has a copy of the generator, in the state of the parent. Equal
            states give equal numbers."""),
        Choice("two random numbers",
            "row('dice, made before the forks').child.output != '140891 '",
            """With `os.urandom` you are right. This generator computes its numbers, and only its
            seed can come from chance. Here the seed is 1."""),
        hint="Which memory does the second child copy: the first child's, or the parent's?"),
    Compare(
        Run("dice"),
        Claim("Both children draw the same number from the generator that was made before.",
            """row('dice, made before the forks').child.output == row('dice, made before the
            forks').child_2.output"""),
        Claim("""The functions of the module `random` draw different numbers: Python seeds that
            generator in each child.""",
            "row('random.randrange').child.output != row('random.randrange').child_2.output"),
        id="generators",
        title="the child calls",
        rows={
            "dice, made before the forks": Edit(),
            "random.randrange": replace("dice.randrange", "random.randrange"),
            "dice, seeded in the child": replace("dice.randrange", "random.Random().randrange"),
            "os.urandom": replace(
                "dice.randrange(1000000)",
                "(int.from_bytes(os.urandom(8), 'big') % 10**9)")},
        columns={"first child": "child.output", "second child": "child_2.output"}),
    Say("""Python calls a function in each child that seeds the generator of the module `random`
        anew (`os.register_at_fork`). In C, no such function seeds `rand` and `random`; a program
        can register one with `pthread_atfork`. `getrandom` gives each process other numbers."""),
    Predict("""Some memory must not be copied: a state, a key. The parent marks a page with
        MADV_WIPEONFORK. What does the **child** find in the page?""",
        Choice("an unmapped page",
            "child.status == -11",
            """With MADV_DONTFORK you are right: the page does not exist in the child, and a read of
            it ends the child with SIGSEGV."""),
        Choice("a copy of the key",
            "child.prints(\"child:  b'key'\")",
            """Without the mark the child would find the key. The program asked the kernel for
            another treatment of this page."""),
        Choice("a page of zeros",
            "child.prints(\"child:  b'\\\\x00\\\\x00\\\\x00'\")",
            """The page exists in the child, and the kernel filled it with zeros. By the zeros a
            library can see that it runs in a child and needs a new key."""),
        hint="The name of the mark says what the kernel does with the page."),
    Run("key",
        Claim("The child found zeros, and the parent still has the key.",
            "child.prints(\"child:  b'\\\\x00\\\\x00\\\\x00'\") and parent.prints(\"parent: "
            "b'key'\")",
            wrong=delete("page.madvise"))),
    Repair("dice",
        """Two children each draw a number. They draw the same one. Each should draw its own. Fix
        it.""",
        Claim("Each of the two children prints a number.",
            "child.writes(' ') and child_2.writes(' ')",
            wrong=replace("range(2)", "range(1)"),
            hint="Keep both forks, and one number in each child."),
        Claim("The two numbers differ.",
            "child.output != child_2.output",
            wrong=[delete("dice.seed()"), replace("dice.seed()", "dice.seed(2)")],
            hint="Both children have a copy of one generator. What can differ in a child?"),
        fix=insert("dice.seed()", above="os.write(1, b"),
        fix_in_c=insert("srandom(getpid());", above="dprintf(1"),
        hint="The generator was made before the forks. Something in each child must be its own.",
        praise="Each child has seeded its copy of the generator again, with a value of its own."),
    remember="""A generator of random numbers is memory: `fork` copies it, and the children draw the
    same numbers.""",
    good_for="""Workers that should try different things and all try the same; two sessions with one
    key. Libraries for encryption had this error.""",
    requires=["rule-4-copied"],
    read="fork(2); madvise(2), MADV_WIPEONFORK; getrandom(2); pthread_atfork(3)",
)
