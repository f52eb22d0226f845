/* One file, opened twice. The demonstration of redirection_twice.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

void opened_twice(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        int how = O_WRONLY | O_CREAT | O_TRUNC;
        dup2(open("g", how, 0666), 1);  // >g
        dup2(open("g", how, 0666), 2);  // 2>g
        write(1, "aa\n", 3);  // ① both are open
        write(2, "b\n", 2);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
