/* Arrays: made, counted, asked, indexed. */
#include "host/array.h"

#include "core/device.h"
#include "core/dtype.h"
#include "core/error.h"
#include "host/npy.h"
#include "host/program.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long long ll;

/* ---- lists of weft_host_call() ---- */

/* One lock for all lists: only code inside a weft_host_call() takes it. */
static pthread_mutex_t lists_lock = PTHREAD_MUTEX_INITIALIZER;

void array_list_init(ArrayList *list) {
    list->before = list->after = list;
}

static void unlink_locked(ArrayLink *link) {
    link->before->after = link->after;
    link->after->before = link->before;
    link->before = link->after = NULL;
}

static void link_locked(ArrayList *list, ArrayLink *link) {
    link->before = list;
    link->after = list->after;
    list->after->before = link;
    list->after = link;
}

static void watch(weft_array *array) {
    struct HostGuard *guard = host_guarded();
    if (!guard)
        return;
    pthread_mutex_lock(&lists_lock);
    link_locked(host_guard_arrays(guard), &array->link);
    pthread_mutex_unlock(&lists_lock);
}

static void unwatch(weft_array *array) {
    if (!array->link.before)
        return;
    pthread_mutex_lock(&lists_lock);
    unlink_locked(&array->link);
    pthread_mutex_unlock(&lists_lock);
}

void array_list_hand_over(ArrayList *list, ArrayList *to) {
    pthread_mutex_lock(&lists_lock);
    while (list->after != list) {
        ArrayLink *link = list->after;
        unlink_locked(link);
        if (to)
            link_locked(to, link);
    }
    pthread_mutex_unlock(&lists_lock);
}

static void destroy(weft_array *array) {
    unwatch(array);
    weft_memory_free(array->device, array->data);
    free(array);
}

void array_list_destroy(ArrayList *list) {
    while (list->after != list)
        destroy((weft_array *)list->after);
}

/* ---- making ---- */

static weft_device *or_default(weft_device *device, const char *location) {
    return device ? device : weft_host_device_default(location);
}

static void count_elements(weft_array *array, const int64_t *shape, const char *location) {
    bool empty = false, overflow = false;
    int64_t total = 1, bytes;
    for (int32_t d = 0; d < array->rank; d++) {
        if (shape[d] < 0)
            host_failf(WEFT_ERROR_ARGUMENT, location, "an array's dim %d is %lld: it must not be below 0", d, (ll)shape[d]);
        array->shape[d] = shape[d];
        empty |= shape[d] == 0;
        overflow |= __builtin_mul_overflow(total, shape[d], &total);
    }
    overflow |= __builtin_mul_overflow(total, array_element_size(array), &bytes);
    if (overflow && !empty)
        host_failf(WEFT_ERROR_OUT_OF_MEMORY, location, "an array of this shape is larger than any memory");
    array->elements = empty ? 0 : total;
    array->bytes = empty ? 0 : (uint64_t)bytes;
}

weft_array *weft_array_new(int32_t dtype, int32_t rank, const int64_t *shape, weft_device *device, const char *location) {
    device = or_default(device, location);
    weft_array head = {.references = 1, .device = device, .dtype_code = (uint8_t)(dtype >> 8),
                       .dtype_bits = (uint8_t)dtype, .rank = rank};
    count_elements(&head, shape, location);
    void *data;
    host_require(weft_memory_alloc(device, head.bytes, &data), location);
    weft_array *array = malloc(sizeof *array);
    if (!array) {
        weft_memory_free(device, data);
        host_failf(WEFT_ERROR_OUT_OF_MEMORY, location, "out of memory");
    }
    *array = head;
    array->data = data;
    watch(array);
    return array;
}

static void move_bytes(weft_device *to_device, void *to, weft_device *from_device, const void *from, uint64_t bytes,
                       const char *location) {
    host_require(weft_memory_copy(to_device, to, from_device, from, bytes, NULL), location);
}

/* An array that the host fills: itself where its memory is the host's, else one of the CPU that
 * finish_host_array() moves over. */
static weft_array *new_host_array(int32_t dtype, int32_t rank, const int64_t *shape, weft_device *device,
                                  const char *location) {
    return weft_array_new(dtype, rank, shape, device->host_memory ? device : device_cpu(), location);
}

static weft_array *finish_host_array(weft_array *array, weft_device *device, const char *location) {
    if (array->device == device)
        return array;
    weft_array *moved = weft_array_to(array, device, location);
    weft_array_release(array);
    return moved;
}

