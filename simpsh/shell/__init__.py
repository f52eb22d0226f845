"""The shell: a line of text becomes processes and a wait status.

shell – `Shell.run(line)`, the journey of a line, and how a shell is put together; start here
language/ – text becomes tokens, a tree, and words; starts no process
plan/ – what will be done to run one pipeline, as data
jobs/ – starting processes, knowing their state, lending them the terminal, collecting them
state – what a shell knows
line_prefixes – what `trace` and the like take of a line at the prompt
script_lines – where lines come from: a script's, and those that `read` takes
reasons/ – why the last command failed
builtins/ – the commands that run in the shell itself
interpret/ – walks the tree
shell_observers – the narrator and the recording of a shell
"""
