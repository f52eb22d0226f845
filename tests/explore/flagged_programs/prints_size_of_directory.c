/* How large a directory is depends on its file system. */
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
    struct stat found;
    stat(".", &found);
    printf("%ld\n", (long)found.st_size);
    return 0;
}
