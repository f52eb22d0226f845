#include <err.h>
#include <regex.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    const char *argument = "-1";
    int seconds = atoi(argument);
    unsigned int duration = seconds;  // sleep(unsigned int)
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        sleep(duration);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
