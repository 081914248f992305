/* Interned types: one constructor for each shape, all through `intern_type`, and the questions
 * about them. */
#include "ir/type.h"

#include "base/diag.h"
#include "ir/intern.h"

typedef struct ScalarInfo {
    const char *text;
    uint32_t bits;
    ScalarClass class;
} ScalarInfo;

static const ScalarInfo scalar_info[] = {
#define SCALAR(KIND, text, bits, class, dl_code, npy) {text, bits, class},
#include "ir/scalars.def"
#undef SCALAR
};

static uint64_t hash_type(const Type *t) {
    uint64_t hash = hash_mix(t->kind, t->element ? t->element->id + 1 : 0);
    hash = hash_mix(hash, (uint64_t)t->lanes << 32 | t->rank);
    hash = hash_mix(hash, (uint64_t)t->layout << 32 | (uint64_t)t->hangs << 16 | t->space);
    for (uint32_t i = 0; t->extents && i < t->rank; i++)
        hash = hash_mix(hash, (uint64_t)t->extents[i]);
    for (uint32_t i = 0; i < t->field_count; i++) {
        hash = hash_mix(hash, t->fields[i]->id);
        if (t->field_names)
            hash = hash_mix(hash, (uint64_t)(uintptr_t)t->field_names[i]);
    }
    hash = hash_mix(hash, (uint64_t)(uintptr_t)t->name);
    return hash_mix(hash, (uint64_t)(uintptr_t)t->declaration);
}

static bool types_equal(const void *left, const void *right) {
    const Type *a = left, *b = right;
    if (a->kind != b->kind || a->element != b->element || a->lanes != b->lanes ||
        a->rank != b->rank || a->field_count != b->field_count || a->layout != b->layout ||
        a->space != b->space || a->name != b->name || a->declaration != b->declaration ||
        a->hangs != b->hangs)
        return false;
    for (uint32_t i = 0; a->extents && i < a->rank; i++)
        if (a->extents[i] != b->extents[i])
            return false;
    for (uint32_t i = 0; i < a->field_count; i++)
        if (a->fields[i] != b->fields[i] ||
            (a->field_names && a->field_names[i] != b->field_names[i]))
            return false;
    return true;
}

/* `like` lives on the caller's stack, its arrays too: they are copied when the type is new. */
static const Type *intern_type(Types *types, const Type *like) {
    InternSet *set = &types->table->types;
    uint64_t hash = hash_type(like);
    const Type *found = intern_set_find(set, hash, like, types_equal);
    if (found)
        return found;
    Type *t = arena_copy(types->arena, like, sizeof *like);
    t->id = set->count;
    if (like->extents)
        t->extents = arena_copy(types->arena, like->extents, sizeof *like->extents * like->rank);
    if (like->fields)
        t->fields =
            arena_copy(types->arena, like->fields, sizeof *like->fields * like->field_count);
    if (like->field_names)
        t->field_names =
            arena_copy(types->arena, like->field_names, sizeof(Name) * like->field_count);
    intern_set_add(types->arena, set, hash, t);
    return t;
}

static const Type *simple_type(Types *types, TypeKind kind, const char *name) {
    return intern_type(types, &(Type){.kind = kind, .name = intern_cstr(types->names, name)});
}

