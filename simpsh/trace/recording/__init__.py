"""Recordings: what is written while it happens, and read again.

recording_file – a header and one event a line, written while things happen, and read again
event_log – each event gets its place and its time
child_pages – what children of the shell do up to exec, in memory that both share
shell_recorder – the shell's own calls, and what /proc says of a process, as events
last_command – what was seen of the last command, for `timeline`
session_record – what the kernel's record of a session has of one command
"""
