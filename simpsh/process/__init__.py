"""Tools for processes: create, collect and inspect them.

pidfd – a descriptor that refers to one process: wait, poll, signal; collecting every dead child
async_pidfd – the same, awaited in an event loop
way_out – ending a subcommand that gets SIGINT, SIGTERM or SIGHUP
subreaper – ending and collecting a whole subtree
worker – requests and answers between two processes; each end ends the other
child_changes – what a child changes before exec, as values; an error reaches the parent
double_fork – a grandchild that never becomes our zombie
daemon – going into the background, and saying when ready
pid_file – a locked file with the pid of a service
process_snapshot – the state of a process now, from /proc; waiting for a state
process_tree – parents, children, families, their names; a snapshot after each change of a family
open_files – the descriptor table of a process
file_holders – the processes that hold a file, pipe or lock
socket_table – addresses and states of sockets, and their other ends
named_program – what the first word of a command names; compiling a C file
own_directory – a temporary directory, which is removed even after SIGKILL
own_terminal – a pseudo-terminal whose master we hold
contained_run – run one command without a terminal, and read its output within a time limit
private_root – a root at the same paths, of which only some directories can be changed
process_containment – limits, control groups and namespaces against fork bombs
error_words – the message for an OSError, and what refused the call
machine_permits – permissions of this machine: each need, tried once, and what to do if it is
missing
proc – reading /proc/PID: stat, status, fdinfo, maps and the others, each parsed in one place
"""
