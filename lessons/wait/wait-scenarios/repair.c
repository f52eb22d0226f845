#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int word;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(1);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        _exit(2);
    wait(&word);
    printf("the second: %d\n", WEXITSTATUS(word));
    fflush(stdout);
    wait(NULL);
}
