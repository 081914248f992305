#ifndef WEFT_RT_STREAM_H
#define WEFT_RT_STREAM_H

#include "weft_rt.h"

struct weft_stream {
    weft_device *device;
    void *state; /* the device's */
};

#endif
