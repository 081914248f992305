/* Events. All work of a host-memory device is done when its call returns, so an event there is a time. */
#include "core/clock.h"
#include "core/device.h"
#include "core/error.h"
#include "core/stream.h"

#include <stdatomic.h>
#include <stdlib.h>

struct weft_event {
    weft_device *device;
    _Atomic bool recorded;
    _Atomic double seconds;
};

weft_status weft_event_create(weft_device *device, weft_event **event) {
    if (!event)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_event_create: event is NULL");
    if (!device)
        TRY(device_default(&device));
    *event = calloc(1, sizeof **event);
    if (!*event)
        return error_set(WEFT_ERROR_OUT_OF_MEMORY, "out of memory for an event");
    (*event)->device = device;
    return WEFT_OK;
}

weft_status weft_event_record(weft_event *event, weft_stream *stream) {
    if (!event)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_event_record: event is NULL");
    if (stream && stream->device != event->device)
        return error_set(WEFT_ERROR_ARGUMENT, "an event of %s can't be recorded on a stream of %s", event->device->name,
                         stream->device->name);
    if (event->device->ops->synchronize)
        TRY(event->device->ops->synchronize(event->device, stream));
    atomic_store(&event->seconds, clock_seconds());
    atomic_store(&event->recorded, true);
    return WEFT_OK;
}

weft_status weft_event_wait(weft_event *event, weft_stream *stream) {
    if (!event || !stream)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_event_wait: %s is NULL", event ? "stream" : "event");
    return WEFT_OK;
}

weft_status weft_event_synchronize(weft_event *event) {
    return event ? WEFT_OK : error_set(WEFT_ERROR_ARGUMENT, "weft_event_synchronize: event is NULL");
}

weft_status weft_event_elapsed(const weft_event *from, const weft_event *to, double *seconds) {
    if (!from || !to || !seconds)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_event_elapsed: an argument is NULL");
    if (!atomic_load(&from->recorded) || !atomic_load(&to->recorded))
        return error_set(WEFT_ERROR_ARGUMENT, "weft_event_elapsed: the %s event was never recorded",
                         atomic_load(&from->recorded) ? "second" : "first");
    *seconds = atomic_load(&to->seconds) - atomic_load(&from->seconds);
    return WEFT_OK;
}

void weft_event_destroy(weft_event *event) {
    free(event);
}
