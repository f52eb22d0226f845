"""simpsh as another user with a low RLIMIT_NPROC: `python other_user.py UID PROCESSES OPTION…`.

Root is exempt from RLIMIT_NPROC, and another user may be unable to read the interpreter's library.
So import everything first, then change the user, then run the shell.
"""

import importlib
import os
import pkgutil
import resource
import sys


def main() -> None:
    import simpsh
    import simpsh.cli.command_line
    from simpsh.kernel.namespaces import become_user

    for room in ("shell", "kernel", "process", "trace", "view"):
        folder = importlib.import_module(f"simpsh.{room}")
        for module in pkgutil.walk_packages(folder.__path__, f"simpsh.{room}."):
            importlib.import_module(module.name)
    for name in (
        "simpsh.cli.session",
        "simpsh.repl.read_eval_loop",
        "simpsh.repl.command_names",
        "simpsh.repl.hints",
        "mmap",
        "textwrap",
        "pwd",
        "fcntl",
        "json",
        "socket",
        "select",
    ):
        importlib.import_module(name)
    uid, processes, simpsh.cli.session.SPAWN = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    become_user(uid)
    os._exit(simpsh.cli.command_line.run(sys.argv[4:]))


if __name__ == "__main__":
    main()
