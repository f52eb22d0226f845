/* Prints the number of a file that it has open. */
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
