"""The terms of the course: one or two plain sentences each, then a reference.

`:what TERM` at a lesson's prompt shows an entry. A term is found in its singular and plural. An
entry whose value is itself a term is an alias of that term.
"""

from __future__ import annotations

TERMS = {
    "absolute path": "A path that begins with `/`. The current directory plays no part in finding "
    "the file. path_resolution(7)",
    "account": "resource usage",
    "address space": "The memory addresses that a process can use, each page with its contents. "
    "Every process has an address space of its own; the threads of one process share it. mmap(2)",
    "adopt": "The kernel gives an orphan a new parent: the nearest subreaper, or init. From then "
    "on getppid() in the orphan returns the new parent's pid. prctl(2)",
    "argument vector": "argv",
    "argv": "The list of arguments that exec hands to a program. By convention `argv[0]` is the "
    "program's name. execve(2)",
    "async-signal-safe": "A function is async-signal-safe if a signal handler may call it at any "
    "moment. `write()` is, `printf()` and `malloc()` are not. signal-safety(7)",
    "atomic": "An operation is atomic if no other process can see it half done. Writes of at most "
    "`PIPE_BUF` bytes to a pipe are atomic. pipe(7)",
    "background": "A command runs in the background if the shell does not wait for it. Its process "
    "group is not the foreground group of the terminal. POSIX.1-2024, Shell Command Language",
    "blocked": "A blocked signal stays pending until the process unblocks it. A blocked *call* is "
    "something else: the process sleeps until the call can continue. sigprocmask(2)",
    "buffer": "Memory in which a process collects text before it calls write(). fork copies the "
    "buffer, and each process writes its own copy. setvbuf(3)",
    "builtin": "A command that the shell carries out itself, without a child process. `cd` must be "
    "a builtin, because a child could change only its own directory. POSIX.1-2024, Shell Command "
    "Language",
    "canonical mode": "The kernel collects what is typed and hands on whole lines. Backspace and "
    "^D work in this mode; the flag is `ICANON`. termios(3)",
    "cgroup": "A group of processes with common limits, for example on memory or on the number of "
    "processes. A child starts in its parent's cgroup. cgroups(7)",
    "child": "A process that another process, its parent, has created with fork. fork(2)",
    "close-on-exec": "A flag of a descriptor: the kernel closes the descriptor when an exec "
    "succeeds. fork copies the flag. fcntl(2)",
    "collect": "A parent collects a child when wait returns the child's wait status. The zombie "
    "then disappears, and its pid is free again. Man pages also say *reap*. wait(2)",
    "command substitution": "`$(command)`: the shell runs the command in a subshell and puts its "
    "output in this place. POSIX.1-2024, Shell Command Language",
    "controlling terminal": "The terminal of a session. Keys such as ^C send signals to the "
    "terminal's foreground process group. credentials(7)",
    "copy-on-write": "After fork, parent and child share the pages of memory. The kernel copies a "
    "page when one of them writes to it for the first time. fork(2)",
    "core dump": "A file with the memory of a process that a signal has ended, for a debugger. "
    "core(5)",
    "current directory": "The directory in which the kernel begins to look for a relative path. "
    "Each process has its own; a child starts with a copy of its parent's. getcwd(3)",
    "daemon": "A process that runs in the background, without a controlling terminal, usually as "
    "long as the system runs. daemon(7)",
    "daemonize": "A process daemonizes when it starts a daemon from itself: fork, setsid, a second "
    "fork, and new places for descriptors, directory and umask. daemon(7)",
    "datagram": "A message that a socket delivers as a whole: each recv() returns one message, not "
    "a part of a stream. unix(7)",
    "deadlock": "Two or more processes wait for each other, so none of them can continue. "
    "Arpaci-Dusseau, *OSTEP*, Common Concurrency Problems",
    "descriptor": "A small number, such as 0, 1 or 2, by which a process names an open file. Each "
    "process has its own table of descriptors. open(2)",
    "disposition": "What a process does with a signal when the signal arrives: the default action, "
    "ignore it, or call a handler. signal(7)",
    "dup": "`dup` and `dup2` make a second descriptor for the same open file description. Both "
    "descriptors share the offset. dup(2)",
    "EAGAIN": "The error “try again later”: a fork over a limit, or a read that would have to wait "
    "although the descriptor has `O_NONBLOCK`. errno(3)",
    "ECHILD": "The error of wait in a process that has no child to wait for. wait(2)",
    "echo": "The kernel shows what is typed on the screen. The flag `ECHO` of the terminal says "
    "whether it does. termios(3)",
    "effective user id": "The user id that decides what a process may do: which files it may "
    "open, for example, and which processes it may signal. credentials(7)",
    "EINTR": "The error of a call that a signal handler has interrupted. C programs call again; "
    "Python does so itself since version 3.5 (PEP 475). signal(7)",
    "end of file": "read() returns 0: there is no more data. A pipe gives end of file when it is "
    "empty and no descriptor for its write end is open in any process. pipe(7)",
    "environment": "A list of texts `NAME=value` that a program receives at exec. A child gets a "
    "copy of its parent's environment. environ(7)",
    "environment variable": "environment",
    "errno": "The variable in which a failed call leaves the number of its error. A successful "
    "call need not change it. errno(3)",
    "event loop": "A loop that waits for many sources of events in one call, such as poll, and "
    "then handles what has happened. poll(2)",
    "exec": "execve() replaces the program of a process with another program. The pid, the open "
    "descriptors and the parent stay the same. execve(2)",
    "exit code": "exit status",
    "exit handler": "A function of the program that exit() calls before the process ends. `atexit` "
    "registers it. `_exit` and a signal that ends the process call none. atexit(3)",
    "exit status": "The number with which a process ends, from 0 to 255. 0 means success. A parent "
    "gets it out of the wait status with `WEXITSTATUS`. exit(3)",
    "FIFO": "A pipe that has a name in the file system. Opening one end waits until a process "
    "opens the other end. fifo(7)",
    "file action": "What posix_spawn does with a descriptor in the child before exec: open, close "
    "or dup2. posix_spawn(3)",
    "file descriptor": "descriptor",
    "file offset": "offset",
    "flush": "To write the contents of a stdio buffer with write(). `fflush` does it, and so does "
    "a normal exit; `_exit` does not. fflush(3)",
    "foreground": "A terminal has one foreground process group. Its processes may read from the "
    "terminal, and they get the signals of keys such as ^C. tcsetpgrp(3)",
    "fork": "fork() makes a child, a copy of the calling process. It returns 0 in the child and "
    "the child's pid in the parent. fork(2)",
    "fork bomb": "A program whose processes all fork without end, until a limit stops them. "
    "getrlimit(2), `RLIMIT_NPROC`",
    "group id": "The number of a group of users. A process has a real, an effective and a saved "
    "one; the effective one counts when a file is opened. credentials(7)",
    "group leader": "The process whose pid is also the id of its process group. setpgid(2)",
    "handler": "A function of the program that runs when a signal arrives. It may interrupt the "
    "program at any place. signal(7)",
    "hang": "A program hangs if it waits for something that can never happen, such as end of file "
    "on a pipe whose write end it holds open itself. pipe(7)",
    "hangup": "The terminal is gone: the kernel sends SIGHUP to the session leader. If the session "
    "leader ends, the foreground process group gets SIGHUP. setsid(2), signal(7)",
    "heap": "The memory from which malloc() takes its blocks. Large blocks come from mmap() "
    "instead. malloc(3)",
    "held": "Tables of a lesson show this for a process that has reached a mark such as ①. simpsh "
    "lets it continue after it has looked at all processes.",
    "inherit": "A child inherits what fork copies from its parent: memory, descriptors, "
    "environment, current directory, signal dispositions and more. fork(2)",
    "init": "The first process of a system or of a pid namespace; its pid is 1. It adopts orphans "
    "and must collect them. pid_namespaces(7)",
    "inode": "What the file system stores about one file: its type, size, owner and where its data "
    "is, but not its name. inode(7)",
    "job": "A pipeline that the shell has started, in a process group of its own. `jobs` lists "
    "them. POSIX.1-2024, Shell Command Language",
    "job control": "The shell puts jobs into the foreground or background, stops them and "
    "continues them, by means of process groups. POSIX.1-2024, General Terminal Interface",
    "kernel": "The part of the operating system that runs with full rights: it starts and "
    "schedules processes and carries out their system calls. syscalls(2)",
    "line discipline": "The part of the kernel between a terminal and its programs: it edits "
    "lines, echoes keys, and turns ^C into a signal. tty_ioctl(4)",
    "line-buffered": "A line-buffered stream is flushed at the end of each line. Standard output "
    "is so if it is a terminal. setvbuf(3)",
    "lock": "A lock is held by one process or thread at a time; others wait for it. `flock` locks "
    "belong to the open file description, record locks to the process. flock(2), fcntl(2)",
    "lost update": "Two processes load a value, change it and store it, and both load before one "
    "stores: the second store overwrites the first. A lock or an atomic operation prevents it. "
    "Silberschatz, *Operating System Concepts*, Synchronization Tools",
    "lost wakeup": "A process checks a condition, the signal arrives, and only then the process "
    "goes to sleep: no signal wakes it. sigsuspend() closes this gap. sigsuspend(2)",
    "master": "The side of a pseudo-terminal that is its keyboard and screen: what a process "
    "writes there is typed, and what programs write to the slave is read there. pty(7)",
    "memory map": "The list of the parts of a process's memory, each with its addresses, its "
    "rights and its name. `/proc/PID/maps` shows it. proc(5)",
    "mmap": "A system call that puts a file or new memory into the address space of a process. "
    "With `MAP_SHARED`, a child shares the pages; with `MAP_PRIVATE` it has copies. mmap(2)",
    "mutex": "A lock between threads. After fork, the child has a copy of each mutex in the state "
    "in which it was, locked or not. pthread_mutex_lock(3p)",
    "named pipe": "FIFO",
    "namespace": "A view of a part of the system, such as pids or mounts, that only the processes "
    "in it have. The first process of a pid namespace is pid 1 there. namespaces(7)",
    "nice value": "A number from −20 to 19; a process with a higher nice value gets a smaller "
    "share of a busy processor. nice(2), sched(7)",
    "offset": "The place in a file where the next read or write begins. The offset belongs to the "
    "open file description. lseek(2)",
    "open file description": "What the kernel keeps for one open(): the offset, the status flags "
    "and the file. After fork or dup, several descriptors refer to the same one. open(2)",
    "orphan": "A process whose parent has ended. The kernel gives it a new parent at once. "
    "getppid(2)",
    "orphaned process group": "A process group in which no member has a parent in another group of "
    "the same session. If it becomes orphaned with a stopped member, it gets SIGHUP and SIGCONT. "
    "setpgid(2)",
    "page": "The unit in which the kernel manages memory: 4096 bytes on x86-64 Linux. Other "
    "systems have other sizes; ask sysconf(_SC_PAGESIZE). sysconf(3)",
    "page fault": "A process touches a page that it cannot use yet. The kernel reads, copies or "
    "creates the page, and the process continues. getrusage(2)",
    "page table": "The table with which the processor finds the page frame of an address. Each "
    "process has its own. Silberschatz, *Operating System Concepts*, Main Memory",
    "parallel": "Two processes run in parallel if each one runs on a processor of its own at the "
    "same time. sched(7)",
    "parent": "The process that has created another one, its child, with fork. A process asks for "
    "its parent's pid with getppid(). getppid(2)",
    "PATH": "The environment variable with the list of directories in which the shell looks for a "
    "command whose name has no `/`. environ(7)",
    "pending": "A signal is pending from the moment it is sent until the process receives it. A "
    "blocked signal stays pending. signal(7)",
    "pid": "The number of a process. The kernel gives a number to a new process only after the old "
    "process with it has been collected, and no process group or session has the number. getpid(2)",
    "pid file": "A file in which a daemon writes its pid, so that other programs find it. The pid "
    "in it may be out of date. daemon(7)",
    "pidfd": "A descriptor that refers to one process. Unlike a pid, a pidfd never refers to "
    "another process later. pidfd_open(2)",
    "pipe": "A buffer in the kernel with a read end and a write end. A reader of an empty pipe "
    "sleeps; so does a writer to a full one. pipe(7)",
    "pipeline": "Commands joined by `|`: the output of each is the input of the next. The shell "
    "starts all of them before it waits. POSIX.1-2024, Shell Command Language",
    "poll": "A call that waits until one of several descriptors is ready, or until a time limit. "
    "poll(2)",
    "posix_spawn": "A library function that starts a program in a child, in one call instead of "
    "fork and exec. posix_spawn(3)",
    "preempt": "The kernel takes the processor away from a running process, for example at the end "
    "of its time slice. sched(7)",
    "process": "A program that is running: memory, at least one thread, descriptors, a pid and "
    "more. credentials(7)",
    "process group": "A set of processes that can get a signal together. The shell makes one for "
    "each job. setpgid(2)",
    "process state": "What a process does at the moment, as a letter: R runs or is ready, S "
    "sleeps, T is stopped, Z has ended and is not collected. proc(5)",
    "pseudo-terminal": "Two devices that the kernel connects: a slave, which is a terminal, and a "
    "master, which a program such as sshd holds. pty(7)",
    "pty": "pseudo-terminal",
    "race": "race condition",
    "race condition": "The result depends on the order in which processes happen to run, and at "
    "least one order gives a wrong result. Arpaci-Dusseau, *OSTEP*, Concurrency: An Introduction",
    "raw mode": "A terminal without canonical mode, echo and signals of keys: a program reads each "
    "byte as it comes. cfmakeraw(3)",
    "read end": "The descriptor of a pipe from which a process reads. A write to a pipe without "
    "any read end gives SIGPIPE. pipe(7)",
    "real user id": "The id of the user who started the process. exec does not change it. "
    "credentials(7)",
    "real-time signal": "One of the signals SIGRTMIN to SIGRTMAX. Equal pending real-time signals "
    "are queued, and each one may carry a number. signal(7)",
    "reap": "collect",
    "reaper": "In pictures, the new parent of an orphan, outside the demonstration: init, or a "
    "subreaper such as `systemd --user`. prctl(2)",
    "record lock": "A lock on a part of a file, made with fcntl(). It belongs to the process: a "
    "child does not inherit it. fcntl(2)",
    "redirection": "The shell makes a descriptor of a command refer to a file: `> file`, `< file`, "
    "`2>&1`. POSIX.1-2024, Shell Command Language",
    "resource limit": "A bound that the kernel enforces for a process or a user, such as the "
    "number of open descriptors. getrlimit(2)",
    "resource usage": "What the kernel has counted for a process: processor time, page faults, "
    "memory. getrusage() and wait4() return it. getrusage(2)",
    "saved user id": "An id to which the process may set its effective user id again. setresuid(2)",
    "schedule": "The kernel schedules when it decides which process runs next on a processor. "
    "sched(7)",
    "scheduler": "schedule",
    "self-pipe": "A pipe to oneself: a handler writes a byte into it, and a loop that waits for "
    "descriptors finds the byte. signal-safety(7)",
    "semaphore": "A counter that processes raise and lower. A process that would lower it below 0 "
    "sleeps instead. sem_overview(7)",
    "session": "A set of process groups, usually all that was started from one login or terminal. "
    "setsid() begins a new one, without a controlling terminal. setsid(2)",
    "session leader": "The process that has begun a session; its pid is also the session's id. "
    "setsid(2)",
    "set-user-ID bit": "The bit 4000 in the mode of a file. exec of the file sets the effective "
    "and the saved user id to the id of its owner. execve(2), inode(7)",
    "shared memory": "Memory that several processes use together: what one of them writes, the "
    "others read. shm_overview(7), mmap(2)",
    "shell": "A program that reads command lines, makes child processes and lets them execute the "
    "commands. POSIX.1-2024, Shell Command Language",
    "SIGCHLD": "The signal that a parent gets when a child ends, stops or continues. By default it "
    "has no effect. signal(7)",
    "SIGHUP": "The signal of a hangup. By default it ends the process; many daemons read their "
    "configuration again instead. signal(7)",
    "siginfo": "The data that waitid and a signal handler get: which process, what has happened, "
    "and the exit status or signal. waitid(2), sigaction(2)",
    "SIGKILL": "A signal that ends a process. No process can block, ignore or handle it. signal(7)",
    "signal": "A message of the kernel to a process: a number with a name, such as SIGTERM. A "
    "process can send one with kill(). signal(7)",
    "signal handler": "handler",
    "signal mask": "The set of signals that are blocked in a thread. fork copies it, and exec "
    "keeps it. sigprocmask(2)",
    "signalfd": "A Linux descriptor from which a process reads its blocked signals, instead of "
    "handling them. Equal pending signals are one record. signalfd(2)",
    "SIGPIPE": "The signal for a write to a pipe that has no reader. By default it ends the "
    "writer. If it is ignored, write() fails with `EPIPE`. pipe(7)",
    "slave": "The side of a pseudo-terminal that a program has as its terminal: /dev/pts/N. pty(7)",
    "sleep": "A process sleeps in a call while it waits there for something, such as data. It uses "
    "no processor time meanwhile. proc(5)",
    "socket": "An end of a connection: what a process writes to it, the process at the other end "
    "reads, and the other way round. socket(2), unix(7)",
    "stack": "The memory for the calls of functions: return addresses and local variables. At "
    "the start of a program the kernel puts its arguments and environment there. proc(5)",
    "state change": "A child ends, stops or continues. wait reports ends; waitpid can report stops "
    "and continues, too. wait(2)",
    "status flags": "Flags of an open file description, such as `O_APPEND` and `O_NONBLOCK`. All "
    "descriptors that refer to it share them. fcntl(2)",
    "stdio buffer": "Memory of a process in which printf() collects output before write(). fork "
    "copies it with its contents, so text can be written twice. stdio(3), setbuf(3)",
    "stopped": "A stopped process exists but does not run until it gets SIGCONT. SIGSTOP and ^Z "
    "stop processes. signal(7)",
    "subreaper": "A process that adopts the orphans among its descendants, instead of init. Linux "
    "only. prctl(2)",
    "subshell": "A copy of the shell, usually a child made by fork. Its changes, such as `cd` or "
    "`x=1`, do not reach the shell. POSIX.1-2024, Shell Command Language",
    "supplementary groups": "A list of further groups of a process. Each of them counts when a "
    "file is opened, as the effective group id does. credentials(7)",
    "system call": "A request of a process to the kernel, such as read() or fork(). syscalls(2)",
    "system time": "The processor time that the kernel has used on behalf of a process. times(2), "
    "time(7)",
    "terminal": "A keyboard and a screen, as the kernel shows them to programs: a device such as "
    "/dev/pts/0 with a line discipline. tty(4)",
    "termination status": "wait status",
    "termios": "The flags and control characters of a terminal. `stty` shows and sets them. "
    "termios(3)",
    "text segment": "The part of a process's memory with the code of its program. It may be "
    "executed and not written. proc(5), elf(5)",
    "thread": "A flow of execution in a process. All threads of a process share its memory and "
    "descriptors. pthreads(7)",
    "time slice": "How long a process may run before another process that waits for the processor "
    "gets its turn. sched(7)",
    "timerfd": "A timer that is a descriptor: it becomes readable when it expires. A read returns "
    "how often it has expired. timerfd_create(2)",
    "umask": "The permissions that the kernel removes from each file that a process creates. A "
    "child inherits it. umask(2)",
    "undefined behaviour": "The standard says nothing about what happens. The program may seem to "
    "work and fail later. ISO C, POSIX.1-2024",
    "unspecified": "The standard allows several results and does not say which one occurs. "
    "Portable programs work with each of them. POSIX.1-2024, Conformance",
    "user time": "The processor time that a process has used for its own code, outside the kernel. "
    "times(2), time(7)",
    "vfork": "A fork that copies no memory and stops the parent until the child calls exec or "
    "`_exit`. POSIX removed it in 2008. vfork(2)",
    "wait": "wait() and waitpid() sleep until a child has ended, and return its pid and wait "
    "status. wait(2)",
    "wait status": "The number that wait stores about a child: how it ended or stopped, and its "
    "exit status or signal. Read it with macros such as `WIFEXITED`. wait(2)",
    "working directory": "current directory",
    "write end": "The descriptor of a pipe to which a process writes. The reader gets end of file "
    "only after all copies of it are closed. pipe(7)",
    "zombie": "A process that has ended but that its parent has not collected yet. Only its pid, "
    "its wait status and its resource usage are left. wait(2), NOTES",
}
"""The entry of each term: what it means, then a man page, the standard or a book."""

