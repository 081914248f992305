/* A device is a record: a name, the DLPack device of its memory, and a table of functions. The CPU's is
 * here; a driver's interpreter registers its own. Records are never removed. */
#ifndef WEFT_RT_DEVICE_H
#define WEFT_RT_DEVICE_H

#include "core/names.h"
#include "weft_launch_table.h"
#include "weft_rt.h"

typedef struct DeviceOps {
    /* NULL where memory is the host's. */
    weft_status (*alloc)(weft_device *device, size_t size, void **memory);
    void (*free)(weft_device *device, void *memory);
    /* One side is this device's memory, or both; the other may be the host's. */
    weft_status (*copy)(weft_device *device, void *to, const void *from, size_t size, weft_stream *stream);
    /* `slots` is filled and checked, the shape's slots included; `count` > 0 is the number of items of the
     * domain, or of blocks. `stream` NULL: return when it is done. */
    weft_status (*launch)(weft_device *device, weft_stream *stream, const weft_kernel *kernel,
                          const int64_t *slots, int64_t count);
    /* NULL where all work is done when its call returns. `stream` NULL: every stream. */
    weft_status (*synchronize)(weft_device *device, weft_stream *stream);
} DeviceOps;

struct weft_device {
    const char *name;
    DLDevice dl;      /* of arrays made on it */
    bool host_memory; /* its memory is the host's: it also takes tensors of kDLCPU */
    const DeviceOps *ops;
    void *state;
};

/* `device` must live as long as the process. A second one of a name takes the place of the first. */
weft_status device_register(weft_device *device);

/* What NULL means from now on, whatever WEFT_DEVICE says: a driver's --device. */
void device_set_default(weft_device *device);

weft_device *device_cpu(void);
weft_status device_default(weft_device **device);

/* The device that runs a launch with no stream, by one of its tensors; NULL when there is none. */
weft_device *device_of_tensor(const DLTensor *tensor);
bool device_holds(const weft_device *device, const DLTensor *tensor);

#endif
