/* Attributes: interned constants. They are what an op carries beside its operands, and what a comptime
 * value is. Equal exactly when they are the same pointer. */
#ifndef WEFT_IR_ATTR_H
#define WEFT_IR_ATTR_H

#include "ir/type.h"

typedef enum AttrKind {
    ATTR_INT,           /* .type a bool or integer scalar, .bits: sign- or zero-extended to 64 bits */
    ATTR_FLOAT,         /* .type a float scalar, .bits: its own bits (f32 in the low 32) */
    ATTR_LITERAL_INT,   /* .wide: an integer literal without a type; exact */
    ATTR_LITERAL_FLOAT, /* .real: a float literal without a type, held as f64 */
    ATTR_STRING,        /* .string */
    ATTR_TYPE,          /* .as_type */
    ATTR_LIST,          /* .items: a tuple, struct or vector value when .type says so, a plain list when it is NULL */
    ATTR_FUNC,          /* .func: an IR function, by reference */
    ATTR_CLOSURE,       /* .pointer: a function as a comptime value (sema's); compared by address */
    ATTR_NONE_VALUE,    /* None */
} AttrKind;

typedef struct Attr Attr;
struct Attr {
    AttrKind kind;
    uint32_t id;
    const Type *type;
    union {
        uint64_t bits;
        __int128 wide;
        double real;
        Name string;
        const Type *as_type;
        struct { const Attr *const *items; uint32_t len; };
        struct Func *func;
        const void *pointer;
    };
};

/* Constructors; `types` owns the table they are interned in. */
const Attr *attr_int(Types *types, const Type *type, uint64_t bits); /* cut to the type's width and extended */
const Attr *attr_bool(Types *types, bool value);
const Attr *attr_i64(Types *types, int64_t value);
const Attr *attr_float_bits(Types *types, const Type *type, uint64_t bits);
const Attr *attr_float(Types *types, const Type *type, double value); /* rounded to the type, ties to even */
const Attr *attr_literal_int(Types *types, __int128 value);
const Attr *attr_literal_float(Types *types, double value);
const Attr *attr_string(Types *types, Name string);
const Attr *attr_of_type(Types *types, const Type *type);
const Attr *attr_list(Types *types, const Type *type, const Attr *const *items, uint32_t len);
const Attr *attr_func(Types *types, struct Func *func);
const Attr *attr_closure(Types *types, const Type *type, const void *pointer);
const Attr *attr_none(Types *types);

int64_t attr_as_i64(const Attr *attr);    /* of ATTR_INT */
double attr_as_double(const Attr *attr);  /* of ATTR_FLOAT, exact */
bool attr_is_true(const Attr *attr);      /* of a bool */
void attr_print(Text *out, const Attr *attr);

/* What an op's attributes are called. */
typedef enum AttrKey {
#define ATTR_KEY(code, text) ATTR_KEY_##code,
#include "ir/attr_keys.def"
#undef ATTR_KEY
    ATTR_KEY_COUNT
} AttrKey;

const char *attr_key_name(AttrKey key); /* "predicate" */
bool attr_key_parse(const char *text, AttrKey *key);

#endif
