#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char line[1001], *wanted[501];
    while (1) {
        if (write(1, "> ", 2) == -1)  // ①
            err(1, "write");
        ssize_t size = read(0, line, 1000);  // sleeps until you press Enter
        if (size <= 0)  // end of file: ^D
            break;
        line[size] = '\0';
        int count = 0;
        wanted[0] = strtok(line, " \t\n");
        while (wanted[count] != NULL)
            wanted[++count] = strtok(NULL, " \t\n");
        if (wanted[0] == NULL)  // an empty line
            continue;
        pid_t command = fork();
        if (command == -1)
            err(1, "fork");
        if (command == 0) {  // in the child
            execvp(wanted[0], wanted);
            perror(wanted[0]);
            _exit(127);  // no copied buffer is written
        }
        waitpid(command, NULL, 0);
    }
}
