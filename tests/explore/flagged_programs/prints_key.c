#include "../programs/course.h"

int main(void) {
    printf("%x\n", ftok(".", 65));
}
