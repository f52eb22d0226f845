// Prints the sum of bytes that it has never set.
#include <stdio.h>

int main(void)
{
    char bytes[4096];
    char *volatile read = bytes;
    int sum = 0;
    for (int at = 0; at < 4096; at++)
        sum += (unsigned char)read[at];
    printf("%d\n", sum);
}
