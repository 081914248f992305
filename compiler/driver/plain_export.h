/* The C functions of an exported function that is neither kernel nor graph. */
#ifndef WEFT_DRIVER_PLAIN_EXPORT_H
#define WEFT_DRIVER_PLAIN_EXPORT_H

#include "driver/compile.h"

/* Adds NAME, or where it takes tensors NAME_cpu and the checked NAME with its launch table in `program`. `func` is flat and
 * optimised; it keeps its body and is no symbol of the library any more. */
void plain_export(Compilation *c, Func *func, Name c_name, X86Program *program);

#endif
