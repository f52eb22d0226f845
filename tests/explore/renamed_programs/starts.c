/* A child becomes the program whose name is the first word; the parent sends it a signal. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    int status;
    if (argc < 3) { write(1, argv[1], strlen(argv[1])); return 3; }
    pid_t child = fork();
    if (child == 0) { execl(argv[1], argv[1], argv[2], NULL); _exit(9); }
    kill(child, SIGTERM);
    wait(&status);
    dprintf(1, " %d %s", WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status), argv[1]);
}
