"""Commands that run in the shell itself: those a child could not do, and those that teach.

builtin_registry – which builtins there are, the file of each, and what it is handed
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
utility_programs – why the program of such a name is not run, where a person watches
help_pages – help
pages/ – its texts, one for each name
explain – explain
self_observation – verbose, timeline
status_word – status, why
watched_rerun – `why`, further: the last line again, watched; the lesson about what failed
process_inspection – family, fds, diagnose
nested_simpsh – simpsh itself, trace, lesson, step, explore, doctor
"""