Types *types_create(Arena *arena, Interner *names) {
    Types *types = arena_new(arena, Types);
    types->arena = arena;
    types->names = names;
    types->table = arena_new(arena, TypeTable);
    for (TypeKind kind = 0; kind < TYPE_NONE; kind++)
        types->scalars[kind] = simple_type(types, kind, scalar_info[kind].text);
    types->none = simple_type(types, TYPE_NONE, "none");
    types->poison = simple_type(types, TYPE_POISON, "poison");
    types->literal_int = simple_type(types, TYPE_LITERAL_INT, "literal_int");
    types->literal_float = simple_type(types, TYPE_LITERAL_FLOAT, "literal_float");
    types->str = simple_type(types, TYPE_STR, "str");
    types->device = simple_type(types, TYPE_DEVICE, "device");
    types->type = simple_type(types, TYPE_TYPE, "type");
    types->module = simple_type(types, TYPE_MODULE, "module");
    types->boolean = types->scalars[TYPE_BOOL];
    types->i8 = types->scalars[TYPE_I8];
    types->i16 = types->scalars[TYPE_I16];
    types->i32 = types->scalars[TYPE_I32];
    types->i64 = types->scalars[TYPE_I64];
    types->u8 = types->scalars[TYPE_U8];
    types->u16 = types->scalars[TYPE_U16];
    types->u32 = types->scalars[TYPE_U32];
    types->u64 = types->scalars[TYPE_U64];
    types->f16 = types->scalars[TYPE_F16];
    types->bf16 = types->scalars[TYPE_BF16];
    types->f32 = types->scalars[TYPE_F32];
    types->f64 = types->scalars[TYPE_F64];
    return types;
}

const Type *type_vector(Types *types, const Type *element, uint32_t lanes) {
    if (lanes == 1)
        return element;
    return intern_type(types, &(Type){.kind = TYPE_VECTOR, .element = element, .lanes = lanes});
}

const Type *type_view(Types *types, const Type *element, uint32_t rank, const int64_t *extents,
                      Layout layout, Space space) {
    return intern_type(types, &(Type){.kind = TYPE_VIEW,
                                      .element = element,
                                      .rank = rank,
                                      .extents = rank ? extents : NULL,
                                      .layout = layout,
                                      .space = space});
}

const Type *type_hanging(Types *types, const Type *view) {
    Type like = *view;
    like.hangs = true;
    return intern_type(types, &like);
}

const Type *type_ptr(Types *types, const Type *element, Space space) {
    return intern_type(types, &(Type){.kind = TYPE_PTR, .element = element, .space = space});
}

const Type *type_tuple(Types *types, const Type *const *fields, uint32_t count) {
    return intern_type(
        types, &(Type){.kind = TYPE_TUPLE, .fields = count ? fields : NULL, .field_count = count});
}

const Type *type_struct(Types *types, Name name, const Type *const *fields, const Name *field_names,
                        uint32_t count, const void *declaration) {
    return intern_type(types, &(Type){.kind = TYPE_STRUCT,
                                      .name = name,
                                      .fields = count ? fields : NULL,
                                      .field_names = count ? field_names : NULL,
                                      .field_count = count,
                                      .declaration = declaration});
}

const Type *type_func(Types *types, const Type *const *args, uint32_t count, const Type *result) {
    return intern_type(types, &(Type){.kind = TYPE_FUNC,
                                      .fields = count ? args : NULL,
                                      .field_count = count,
                                      .element = result});
}

const Type *type_array(Types *types, const Type *element, uint32_t rank) {
    return intern_type(types, &(Type){.kind = TYPE_ARRAY, .element = element, .rank = rank});
}

const Type *type_of_array_view(Types *types, const Type *array) {
    int64_t extents[MAX_RANK];
    for (uint32_t i = 0; i < array->rank; i++)
        extents[i] = EXTENT_DYNAMIC;
    return type_view(types, array->element, array->rank, extents, LAYOUT_ROW_MAJOR, SPACE_GLOBAL);
}

const Type *type_scalar_named(const Types *types, const char *name) {
    if (strcmp(name, "int") == 0)
        return types->i64;
    for (TypeKind kind = 0; kind < TYPE_NONE; kind++)
        if (name[0] == scalar_info[kind].text[0] && strcmp(name, scalar_info[kind].text) == 0)
            return types->scalars[kind];
    return NULL;
}

ScalarClass type_class(const Type *scalar) {
    if (!type_is_scalar(scalar))
        weft_bug("type_class of a type that is no scalar");
    return scalar_info[scalar->kind].class;
}

