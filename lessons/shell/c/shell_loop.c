/* The loop of a shell. The demonstration of shell_loop.py, in C. */
#include <err.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void small_shell(void) {
    char line[1001], *wanted[501];
    while (1) {
        write(1, "> ", 2);  // ①
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
        if (command == 0) {  // in the copy
            execvp(wanted[0], wanted);
            err(127, "%s", wanted[0]);
        }
        waitpid(command, NULL, 0);
    }
}
