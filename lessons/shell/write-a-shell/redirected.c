#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    const char *typed[][2] = {{"one", "log"}, {"two", NULL}};
    for (int i = 0; i < 2; i++) {
        const char *word = typed[i][0];
        const char *log = typed[i][1];
        if (log != NULL) {
            int file = open(log, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
            if (file == -1 || dup2(file, 1) == -1)
                err(1, "%s", log);
        }
        pid_t command = fork();
        if (command == -1)
            err(1, "fork");
        if (command == 0) {  // in the child
            execlp("echo", "echo", word, (char *)NULL);
            perror("echo");
            _exit(127);
        }
        waitpid(command, NULL, 0);
    }
}
