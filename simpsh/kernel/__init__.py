"""The kernel's services: one function a system call, one file a concept, each call observable.

processes – fork, execve, _exit, prctl; groups, sessions, the foreground group; limits
program_execution – finding a program along PATH, executing it, saying why that fails
wait_calls – wait4, waitid, pidfd_open, times
descriptors – open, dup, pipe, read, write; flock; kcmp
signals – kill, sigaction, the mask
signal_pipe – a pipe that signals make readable
namespaces – unshare, and mounts in a namespace of one's own
landlock – rules that a process sets for itself: which files it may write, whom it may signal
inotify – being told when a file is written
call_observer – watching these calls as they are made
c_library – calling the C library where the os module does not
machine/ – what differs from machine to machine, and tracing
"""
