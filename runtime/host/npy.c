/* A header is a Python dict literal of three keys; what stands there is held against the file's size before
 * any memory is asked for. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "host/npy.h"

#include "core/device.h"
#include "core/dtype.h"
#include "core/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DL_OPAQUE = 3 }; /* DLPack's code for raw bytes */
enum { MAGIC_SIZE = 8, HEADER_MOST = 1 << 20, HEADER_ALIGN = 64 };

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

typedef struct NpyType {
    const char *text;
    uint8_t code, bits;
} NpyType;

static const NpyType npy_types[] = {
    {"b1", kDLBool, 8},  {"i1", kDLInt, 8},   {"i2", kDLInt, 16},  {"i4", kDLInt, 32},
    {"i8", kDLInt, 64},  {"u1", kDLUInt, 8},  {"u2", kDLUInt, 16}, {"u4", kDLUInt, 32},
    {"u8", kDLUInt, 64}, {"f2", kDLFloat, 16}, {"f4", kDLFloat, 32}, {"f8", kDLFloat, 64},
    {"V2", DL_OPAQUE, 16}, {"V1", DL_OPAQUE, 8}, {"f1", kDLFloat8_e5m2, 8}, /* ml_dtypes says that of it */
};

static bool is_kept_raw(DLDataType dtype) {
    return dtype.code == kDLBfloat || dtype.code == kDLFloat8_e4m3fn || dtype.code == kDLFloat8_e5m2;
}

/* ---- the header ---- */

typedef struct HeaderParser {
    const char *path;
    const char *at, *end;
    NpyArray *array;
    bool has_descr, has_order, has_shape;
} HeaderParser;

__attribute__((format(printf, 2, 3))) static weft_status bad_file(const char *path, const char *format, ...) {
    char why[400];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return error_set(WEFT_ERROR_IO, "%s %s", path, why);
}

static weft_status bad_header(const HeaderParser *p) {
    return bad_file(p->path, "has a header that is not NumPy's");
}

static void skip_spaces(HeaderParser *p) {
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t'))
        p->at++;
}

static bool accept(HeaderParser *p, char c) {
    skip_spaces(p);
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static bool accept_word(HeaderParser *p, const char *word) {
    size_t length = strlen(word);
    skip_spaces(p);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, word, length) != 0)
        return false;
    p->at += length;
    return true;
}

static bool parse_string(HeaderParser *p, char *text, size_t size) {
    skip_spaces(p);
    if (p->at == p->end || (*p->at != '\'' && *p->at != '"'))
        return false;
    char quote = *p->at++;
    size_t length = 0;
    while (p->at < p->end && *p->at >= ' ' && *p->at <= '~' && *p->at != quote && *p->at != '\\' && length + 1 < size)
        text[length++] = *p->at++;
    text[length] = '\0';
    return accept(p, quote);
}

static weft_status parse_descr(HeaderParser *p) {
    char text[32];
    if (accept(p, '['))
        return bad_file(p->path, "holds records, which have no type in Weft");
    if (!parse_string(p, text, sizeof text))
        return bad_header(p);
    const char *type = text;
    if (strchr("<>|=", *type))
        type++;
    if (*type == 'O')
        return bad_file(p->path, "holds Python objects, which can't be read");
    for (size_t i = 0; i < sizeof npy_types / sizeof *npy_types; i++) {
        if (strcmp(npy_types[i].text, type) != 0)
            continue;
        if (*text == '>' && npy_types[i].bits > 8)
            return bad_file(p->path, "is big-endian (%s): save it as '<%s'", text, type);
        p->array->dtype = (DLDataType){npy_types[i].code, npy_types[i].bits, 1};
        return WEFT_OK;
    }
    return bad_file(p->path, "has the dtype '%s', which Weft has not", text);
}

static weft_status parse_order(HeaderParser *p) {
    if (accept_word(p, "True"))
        p->array->fortran_order = true;
    else if (!accept_word(p, "False"))
        return bad_header(p);
    return WEFT_OK;
}

