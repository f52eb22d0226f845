#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    if (mkfifo("f", 0666) == -1)
        err(1, "f");
    if (open("f", O_WRONLY) != -1)
        write(1, "it is open", 10);
    else
        dprintf(1, "%s", strerror(errno));
}
