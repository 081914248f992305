/* Types, interned: made by a constructor, never changed, equal exactly when they are the same pointer.
 *
 * Scalars: bool, i8..u64, f16 bf16 f32 f64, f8_e4m3 f8_e5m2. The language's `int` is i64. A literal
 * that has taken no type yet has the type `literal_int` or `literal_float`; these, `type` and
 * `function` are types of comptime values only, and the verifier forbids them in a finished function.
 * A `str` is the address of its characters; a kernel has no more to do with one than to print it. */
#ifndef WEFT_IR_TYPE_H
#define WEFT_IR_TYPE_H

#include "base/str.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum TypeKind {
#define SCALAR(KIND, text, bits, class, dl_code, npy) TYPE_##KIND,
#include "ir/scalars.def"
#undef SCALAR
    TYPE_NONE,    /* no value */
    TYPE_POISON,  /* of an expression that was an error; silences what follows from it */
    TYPE_LITERAL_INT,
    TYPE_LITERAL_FLOAT,
    TYPE_VECTOR,  /* .element, .lanes */
    TYPE_VIEW,    /* .element, .rank, .extents, .layout, .space */
    TYPE_PTR,     /* .element (may be TYPE_NONE: untyped bytes), .space */
    TYPE_TUPLE,   /* .fields, .field_count */
    TYPE_STRUCT,  /* .name, .fields, .field_names, .field_count, .declaration */
    TYPE_FUNC,    /* .fields are the arguments, .element the result */
    TYPE_ARRAY,   /* host: .element, .rank; a counted handle */
    TYPE_STR,
    TYPE_DEVICE,  /* host: a device handle */
    TYPE_TYPE,    /* the type of a type, comptime */
    TYPE_MODULE,  /* the type of a module, comptime */
    TYPE_KIND_COUNT
} TypeKind;

typedef enum ScalarClass { CLASS_BOOL, CLASS_SIGNED, CLASS_UNSIGNED, CLASS_FLOAT, CLASS_STORAGE_FLOAT } ScalarClass;
typedef enum Layout { LAYOUT_ROW_MAJOR, LAYOUT_COL_MAJOR, LAYOUT_STRIDED } Layout;
typedef enum Space { SPACE_GLOBAL, SPACE_SHARED, SPACE_LOCAL, SPACE_CONSTANT } Space;

enum { EXTENT_DYNAMIC = -1, MAX_RANK = 8, MAX_LANES = 64 };
/* Elements that a view which hangs has inside where only its dims say so: of any size, counted in bytes or bits too. */
#define VIEW_UNLIMITED (INT64_C(1) << 56)

typedef struct Type Type;
struct Type {
    TypeKind kind;
    uint32_t id; /* in the order made: for stable output */
    const Type *element;
    uint32_t lanes, rank, field_count;
    const int64_t *extents; /* EXTENT_DYNAMIC where not known */
    bool hangs;             /* a tile or what is made of one: it may reach past the end of its tensor, and knows beside its
                               extents how much of it is inside */
    Layout layout;
    Space space;
    Name name; /* of a scalar or struct; for an instance of a generic struct with its parameters: "Complex[f32]" */
    const Type *const *fields;
    const Name *field_names;
    const void *declaration; /* who declared the struct (sema's); part of its identity */
};

typedef struct Types {
    Arena *arena;
    Interner *names;
    struct TypeTable *table;
    const Type *scalars[TYPE_NONE];
    const Type *none, *poison, *literal_int, *literal_float, *str, *device, *type, *module;
    /* the ones that are named all the time */
    const Type *boolean, *i8, *i16, *i32, *i64, *u8, *u16, *u32, *u64, *f16, *bf16, *f32, *f64;
} Types;

Types *types_create(Arena *arena, Interner *names);

const Type *type_vector(Types *types, const Type *element, uint32_t lanes); /* 1 lane: the element */
const Type *type_view(Types *types, const Type *element, uint32_t rank, const int64_t *extents, Layout layout, Space space);
const Type *type_hanging(Types *types, const Type *view);
const Type *type_ptr(Types *types, const Type *element, Space space);
const Type *type_tuple(Types *types, const Type *const *fields, uint32_t count);
const Type *type_struct(Types *types, Name name, const Type *const *fields, const Name *field_names, uint32_t count, const void *declaration);
const Type *type_func(Types *types, const Type *const *args, uint32_t count, const Type *result);
const Type *type_array(Types *types, const Type *element, uint32_t rank);
/* The array seen as a tensor: row-major, every extent known at run time. */
const Type *type_of_array_view(Types *types, const Type *array);
/* The scalar named `name` ("f32", and "int" for i64), or NULL. */
const Type *type_scalar_named(const Types *types, const char *name);

static inline bool type_is_scalar(const Type *t) { return t->kind < TYPE_NONE; }
static inline bool type_is_literal(const Type *t) { return t->kind == TYPE_LITERAL_INT || t->kind == TYPE_LITERAL_FLOAT; }
ScalarClass type_class(const Type *scalar);
uint32_t type_bits(const Type *scalar); /* bool is 8 in memory and 1 here */
bool type_is_integer(const Type *t);    /* scalar integer, bool not among them */
bool type_is_signed(const Type *t);
bool type_is_float(const Type *t);      /* f16 bf16 f32 f64; not f8 */
bool type_is_numeric(const Type *t);    /* integer or float */
bool type_holds_view(const Type *t);    /* a view, or a tuple that holds one */
bool type_is_number_array(const Type *t); /* an array, but not what argv() gives */
/* The element of a vector, the type itself otherwise; and its lanes, 1 otherwise. */
const Type *type_scalar_of(const Type *t);
uint32_t type_lanes(const Type *t);
/* `t` with another scalar: f32 -> i32, <8 x f32> -> <8 x i32>. */
const Type *type_with_scalar(Types *types, const Type *t, const Type *scalar);
/* Size and alignment in memory as C lays it out: scalars, vectors, tuples, structs, pointers. */
uint64_t type_size(const Type *t);
uint64_t type_align(const Type *t);
uint64_t type_field_offset(const Type *aggregate, uint32_t field);
/* The stride of a view's dim, in elements, where its layout and static extents tell. */
bool type_static_stride(const Type *view, uint32_t dim, int64_t *stride);

/* As the language writes it: "f32", "SIMD[f32, 8]", "Tensor[f32, _, 4]", "(int, int)". */
void type_print_source(Text *out, const Type *t);
const char *type_source(Arena *arena, const Type *t);
/* As the IR writes it: "f32", "<8 x f32>", "view<f32, ?x4>", "view<f32, ?, strided, shared>", "ptr<f32, shared>":
 * row and global go without saying. */
void type_print(Text *out, const Type *t);

#endif
