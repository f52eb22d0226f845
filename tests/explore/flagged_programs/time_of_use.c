/* Prints whether reading a file changes its access time. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    struct stat before, after;
    char byte;
    stat("data", &before);
    if (read(open("data", O_RDONLY), &byte, 1) < 0)
        return 1;
    stat("data", &after);
    puts(before.st_atime == after.st_atime ? "same" : "other");
    return 0;
}
