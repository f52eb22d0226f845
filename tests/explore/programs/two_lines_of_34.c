/* 34 and 34 different letters: C(68, 34) outputs, more than 2^63. */
#include "course.h"

int main(void) {
    pid_t child = fork();
    for (int i = 0; i < 34; i++) {
        char letter = (child ? 'A' : 'a') + i % 26;
        if (i >= 26) letter = (child ? '0' : '(') + i % 26;
        write(1, &letter, 1);
    }
    if (child) wait(NULL);
}
