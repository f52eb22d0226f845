"""Tools for working with processes: making, collecting, looking, and asking what they wait for.

pidfd – a descriptor that means one process: wait, poll, signal; collecting all who are dead
async_pidfd – the same, awaited in an event loop
way_out – the one way out of a subcommand that a signal ends
subreaper – ending and collecting a whole subtree
worker – work in another process: asked, answered, ended with either side
double_fork – a grandchild that never becomes our zombie
daemon – going into the background, and saying when ready
pid_file – a locked file that says which process runs a service
process_snapshot – what the kernel says of a process now; waiting for a state
process_tree – parents, children, families, their names; a look after each change of a family
open_files – the descriptor table of a process
file_holders – who holds a file, pipe or lock
far_ends – the processes and objects at the other side of a descriptor
socket_table – addresses and states of sockets, and their other ends
own_directory – a directory for a while, which is removed even after SIGKILL
own_terminal – a pseudo-terminal whose master we hold
contained_run – one command to its end: no terminal, limits, nothing left
private_root – a root directory of one's own, whose inodes are not those of the outside
process_containment – limits, control groups and namespaces that keep what multiplies inside
error_words – the words for an OSError, and who refused the call
machine_permits – what this machine permits: each need, tried once, and what to do if it is missing
proc – reading /proc/PID: stat, status, fdinfo, maps and the others, each taken apart once
diagnose/ – what is a process waiting for?
"""
