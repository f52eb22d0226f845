"""Keeping a submission from doing harm to the machine, to others and to its judge.

sandbox – the user and the limits of a submission
closed_set – the programs that it may execute
permitted_calls – the system calls that it may make
resource_budget – what Linux counts for a user or the machine, and its limits
namespace_sandbox – working in namespaces; the strictest sandbox of this machine
guarded_files – opening files of a submission safely
sandboxed_command – running one command in the sandbox until it ends: a compiler, make, a check
check_programs – the programs that a tutor's check runs, in a view of their own
program_client – the client of a check that runs them: $SIMPSH_RUN
shared_resources – what a program lacked because others had used it up
archive – unpacking a submission that is a zip or a tar
program_build – building a program from a source file
"""
