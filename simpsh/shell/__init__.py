"""The shell: a line of text becomes processes and a wait status.

shell – `Shell.run(line)`, the journey of a line, and how a shell is put together; start here
language/ – text becomes tokens, a tree, and words; starts no process
plan/ – the plan of one pipeline, as data
jobs/ – starting processes, knowing their state, lending them the terminal, collecting them
subshell_trial – what a subshell without a process may do, and what ends its trial
state – variables, options, the last status, functions, traps and jobs of a shell
line_prefixes – `trace` and the like as prefixes of a whole line at the prompt
script_lines – the lines of a script, and of `read`
causes – the table of causes: failed calls, signals, statuses
line_events – the record of a line as events, for `timeline`
builtins/ – the commands that run in the shell itself
interpret/ – walks the tree
"""
