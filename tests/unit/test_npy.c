/* npy files: what NumPy writes is read, what is written reads back, and what is broken is one sentence. */
#include "host/npy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64], path[128];

static int set_up(void **state) {
    strcpy(folder, "/tmp/test_npy.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/a.npy", folder);
    return 0;
}

static int files_in_folder(void) {
    DIR *dir = opendir(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static int tear_down(void **state) {
    unlink(path);
    rmdir(folder);
    return 0;
}

static void write_bytes(const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

/* A file of this version and header, with `size` bytes of data: 0, 1, 2, ... */
static void write_npy(int version, const char *header, size_t size) {
    unsigned char bytes[1024] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0};
    size_t length = strlen(header), at = 8;
    bytes[at++] = (unsigned char)length;
    bytes[at++] = (unsigned char)(length >> 8);
    at += version == 1 ? 0 : 2;
    memcpy(bytes + at, header, length);
    at += length;
    for (size_t i = 0; i < size; i++)
        bytes[at++] = (unsigned char)i;
    write_bytes(bytes, at);
}

static void refused(const char *why) {
    NpyArray array;
    char sentence[256];
    snprintf(sentence, sizeof sentence, "%s %s", path, why);
    assert_int_equal(npy_read(path, &array), WEFT_ERROR_IO);
    assert_string_equal(weft_last_error(), sentence);
    assert_null(array.data);
}

static void refused_header(const char *header, size_t size, const char *why) {
    write_npy(1, header, size);
    refused(why);
}

/* ---- reading ---- */

static void each_version_is_read(void **state) {
    for (int version = 1; version <= 3; version++) {
        NpyArray array;
        write_npy(version, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", 12);
        assert_int_equal(npy_read(path, &array), WEFT_OK);
        assert_int_equal(array.dtype.code, kDLInt);
        assert_int_equal(array.dtype.bits, 16);
        assert_int_equal(array.rank, 2);
        assert_int_equal(array.shape[1], 3);
        assert_int_equal(array.strides[0], 3);
        assert_int_equal(array.strides[1], 1);
        assert_false(array.fortran_order);
        assert_int_equal(((int16_t *)array.data)[1], 0x0302);
        npy_free(&array);
    }
}

static void fortran_order_is_in_the_strides(void **state) {
    NpyArray array;
    write_npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", 6);
    assert_int_equal(npy_read(path, &array), WEFT_OK);
    assert_true(array.fortran_order);
    assert_int_equal(array.strides[0], 1);
    assert_int_equal(array.strides[1], 2);
    npy_free(&array);
    write_npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (6,), }", 6);
    assert_int_equal(npy_read(path, &array), WEFT_OK);
    assert_false(array.fortran_order); /* there is no difference */
    npy_free(&array);
}

static void shapes_of_all_kinds_are_read(void **state) {
    NpyArray array;
    write_npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 4);
    assert_int_equal(npy_read(path, &array), WEFT_OK);
    assert_int_equal(array.rank, 0);
    assert_int_equal(array.elements, 1);
    npy_free(&array);
    write_npy(1, "{'shape': (3L, 0, 5L), 'descr': \"=f4\", 'fortran_order': False}", 0);
    assert_int_equal(npy_read(path, &array), WEFT_OK);
    assert_int_equal(array.rank, 3);
    assert_int_equal(array.elements, 0);
    npy_free(&array);
}

/* ---- refusing ---- */

static void a_missing_file_is_named(void **state) {
    refused("can't be opened: No such file or directory");
    NpyArray array;
    assert_int_equal(npy_read(folder, &array), WEFT_ERROR_IO);
    assert_non_null(strstr(weft_last_error(), "is a folder"));
}

static void what_is_no_npy_is_refused(void **state) {
    write_bytes("", 0);
    refused("is not an npy file");
    write_bytes("PK\3\4 zip, not npy", 17);
    refused("is not an npy file");
    write_npy(9, "{}", 0);
    refused("is of npy version 9.0; 1, 2 and 3 are known");
    write_bytes("\x93NUMPY\1\0\xff\xff{'descr'", 18);
    refused("ends in its header");
    write_bytes("\x93NUMPY\2\0\xff\xff\xff\x7f{", 13);
    refused("has a header of 2147483647 bytes");
}

static void broken_headers_are_refused(void **state) {
    static const char *const broken[] = {
        "", "{", "{}", "[]", "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", "{'descr': <f4, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}", "{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "{'x': 1}", "{'descr",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        refused_header(broken[i], 4, "has a header that is not NumPy's");
}

static void foreign_dtypes_are_refused(void **state) {
    refused_header("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", 4, "is big-endian (>f4): save it as '<f4'");
    refused_header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8, "holds Python objects, which can't be read");
    refused_header("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", 8, "has the dtype '<c8', which Weft has not");
    refused_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4,
                   "holds records, which have no type in Weft");
}

static void sizes_that_lie_are_refused(void **state) {
    const char *four = "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)}";
    refused_header(four, 15, "is cut short: 15 bytes of data, and its shape needs 16");
    refused_header(four, 17, "goes on after its data: 17 bytes, and its shape needs 16");
    refused_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", 0,
                   "is cut short: 0 bytes of data, and its shape needs 8000000000000");
    refused_header("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", 0,
                   "says it is larger than any memory");
    refused_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}", 1, "has more than 8 dims");
}

