#include "course.h"

int main(void) {
    unsigned number;
    char text[40];
    read(open("/dev/urandom", O_RDONLY), &number, sizeof number);
    write(1, text, sprintf(text, "%u", number));
}
