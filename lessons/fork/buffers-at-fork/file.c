#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    FILE *log = fopen("log", "w");
    if (log == NULL)
        err(1, "log");
    fprintf(log, "one line\n");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    fclose(log);
    if (child != 0)  // in the parent
        waitpid(child, NULL, 0);
}
