"""The words about a wait follow from its facts: the situation, the processes, the wakers."""

import pytest

from simpsh.base import waits
from simpsh.base.targets import Member, Target, actor_words
from simpsh.base.waits import Edge, Wait
from simpsh.view.wait_words import wait_words


class Naming:
    def label(self, actor):
        return actor_words(actor)

    def object(self, target: Target) -> str:
        return f"the object {target}"


P1, P2 = Member("P1"), Member("P2")
WORDS = {
    "connection": (Wait(waits.CONNECTION), "waits for the next connection at a socket"),
    "poll": (Wait(waits.POLL), "waits for another process"),
    "server": (Wait(waits.POLL, wakers=(waits.BY_CLIENT,)), "waits for a request of any process"),
    "hidden": (Wait(waits.POLL, wakers=(waits.BY_UNSEEN,)), "waits for another process"),
    "device": (
        Wait(waits.EVENT, wakers=(waits.BY_KERNEL,)),
        "waits for an event that the kernel reports",
    ),
    "held": (Wait(waits.POLL, edges=(Edge(P2),), wakers=(waits.BY_CLIENT,)), "waits for P2"),
    "child": (Wait(waits.CHILD, edges=(Edge(P2, "must end"),)), "waits for P2 to end"),
}


@pytest.mark.parametrize("name", WORDS)
def test_the_words_follow_from_the_facts_of_the_wait(name):
    wait, words = WORDS[name]
    assert wait_words(wait, P1, Naming()) == words