static bool parse_extent(HeaderParser *p, int64_t *extent) {
    skip_spaces(p);
    if (p->at == p->end || *p->at < '0' || *p->at > '9')
        return false;
    for (*extent = 0; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
        if (__builtin_mul_overflow(*extent, 10, extent) || __builtin_add_overflow(*extent, *p->at - '0', extent))
            return false;
    accept(p, 'L'); /* Python 2 wrote it */
    return true;
}

static weft_status parse_shape(HeaderParser *p) {
    NpyArray *array = p->array;
    if (!accept(p, '('))
        return bad_header(p);
    array->rank = 0;
    while (!accept(p, ')')) {
        int64_t extent;
        if (!parse_extent(p, &extent))
            return bad_header(p);
        if (array->rank == WEFT_MAX_RANK)
            return bad_file(p->path, "has more than %d dims", WEFT_MAX_RANK);
        array->shape[array->rank++] = extent;
        if (accept(p, ','))
            continue;
        return accept(p, ')') && array->rank > 1 ? WEFT_OK : bad_header(p);
    }
    return WEFT_OK;
}

static weft_status parse_entry(HeaderParser *p) {
    char key[32];
    if (!parse_string(p, key, sizeof key) || !accept(p, ':'))
        return bad_header(p);
    if (strcmp(key, "descr") == 0 && !p->has_descr) {
        p->has_descr = true;
        return parse_descr(p);
    }
    if (strcmp(key, "fortran_order") == 0 && !p->has_order) {
        p->has_order = true;
        return parse_order(p);
    }
    if (strcmp(key, "shape") == 0 && !p->has_shape) {
        p->has_shape = true;
        return parse_shape(p);
    }
    return bad_header(p);
}

static weft_status parse_header(HeaderParser *p) {
    if (!accept(p, '{'))
        return bad_header(p);
    while (!accept(p, '}')) {
        TRY(parse_entry(p));
        if (!accept(p, ',') && !(p->at < p->end && *p->at == '}'))
            return bad_header(p);
    }
    skip_spaces(p);
    return p->at == p->end && p->has_descr && p->has_order && p->has_shape ? WEFT_OK : bad_header(p);
}

/* Strides and the number of bytes, from the shape. */
static weft_status lay_out(const char *path, NpyArray *array, uint64_t *bytes) {
    int64_t step = 1, total = array->dtype.bits / 8;
    bool empty = false, overflow = false;
    int long_dims = 0;
    for (int i = 0; i < array->rank; i++) {
        int d = array->fortran_order ? i : array->rank - 1 - i;
        array->strides[d] = step;
        empty |= array->shape[d] == 0;
        long_dims += array->shape[d] > 1;
        overflow |= __builtin_mul_overflow(step, array->shape[d], &step);
    }
    overflow |= __builtin_mul_overflow(step, total, &total);
    array->elements = empty ? 0 : step;
    if (overflow && !empty)
        return bad_file(path, "says it is larger than any memory");
    if (array->fortran_order && (long_dims < 2 || empty)) {
        array->fortran_order = false;
        return lay_out(path, array, bytes);
    }
    *bytes = empty ? 0 : (uint64_t)total;
    return WEFT_OK;
}

/* ---- reading ---- */

static uint32_t little_endian(const unsigned char *bytes, int count) {
    uint32_t value = 0;
    for (int i = count; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

/* The header's text, allocated; the file stands at the data then. */
static weft_status read_header_text(const char *path, FILE *file, char **text, uint32_t *length) {
    unsigned char start[MAGIC_SIZE], size[4];
    if (fread(start, 1, sizeof start, file) != sizeof start || memcmp(start, magic, sizeof magic) != 0)
        return bad_file(path, "is not an npy file");
    int version = start[6], size_bytes = version == 1 ? 2 : 4;
    if (version < 1 || version > 3)
        return bad_file(path, "is of npy version %d.%d; 1, 2 and 3 are known", version, start[7]);
    if (fread(size, 1, (size_t)size_bytes, file) != (size_t)size_bytes)
        return bad_file(path, "ends in its header");
    *length = little_endian(size, size_bytes);
    if (*length > HEADER_MOST)
        return bad_file(path, "has a header of %u bytes", *length);
    *text = malloc(*length + 1);
    if (!*text)
        return error_set(WEFT_ERROR_OUT_OF_MEMORY, "out of memory for the header of %s", path);
    if (fread(*text, 1, *length, file) != *length)
        return bad_file(path, "ends in its header");
    return WEFT_OK;
}

static weft_status read_header(const char *path, FILE *file, NpyArray *array, uint64_t *bytes) {
    char *text = NULL;
    uint32_t length = 0;
    weft_status status = read_header_text(path, file, &text, &length);
    if (status == WEFT_OK) {
        HeaderParser parser = {.path = path, .at = text, .end = text + length, .array = array};
        status = parse_header(&parser);
    }
    free(text);
    return status == WEFT_OK ? lay_out(path, array, bytes) : status;
}

/* What the header promises against what the file has, so that a lie asks for no memory. A pipe can't tell. */
static weft_status check_size(const char *path, FILE *file, uint64_t bytes) {
    struct stat info;
    long at = ftell(file);
    if (fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode) || at < 0)
        return WEFT_OK;
    uint64_t left = (uint64_t)info.st_size - (uint64_t)at;
    if (left < bytes)
        return bad_file(path, "is cut short: %llu bytes of data, and its shape needs %llu", (unsigned long long)left,
                        (unsigned long long)bytes);
    if (left > bytes)
        return bad_file(path, "goes on after its data: %llu bytes, and its shape needs %llu", (unsigned long long)left,
                        (unsigned long long)bytes);
    return WEFT_OK;
}

static weft_status read_data(const char *path, FILE *file, NpyArray *array, uint64_t bytes) {
    TRY(weft_memory_alloc(device_cpu(), bytes, &array->data));
    if (fread(array->data, 1, bytes, file) != bytes) {
        npy_free(array);
        return bad_file(path, ferror(file) ? "can't be read" : "is cut short");
    }
    return WEFT_OK;
}

static weft_status read_file(const char *path, FILE *file, NpyArray *array) {
    uint64_t bytes = 0;
    struct stat info;
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode))
        return bad_file(path, "is a folder");
    TRY(read_header(path, file, array, &bytes));
    TRY(check_size(path, file, bytes));
    return read_data(path, file, array, bytes);
}

