int main(void) {
    /* Make a child that ends with status 3, and collect it. */
    return 0;
}
