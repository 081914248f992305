/* The Weft runtime: devices, streams, events, memory, launch, errors.
 *
 * Every function that can fail returns a weft_status; the sentence is in weft_last_error(), which is of
 * the calling thread and stays until its next failing call. Everything may be called from many threads.
 * Handles are opaque; what is created is destroyed by whoever created it. Sizes are bytes, extents and
 * strides elements. */
#ifndef WEFT_RT_H
#define WEFT_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weft_status {
    WEFT_OK = 0,
    WEFT_ERROR_CONTRACT = 1,      /* dtype, rank, dims, layout, where, overlap */
    WEFT_ERROR_ARGUMENT = 2,      /* a NULL or a value that makes no sense */
    WEFT_ERROR_OUT_OF_MEMORY = 3,
    WEFT_ERROR_DEVICE = 4,        /* no such device, or its driver refused */
    WEFT_ERROR_ASSERT = 5,        /* an assert in a kernel failed */
    WEFT_ERROR_NO_IMAGE = 6,      /* the library has no code for this device */
    WEFT_ERROR_IO = 7,            /* a file */
} weft_status;

/* DLPack's structs (https://dmlc.github.io/dlpack), unless dlpack.h was included before. */
#if !defined(DLPACK_DLPACK_H_) && !defined(WEFT_DLPACK_STRUCTS)
#define WEFT_DLPACK_STRUCTS
typedef enum { kDLCPU = 1, kDLCUDA = 2, kDLROCM = 10 } DLDeviceType;
typedef struct { DLDeviceType device_type; int32_t device_id; } DLDevice;
typedef enum { kDLInt = 0U, kDLUInt = 1U, kDLFloat = 2U, kDLBfloat = 4U, kDLBool = 6U, kDLFloat8_e4m3fn = 10U, kDLFloat8_e5m2 = 12U } DLDataTypeCode;
typedef struct { uint8_t code; uint8_t bits; uint16_t lanes; } DLDataType;
typedef struct {
    void *data;
    DLDevice device;
    int32_t ndim;
    DLDataType dtype;
    int64_t *shape;
    int64_t *strides; /* NULL: row-major and contiguous */
    uint64_t byte_offset;
} DLTensor;
#endif

typedef struct weft_device weft_device;
typedef struct weft_stream weft_stream;
typedef struct weft_event weft_event;

const char *weft_last_error(void);
const char *weft_status_name(weft_status status);
const char *weft_version(void);

/* Devices. "cpu", "interp" where a driver registered it, "cuda:0", "hip:0". NULL: the default, which is
 * what WEFT_DEVICE names, else the best present. A device lives as long as the process. */
weft_status weft_device_get(const char *name, weft_device **device);
const char *weft_device_name(const weft_device *device);
weft_status weft_device_count(int32_t *count);
weft_status weft_device_at(int32_t index, weft_device **device);
weft_status weft_device_synchronize(weft_device *device);

/* Streams: work runs in order. A NULL stream in a launch means: on the tensors' device, and return when
 * it is done. */
weft_status weft_stream_create(weft_device *device, weft_stream **stream);
weft_status weft_stream_synchronize(weft_stream *stream);
void weft_stream_destroy(weft_stream *stream);
weft_device *weft_stream_device(const weft_stream *stream);

weft_status weft_event_create(weft_device *device, weft_event **event);
weft_status weft_event_record(weft_event *event, weft_stream *stream);
weft_status weft_event_wait(weft_event *event, weft_stream *stream); /* the stream waits */
weft_status weft_event_synchronize(weft_event *event);               /* the caller waits */
weft_status weft_event_elapsed(const weft_event *from, const weft_event *to, double *seconds);
void weft_event_destroy(weft_event *event);

/* Memory, aligned to 64 bytes at least. */
weft_status weft_memory_alloc(weft_device *device, size_t size, void **memory);
void weft_memory_free(weft_device *device, void *memory);
weft_status weft_memory_copy(weft_device *to_device, void *to, weft_device *from_device, const void *from, size_t size, weft_stream *stream);

/* A launch of a table's kernel: what the functions in generated headers do. `args` holds one pointer for
 * each argument: to a scalar's or struct's bytes, or to a DLTensor. `override` replaces the launch shape of a
 * grid kernel where an entry is >= 0 (grid x y z, block x y z); NULL: its own. A block whose size is a constant in the
 * source keeps it, unless the source itself launches the kernel with another. */
struct weft_kernel;
weft_status weft_launch(const struct weft_kernel *kernel, weft_stream *stream, const void *const *args);
weft_status weft_launch_shaped(const struct weft_kernel *kernel, weft_stream *stream, const void *const *args, const int64_t override[6]);

#ifdef __cplusplus
}
#endif
#endif
