"""Orphans and zombies: a parent that ends first, a child that no process collects.

orphan – a child outlives its parent, and gets a new parent
zombie – a pid and a status that the kernel keeps until a process waits for them
zombie_adopted – a zombie is collected by its parent, or by its new parent
pid_1 – the first process of a pid namespace
no_zombies – a parent that does not wait leaves no zombies: each way has its price
double_fork – after a double fork the worker's new parent waits for it, not the server
signals_coalesce – ten ends can be one signal
sigchld_handler – a SIGCHLD handler collects in a loop, never waits, and restores errno
orphaned_group – a stopped job whose shell has ended gets SIGHUP and SIGCONT
c/ – the demonstrations of these lessons in C
exercises/ – what students write themselves
"""
