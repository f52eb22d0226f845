#include <err.h>
#include <regex.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    const char *argument = "soon";
    if (strspn(argument, "0123456789") < strlen(argument)) {
        write(1, "not a number: soon\n", 19);
        _exit(2);
    }
    for (int i = 1; i <= 2; i++) {
        pid_t child = fork();
        if (child == -1)
            err(1, "fork");
        if (child == 0)  // in a child
            _exit(0);
    }
    wait(NULL);
    wait(NULL);
}
