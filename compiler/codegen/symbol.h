/* How functions and launch tables are called in objects: what the package writes into its relocations and
 * what code generation defines. A function with an export name is external under that name; `main`, tests
 * and benches are external too, so that the JIT finds them; all others are internal. */
#ifndef WEFT_CODEGEN_SYMBOL_H
#define WEFT_CODEGEN_SYMBOL_H

#include "ir/func.h"

#include <ctype.h>
#include <stdio.h>

/* `name` as a symbol that every assembler takes: letters, digits and `_` stay, another byte becomes `_` and its
 * two hex digits. `prefix` goes before it. */
static inline const char *symbol_mangle(Arena *arena, const char *prefix, const char *name) {
    size_t prefix_len = strlen(prefix);
    char *symbol = (char *)arena_alloc(arena, prefix_len + 3 * strlen(name) + 1);
    memcpy(symbol, prefix, prefix_len);
    char *end = symbol + prefix_len;
    for (const char *c = name; *c; c++) {
        if (isalnum((unsigned char)*c) || *c == '_')
            *end++ = *c;
        else
            end += sprintf(end, "_%02x", (unsigned char)*c);
    }
    *end = 0;
    return symbol;
}

static inline const char *symbol_of_func(Arena *arena, const Func *func) {
    return func->export_name ? func->export_name : symbol_mangle(arena, "weft_fn_", func->name);
}

/* The launch table of a kernel (weft_kernel of weft_launch_table.h). */
static inline const char *symbol_of_table(Arena *arena, const Func *kernel) {
    return symbol_mangle(arena, "weft_kernel_", kernel->name);
}

static inline bool symbol_is_external(const Func *func) {
    return func->export_name || func->is_main || func->is_test || func->is_bench;
}

#endif
