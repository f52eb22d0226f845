/* Uses a right of root: makes a device. */
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void)
{
    mknod("null", S_IFCHR | 0600, makedev(1, 3));
    return 0;
}
