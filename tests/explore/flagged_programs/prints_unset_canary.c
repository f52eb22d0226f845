// Prints the sum of bytes that it has never set; a function has left random numbers there.
#include <stdio.h>
#include <sys/auxv.h>

__attribute__((noinline)) void leave(void)
{
    char bytes[4096];
    char *volatile written = bytes;
    const char *drawn = (const char *)getauxval(AT_RANDOM);
    for (int at = 0; at < 4096; at++)
        written[at] = drawn[at % 16];
}

__attribute__((noinline)) int sum(void)
{
    char bytes[8192];
    char *volatile read = bytes;
    int sum = 0;
    for (int at = 0; at < 8192; at++)
        sum += (unsigned char)read[at];
    return sum;
}

int main(void)
{
    leave();
    printf("%d\n", sum());
}
