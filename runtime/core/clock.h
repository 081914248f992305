#ifndef WEFT_RT_CLOCK_H
#define WEFT_RT_CLOCK_H

#include "core/names.h"

double clock_seconds(void); /* of a clock that never goes back */

#endif
