"""The documentation of the public names is complete, and its examples work."""

import doctest
import os
import re
import sys

import pytest

import simpsh
from simpsh.process.process_tree import children
from tests.harness.process import collect_adopted, wait_until
from tests.harness.sh import run_command
from tests.process.diagnosed_children import skip_without_calls

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "api.md")

# Records raise no errors; the functions that create them do.
ERRORS = ("Raises", "errors as for", "No errors")
MANUAL = re.compile(r"\w+\([1-8]\)")


def test_every_example_of_the_page_is_true():
    skip_without_calls()
    options = doctest.ELLIPSIS
    program = (
        "import doctest, logging, sys\n"
        # On a busy machine the development mode warns about slow steps.
        "logging.getLogger('asyncio').setLevel(logging.ERROR)\n"
        f"results = doctest.testfile({PAGE!r}, module_relative=False, optionflags={options},\n"
        "    verbose=False)\n"
        "assert results.attempted > 60, results\n"
        "sys.exit(bool(results.failed))\n"
    )
    # Run in a separate process: the examples reap all children and change SIGCHLD.
    done = run_command([sys.executable, "-X", "dev", "-W", "error", "-c", program])
    # The daemons of the examples exit soon; the test runner adopts them.
    wait_until(
        lambda: collect_adopted() or not children(os.getpid()), "the examples' daemons have ended"
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


def test_every_public_name_is_in_a_heading_and_an_example_of_the_page():
    with open(PAGE, encoding="utf-8") as page:
        lines = page.read().split("\n")
    headings = [line for line in lines if line.startswith("## ")]
    examples = [line for line in lines if line.startswith((">>> ", "... "))]
    for name in simpsh.__all__:
        assert any(f"`{name}`" in line for line in headings), f"no heading has {name}"
        use = re.compile(rf"\b(?:simpsh\.{name}|{name}\()")
        made_by_others = ("ExitInfo", "Daemon", "ChildSignalSetting", "BadPidFile", "Relative")
        assert any(map(use.search, examples)) or name in made_by_others, f"no example of {name}"


def documented(name):
    """Yield the functions and methods of a public name that users call."""
    found = getattr(simpsh, name)
    yield name, found
    if isinstance(found, type) and name not in ("Signal", "SimpshError", "NotSupported"):
        for method in dir(found):
            member = getattr(found, method)
            is_ours = (getattr(member, "__module__", "") or "").startswith("simpsh.process")
            if not method.startswith("_") and callable(member) and is_ours:
                yield f"{name}.{method}", member


CALLED = [
    pytest.param(member, id=where)
    for name in simpsh.__all__
    if name not in ("WaitStatus",)
    for where, member in documented(name)
]


@pytest.mark.parametrize("member", CALLED)
def test_every_public_docstring_names_its_errors_and_the_manual(member):
    text = member.__doc__
    assert text, "no docstring"
    assert MANUAL.search(text) or not member.__module__.startswith("simpsh.process"), "no man page"
    if isinstance(member, type) and is_value(member):
        return  # the function that creates the value documents the errors
    assert any(word in text for word in ERRORS), "no errors"


def is_value(kind):
    return issubclass(kind, simpsh.Signal | simpsh.SimpshError) or hasattr(kind, "_fields")
