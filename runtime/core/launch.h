/* A launch, step by step: the arguments go into slots and are checked, the kernel's shape function adds the
 * shape, the device runs it. */
#ifndef WEFT_RT_LAUNCH_H
#define WEFT_RT_LAUNCH_H

#include "core/device.h"

/* Fills the slots of dims and arguments, finds the device, and holds everything against the contract:
 * dtypes, ranks, dims, layouts, devices, `where`, sharing. */
weft_status launch_check(const weft_kernel *kernel, weft_stream *stream, const void *const *args, int64_t *slots,
                         weft_device **device);

/* Whether two tensors, both with strides and elements of so many bytes, can be seen to share none. */
bool launch_tensors_are_apart(const DLTensor *x, uint32_t x_size, const DLTensor *y, uint32_t y_size);

/* Fills the slots of the shape and counts the items of the domain, or the blocks. */
weft_status launch_shape(const weft_kernel *kernel, const int64_t override[6], int64_t *slots, int64_t *count);

#endif
