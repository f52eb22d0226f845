"""Fixtures for every test: a session, an environment, a time limit, a terminal, and a watch over
processes and descriptors.

Fixtures: `terminal` is a simpsh at its first prompt; `start_shell` starts it with options, or
another program; `place` is a directory for runs of shells; `one_tab` is a tab of a browser. A test
that leaves a process or an open descriptor fails, by name.
"""

import mmap
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import pytest_timeout

from simpsh.kernel.processes import is_child_subreaper
from simpsh.process.machine_permits import missing
from tests.harness import compiled
from tests.harness.process import become_subreaper
from tests.harness.sh import PROJECT, Place, simpsh_command
from tests.harness.terminal import Terminal
from tests.spec import collector
from tests.support import browser, needed_programs, run_in_session, watch
from tests.support.time_limit import TimeLimit

ESCAPED = 99
"""The exit status of a forked child that came back into the test runner."""

_home = pytest.StashKey[str]()
_terminals = pytest.StashKey[list[Terminal]]()
_interrupted = pytest.StashKey[bool]()
_time_limit = pytest.StashKey[TimeLimit]()
# Shared with every forked child; an escaped child writes into it.
_board = mmap.mmap(-1, 4096)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Continue in a session of our own, before any test runs or any xdist worker is started."""
    is_worker = hasattr(config, "workerinput")
    if not (is_worker or config.option.collectonly):
        run_in_session.run_in_session(has_terminal=config.option.usepdb or config.option.trace)
    run_in_session.set_default_dispositions()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "leaves(what): 'processes' and 'descriptors' that a test may leave, with reason="
    )
    become_subreaper()
    config.stash[_home] = home = tempfile.mkdtemp(prefix="simpsh-tests-")
    _clean_environment(home)
    # The workers inherit it.
    os.environ.setdefault(compiled.SHARED, f"{home}/programs")
    collector.check_options(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_home], ignore_errors=True)


def _clean_environment(home: str) -> None:
    """Make tests independent of the user's files and settings."""
    for name in list(os.environ):
        if name in watch.FOREIGN_VARIABLES or name.startswith(("SIMPSH_RC", "XDG_", "LC_")):
            del os.environ[name]
    os.environ.update(
        HOME=home,
        XDG_CONFIG_HOME=f"{home}/.config",
        XDG_STATE_HOME=f"{home}/.local/state",
        XDG_DATA_HOME=f"{home}/.local/share",
        XDG_CACHE_HOME=f"{home}/.cache",
        LC_ALL="C.UTF-8",
        TERM="xterm-256color",
        # Since 2.47, git repacks in processes that outlive it.
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="maintenance.auto",
        GIT_CONFIG_VALUE_0="false",
    )


# -- usual tests and long ones -----------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if {"terminal", "start_shell"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("pty")
    chosen = collector.choose(config, items)
    if not any("::" in argument for argument in config.args):
        chosen = [item for item in chosen if _is_long(item) == config.option.long]
    taken = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in taken])
    items[:] = chosen


def _is_long(item: pytest.Item) -> bool:
    """Return what the last mark says, in the order of file, test and case."""
    is_long = False
    for node in item.listchain():
        for mark in node.own_markers:
            if mark.name == "long":
                is_long = True
            elif mark.name == "usual" and (not mark.args or _case_of(item) in mark.args):
                is_long = False
    return is_long


def _case_of(item: pytest.Item) -> str | None:
    return item.callspec.id if hasattr(item, "callspec") else None


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """Refuse a mark `usual` that names a case which its test does not have."""
    made = yield
    tests = [one for one in made if isinstance(one, pytest.Item)] if isinstance(made, list) else []
    named = {
        case for test in tests[:1] for mark in test.iter_markers("usual") for case in mark.args
    }
    if unknown := named - {_case_of(test) for test in tests}:
        raise pytest.UsageError(f"{tests[0].nodeid}: usual names no case of it: {unknown}")
    return made


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the tests marked long, and no others")
    collector.add_options(parser)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> collector.SpecFile | None:
    return collector.collect_file(file_path, parent)


# -- the time limit ----------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: pytest_timeout.Settings) -> bool:
    item.stash[_time_limit] = limit = TimeLimit(settings.timeout)
    limit.start()
    return True


