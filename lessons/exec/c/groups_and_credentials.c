/* Giving root up. The demonstrations of groups_and_credentials.py, in C. */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const char *opening(void) {
    int keys = open("keys", O_RDONLY | O_CLOEXEC);
    if (keys == -1)
        return "refused";
    close(keys);
    return "allowed";
}

void begin(void) {
    gid_t root = 0;
    if (setgroups(1, &root) == -1)  // as after the login of root
        err(1, "setgroups");
    // root's group may read it
    if (chmod(".", 0755) == -1 || mknod("keys", S_IFREG | 0640, 0) == -1)
        err(1, "keys");
}

void drop_the_user(void) {
    begin();
    if (setresuid(65534, 65534, 65534) == -1)
        err(1, "setresuid");
    printf("%s\n", opening());
}

void user_first(void) {
    if (setresuid(65534, 65534, 65534) == -1)
        err(1, "setresuid");
    if (setgroups(0, NULL) == 0)
        printf("no group left\n");
    else
        printf("the groups stay\n");
}

void drop_all(void) {
    begin();
    if (setgroups(0, NULL) == -1) err(1, "setgroups");
    if (setresgid(65534, 65534, 65534) == -1)
        err(1, "setresgid");
    if (setresuid(65534, 65534, 65534) == -1)
        err(1, "setresuid");
    printf("%s\n", opening());
}
