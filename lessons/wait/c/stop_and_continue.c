/* A child that stops has not ended. The demonstrations of stop_and_continue.py, in C. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHANGES (WUNTRACED | WCONTINUED)

void ask_for_changes(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    do
        waitpid(child, &status, WUNTRACED | WCONTINUED);
    while (!WIFEXITED(status) && !WIFSIGNALED(status));
}

void ask_late(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    kill(child, SIGSTOP);
    siginfo_t info;
    waitid(P_PID, child, &info, WSTOPPED | WNOWAIT);  // it has stopped
    kill(child, SIGCONT);  // ① the child is stopped
    waitpid(child, &status, WUNTRACED | WCONTINUED);  // ② the child runs
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
}

void end_a_stopped_one(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0)  // in the child
        pause();
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    kill(child, SIGCONT);  // ① SIGTERM is sent
    waitpid(child, &status, 0);
}

void two_commands(void) {
    int status;
    pid_t first = fork();
    if (first == -1)
        err(1, "fork");
    if (first == 0)  // the first command
        pause();
    waitpid(-1, &status, CHANGES);  // you stop it
    kill(first, SIGCONT);
    pid_t second = fork();
    if (second == -1)
        err(1, "fork");
    if (second == 0)  // the second command
        pause();
    waitpid(-1, &status, CHANGES);  // for the second command
    if (write(1, ">> ", 3) == -1)  // ① the next prompt
        err(1, "write");
}

void let_it_go_on(void) {
    int status;
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        kill(getpid(), SIGSTOP);
        _exit(3);
    }
    while (1) {
        waitpid(child, &status, WUNTRACED);
        if (!WIFSTOPPED(status))
            break;
        kill(child, SIGCONT);
    }
    printf("exit status %d\n", WEXITSTATUS(status));
    fflush(stdout);
}
