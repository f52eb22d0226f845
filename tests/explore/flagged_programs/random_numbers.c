#include "course.h"

int main(void) {
    unsigned number;
    char text[40];
    getrandom(&number, sizeof number, 0);
    write(1, text, sprintf(text, "%u", number));
}
