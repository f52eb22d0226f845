#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void copy(const char *from, const char *to) {
    char piece[65536];
    ssize_t count;
    int in = open(from, O_RDONLY);
    int out = open(to, O_CREAT | O_WRONLY, 0755);
    if (in == -1 || out == -1)
        err(1, "%s", in == -1 ? from : to);
    while ((count = read(in, piece, sizeof piece)) > 0)
        if (write(out, piece, count) != count)
            err(1, "%s", to);
    close(in);
    close(out);
}

/* by_a_user is not compared: Python copies the file in other pieces. */
int main(void) {
    copy("/bin/grep", "show");  // the copy belongs to root
    // 4000 is the set-user-ID bit
    if (chmod("show", 04755) == -1 || chmod(".", 0755) == -1)
        err(1, "chmod");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {  // in the child
        // not root's groups: before the user id
        if (setgroups(0, NULL) == -1)
            _exit(1);
        if (setresgid(65534, 65534, 65534) == -1)
            _exit(1);
        if (setresuid(65534, 65534, 65534) == -1)
            _exit(1);
        execl("show", "show", "Uid", "/proc/self/status", (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}
