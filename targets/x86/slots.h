/* The slots of a launch (runtime/include/weft_launch_table.h), as IR reads and writes them. */
#ifndef WEFT_TARGETS_X86_SLOTS_H
#define WEFT_TARGETS_X86_SLOTS_H

#include "passes/edit.h"

/* The type of `slots`: memory of whoever launches, so local; on x86 all spaces are one. */
static inline const Type *slots_type(Types *types) { return type_ptr(types, types->i64, SPACE_LOCAL); }

/* Where things stand: dims, then the arguments in flat order, then the shape. */
uint32_t slots_of_arg(const FuncArg *arg);            /* how many an argument takes */
uint32_t slots_first_of_shape(const Func *kernel);
uint32_t slots_of_shape(const Func *kernel);

Value *slot_load(Builder *b, Value *slots, uint32_t slot, const Type *type); /* a struct or the like through its address */
void slot_store(Builder *b, Value *slots, uint32_t slot, Value *value);      /* of 8 bytes at most */
/* The kernel's flat block arguments. */
void slots_load_inputs(Builder *b, Value *slots, const Func *kernel, Value **inputs);
/* What shape functions and `where` predicates take: the dims, then the arguments that are no tensors. */
uint32_t slots_load_plain_inputs(Builder *b, Value *slots, const Func *kernel, Value **inputs);

#endif
