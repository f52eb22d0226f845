#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void collect_all(void) {
    while (wait(NULL) != -1 || errno != ECHILD)  // until no child is left
        continue;
}

int main(void) {
    pid_t a = fork();
    pid_t b = fork();
    pid_t c = fork();
    if (a == -1 || b == -1 || c == -1)
        err(1, "fork");
    printf("%s %s %s\n", a > 0 ? "True" : "False", b > 0 ? "True" : "False",
           c > 0 ? "True" : "False");
    fflush(stdout);
    collect_all();  // ① each waits for its own children
}
