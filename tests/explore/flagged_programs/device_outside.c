/* Prints the device of a file outside its directory. */
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
    struct stat facts;
    if (stat("/etc/passwd", &facts))
        return 1;
    printf("%lu\n", (unsigned long)facts.st_dev);
    return 0;
}
