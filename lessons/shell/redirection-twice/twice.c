#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        int how = O_WRONLY | O_CREAT | O_TRUNC;
        if (dup2(open("g", how, 0666), 1) == -1)  // >g
            err(1, "g");
        if (dup2(open("g", how, 0666), 2) == -1)  // 2>g
            err(1, "g");
        if (write(1, "aa\n", 3) == -1)  // ① both are open
            _exit(1);
        _exit(write(2, "b\n", 2) == 2 ? 0 : 1);
    }
    waitpid(child, NULL, 0);
}
