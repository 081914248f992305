/* Calls the kernel of saxpy.weft from C, in both of its forms.
 *
 *     weft build saxpy.weft -o build/saxpy
 *     cc saxpy_main.c -Ibuild/saxpy build/saxpy/libsaxpy.a $(weft config --cflags --libs) -o build/saxpy_main */
#include "saxpy.h"

#include <stdio.h>

int main(void) {
    float x[] = {1, 2, 3, 4, 5}, y[] = {10, 20, 30, 40, 50};
    int64_t n = 5;
    DLTensor tx = {.data = x, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 32, 1}, .shape = &n};
    DLTensor ty = tx;
    ty.data = y;

    if (saxpy(NULL, 2.0f, &tx, &ty) != WEFT_OK) { /* checks everything first */
        fprintf(stderr, "%s\n", weft_last_error());
        return 1;
    }
    saxpy_cpu(2.0f, x, y, n); /* checks nothing */
    for (int64_t i = 0; i < n; i++)
        printf("%g%s", y[i], i + 1 < n ? " " : "\n"); /* 14 28 42 56 70 */
    return 0;
}
