/* Blurs a photograph and draws its edges with the kernels of photo.weft.
 *
 *     photo IN.png BLURRED.png EDGES.png
 *
 * Prints the time of each kernel, then each picture's path alone on a line. */
#include "photo.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct Planes {
    int64_t shape[3]; /* planes, height, width */
    float *values;    /* 0..1 */
} Planes;

static Planes planes_create(int64_t count, int64_t height, int64_t width) {
    Planes planes = {{count, height, width}, malloc(sizeof(float) * (size_t)(count * height * width))};
    return planes;
}

static int read_png(const char *path, Planes *planes) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(&image, path))
        return fprintf(stderr, "photo: %s: %s\n", path, image.message), 1;
    image.format = PNG_FORMAT_RGB;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    *planes = planes_create(3, image.height, image.width);
    if (!pixels || !planes->values || !png_image_finish_read(&image, NULL, pixels, 0, NULL))
        return fprintf(stderr, "photo: %s: %s\n", path, image.message), 1;
    size_t size = (size_t)image.height * image.width;
    for (size_t i = 0; i < size; i++)
        for (size_t c = 0; c < 3; c++)
            planes->values[c * size + i] = (float)pixels[3 * i + c] / 255;
    free(pixels);
    return 0;
}

static int write_png(const char *path, const Planes *planes) {
    size_t count = (size_t)planes->shape[0], size = (size_t)(planes->shape[1] * planes->shape[2]);
    png_image image = {.version = PNG_IMAGE_VERSION, .height = (png_uint_32)planes->shape[1], .width = (png_uint_32)planes->shape[2]};
    image.format = count == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    unsigned char *pixels = malloc(count * size);
    if (!pixels)
        return fprintf(stderr, "photo: out of memory\n"), 1;
    for (size_t i = 0; i < size; i++)
        for (size_t c = 0; c < count; c++)
            pixels[count * i + c] = (unsigned char)(planes->values[c * size + i] * 255 + 0.5f);
    int ok = png_image_write_to_file(&image, path, 0, pixels, 0, NULL);
    free(pixels);
    return ok ? 0 : (fprintf(stderr, "photo: %s: %s\n", path, image.message), 1);
}

/* The planes as a tensor: zero-copy. `rank` 2 leaves the plane count out. */
static DLTensor tensor(Planes *planes, int rank) {
    DLTensor t = {.data = planes->values, .device = {kDLCPU, 0}, .ndim = rank, .dtype = {kDLFloat, 32, 1}};
    t.shape = planes->shape + 3 - rank;
    return t;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int report(const char *kernel, weft_status status, double start) {
    if (status != WEFT_OK)
        return fprintf(stderr, "photo: %s: %s\n", kernel, weft_last_error()), 1;
    printf("%-6s %7.3f ms\n", kernel, 1e3 * (seconds() - start));
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4)
        return fprintf(stderr, "usage: photo IN.png BLURRED.png EDGES.png\n"), 2;
    Planes photo;
    if (read_png(argv[1], &photo))
        return 1;
    Planes blurred = planes_create(3, photo.shape[1], photo.shape[2]);
    Planes drawn = planes_create(1, photo.shape[1], photo.shape[2]);
    DLTensor x = tensor(&photo, 3), y = tensor(&blurred, 3), z = tensor(&drawn, 2);

    double start = seconds();
    if (report("blur", blur(NULL, &x, &y), start))
        return 1;
    start = seconds();
    if (report("edges", edges(NULL, &x, 1.5f, &z), start))
        return 1;
    if (write_png(argv[2], &blurred) || write_png(argv[3], &drawn))
        return 1;
    printf("%s\n%s\n", argv[2], argv[3]);
    free(photo.values), free(blurred.values), free(drawn.values);
    return 0;
}
