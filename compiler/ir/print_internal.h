/* What the printer's files and the parser share: how names, strings, types and attributes are
 * spelled. */
#ifndef WEFT_IR_PRINT_INTERNAL_H
#define WEFT_IR_PRINT_INTERNAL_H

#include "base/map.h"
#include "ir/func.h"

/* The struct types of a module in the order they are declared, each with a text of its own: two
 * structs may have one name (of two modules), then the second is "Name#2". */
typedef struct StructNames {
    Arena *arena;
    Map texts; /* from Type * to const char * */
    Map taken; /* from Name to the number of its structs */
    VEC(const Type *) order;
} StructNames;

void struct_names_add_func(StructNames *structs, const Func *func);
const char *struct_text(const StructNames *structs, const Type *t);

static inline bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '$';
}
bool is_plain_name(const char *name);                        /* it needs no quotes after a sigil */
void print_quoted(Text *out, const char *chars, size_t len); /* "..." with escapes */
void print_symbol(Text *out, char sigil, const char *name);

/* With `structs` NULL a struct is spelled by its plain name. */
void print_type(Text *out, const Type *t, const StructNames *structs);
/* `expected`: the type that the reader knows already, which is then left out; may be NULL. */
void print_attr(Text *out, const Attr *attr, const Type *expected, const StructNames *structs);
/* The type that item `index` of a list of `type` has; NULL when nothing is known. */
const Type *list_item_type(const Type *type, uint32_t index);

bool layout_parse(const char *text, Layout *layout);
bool space_parse(const char *text, Space *space);

#endif
