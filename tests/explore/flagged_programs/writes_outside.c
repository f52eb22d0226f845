#include "course.h"

int main(int argc, char **argv) { (void)argc;
    int f = open(argv[1], O_WRONLY | O_APPEND);
    write(f, "x", 1);
    say("d");
}
