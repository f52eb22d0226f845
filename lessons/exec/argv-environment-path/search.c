#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
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
