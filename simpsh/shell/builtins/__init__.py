"""The built-ins: commands that a child could not run, and commands that teach.

builtin_registry – the names and modules of all built-ins, and their interface to the shell
builtin_support – options and quoting, for all of them
working_directory – cd, pwd
execution_control – : . source eval exec exit quit break continue return local
shell_variables – export, readonly, unset, shift, set, getopts, read
job_builtins – jobs, disown, fg, bg, wait
signal_builtins – kill, trap
process_resources – umask, ulimit, times
command_lookup – type, command, hash, alias, unalias
command_history – history, fc
script_utilities – echo, true, false
printf_format – printf
test_expression – test, [
help_pages – help
pages/ – the pages of `help`
self_observation – verbose, timeline, explain
status_word – status, why
explanation – why a line failed: for `why`, F1 and the bar
process_inspection – family, fds, diagnose
nested_simpsh – simpsh itself, trace, lesson, step, explore, doctor
"""
