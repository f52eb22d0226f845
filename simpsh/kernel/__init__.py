"""System calls: one function each, grouped by topic, and observable.

Each raises OSError with an errno that its manual page explains; `NotSupported` names a missing
call.

processes – fork, execve, _exit, prctl; groups, sessions, the foreground group; limits
program_execution – finding a program in PATH, executing it, explaining a failure
wait_calls – wait4, waitid, pidfd_open, times
descriptors – open, dup, pipe, read, write; flock; kcmp; inotify
signals – kill, sigaction, the signal mask
signal_pipe – a pipe that becomes readable when a signal arrives
namespaces – unshare, and mounts in a new namespace
landlock – restricting the files that a process may use, and the targets of its signals
call_observer – observing these calls
file_status – stat(2) without asking a server
c_library – calling the C library where the os module lacks a function
machine/ – machine-dependent code, and tracing
"""