@pytest.hookimpl(optionalhook=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    if limit := item.stash.get(_time_limit, None):
        limit.stop()
        del item.stash[_time_limit]
    return True


# -- a forked child that comes back ------------------------------------------------------------


def _stop_escaped_child(item: pytest.Item, pid: int) -> None:
    """End a child that returned into the runner: it would repeat the rest of the session."""
    if os.getpid() != pid:
        _board[:] = item.nodeid.encode()[:4096].ljust(4096, b"\0")
        os.write(2, f"a forked child escaped from {item.nodeid}\n".encode())
        os._exit(ESCAPED)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    pid = os.getpid()
    try:
        return (yield)
    except KeyboardInterrupt:
        item.stash[_interrupted] = True
        raise
    finally:
        _stop_escaped_child(item, pid)


# Do not skip in the wrapper below: that would end the setup before pytest's own plugins have begun
# theirs, and their teardowns would fail.
@pytest.hookimpl(tryfirst=True, specname="pytest_runtest_setup")
def pytest_skip_if_a_need_is_missing(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            if name in needed_programs.PACKAGES:
                needed_programs.require(name)
            elif reason := missing(name):
                needed_programs.require(*needed_programs.PROGRAMS_OF_NEED.get(name, ()))
                pytest.skip(reason)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    pid = os.getpid()
    try:
        return (yield)
    finally:
        _stop_escaped_child(item, pid)


# -- leftovers -----------------------------------------------------------------------


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a process, a zombie, a descriptor, or an escaped child."""
    pid, before = os.getpid(), watch.snapshot()
    yield
    _stop_escaped_child(request.node, pid)
    complaints = watch.remains(before)
    if not is_child_subreaper():
        become_subreaper()
        complaints.append("the test runner, which no longer adopts orphans")
    for mark in request.node.iter_markers("leaves"):
        complaints = [line for line in complaints if not line.startswith(mark.args)]
    if _board[0]:
        escaped = bytes(_board).rstrip(b"\0").decode()
        _board[:] = bytes(4096)
        complaints.append(f"a forked child escaped from {escaped}")
    if complaints and not request.node.stash.get(_interrupted, False):
        pytest.fail("the test left behind:\n  " + "\n  ".join(complaints), pytrace=False)


@pytest.fixture(scope="session", autouse=True)
def no_file_in_the_source_tree() -> Iterator[None]:
    """Fail if a file of the source tree has changed since the session began, except ignored ones.

    It is an error of the last test. Outside of a checkout of git there is no check.
    """
    before = watch.changed_files(PROJECT)
    yield
    if before is not None and (new := (watch.changed_files(PROJECT) or before) - before):
        lines = "\n  ".join(sorted(new))
        pytest.fail(
            f"files of the source tree changed during the tests (git status):\n  {lines}\n"
            "A test wrote them, or they were edited meanwhile.",
            pytrace=False,
        )


# -- terminals ---------------------------------------------------------------------------------


@pytest.fixture
def start_shell(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Terminal]]:
    """Start programs on terminals of their own: `start_shell(*options, program=…, …)`.

    Without `program`, start simpsh in `tmp_path` with a private home. `environment` is added to
    the tests' variables. Further keywords are arguments of Terminal. All terminals are closed at
    the end.
    """
    terminals = request.node.stash.setdefault(_terminals, [])
    home = tmp_path_factory.mktemp("home")
    own = {"HOME": f"{home}", "XDG_CONFIG_HOME": f"{home}/.config"}
    own |= {"XDG_STATE_HOME": f"{home}/.local/state", "XDG_DATA_HOME": f"{home}/.local/share"}

    def start(*options, program=None, environment=None, directory=tmp_path, **keywords) -> Terminal:
        argv = [*(program or simpsh_command()), *options]
        variables = os.environ | own | dict(environment or {})
        terminal = Terminal(argv, environment=variables, directory=directory, **keywords)
        terminals.append(terminal)
        return terminal

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def terminal(start_shell: Callable[..., Terminal]) -> Terminal:
    """An interactive simpsh that shows its first prompt."""
    shell = start_shell()
    shell.wait_editor()
    shell.wait_prompt()
    return shell


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and report.when == "call":
        for terminal_of_the_test in item.stash.get(_terminals, []):
            report.sections.append(("Terminal", terminal_of_the_test.report()))
    return report


# -- shared by the tests of a module -----------------------------------------------------------


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with Place() as shared:
        yield shared


@pytest.fixture(scope="module")
def one_tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Tab]:
    """One tab of one Chromium for all tests of a file, which are skipped without Chromium."""
    needed_programs.require("chromium")
    opened = browser.Browser(tmp_path_factory.mktemp("browser"))
    try:
        yield browser.Tab(opened)
    finally:
        opened.close()
