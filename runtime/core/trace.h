/* WEFT_TRACE=out.json: launches as a Chrome trace (chrome://tracing, Perfetto). */
#ifndef WEFT_RT_TRACE_H
#define WEFT_RT_TRACE_H

#include "core/device.h"

bool trace_wanted(void);
void trace_launch(const weft_kernel *kernel, const weft_device *device, double start, double end, int64_t count);

#endif