static void fill_bits(weft_array *array, int64_t bits) {
    size_t size = (size_t)array_element_size(array);
    if (bits == 0 || size == 1) {
        memset(array->data, (int)(bits & 255), array->bytes);
        return;
    }
    for (int64_t i = 0; i < array->elements; i++)
        memcpy(array->data + (size_t)i * size, &bits, size);
}

weft_array *weft_array_full(int32_t dtype, int32_t rank, const int64_t *shape, int64_t bits, weft_device *device,
                            const char *location) {
    device = or_default(device, location);
    weft_array *array = new_host_array(dtype, rank, shape, device, location);
    fill_bits(array, bits);
    return finish_host_array(array, device, location);
}

weft_array *weft_array_arange_i64(int32_t dtype, int64_t start, int64_t stop, weft_device *device, const char *location) {
    device = or_default(device, location);
    int64_t count;
    if (stop <= start)
        count = 0;
    else if (__builtin_sub_overflow(stop, start, &count))
        host_failf(WEFT_ERROR_OUT_OF_MEMORY, location, "arange(%lld, %lld) is larger than any memory", (ll)start, (ll)stop);
    weft_array *array = new_host_array(dtype, 1, &count, device, location);
    for (int64_t i = 0; i < count; i++)
        dtype_from_i64(array->dtype_code, array->dtype_bits, start + i, array->data + i * array_element_size(array));
    return finish_host_array(array, device, location);
}

weft_array *weft_array_arange_f64(int32_t dtype, double start, double stop, weft_device *device, const char *location) {
    device = or_default(device, location);
    double length = ceil(stop - start);
    if (!(length < 9e18))
        host_failf(WEFT_ERROR_ARGUMENT, location, "arange(%g, %g) has no end", start, stop);
    int64_t count = length > 0 ? (int64_t)length : 0;
    weft_array *array = new_host_array(dtype, 1, &count, device, location);
    for (int64_t i = 0; i < count; i++)
        dtype_from_f64(array->dtype_code, array->dtype_bits, start + (double)i,
                       array->data + i * array_element_size(array));
    return finish_host_array(array, device, location);
}

weft_array *weft_array_to(weft_array *array, weft_device *device, const char *location) {
    device = or_default(device, location);
    if (array->device == device)
        return weft_array_retain(array);
    weft_array *moved = weft_array_new(weft_array_dtype(array), array->rank, array->shape, device, location);
    move_bytes(device, moved->data, array->device, array->data, array->bytes, location);
    return moved;
}

weft_array *weft_array_copy(weft_array *array, const char *location) {
    weft_array *copy = weft_array_new(weft_array_dtype(array), array->rank, array->shape, array->device, location);
    move_bytes(copy->device, copy->data, array->device, array->data, array->bytes, location);
    return copy;
}

/* ---- files ---- */

/* The file's elements in row-major order. */
static void copy_row_major(weft_array *array, const NpyArray *file) {
    if (!file->fortran_order) {
        memcpy(array->data, file->data, array->bytes);
        return;
    }
    int64_t index[WEFT_MAX_RANK] = {0}, size = array_element_size(array);
    for (int64_t i = 0; i < array->elements; i++) {
        int64_t offset = 0;
        for (int d = 0; d < array->rank; d++)
            offset += index[d] * file->strides[d];
        memcpy(array->data + i * size, (char *)file->data + offset * size, (size_t)size);
        for (int d = array->rank - 1; d >= 0 && ++index[d] == array->shape[d]; d--)
            index[d] = 0;
    }
}

weft_array *weft_array_load_npy(const char *path, int32_t dtype, int32_t rank, weft_device *device, const char *location) {
    device = or_default(device, location);
    NpyArray file;
    host_require(npy_read(path, &file), location);
    npy_take_as(&file, (DLDataType){(uint8_t)(dtype >> 8), (uint8_t)dtype, 1});
    if (WEFT_DTYPE(file.dtype.code, file.dtype.bits) != dtype || file.rank != rank) {
        char has[DTYPE_NAME_SIZE];
        const char *wants = dtype_name((uint8_t)(dtype >> 8), (uint8_t)dtype), *found = dtype_text(file.dtype, has);
        npy_free(&file);
        host_failf(WEFT_ERROR_CONTRACT, location, "%s is an array of %s with %d dims, and load_npy[%s, %d] was asked for",
                   path, found, file.rank, wants, rank);
    }
    weft_array *array = new_host_array(dtype, rank, file.shape, device, location);
    copy_row_major(array, &file);
    npy_free(&file);
    return finish_host_array(array, device, location);
}

