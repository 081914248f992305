/* Streams. Devices whose memory is the host's do their work inside the call that asks for it, so their
 * streams are in order with nothing to wait for. */
#include "core/stream.h"

#include "core/device.h"
#include "core/error.h"

#include <stdlib.h>

weft_status weft_stream_create(weft_device *device, weft_stream **stream) {
    if (!stream)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_stream_create: stream is NULL");
    if (!device)
        TRY(device_default(&device));
    *stream = calloc(1, sizeof **stream);
    if (!*stream)
        return error_set(WEFT_ERROR_OUT_OF_MEMORY, "out of memory for a stream");
    (*stream)->device = device;
    return WEFT_OK;
}

weft_status weft_stream_synchronize(weft_stream *stream) {
    if (!stream)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_stream_synchronize: stream is NULL");
    const DeviceOps *ops = stream->device->ops;
    return ops->synchronize ? ops->synchronize(stream->device, stream) : WEFT_OK;
}

void weft_stream_destroy(weft_stream *stream) {
    if (stream)
        weft_stream_synchronize(stream);
    free(stream);
}

weft_device *weft_stream_device(const weft_stream *stream) {
    return stream ? stream->device : NULL;
}
