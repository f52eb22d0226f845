"""Recordings: what is written while it happens, and read again.

recording_file – a header and one event a line, written and read
event_log – each event gets its place and its time
shell_recorder – the shell's own calls as events
snapshot_events – what /proc says of a process, as an event
last_command – the last command's events, for `timeline`
"""
