/* Prints the link count of an open file that it has removed. */
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
