#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    uid_t real, effective, saved;
    if (getuid() == 0)  // as after exec of a set-user-ID program
        if (setresuid(65534, 0, 0) == -1)
            err(1, "setresuid");
    uid_t user = getuid();
    if (seteuid(user) == -1)
        err(1, "setresuid");
    getresuid(&real, &effective, &saved);
    printf("saved id: %u\n", saved);
    if (seteuid(0) == 0)
        printf("root again\n");
    else
        printf("no way back\n");
}
