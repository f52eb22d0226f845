/* The wait status. The demonstrations of status_word.py, in C. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void two_ends(void) {
    int status;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(3);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        kill(getpid(), SIGKILL);
    waitpid(first, &status, 0);
    waitpid(second, &status, 0);
}

void stopped_and_continued(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pause();
        _exit(0);
    }
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);  // ① the child is stopped
    kill(child, SIGCONT);
    waitpid(child, &status, WCONTINUED);
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
}

void ask_the_macros(void) {
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

void a_big_code(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        _exit(256);
    waitpid(child, &status, 0);
}

void report_both(void) {
    int word;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // in the first child
        _exit(3);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // in the second child
        kill(getpid(), SIGKILL);
    pid_t children[] = {first, second};
    for (int i = 0; i < 2; i++) {
        if (waitpid(children[i], &word, 0) == -1)
            err(1, "waitpid");
        if (WIFSIGNALED(word))
            printf("killed by signal %d\n", WTERMSIG(word));
        else
            printf("exit status %d\n", WEXITSTATUS(word));
    }
    fflush(stdout);
}
