"""What is known of a program's handlers from all its runs."""

from __future__ import annotations


class HandlerKnowledge:
    """What handlers use of the memory, and where they may run because of that."""

    def __init__(self) -> None:
        self.are_followed = True
        """Whether what they use is found out, as long as there is no more than can be watched."""
        self.used = dict[str, dict[int, bool]]()
        """The words that they use, by the file of their program; whether they may change them."""
        self.own_calls = set[str]()
        """Their calls that only use what the kernel keeps for their own process."""
        self.use_descriptors = False
        """Whether they make other calls by descriptors."""
        self.come_beside_descriptors = False
        """Whether one may have come right after a call that changes descriptors."""
        self.middles = set[tuple[str, int]]()
        """The instructions of other code after which one may run between two uses of such words."""
        self.known_states = set[bytes | None]()
        """From what states their code was followed."""
        self.plain_code = set[tuple[str, int]]()
        """Their instructions that use no memory."""
        self.linker_ends = dict[tuple[str, int], int]()
        """Where the dynamic linker jumps to a function that was called for the first time, by
        where it was entered."""
