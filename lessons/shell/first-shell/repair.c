#include <err.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char line[1001], *wanted[501];
    ssize_t size;
    write(1, "> ", 2);
    while ((size = read(0, line, 1000)) > 0) {
        line[size] = '\0';
        int count = 0;
        wanted[0] = strtok(line, " \t\n");
        while (wanted[count] != NULL)
            wanted[++count] = strtok(NULL, " \t\n");
        pid_t command = fork();
        if (command == -1)
            err(1, "fork");
        if (command != 0) {  // in the shell
            waitpid(command, NULL, 0);
        } else {
            execvp(wanted[0], wanted);
            write(2, "not found\n", 10);
        }
        write(1, "> ", 2);
    }
}