TAUGHT = {
    "a shell in thirty lines": (
        *("process", "shell", "fork", "exec", "wait", "child", "collect", "echo"),
    ),
    "fork": (
        *("parent", "pid", "descriptor", "offset", "open file description", "zombie", "thread"),
        *("EAGAIN", "errno", "hang", "held", "system call"),
        *("mmap", "sleep", "lock"),
        *("stopped", "terminal", "vfork", "` & `", "`$!`", "`os._exit`"),
    ),
    "exec and wait": (
        *("argv", "PATH", "environment", "wait status", "state change", "job", "inherit"),
        *("`os.exec`", "`os.kill`", "`os.waitid`", "`os.setresuid`", "`$?`"),
    ),
    "descriptors and pipes": (
        *("pipe", "read end", "write end", "end of file", "redirection", "command substitution"),
        *("SIGPIPE", "FIFO", "close-on-exec", "posix_spawn", "deadlock", "pipeline"),
        *("dup", "socket", "undefined behaviour", "`socket.`"),
        *("`os.pipe`", "`os.dup2`", "`os.mkfifo`", "`os.posix_spawn`", "`os.set_blocking`"),
        *("`fcntl.fcntl`", "`subprocess.`", "` | `", "`>`", "`2>&1`", "`<`", "`$(`"),
    ),
    "signals": (
        *("handler", "pending", "signal mask", "async-signal-safe", "EINTR"),
        *("process group", "lost wakeup", "SIGCHLD", "record lock"),
        *("`trap `", "`signal.signal`", "`signal.pthread_sigmask`"),
        *("`os.setpgid`", "`os.system`"),
    ),
    "families": (
        *("orphan", "adopt", "subreaper", "siginfo", "real-time signal", "event loop", "poll"),
        *("init", "timerfd", "semaphore", "disposition"),
        *("`signal.setitimer`", "`signal.sigwait`", "`select.`"),
        "`os.pidfd_open`",
    ),
    "terminals and sessions": (
        *("session", "session leader", "controlling terminal", "foreground", "job control"),
        *("hangup", "orphaned process group", "line discipline", "canonical mode", "raw mode"),
        *("termios", "pseudo-terminal", "`os.setsid`", "`os.tcsetpgrp`", "`os.openpty`"),
        *("`os.login_tty`", "`os.forkpty`", "`termios.`"),
    ),
    "daemons": ("daemon", "daemonize", "pid file", "umask", "datagram", "`os.umask`"),
}
"""The terms, calls and signs that a unit teaches; a lesson of an earlier unit may not use them.

Any other term of the glossary is taught by the unit of the first lesson that marks it. A text uses
a term if it has the term, in any form that the glossary knows. Code in backquotes is used if it is
in a listing or in the solution of a task.
"""

