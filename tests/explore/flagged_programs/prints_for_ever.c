#include "course.h"

int main(void) {
    for (;;) printf("hello\n");
}
