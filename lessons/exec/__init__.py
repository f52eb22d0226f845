"""Exec: another program in the same process; what it keeps, how it fails.

exec_replaces – a successful exec replaces the program, and never returns
argv_environment_path – what a program gets from exec: its arguments and its environment
identity – real, effective and saved user ids
groups_and_credentials – groups first, then the user ids
cloexec_leak – the descriptor that a program should not have inherited
exec_fails – how exec fails, and how a parent learns of it
exit_handlers – what a program still does when it ends
posix_spawn – a new program in one call
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
