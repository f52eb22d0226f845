"""Values and helpers that every other room shares; they import nothing but each other.

record – small frozen values, and suppress, without the imports of dataclasses and contextlib
errors – what can go wrong, named after the situation the user is in
descriptor_limit – no descriptor is left: which limit was met
failed_call – what failed last, for who asks why
process_names – the one name that a person reads for a process
signal_names – signal numbers that show themselves by name
wait_status – how a child changed: exited, killed, stopped, continued
screen_cells – text measured, cut and wrapped in the cells of a screen
phrases – lists, counts, statuses and errors in words
complaint – an error message as data: sentence, excerpt with a caret, hint
event_kind – what an entry says of a kind of event
events – the kinds of events, an entry each: the schema simpsh.trace/1
posix_options – options apart from operands, by POSIX XBD 12.2
file_store – all files that simpsh keeps: places, trust, locks, whole writes
outside_json – reading JSON and TOML that others have written, with one line if it is damaged
patience – time limits, and how much longer they are on a slow machine
own_program – how this simpsh starts itself, and how that is shown
version – the version of simpsh, written once
"""
