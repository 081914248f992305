/* Turns an npy file of bytes, (height, width, 3) or (height, width), into a PNG: npy_to_png IN.npy OUT.png */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *read_npy(const char *path, unsigned *height, unsigned *width, unsigned *channels) {
    FILE *file = fopen(path, "rb");
    unsigned char start[10];
    if (!file || fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY\x01", 7))
        return NULL;
    char header[65536] = "";
    size_t len = start[8] | (size_t)start[9] << 8;
    if (fread(header, 1, len, file) != len || !strstr(header, "'|u1'") || strstr(header, "'fortran_order': True"))
        return NULL;
    const char *shape = strstr(header, "'shape': (");
    *channels = 1;
    if (!shape || sscanf(shape, "'shape': (%u, %u, %u", height, width, channels) < 2)
        return NULL;
    size_t size = (size_t)*height * *width * *channels;
    unsigned char *pixels = malloc(size);
    if (pixels && fread(pixels, 1, size, file) != size)
        return NULL;
    fclose(file);
    return pixels;
}

int main(int argc, char **argv) {
    unsigned height, width, channels;
    if (argc != 3)
        return fprintf(stderr, "usage: npy_to_png IN.npy OUT.png\n"), 2;
    unsigned char *pixels = read_npy(argv[1], &height, &width, &channels);
    if (!pixels || (channels != 1 && channels != 3))
        return fprintf(stderr, "npy_to_png: %s: not an npy file of (height, width, 3) bytes\n", argv[1]), 1;
    png_image image = {.version = PNG_IMAGE_VERSION, .height = height, .width = width};
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    if (!png_image_write_to_file(&image, argv[2], 0, pixels, 0, NULL))
        return fprintf(stderr, "npy_to_png: %s: %s\n", argv[2], image.message), 1;
    puts(argv[2]);
    return 0;
}
