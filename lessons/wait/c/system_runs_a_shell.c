/* system runs a shell. The demonstration of system_runs_a_shell.py, in C. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void by_system(void) {
    const char *name = "notes; exec sleep 1000";  // a user has typed this
    char line[99];
    snprintf(line, sizeof line, "echo %s", name);
    int status = system(line);
    if (status == -1)
        err(1, "system");
    printf("%#06x\n", status);
}
