"""Values and helpers for all other packages; these modules import nothing but each other.

record – small frozen values, and suppress, without importing dataclasses and contextlib
errors – all exceptions, named after the user's situation
failed_call – which system call failed: it travels with its OSError
roles – the role of a command in its line
line_record – what a line at the prompt has caused, for `why` and `timeline`
process_names – process names: P0, P1, P1.1
signal_names – signal numbers that print their names
wait_status – how a child changed: exited, killed, stopped, continued
character_classes – classes of characters, such as `alpha`, in a locale
screen_cells – the width of text on a screen; cutting and wrapping it
phrases – lists, counts, statuses and errors in words
complaint – an error message as data: sentence, excerpt with a caret, hint
targets – pipe ends, files and actors, as values
waits – what a process waits for, as facts
event_kind – the interface of a kind of event
events – all kinds of events: the schema simpsh.trace/2
posix_options – parsing options according to POSIX XBD 12.2
complete_write – writing all of some bytes: the one loop around write(2)
surroundings – the one place that checks values of the environment
file_facts – whether a file is there, and of which kind: never "no" for an error of the machine
file_store – the files that simpsh keeps: paths, trust, locks, atomic writes
outside_json – reading JSON and TOML from outside
patience – time limits, and their extension on slow machines
given_numbers – checking the numbers that a caller of the library passes
own_program – the command that starts this simpsh, and its form for people
version – the version of simpsh
"""
