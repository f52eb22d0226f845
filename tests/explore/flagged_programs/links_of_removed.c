/* Prints how many names a file has that it has open and has removed. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    struct stat facts;
    int file = open("data", O_RDONLY);
    unlink("data");
    fstat(file, &facts);
    printf("%d\n", (int)facts.st_nlink);
    return 0;
}