weft_status npy_read(const char *path, NpyArray *array) {
    memset(array, 0, sizeof *array);
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_set(WEFT_ERROR_IO, "%s can't be opened: %s", path, strerror(errno));
    weft_status status = read_file(path, file, array);
    fclose(file);
    return status;
}

void npy_take_as(NpyArray *array, DLDataType wanted) {
    if (array->dtype.code == DL_OPAQUE && is_kept_raw(wanted) && wanted.bits == array->dtype.bits)
        array->dtype = wanted;
}

void npy_free(NpyArray *array) {
    weft_memory_free(device_cpu(), array->data);
    array->data = NULL;
}

/* ---- writing ---- */

static const char *npy_type_text(DLDataType dtype) {
    if (is_kept_raw(dtype))
        dtype.code = DL_OPAQUE;
    for (size_t i = 0; i < sizeof npy_types / sizeof *npy_types; i++)
        if (npy_types[i].code == dtype.code && npy_types[i].bits == dtype.bits && dtype.lanes == 1)
            return npy_types[i].text;
    return NULL;
}

static bool has_strides(const NpyArray *packed, const int64_t *strides) {
    for (int d = 0; d < packed->rank; d++)
        if (packed->shape[d] > 1 && packed->strides[d] != strides[d])
            return false;
    return true;
}

static bool write_header(FILE *file, const NpyArray *array) {
    char text[512];
    const char *type = npy_type_text(array->dtype);
    int length = snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': %s, 'shape': (",
                          *type != 'V' && array->dtype.bits == 8 ? '|' : '<', type, array->fortran_order ? "True" : "False");
    for (int d = 0; d < array->rank; d++)
        length += snprintf(text + length, sizeof text - (size_t)length, "%s%lld%s", d ? " " : "",
                           (long long)array->shape[d], d + 1 < array->rank || array->rank == 1 ? "," : "");
    length += snprintf(text + length, sizeof text - (size_t)length, "), }");
    int before = MAGIC_SIZE + 2;
    while ((before + length + 1) % HEADER_ALIGN != 0)
        text[length++] = ' ';
    text[length++] = '\n';
    unsigned char start[MAGIC_SIZE + 2] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)(length & 255),
                                           (unsigned char)(length >> 8)};
    return fwrite(start, 1, sizeof start, file) == sizeof start && fwrite(text, 1, (size_t)length, file) == (size_t)length;
}

