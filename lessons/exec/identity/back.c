#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const char *opening(void) {
    int secret = open("secret", O_RDONLY);
    if (secret == -1)
        return "refused";
    close(secret);
    return "allowed";
}

int main(void) {
    if (mknod("secret", S_IFREG | 0600, 0) == -1)  // root may read it
        err(1, "mknod");
    if (setresuid(-1, 65534, -1) == -1)  // -1: as it was
        err(1, "setresuid");
    const char *dropped = opening();
    if (setresuid(-1, 0, -1) == -1)
        err(1, "setresuid");
    const char *returned = opening();
    printf("%s then %s\n", dropped, returned);
}
