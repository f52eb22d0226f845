"""What processes share besides files and pipes: which operation a call is, what came of it.

record_lock_calls – record locks (fcntl)
"""
