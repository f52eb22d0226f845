// right: fork
// right: fork, -O3 | cc -O3 -o $@ $<
// right: fork, static | cc -static -o $@ $<
// right: fork, AddressSanitizer and UndefinedBehaviorSanitizer | cc -g -fsanitize=address,undefined -o $@ $<
// right: fork, linked at link time | cc -O2 -flto -o $@ $<
// right: fork, at a fixed address | cc -no-pie -fno-pie -o $@ $<
// right: fork, by clang | clang -o $@ $<
// right: fork, with musl | musl-gcc -static -o $@ $<
// right: fork, for 32 bits | cc -m32 -o $@ $<
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
    int status;
    for (int i = 1; i < count; i++) {
        if (fork() == 0)
            exit(atoi(words[i]));
    }
    // The C library collects nothing by itself: one wait for each child.
    for (pid_t pid; (pid = wait(&status)) > 0;)
        printf("%d %d\n", (int)pid, WEXITSTATUS(status));
    return 0;
}
