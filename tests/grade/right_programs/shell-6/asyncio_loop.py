# right: a shell in Python with asyncio
# lacks: pipe, pipeline, early-reader, input, errors, stop, fg, bg
"""A shell whose lines and children are events of asyncio. asyncio reports ends, but no stops."""

import asyncio
import os
import signal
import sys

last = 0
jobs = []


def redirected(words):
    """Return the words before > or >>, and the file after it."""
    for sign, mode in ((">>", "ab"), (">", "wb")):
        if sign in words:
            place = words.index(sign)
            return words[:place], open(words[place + 1], mode)
    return words, None


async def run(words):
    global last
    is_behind = words[-1] == "&"
    if is_behind:
        words.pop()
    words, file = redirected([word.replace("$?", str(last)) for word in words])
    try:
        child = await asyncio.create_subprocess_exec(*words, stdout=file, process_group=0)
    except OSError as error:
        print(f"{words[0]}: {error.strerror}", file=sys.stderr)
        last = 127 if isinstance(error, FileNotFoundError) else 126
        return
    finally:
        if file is not None:
            file.close()
    if is_behind:
        jobs.append((child, " ".join(words)))
        return
    give_terminal(child.pid)
    code = await child.wait()
    give_terminal(os.getpgrp())
    last = 128 - code if code < 0 else code


def give_terminal(group):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        os.tcsetpgrp(0, group)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended already, and is collected
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def line_of(loop):
    """Return a future for the next typed line."""
    line = loop.create_future()

    def take():
        loop.remove_reader(0)
        line.set_result(os.read(0, 4096).decode())

    loop.add_reader(0, take)
    return line


async def main():
    loop = asyncio.get_running_loop()
    # execve resets handlers, but ignored signals stay ignored.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        loop.add_signal_handler(number, lambda: None)
    while True:
        print("async> ", end="", flush=True)
        line = await line_of(loop)
        jobs[:] = [job for job in jobs if job[0].returncode is None]
        match line.split():
            case [] if not line:
                return 0
            case []:
                pass
            case ["exit", *code]:
                return int(code[0]) if code else 0
            case ["cd", place]:
                os.chdir(place)
            case ["jobs"]:
                print("\n".join(words for _, words in jobs))
            case words:
                await run(words)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
