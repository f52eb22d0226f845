"""Keeping a submission from doing harm to the machine, to others and to its judge.

sandbox – the user and the limits of a submission
permitted_calls – the system calls that it may make
namespace_sandbox – working in namespaces; the strictest sandbox of this machine
guarded_files – opening files of a submission safely
sandboxed_command – running one command in the sandbox until it ends, and the programs of a check
archive – unpacking a submission that is a zip or a tar
program_build – building a program from a source file
"""
