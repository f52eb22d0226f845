"""Pathname expansion over the directories of a made-up file system."""

import pytest

from simpsh.shell.language.glob_pattern import pathnames
from tests.shell.language.worlds import World

FILES = (
    *("a", "b.c", "B.c", ".h", "é", "x y", "link"),
    *("d/", "d/a", "d/b.c", "d/.h", "d/e/", "d/e/f"),
    *("e/", "e/b.c"),
    *("/etc/", "/etc/fstab"),
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("?", ["a", "d", "e", "é"]),
        ("*.c", ["B.c", "b.c"]),
        ("*", ["B.c", "a", "b.c", "d", "e", "link", "x y", "é"]),
        (".*", [".h"]),
        ("\\.*", [".h"]),
        ("[.]*", []),
        ("?h", []),
        ("*/b.c", ["d/b.c", "e/b.c"]),
        ("*/*", ["d/a", "d/b.c", "d/e", "e/b.c"]),
        ("*/", ["d/", "e/"]),
        ("*//a", ["d//a"]),
        ("d/*", ["d/a", "d/b.c", "d/e"]),
        ("d/.*", ["d/.h"]),
        ("*/e/*", ["d/e/f"]),
        ("none/*", []),
        ("*/none", []),
        ("/e*/f*", ["/etc/fstab"]),
        ("\\d/\\*", []),
        ("\\d/b*", ["d/b.c"]),
        ("[a/b]", []),
        ("d/[!a-b]", ["d/e"]),
    ],
)
def test_a_pattern_becomes_paths_in_the_order_of_their_characters(pattern, expected):
    world = World(variables={"LC_ALL": "C.UTF-8"}, files=FILES)
    assert pathnames(pattern, world) == expected


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C"},
        {"LC_CTYPE": "POSIX", "LANG": "de_DE.UTF-8"},
        {"LC_ALL": "", "LANG": "C"},
        {},
    ],
)
def test_in_the_c_locale_a_character_is_a_byte(variables):
    world = World(variables=variables, files=("é", "ab", "a"))
    assert pathnames("??", world) == ["ab", "é"]
    assert pathnames("[!a]?", world) == ["é"]
    assert pathnames("[[:alpha:]]*", world) == ["a", "ab"]
    assert pathnames("é", world) == ["é"]


def test_an_unreadable_directory_has_no_names():
    class Closed(World):
        def entries(self, directory):
            return [] if directory == "d/" else super().entries(directory)

    assert pathnames("*/*", Closed(files=FILES)) == ["e/b.c"]


def test_only_directories_named_by_patterns_are_read():
    class Counting(World):
        read = ()

        def entries(self, directory):
            self.read = (*self.read, directory)
            return super().entries(directory)

    world = Counting(files=FILES)
    assert pathnames("d/e/?", world) == ["d/e/f"]
    assert world.read == ("d/e/",)
