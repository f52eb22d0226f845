#include <err.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char directory[PATH_MAX];
    umask(022);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        if (chdir("/tmp") == -1)
            err(1, "/tmp");
        umask(077);
        _exit(0);  // ① the child has done its work
    }
    waitpid(child, NULL, 0);
    if (getcwd(directory, sizeof directory) == NULL)  // ② the shell goes on
        err(1, "getcwd");
    if (write(1, directory, strlen(directory)) == -1)
        err(1, "write");
}
