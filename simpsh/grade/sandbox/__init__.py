"""Keeping a submission from doing harm to the machine, to others and to its judge.

sandbox – who a submission is, and how much it may use
permitted_calls – the system calls that it may make
namespace_sandbox – working in namespaces; the strictest way this machine has
guarded_files – opening what a submission could have put there
sandboxed_command – running one command in the sandbox to its end, and the programs of a check
archive – unpacking what was handed in as a zip or a tar
program_build – from a source file to a program
"""
