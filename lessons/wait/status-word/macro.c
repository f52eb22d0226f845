#include <err.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int word;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(3);
    waitpid(child, &word, WUNTRACED | WCONTINUED);
    printf("%#06x%s%s%s%s%s", word,
           WIFEXITED(word) ? " WIFEXITED" : "",
           WIFSIGNALED(word) ? " WIFSIGNALED" : "",
           WCOREDUMP(word) ? " WCOREDUMP" : "",
           WIFSTOPPED(word) ? " WIFSTOPPED" : "",
           WIFCONTINUED(word) ? " WIFCONTINUED" : "");
    fflush(stdout);
}
