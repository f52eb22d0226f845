/* The size of a changed directory depends on its file system. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    struct stat found;
    close(creat("new", 0600));
    stat(".", &found);
    printf("%ld\n", (long)found.st_size);
    return 0;
}
