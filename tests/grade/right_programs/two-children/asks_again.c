// right: waitpid with WNOHANG, again and again
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
    for (int place = 1; place < count; place++)
        if (fork() == 0)
            _exit(atoi(words[place]));
    for (int left = count - 1; left > 0;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid > 0) {
            printf("%d %d\n", pid, WEXITSTATUS(status));
            left--;
        }
    }
    return 0;
}
