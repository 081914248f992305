/* Memory of devices: the host's is aligned for the widest vectors and cache lines. */
#include "core/device.h"
#include "core/error.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static weft_status alloc_host(size_t size, void **memory) {
    size_t rounded = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    *memory = rounded < size ? NULL : aligned_alloc(ALIGNMENT, rounded);
    if (!*memory)
        return error_set(WEFT_ERROR_OUT_OF_MEMORY, "out of memory: no %zu bytes on the CPU", size);
    return WEFT_OK;
}

weft_status weft_memory_alloc(weft_device *device, size_t size, void **memory) {
    if (!memory)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_memory_alloc: memory is NULL");
    *memory = NULL;
    if (!device)
        TRY(device_default(&device));
    return device->ops->alloc ? device->ops->alloc(device, size, memory) : alloc_host(size, memory);
}

void weft_memory_free(weft_device *device, void *memory) {
    if (!memory || (!device && device_default(&device) != WEFT_OK))
        return;
    if (device->ops->free)
        device->ops->free(device, memory);
    else
        free(memory);
}

weft_status weft_memory_copy(weft_device *to_device, void *to, weft_device *from_device, const void *from, size_t size,
                             weft_stream *stream) {
    if (!to_device)
        TRY(device_default(&to_device));
    if (!from_device)
        TRY(device_default(&from_device));
    if (size == 0)
        return WEFT_OK;
    if (!to || !from)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_memory_copy: %s is NULL", to ? "from" : "to");
    if (to_device->host_memory && from_device->host_memory) {
        memmove(to, from, size);
        return WEFT_OK;
    }
    weft_device *mover = to_device->host_memory ? from_device : to_device;
    if (to_device != from_device && !to_device->host_memory && !from_device->host_memory)
        return error_set(WEFT_ERROR_DEVICE, "can't copy from %s to %s directly: copy by way of the cpu", from_device->name,
                         to_device->name);
    return mover->ops->copy(mover, to, from, size, stream);
}
