/* fails: descriptors */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCK = 3, TELL = 4 };

static int wait_until_ready(int news, pid_t middle, const char *path) {
    char letter;
    waitpid(middle, NULL, 0);
    if (read(news, &letter, 1) == 1)
        return 0;
    fprintf(stderr, "daemon: %s: one is running already\n", path); /* it has ended instead */
    return 1;
}

static void take_pid_file(int file) {
    if (file == -1 || flock(file, LOCK_EX | LOCK_NB) == -1 || ftruncate(file, 0) == -1)
        _exit(1);
    dprintf(file, "%d\n", (int)getpid());
}

static void keep(int file, int tell) {
    int null = open("/dev/null", O_RDWR);
    /* First out of the way: dup2 would close what lies on these numbers. */
    file = fcntl(file, F_DUPFD, 10);
    tell = fcntl(tell, F_DUPFD, 10);
    for (int number = 0; number < 3; number++)
        dup2(null, number);
    dup2(file, LOCK);
    dup2(tell, TELL);
    syscall(SYS_close_range, TELL + 1, ~0U, 0);
}

int main(int argc, char *argv[]) {
    int ends[2];
    if (argc != 2) {
        fprintf(stderr, "usage: %s PIDFILE\n", argv[0]);
        return 2;
    }
    if (pipe(ends) == -1) {
        perror("pipe");
        return 1;
    }
    pid_t middle = fork();
    if (middle == -1) {
        perror("fork");
        return 1;
    }
    if (middle != 0) {
        close(ends[1]);
        return wait_until_ready(ends[0], middle, argv[1]);
    }
    setsid();
    if (fork() != 0)
        _exit(0);
    umask(027);
    int file = open(argv[1], O_RDWR | O_CREAT, 0666); /* before chdir: it may be relative */
    if (chdir("/") == -1)
        _exit(1);
    take_pid_file(file);
    keep(file, ends[1]);
    if (write(TELL, ".", 1) == 1)
        (void)0; /* the launcher has read it */
    for (;;)
        pause();
}
