/* Queries of `ls -l`, `id`, `cp` and `find`: each answer is the same in all runs, or has no effect. */
#include "course.h"
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

static void asks_for_a_service(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int one = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    strcpy(address.sun_path, path);
    connect(one, (struct sockaddr *)&address, sizeof address);
    say(errno == ENOENT ? "n" : "?");
    close(one);
}

int main(void) {
    char value[64];
    if (fork() == 0) {
        int copy = open("made", O_WRONLY | O_CREAT, 0600), source = open("/etc/passwd", O_RDONLY);
        say(ioctl(copy, 0x40049409, source) < 0 ? "c" : "?"); /* FICLONE */
        _exit(0);
    }
    asks_for_a_service("/no-service");
    say(lgetxattr("made", "security.selinux", value, sizeof value) < 0 ? "x" : "?");
    say(getxattr("/etc/passwd", "system.posix_acl_access", value, 0) < 0 ? "x" : "?");
    wait(NULL);
}
