#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void begin(void) {
    gid_t root = 0;
    if (setgroups(1, &root) == -1)  // as after the login of root
        err(1, "setgroups");
    // root's group may read it
    if (chmod(".", 0755) == -1 || mknod("keys", S_IFREG | 0640, 0) == -1)
        err(1, "keys");
}

const char *opening(void) {
    int keys = open("keys", O_RDONLY | O_CLOEXEC);
    if (keys == -1)
        return "refused";
    close(keys);
    return "allowed";
}

int main(void) {
    begin();
    if (setresuid(65534, 65534, 65534) == -1)
        err(1, "setresuid");
    printf("%s\n", opening());
}
