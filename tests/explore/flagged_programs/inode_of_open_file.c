/* Prints the inode number of an open file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
    struct stat facts;
    fstat(open("data", O_RDONLY), &facts);
    printf("%ld\n", (long)facts.st_ino);
    return 0;
}
