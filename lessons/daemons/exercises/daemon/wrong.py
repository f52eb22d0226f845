"""Wrong solutions: edits of the solution, each with the key of the check that must fail."""

from __future__ import annotations

from simpsh.course import delete, insert, replace
from simpsh.grade.exercises import Wrong

WRONG = (
    Wrong(
        "closes_0_1_2.c",
        "null",
        replace("dup2(null, number);", "close(number); /* the daemon needs none of them */"),
    ),
    Wrong(
        "closes_what_it_knows.py",
        "descriptors",
        replace('map(int, os.listdir("/proc/self/fd"))', "[read_end]"),
    ),
    Wrong(
        "empties_first.py",
        "untouched",
        replace("os.O_RDWR | os.O_CREAT", "os.O_RDWR | os.O_CREAT | os.O_TRUNC"),
    ),
    Wrong("keeps_the_pipe.c", "descriptors", delete("    close(READY);")),
    Wrong(
        "launcher_goes_at_once.c",
        "ready",
        replace(
            "ssize_t size = read(read_end, text, sizeof text - 1);",
            'ssize_t size = sprintf(text, "ready");',
        ),
    ),
    Wrong(
        "launcher_sleeps.py",
        "ready",
        insert("import time", above="path = ")
        + replace(
            "os.read(read_end, 200).decode()",
            '"ready"\ntime.sleep(0.3)  # the daemon will be ready by then',
        ),
    ),
    Wrong(
        "lets_the_lock_go.py",
        "one",
        replace("keep(lock, write_end)", "keep(write_end)  # the pid is written"),
    ),
    Wrong("mask_of_the_caller.py", "mask", delete("os.umask(0o027)")),
    Wrong(
        "no_lock.py",
        "locked",
        replace(
            "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
            "    except BlockingIOError:\n"
            '        fail("one is running already")',
            "# After a crash, the pid may be another process's.\n"
            "os.kill(int(os.read(file, 20)), 0)\n"
            'fail("one is running already")',
        )
        + insert(
            "except (OSError, ValueError):\n    os.lseek(file, 0, os.SEEK_SET)",
            above="    os.ftruncate(",
        ),
    ),
    Wrong(
        "no_second_fork.py",
        "session",
        replace("if os.fork():", "if False:") + delete("os.waitpid(middle, 0)"),
    ),
    Wrong("old_text_stays.c", "pid_file", replace("ftruncate(file, 0)", "0")),
    Wrong(
        "says_it_elsewhere.py",
        "refused",
        replace('{reason}", file=sys.stderr)', '{reason}", flush=True)'),
    ),
    Wrong("stays_in_its_directory.c", "directory", replace('chdir("/")', 'chdir(".")')),
)
