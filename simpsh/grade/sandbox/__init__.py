"""Keeping a submission from doing harm to the machine, to others and to its judge.

sandbox – the user and the limits of a submission
closed_set – the programs that it may execute
permitted_calls – the system calls that it may make
file_view – the files that it sees
namespace_sandbox – working in namespaces; the strictest sandbox of this machine
nested_program – the programs that a tutor's check runs: $SIMPSH_RUN
guarded_files – opening files of a submission safely
sandboxed_command – running one command in the sandbox until it ends: a compiler, make, a check
shared_resources – what a program lacked because others had used it up
unpacking – a zip or a tar becomes files; also a program of its own
archive – unpacking a submission that is a zip or a tar
program_build – building a program from a source file
"""
