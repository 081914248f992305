/* The interpreter as a device of the runtime: `--device interp`. A launch on it runs the kernel's IR, which the
 * launch table points to, with the plain meaning of every op: what other targets are compared with. */
#ifndef WEFT_DRIVER_INTERP_DEVICE_H
#define WEFT_DRIVER_INTERP_DEVICE_H

#include "ir/type.h"

void interp_device_register(Types *types);

#endif
