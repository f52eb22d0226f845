#include "course.h"

int main(void) {
    long number = 20; /* getpid there */
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
#endif
    say(number > 0 ? "y" : "n");
}
