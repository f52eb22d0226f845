#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == 0) {
        printf("the child is %d\n", getpid());
        return 7;
    }
    int status;
    waitpid(child, &status, 0);
    printf("process %d ended with %d\n", child, WEXITSTATUS(status));
    return 0;
}
