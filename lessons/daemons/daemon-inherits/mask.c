#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    struct stat about;
    umask(027);
    int log = open("log", O_CREAT | O_WRONLY, 0666);
    if (log == -1)
        err(1, "log");
    close(log);
    if (stat("log", &about) == -1)
        err(1, "log");
    printf("%o\n", about.st_mode & 0777);
    fflush(stdout);
}
