/* posix_spawn. The demonstrations of posix_spawn.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void into_a_file(void) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int how = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, 1, "f", how, 0600);
    char *echo[] = {"/bin/echo", "hi", NULL}, *empty[] = {NULL};
    pid_t child;
    int error = posix_spawn(&child, echo[0], &actions, NULL, echo, empty);
    if (error != 0)
        errx(1, "%s", strerror(error));
    waitpid(child, NULL, 0);
    if (write(1, "the parent's 1 is as before", 27) == -1)
        err(1, "write");
}

void missing(void) {
    pid_t child;
    char *words[] = {"missing", NULL}, *empty[] = {NULL};
    int error = posix_spawn(&child, "/bin/missing", NULL, NULL,
                            words, empty);
    if (error != 0) {
        dprintf(1, "%s", strerror(error));
        return;
    }
    int status;
    waitpid(child, &status, 0);
    printf("status %d\n", WEXITSTATUS(status));
    fflush(stdout);
}

void signals(void) {
    signal(SIGINT, SIG_IGN);
    pid_t child;
    char *line = "kill -INT $$; echo still here";
    char *words[] = {"sh", "-c", line, NULL}, *empty[] = {NULL};
    int error = posix_spawn(&child, "/bin/sh", NULL, NULL, words, empty);
    if (error != 0)
        errx(1, "%s", strerror(error));
    waitpid(child, NULL, 0);
}
