/* A descriptor leaks through exec. The demonstrations of cloexec_leak.py, in C. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

void start_a_helper(void) {
    int secret = open("secret", O_RDWR | O_CREAT, 0600);
    if (secret == -1)
        err(1, "secret");
    if (pwrite(secret, "TOPSECRET", 9, 0) != 9)
        err(1, "pwrite");
    unlink("secret");
    pid_t helper = fork();
    if (helper == -1)
        err(1, "fork");
    if (helper == 0) {  // in the helper
        execlp("sh", "sh", "-c", "exec cat 2>/dev/null <&3", (char *)NULL);
        perror("sh");
        _exit(127);
    }
    waitpid(helper, NULL, 0);  // ① the helper has ended
}

void fork_and_exec(void) {
    char text[9];
    int secret = open("secret", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (secret == -1)
        err(1, "secret");
    if (pwrite(secret, "TOPSECRET", 9, 0) != 9)
        err(1, "pwrite");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        pread(secret, text, sizeof text, 0);
        printf("%.9s\n", text);
        fflush(stdout);
        execlp("sleep", "sleep", "1000", (char *)NULL);  // ① before exec
        perror("sleep");
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

/* by_subprocess is about Python itself: subprocess is a module of Python, which closes descriptors. */
