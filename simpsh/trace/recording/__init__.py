"""Recordings: events that are written while they happen, and read again.

recording_file – a header and one event per line: writing and reading
first_schema – recordings of simpsh 1.0, in this version's form
event_log – each event gets its number and its time
session_record – the part of a session's record that one command made
"""
