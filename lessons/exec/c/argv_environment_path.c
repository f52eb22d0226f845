/* The arguments, the environment and PATH. The demonstrations of argv_environment_path.py, in C. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void a_name_of_ones_own(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        execl("/bin/sh", "tea/sh", "-c", "echo I am $0", (char *)NULL);
        perror("/bin/sh");
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

void a_given_environment(void) {
    setenv("A", "parent", 1);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        char *words[] = {"env", NULL}, *environment[] = {"B=2", NULL};
        setenv("A", "child", 1);
        execve("/usr/bin/env", words, environment);
        perror("/usr/bin/env");
        _exit(127);
    }
    waitpid(child, NULL, 0);
    printf("A is %s\n", getenv("A"));
    fflush(stdout);
}

void search(void) {
    if (mkdir("a", 0777) == -1 || mkdir("b", 0777) == -1)
        err(1, "mkdir");
    // no permission to execute
    if (mknod("a/echo", S_IFREG | 0600, 0) == -1)
        err(1, "a/echo");
    if (symlink("/bin/echo", "b/echo") == -1)
        err(1, "b/echo");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        setenv("PATH", "none:a:b", 1);
        execlp("echo", "echo", "found", (char *)NULL);
        dprintf(1, "%s", strerror(errno));
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

void greet(void) {
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        execl("/bin/echo", "echo", "hello", "world", (char *)NULL);
        perror("/bin/echo");
        _exit(127);
    }
    waitpid(child, NULL, 0);
}
