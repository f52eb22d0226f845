#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char *text = malloc(2048);
    if (text == NULL)
        err(1, "malloc");
    strcpy(text, "draft");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        strcpy(text, "FINAL");
        _exit(0);  // ① the child is done
    }
    waitpid(child, NULL, 0);
    printf("%s\n", text);
    fflush(stdout);
}
