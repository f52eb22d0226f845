#include <stdio.h>
#include <sys/auxv.h>

/* exec(2) gives each program 16 random bytes. */
int main(void) {
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
    printf("%d %d\n", random[0], random[1]);
    return 0;
}
