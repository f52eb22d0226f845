#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    if (write(1, "before ", 7) == -1)
        err(1, "write");
    pid_t printer = 0;
    if (printer == -1)
        err(1, "fork");
    if (printer == 0) {  // in the printer
        execlp("printf", "printf", "during ", (char *)NULL);
        perror("printf");
        _exit(127);
    }
    waitpid(printer, NULL, 0);  // printf has ended
    if (write(1, "after ", 6) == -1)
        err(1, "write");
}
