"""What may stand next in a program's command line, by installed completions or by its --help.

fish and bash are asked as at their own Tab: each loads what is installed for this one command.
Where neither knows anything, the program is run with `--help`, and the answer is kept until the
program changes. None of them has a terminal, and none may run for longer than two seconds.
"""

from __future__ import annotations

import os
import re
import resource
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import product

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.course_cache import remembered
from simpsh.kernel.call_observer import observing
from simpsh.kernel.program_execution import find_program
from simpsh.process.contained_run import ContainedCommand, run_contained
from simpsh.process.worker import in_own_process

Names = list[tuple[str, str]]
"""Words that may stand there, each with what it is; often that is not known."""

_SECONDS = 2.0


def installed_names(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    """Return what may continue these words of a program's command, its name first; no files.

    `variables` is the environment that the program would have.
    """
    # Completions of other shells may evaluate what stands in a word.
    if "/" in words[0] or "--" in words or re.search(r"[$`]", " ".join((*words, prefix))):
        return []
    for source in (_of_fish, _of_bash, _of_help):
        with suppress(OSError, SimpshError):
            fitting = [
                (name, about)
                for name, about in dict(source(words, prefix, variables)).items()
                if name.startswith(prefix) and name and not os.path.lexists(name.rstrip("/"))
            ]
            if fitting:
                return fitting
    return []


def _output_of(
    argv: Sequence[str], variables: Mapping[str, str], limit: Callable[[], object] = tuple
) -> str:
    """Run a program that only tells something, and return what it wrote.

    Raises OSError: ENOENT …; it cannot be run. TimeoutError: it was ended. WorkerBroken.
    """
    program = find_program(argv[0], variables.get("PATH", "")) or argv[0]
    # Where nothing can be made: no shell leaves files of its own in the user's home.
    nowhere = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME"), "/proc/none")
    environment = {**variables, **nowhere, "TERM": "dumb", "COLUMNS": "200"}
    command = ContainedCommand((program, *argv[1:]), environment, os.curdir, _SECONDS, limit)
    with observing(None):
        end = in_own_process(partial(run_contained, command), 2 * _SECONDS)
    if end.status is None:
        raise TimeoutError
    return (end.output or end.errors).decode(errors="surrogateescape")


def _installed(variables: Mapping[str, str], below: Sequence[str], names: Sequence[str]) -> str:
    """Return the first of these files below the directories of data, empty if there is none.

    See the XDG Base Directory Specification, XDG_DATA_DIRS.
    """
    own = variables.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    shared = variables.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    files = (os.path.join(*path) for path in product((own, *shared.split(":")), below, names))
    return next(filter(os.path.isfile, files), "")


_ASK_FISH = """
set -g fish_function_path $argv[2]/vendor_functions.d $__fish_data_dir/functions
set -g fish_complete_path $argv[3]
complete -C $argv[1]
"""


def _of_fish(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    folders = ("fish/vendor_completions.d", "fish/completions")
    file = _installed(variables, folders, [f"{words[0]}.fish"])
    if not file:
        return []
    folder = os.path.dirname(file)
    line = " ".join(re.sub(r"([^\w./:=@%+-])", r"\\\1", word) for word in (*words, prefix))
    asking = ("fish", "--no-config", "-c", _ASK_FISH, line, os.path.dirname(folder), folder)
    rows = (row.partition("\t") for row in _output_of(asking, variables).splitlines())
    return [(name, about) for name, _, about in rows]


_ASK_BASH = r"""
. "$1"
. "$2"
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE=$* COMP_TYPE=9 COMP_KEY=9
COMP_POINT=${#COMP_LINE}
[[ $(complete -p -- "$1") =~ \ -F\ ([^ ]+) ]] || exit
"${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def _of_bash(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    names = [words[0], f"{words[0]}.bash", f"_{words[0]}"]
    file = _installed(variables, ["bash-completion/completions"], names)
    if not file:
        return []
    library = _installed(variables, ["bash-completion"], ["bash_completion"]) or os.devnull
    asking = ("bash", "--norc", "--noprofile", "-c", f"{{{_ASK_BASH}}} 2>/dev/null", "bash")
    output = _output_of((*asking, library, file, *words, prefix), variables)
    return [(row.rstrip(), "") for row in output.splitlines()]


def _of_help(words: Sequence[str], prefix: str, variables: Mapping[str, str]) -> Names:
    """Ask the program, or that subcommand of it which its own help names.

    A program is asked that is one of the system's, and has no rights of its own: what else lies in
    PATH may do anything when it is called with an argument.
    """
    program = find_program(words[0], variables.get("PATH", "")) or ""
    status = os.stat(program)
    if status.st_uid or status.st_mode & (stat.S_ISUID | stat.S_ISGID | 0o022):
        return []

    def known(*argv: str) -> Names:
        def ask() -> object:
            write_nothing = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (0, 0))
            return names_in_help(_output_of((*argv, "--help"), variables, write_nothing))

        pairs = remembered(" ".join((program, *argv[1:])), (program,), ask, "options.json")
        return [(name, about) for name, about in pairs] if isinstance(pairs, list) else []

    names = known(words[0])
    if words[1:] and words[1] in dict(names):
        names = known(*words[:2])
    if not prefix.startswith("-"):
        names = [row for row in names if len(words) == 1 and not row[0].startswith("-")]
    return names


_ROW = re.compile(r"\s+(\S.*?)(?:(?:\s{2,}|\t)(.*))?$")
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9?][\w-]*")


def names_in_help(text: str) -> Names:
    r"""Return the options, and below a heading “commands:” the subcommands, of a text of help.

    >>> names_in_help("usage: p\n\nCommands:\n  add  Add a file\n  -q, --quiet   say little\n")
    [('add', 'Add a file'), ('-q', 'say little'), ('--quiet', 'say little')]
    """
    rows: Names = []
    is_about_commands = False
    for line in text.splitlines():
        row = _ROW.match(line)
        if row is None:
            # A blank line ends nothing: it may stand below its heading.
            is_heading = line.endswith(":") and "command" in line.lower()
            is_about_commands = is_heading or (is_about_commands and not line)
        elif row[1].startswith("-"):
            rows += [(option, row[2] or "") for option in _OPTION.findall(row[1])]
        elif is_about_commands and row[2] and re.fullmatch(r"[a-z][\w-]*", row[1]):
            rows.append((row[1], row[2]))
    return rows or [(option, "") for option in re.findall(r"\[(--?\w[\w-]*)", text)]