/* Every prefix, and every byte changed: a status or a good array, no crash. */
static void any_damage_is_survived(void **state) {
    unsigned char bytes[128] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 61, 0};
    memcpy(bytes + 10, "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }  ", 61);
    for (size_t length = 0; length < 83; length++) {
        NpyArray array;
        write_bytes(bytes, length);
        assert_int_equal(npy_read(path, &array), WEFT_ERROR_IO);
    }
    for (size_t at = 0; at < 83; at++) {
        for (int value = 0; value < 256; value += 3) {
            NpyArray array;
            unsigned char was = bytes[at];
            bytes[at] = (unsigned char)value;
            write_bytes(bytes, 83);
            if (npy_read(path, &array) == WEFT_OK)
                npy_free(&array);
            bytes[at] = was;
        }
    }
}

/* ---- writing ---- */

static void every_dtype_comes_back(void **state) {
    static const DLDataType dtypes[] = {{kDLBool, 8, 1},  {kDLInt, 8, 1},   {kDLInt, 16, 1},  {kDLInt, 32, 1},
                                        {kDLInt, 64, 1},  {kDLUInt, 8, 1},  {kDLUInt, 16, 1}, {kDLUInt, 32, 1},
                                        {kDLUInt, 64, 1}, {kDLFloat, 16, 1}, {kDLFloat, 32, 1}, {kDLFloat, 64, 1},
                                        {kDLBfloat, 16, 1}, {kDLFloat8_e4m3fn, 8, 1}, {kDLFloat8_e5m2, 8, 1}};
    char data[6 * 8];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        NpyArray array;
        assert_int_equal(npy_write(path, dtypes[i], 2, (int64_t[]){3, 2}, NULL, data), WEFT_OK);
        assert_int_equal(npy_read(path, &array), WEFT_OK);
        npy_take_as(&array, dtypes[i]);
        assert_memory_equal(&array.dtype, &dtypes[i], sizeof array.dtype);
        assert_int_equal(array.rank, 2);
        assert_int_equal(array.shape[0], 3);
        assert_memory_equal(array.data, data, 6u * dtypes[i].bits / 8);
        npy_free(&array);
    }
    assert_int_equal(npy_write(path, (DLDataType){5, 64, 1}, 1, (int64_t[]){1}, NULL, data), WEFT_ERROR_IO);
    assert_non_null(strstr(weft_last_error(), "can't be written: an npy file holds no complex64"));
}

static void the_header_is_numpys(void **state) {
    float data[4] = {0};
    assert_int_equal(npy_write(path, (DLDataType){kDLFloat, 32, 1}, 1, (int64_t[]){4}, NULL, data), WEFT_OK);
    char bytes[256];
    FILE *file = fopen(path, "rb");
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(length, 128 + 16); /* NumPy pads to 64 */
    assert_memory_equal(bytes + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", 57);
    assert_int_equal(bytes[127], '\n');
}

static void strides_are_written_as_they_mean(void **state) {
    int32_t data[12], expected[] = {0, 4, 1, 5, 2, 6};
    for (int i = 0; i < 12; i++)
        data[i] = i;
    NpyArray array;
    DLDataType i32 = {kDLInt, 32, 1};
    assert_int_equal(npy_write(path, i32, 2, (int64_t[]){3, 2}, (int64_t[]){1, 4}, data), WEFT_OK); /* a transposed view */
    assert_int_equal(npy_read(path, &array), WEFT_OK);
    assert_false(array.fortran_order);
    assert_memory_equal(array.data, expected, sizeof expected);
    npy_free(&array);
    assert_int_equal(npy_write(path, i32, 2, (int64_t[]){3, 4}, (int64_t[]){1, 3}, data), WEFT_OK); /* Fortran's */
    assert_int_equal(npy_read(path, &array), WEFT_OK);
    assert_true(array.fortran_order);
    assert_memory_equal(array.data, data, sizeof data);
    npy_free(&array);
}

static void a_failed_write_leaves_nothing(void **state) {
    float data[4] = {0};
    char nowhere[160];
    snprintf(nowhere, sizeof nowhere, "%s/no/such/a.npy", folder);
    DLDataType f32 = {kDLFloat, 32, 1};
    assert_int_equal(npy_write(nowhere, f32, 1, (int64_t[]){4}, NULL, data), WEFT_ERROR_IO);
    assert_non_null(strstr(weft_last_error(), "no/such/a.npy can't be written: No such file or directory"));
    mkdir(path, 0777); /* a folder stands where the file should */
    assert_int_equal(npy_write(path, f32, 1, (int64_t[]){4}, NULL, data), WEFT_ERROR_IO);
    assert_int_equal(files_in_folder(), 1);
    rmdir(path);
    assert_int_equal(npy_write(path, f32, 1, (int64_t[]){4}, NULL, data), WEFT_OK);
    assert_int_equal(files_in_folder(), 1);
}

#define NPY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        NPY_TEST(each_version_is_read),
        NPY_TEST(fortran_order_is_in_the_strides),
        NPY_TEST(shapes_of_all_kinds_are_read),
        NPY_TEST(a_missing_file_is_named),
        NPY_TEST(what_is_no_npy_is_refused),
        NPY_TEST(broken_headers_are_refused),
        NPY_TEST(foreign_dtypes_are_refused),
        NPY_TEST(sizes_that_lie_are_refused),
        NPY_TEST(any_damage_is_survived),
        NPY_TEST(every_dtype_comes_back),
        NPY_TEST(the_header_is_numpys),
        NPY_TEST(strides_are_written_as_they_mean),
        NPY_TEST(a_failed_write_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
