/* What the files about host code share: calls of the runtime's entries (runtime/include/weft_host.h), arrays
 * and who releases them, text. */
#ifndef WEFT_SEMA_HOST_H
#define WEFT_SEMA_HOST_H

#include "sema/context.h"
#include "sema/expr.h"

/* ------------------------------------------------------------------ runtime_call.c */

/* host.call "name"(args); gives its result, or NULL where `result` is NULL. */
Value *runtime_call(FuncState *fs, const char *name, const Type *result, Value *const *args, uint32_t count, Span span);
Value *string_value(FuncState *fs, const char *text);
Value *location_value(FuncState *fs, Span span);              /* "file.weft:16" */
Value *dtype_value(FuncState *fs, const Type *scalar);        /* WEFT_DTYPE */
Value *int32_value(FuncState *fs, int32_t value);
Value *null_value(FuncState *fs, const Type *type);           /* no array, the default device */
Value *i64_list(FuncState *fs, Value *const *values, uint32_t count); /* address of the values in the thread's memory */
/* False and an error when this is no host code. */
bool wants_host(FuncState *fs, const Node *node, const char *what);

/* ------------------------------------------------------------------ print.c */

/* A text in the making: what func.print, func.format and func.assert carry. */
typedef struct TextParts {
    FuncState *fs;
    VEC(const Attr *) parts; /* text, format, text, format, ..., text */
    VEC(Value *) values;
    Text pending;            /* literal text since the last value */
    bool failed;
} TextParts;

TextParts text_parts(FuncState *fs);
void text_part_operand(TextParts *text, const Operand *operand, const char *format, const Node *node);
void text_part_node(TextParts *text, const Node *node); /* an f-string's pieces, or a value */
Op *text_finish(TextParts *text, Opcode code, Value *condition, const Type *result, Span span);
void check_print(FuncState *fs, const Node *call);

#endif
