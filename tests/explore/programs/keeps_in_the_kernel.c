#include "course.h"

/* No memory shows any more which child ended first, but the kernel keeps a consequence:
   a handler (h), the mask of new files (u), a directory (d), the flags of a descriptor (c). */
static void one(int signal) { (void)signal; say("1"); }
static void two(int signal) { (void)signal; say("2"); }

/* Overwrites data that returned functions have left on the stack. */
static void forget(void) {
    volatile char area[16384];
    for (unsigned i = 0; i < sizeof area; i++) area[i] = 0;
}

int main(int argc, char **argv) { (void)argc;
    char how = argv[1][0];
    int status;
    mkdir("one", 0700);
    mkdir("two", 0700);
    for (int i = 1; i <= 2; i++)
        if (fork() == 0) _exit(i);
    wait(&status);
    int is_one = WEXITSTATUS(status) == 1;
    if (how == 'h') signal(SIGUSR1, is_one ? one : two);
    if (how == 'u') umask(is_one ? 0 : 077);
    if (how == 'd') chdir(is_one ? "one" : "two");
    if (how == 'c') fcntl(0, F_SETFD, is_one ? FD_CLOEXEC : 0);
    status = is_one = 0;
    forget();
    pid_t third = fork();
    if (third == 0) _exit(0);
    waitpid(third, NULL, 0);
    if (how == 'h') raise(SIGUSR1);
    if (how == 'u') say(umask(0) ? "2" : "1");
    if (how == 'd') say(access("../one", F_OK) ? "?" : strstr(getcwd(NULL, 0), "/one") ? "1" : "2");
    if (how == 'c') say(fcntl(0, F_GETFD) ? "1" : "2");
}
