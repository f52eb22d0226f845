/* The order of redirections. The demonstration of redirection_order.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

void both_into_the_file(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        int f = open("f", O_WRONLY | O_CREAT | O_TRUNC, 0666);
        dup2(f, 1);  // >f
        dup2(1, 2);  // 2>&1
        close(f);
        write(1, "out\n", 4);  // ① ready for the program
        write(2, "err\n", 4);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
