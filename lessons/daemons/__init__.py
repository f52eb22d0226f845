"""Daemons: no terminal, one pid file, and a word when they are ready.

hangup – a closed terminal: SIGHUP to the session leader, then to the foreground group
daemonize – two forks and setsid leave the caller's job, session and terminal
daemon_inherits – the caller's umask, signal settings and environment
daemon_descriptors – /dev/null on 0, 1 and 2, and nothing else open
pid_file – a lock with a number in it: lock it before you change it
ready – a word in a pipe says “ready”, end of file without the word says “dead”
reload – SIGHUP: the configuration is read and the log opened again; syslog
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