uint32_t type_bits(const Type *scalar) {
    if (!type_is_scalar(scalar))
        weft_bug("type_bits of a type that is no scalar");
    return scalar->kind == TYPE_BOOL ? 1 : scalar_info[scalar->kind].bits;
}

static bool has_class(const Type *t, ScalarClass class) {
    return type_is_scalar(t) && scalar_info[t->kind].class == class;
}

bool type_holds_view(const Type *t) {
    for (uint32_t i = 0; t->kind == TYPE_TUPLE && i < t->field_count; i++)
        if (type_holds_view(t->fields[i]))
            return true;
    return t->kind == TYPE_VIEW;
}

bool type_is_number_array(const Type *t) {
    return t->kind == TYPE_ARRAY && t->element->kind != TYPE_STR;
}

bool type_is_integer(const Type *t) {
    return has_class(t, CLASS_SIGNED) || has_class(t, CLASS_UNSIGNED);
}
bool type_is_signed(const Type *t) {
    return has_class(t, CLASS_SIGNED);
}
bool type_is_float(const Type *t) {
    return has_class(t, CLASS_FLOAT);
}
bool type_is_numeric(const Type *t) {
    return type_is_integer(t) || type_is_float(t);
}

const Type *type_scalar_of(const Type *t) {
    return t->kind == TYPE_VECTOR ? t->element : t;
}
uint32_t type_lanes(const Type *t) {
    return t->kind == TYPE_VECTOR ? t->lanes : 1;
}

const Type *type_with_scalar(Types *types, const Type *t, const Type *scalar) {
    return t->kind == TYPE_VECTOR ? type_vector(types, scalar, t->lanes) : scalar;
}

static uint64_t round_up(uint64_t size, uint64_t align) {
    return (size + align - 1) / align * align;
}

uint64_t type_align(const Type *t) {
    uint64_t align = 1;
    switch (t->kind) {
    case TYPE_VECTOR: return type_align(t->element); /* a field is T name[n] in C */
    case TYPE_PTR:
    case TYPE_STR:
    case TYPE_ARRAY:
    case TYPE_DEVICE: return 8;
    case TYPE_TUPLE:
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < t->field_count; i++)
            align = type_align(t->fields[i]) > align ? type_align(t->fields[i]) : align;
        return align;
    default: return type_size(t);
    }
}

uint64_t type_field_offset(const Type *aggregate, uint32_t field) {
    uint64_t offset = 0;
    for (uint32_t i = 0;; i++) {
        offset = round_up(offset, type_align(aggregate->fields[i]));
        if (i == field)
            return offset;
        offset += type_size(aggregate->fields[i]);
    }
}

uint64_t type_size(const Type *t) {
    if (type_is_scalar(t))
        return scalar_info[t->kind].bits / 8;
    switch (t->kind) {
    case TYPE_VECTOR: return type_size(t->element) * t->lanes;
    case TYPE_PTR:
    case TYPE_STR:
    case TYPE_ARRAY:
    case TYPE_DEVICE: return 8;
    case TYPE_TUPLE:
    case TYPE_STRUCT:
        if (!t->field_count)
            return 0;
        return round_up(type_field_offset(t, t->field_count - 1) +
                            type_size(t->fields[t->field_count - 1]),
                        type_align(t));
    default: weft_bug("type_size of a type that has no place in memory");
    }
}

bool type_static_stride(const Type *view, uint32_t dim, int64_t *stride) {
    if (view->layout == LAYOUT_STRIDED)
        return false;
    bool row = view->layout == LAYOUT_ROW_MAJOR;
    uint32_t first = row ? dim + 1 : 0, end = row ? view->rank : dim;
    *stride = 1;
    for (uint32_t i = first; i < end; i++) {
        if (view->extents[i] == EXTENT_DYNAMIC)
            return false;
        *stride = (int64_t)((uint64_t)*stride * (uint64_t)view->extents[i]);
    }
    return true;
}
