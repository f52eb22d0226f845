/* Two children print the words; the parent prints pids beside them. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    for (int i = 1; i < 3; i++)
        if (fork() == 0) { dprintf(1, "[%s %d]", argv[i], getpid()); _exit(i); }
    while (wait(NULL) > 0);
    dprintf(1, "[%d %s]", getpid(), argv[1]);
}
