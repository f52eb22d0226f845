"""Recordings: what is written while it happens, and read again.

recording_file – a header and one event a line, as text and read again
recording_writer – the file, written while things happen
growing_recording – a recording that is read while it is written
event_log – each event gets its place and its time
shell_recorder – the shell's own calls as events
snapshot_events – what /proc says of a process, as an event
last_command – what was seen of the last command, for `timeline`
session_record – what the kernel's record of a session has of one command
"""
