"""Recordings: events that are written while they happen, and read again.

recording_file – a header and one event per line: writing and reading
event_log – each event gets its number and its time
session_record – the part of a session's record that one command made
"""