const char *array_on_host(const weft_array *array, void **copy, const char *location) {
    *copy = NULL;
    if (array->device->host_memory)
        return array->data;
    host_require(weft_memory_alloc(device_cpu(), array->bytes, copy), location);
    weft_status status = weft_memory_copy(device_cpu(), *copy, array->device, array->data, array->bytes, NULL);
    if (status != WEFT_OK)
        free(*copy);
    host_require(status, location);
    return *copy;
}

void weft_array_save_npy(const char *path, weft_array *array, const char *location) {
    void *copy;
    const char *data = array_on_host(array, &copy, location);
    DLDataType dtype = {array->dtype_code, array->dtype_bits, 1};
    weft_status status = npy_write(path, dtype, array->rank, array->shape, NULL, data);
    free(copy);
    host_require(status, location);
}

/* ---- counting and asking ---- */

weft_array *weft_array_retain(weft_array *array) {
    if (array)
        atomic_fetch_add_explicit(&array->references, 1, memory_order_relaxed);
    return array;
}

void weft_array_release(weft_array *array) {
    if (array && atomic_fetch_sub_explicit(&array->references, 1, memory_order_acq_rel) == 1)
        destroy(array);
}

int64_t weft_array_rank(const weft_array *array) {
    return array->rank;
}

int64_t weft_array_size(const weft_array *array) {
    return array->elements;
}

int64_t weft_array_extent(const weft_array *array, int64_t dim) {
    return array->shape[dim];
}

int32_t weft_array_dtype(const weft_array *array) {
    return WEFT_DTYPE(array->dtype_code, array->dtype_bits);
}

void *weft_array_data(const weft_array *array) {
    return array->data;
}

weft_device *weft_array_device(const weft_array *array) {
    return array->device;
}

/* ---- indexing ---- */

__attribute__((noreturn, cold)) static void out_of_range(const weft_array *array, const int64_t *index,
                                                         const char *location) {
    char at[200] = "", shape[200] = "";
    size_t used = 0, shape_used = 0;
    for (int32_t d = 0; d < array->rank; d++) {
        used += (size_t)snprintf(at + used, sizeof at - used, "%s%lld", d ? ", " : "", (ll)index[d]);
        shape_used += (size_t)snprintf(shape + shape_used, sizeof shape - shape_used, "%s%lld", d ? ", " : "",
                                       (ll)array->shape[d]);
    }
    host_failf(WEFT_ERROR_ARGUMENT, location, "index [%s] is out of range: the array's shape is (%s%s)", at, shape,
               array->rank == 1 ? "," : "");
}

void *weft_array_element(weft_array *array, const int64_t *index, const char *location) {
    int64_t offset = 0;
    for (int32_t d = 0; d < array->rank; d++) {
        if ((uint64_t)index[d] >= (uint64_t)array->shape[d])
            out_of_range(array, index, location);
        offset = offset * array->shape[d] + index[d];
    }
    if (!array->device->host_memory)
        host_failf(WEFT_ERROR_DEVICE, location, "not built yet: elements of an array on %s; take it .to() the cpu first",
                   array->device->name);
    return array->data + offset * array_element_size(array);
}

void *weft_array_element1(weft_array *array, int64_t i, const char *location) {
    return weft_array_element(array, &i, location);
}

void *weft_array_element2(weft_array *array, int64_t i, int64_t j, const char *location) {
    return weft_array_element(array, (int64_t[]){i, j}, location);
}

/* ---- DLPack ---- */

void weft_array_dltensor(weft_array *array, DLTensor *tensor) {
    *tensor = (DLTensor){.data = array->data, .device = array->device->dl, .ndim = array->rank,
                         .dtype = {array->dtype_code, array->dtype_bits, 1}, .shape = array->shape};
}

void weft_host_view_dltensor(DLTensor *tensor, void *data, int32_t dtype, int32_t rank, const int64_t *shape,
                             const int64_t *strides) {
    *tensor = (DLTensor){.data = data, .device = {kDLCPU, 0}, .ndim = rank,
                         .dtype = {(uint8_t)(dtype >> 8), (uint8_t)dtype, 1}, .shape = (int64_t *)shape,
                         .strides = (int64_t *)strides};
}
