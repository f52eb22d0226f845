/* Two processes lock a file; one of them does not wait. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) { (void)argc;
    close(open(argv[1], O_RDWR | O_CREAT, 0600));
    pid_t child = fork();
    int f = open(argv[1], O_RDWR);
    int failed = flock(f, child ? LOCK_EX : LOCK_EX | LOCK_NB);
    dprintf(1, "%s%d", child ? argv[2] : "c", failed);
    if (!child) _exit(0);
    wait(NULL);
}
