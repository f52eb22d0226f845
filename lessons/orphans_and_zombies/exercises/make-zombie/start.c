#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[]) {
    char *end = "";
    long code = argc == 3 ? strtol(argv[2], &end, 10) : -1;
    if (code < 0 || code > 255 || end == argv[2] || *end != '\0') {
        fprintf(stderr, "usage: %s wait|ignore|handler|twice STATUS (0 to 255)\n", argv[0]);
        return 2;
    }
    pid_t child = fork();
    if (child == -1) {
        perror("fork");
        return 1;
    }
    if (child == 0)
        _exit(code);
    /* The child becomes a zombie. Show the zombie if the way is `wait`, and get rid of it in
       each of four ways. */
    return 0;
}