EARLY = {
    "shell-loop": ("`os.exec`", "end of file"),
    "fork-can-fail": ("exit status", "init"),
    "rule-3-parallel": ("`os.pipe`", "pipe"),
    "process-states": ("`os.kill`", "handler"),
    "memory-map": ("`<`",),
    "buffers-at-fork": ("handler", "pipe"),
    "rule-5-order": ("`os.pipe`", "pipe"),
    "rule-6-open-files": ("`>`", "end of file", "pipe", "redirection"),
    "rule-7-wait-for-every-child": ("SIGCHLD",),
    "seven-rules": ("SIGCHLD", "adopt", "exit status", "wait status"),
    "inherited": ("semaphore", "session", "umask"),
    "threads-and-fork": ("async-signal-safe",),
    "fork-bomb": ("foreground",),
    "exec-replaces": (
        "SIGPIPE",
        "`os.mkfifo`",
        "`signal.pthread_sigmask`",
        "`signal.signal`",
        "`trap `",
        "close-on-exec",
        "current directory",
        "disposition",
        "handler",
        "pending",
        "posix_spawn",
        "process group",
        "umask",
    ),
    "wait-scenarios": ("SIGCHLD", "`$(`", "`os.setpgid`", "process group"),
    "stop-and-continue": ("pending",),
    "pidfd": ("pid file",),
    "why-cd-is-built-in": ("`os.umask`", "umask"),
    "broken-pipe": ("`signal.signal`",),
    "pipe-hang": ("`select.`", "daemon", "session"),
    "process-groups-and-kill": ("job control", "orphan"),
    "orphan": ("orphaned process group", "session"),
    "double-fork": ("daemon",),
}
"""The exceptions, by lesson. It says there what the term means, or the term is an aside."""
