# right: a shell in Python with multiprocessing, by spawn
# lacks: statuses, zombies.background, pipe, pipeline, early-reader, output, input, errors
# lacks: groups, stop, fg, bg, background, other-child, jobs
"""Each child is a new interpreter, which then executes the program."""

import multiprocessing
import os
import signal
import sys
from multiprocessing import resource_tracker


def become(words):
    """In the child: execute the program."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, 64)
    try:
        os.execvp(words[0], words)
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127)


def main():
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    # Start the resource tracker before the first line is read.
    resource_tracker.ensure_running()
    context = multiprocessing.get_context("spawn")
    while True:
        os.write(1, b"spawn> ")
        line = os.read(0, 4096).decode()
        match line.split():
            case [] if not line:
                return 0
            case []:
                pass
            case ["exit", *code]:
                return int(code[0]) if code else 0
            case ["cd", place]:
                os.chdir(place)
            case words:
                child = context.Process(target=become, args=(words,))
                child.start()
                child.join()


if __name__ == "__main__":
    sys.exit(main())
