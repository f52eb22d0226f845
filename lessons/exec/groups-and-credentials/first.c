#define _GNU_SOURCE
#include <err.h>
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
    if (setresuid(65534, 65534, 65534) == -1)
        err(1, "setresuid");
    if (setgroups(0, NULL) == 0)
        printf("no group left\n");
    else
        printf("the groups stay\n");
}
