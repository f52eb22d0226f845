/* Prints the device of a file outside its directory, on another file system. */
#include <stdio.h>
#include <sys/stat.h>

int main(void)
{
    struct stat facts;
    if (stat("/proc/version", &facts))
        return 1;
    printf("%lu\n", (unsigned long)facts.st_dev);
    return 0;
}
