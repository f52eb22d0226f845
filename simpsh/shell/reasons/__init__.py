"""Why the last command failed, in three lines: for `why`, and for F1 at the prompt.

explanation – the three lines, from `$?`, the last wait, the signal, and the call that failed
call_reasons – what the errno of a failed call means for this file
"""