/* The elements in row-major order, one by one. */
static bool write_strided(FILE *file, const NpyArray *array, const int64_t *strides, const char *data) {
    int64_t index[WEFT_MAX_RANK] = {0}, size = array->dtype.bits / 8;
    for (int64_t i = 0; i < array->elements; i++) {
        int64_t offset = 0;
        for (int d = 0; d < array->rank; d++)
            offset += index[d] * strides[d];
        if (fwrite(data + offset * size, (size_t)size, 1, file) != 1)
            return false;
        for (int d = array->rank - 1; d >= 0 && ++index[d] == array->shape[d]; d--)
            index[d] = 0;
    }
    return true;
}

static bool write_file(FILE *file, const NpyArray *array, const int64_t *strides, uint64_t bytes) {
    if (!write_header(file, array))
        return false;
    if (bytes > 0 && strides && !has_strides(array, strides))
        return write_strided(file, array, strides, array->data);
    return bytes == 0 || fwrite(array->data, 1, bytes, file) == bytes;
}

static weft_status cannot_write(const char *path, const char *why) {
    return error_set(WEFT_ERROR_IO, "%s can't be written: %s", path, why);
}

/* A new file with a name that no other writer takes. Permissions are what a plain open() would give. */
static FILE *create_beside(const char *path, char *name, size_t size) {
    static _Atomic unsigned counter;
    for (int attempt = 0; attempt < 100; attempt++) {
        snprintf(name, size, "%s.%d.%u.part", path, (int)getpid(), counter++);
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0)
            return fdopen(descriptor, "wb");
        if (errno != EEXIST)
            return NULL;
    }
    return NULL;
}

static bool is_plain_or_new(const char *path) {
    struct stat info;
    return stat(path, &info) != 0 || S_ISREG(info.st_mode);
}

/* A pipe or a device is written to as it is: renaming would take its place. */
static weft_status write_in_place(const char *path, const NpyArray *array, const int64_t *strides, uint64_t bytes) {
    FILE *file = fopen(path, "wbe");
    if (!file)
        return cannot_write(path, strerror(errno));
    bool ok = write_file(file, array, strides, bytes);
    ok = fclose(file) == 0 && ok;
    return ok ? WEFT_OK : cannot_write(path, strerror(errno));
}

static weft_status write_and_rename(const char *path, char *name, size_t name_size, const NpyArray *array,
                                    const int64_t *strides, uint64_t bytes) {
    FILE *file = create_beside(path, name, name_size);
    if (!file)
        return cannot_write(path, strerror(errno));
    errno = 0;
    bool ok = write_file(file, array, strides, bytes);
    int why = errno;
    if (fclose(file) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (ok && rename(name, path) != 0) {
        ok = false;
        why = errno;
    }
    if (ok)
        return WEFT_OK;
    unlink(name);
    return cannot_write(path, strerror(why));
}

weft_status npy_write(const char *path, DLDataType dtype, int32_t rank, const int64_t *shape, const int64_t *strides,
                      const void *data) {
    char name_of_dtype[DTYPE_NAME_SIZE];
    if (!npy_type_text(dtype))
        return error_set(WEFT_ERROR_IO, "%s can't be written: an npy file holds no %s", path, dtype_text(dtype, name_of_dtype));
    if (rank < 0 || rank > WEFT_MAX_RANK)
        return cannot_write(path, "it has too many dims");
    NpyArray array = {.dtype = dtype, .rank = rank, .data = (void *)data};
    for (int d = 0; d < rank; d++)
        array.shape[d] = shape[d];
    uint64_t bytes;
    array.fortran_order = strides != NULL;
    TRY(lay_out(path, &array, &bytes));
    if (array.fortran_order && !has_strides(&array, strides)) {
        array.fortran_order = false;
        TRY(lay_out(path, &array, &bytes));
    }
    if (!is_plain_or_new(path))
        return write_in_place(path, &array, strides, bytes);
    size_t name_size = strlen(path) + 48;
    char *name = malloc(name_size);
    if (!name)
        return error_set(WEFT_ERROR_OUT_OF_MEMORY, "out of memory");
    weft_status status = write_and_rename(path, name, name_size, &array, strides, bytes);
    free(name);
    return status;
}
