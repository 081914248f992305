/* From operands to values of a type: what widens by itself, what is written out, and the messages
 * that say which conversion to write.
 *
 * Always true: nothing here loses a bit of a value unless the program wrote the conversion. */
#include "sema/expr.h"
#include "sema/structure.h"

#include "ir/eval.h"

/* ------------------------------------------------------------------ operands */

Operand operand_poison(const Node *node) {
    return (Operand){.kind = OPERAND_POISON, .node = node};
}

bool operand_is_writable(FuncState *fs, const Operand *operand) {
    const Type *type = operand_type(fs, operand);
    if (!type || !type_holds_view(type))
        return type && type->kind == TYPE_ARRAY && (!operand->root || operand->writable); /* new, or a variable's */
    for (uint32_t i = 0; operand->kind == OPERAND_TUPLE && i < operand->item_count; i++) {
        const Type *item = operand_type(fs, &operand->items[i]);
        if (item && type_holds_view(item) && !operand_is_writable(fs, &operand->items[i]))
            return false;
    }
    return operand->kind == OPERAND_TUPLE || operand->writable;
}

Operand operand_of_value(Value *value, const Node *node) {
    if (!value)
        return operand_poison(node);
    return (Operand){.kind = OPERAND_VALUE, .type = value->type, .value = value, .node = node};
}

Operand operand_of_const(const Attr *constant, const Node *node) {
    if (!constant)
        return operand_poison(node);
    if (constant->kind == ATTR_CLOSURE)
        return (Operand){
            .kind = OPERAND_FUNC, .closure = (Closure *)constant->pointer, .node = node};
    return (Operand){
        .kind = OPERAND_CONST, .type = constant->type, .constant = constant, .node = node};
}

const char *node_text(FuncState *fs, const Node *node) {
    const SourceFile *file = sources_get(fs->sema->sources, node->span.file);
    if (!file || node->span.end > file->len)
        return "...";
    return arena_strndup(fs->sema->arena, file->chars + node->span.start,
                         node->span.end - node->span.start);
}

static const Type *tuple_type(FuncState *fs, const Operand *tuple) {
    const Type **fields = arena_array(fs->sema->arena, const Type *, tuple->item_count);
    for (uint32_t i = 0; i < tuple->item_count; i++) {
        fields[i] = operand_type(fs, &tuple->items[i]);
        if (!fields[i])
            return NULL;
    }
    return type_tuple(fs->sema->types, fields, tuple->item_count);
}

const Type *operand_type(FuncState *fs, const Operand *operand) {
    switch (operand->kind) {
    case OPERAND_VALUE: return operand->value ? operand->value->type : operand->type;
    case OPERAND_CONST:
    case OPERAND_PLACE:
    case OPERAND_CHOICE: return operand->type;
    case OPERAND_TUPLE: return operand->type ? operand->type : tuple_type(fs, operand);
    default: return NULL;
    }
}

static const char *tuple_text(FuncState *fs, const Operand *tuple) {
    Text text = {.arena = fs->sema->arena};
    text_putc(&text, '(');
    for (uint32_t i = 0; i < tuple->item_count; i++)
        text_printf(&text, "%s%s", i ? ", " : "", operand_type_text(fs, &tuple->items[i]));
    text_puts(&text, tuple->item_count == 1 ? ",)" : ")");
    return text_cstr(&text);
}

bool operand_gives_nothing(const Operand *operand) {
    return operand->kind == OPERAND_NONE ||
           (operand->kind == OPERAND_CONST && operand->constant->kind == ATTR_NONE_VALUE);
}

const char *operand_type_text(FuncState *fs, const Operand *operand) {
    switch (operand->kind) {
    case OPERAND_TUPLE: return tuple_text(fs, operand);
    case OPERAND_NONE: return "nothing";
    case OPERAND_FUNC:
    case OPERAND_METHOD:
    case OPERAND_BUILTIN: return "a function";
    case OPERAND_STRUCT: return "a struct's name";
    case OPERAND_MODULE: return "a module";
    default: break;
    }
    if (!operand->type)
        return "nothing";
    switch (operand->type->kind) {
    case TYPE_LITERAL_INT: return "an integer literal";
    case TYPE_LITERAL_FLOAT: return "a float literal";
    case TYPE_TYPE: return "a type";
    case TYPE_NONE: return "None";
    default: return type_source(fs->sema->arena, operand->type);
    }
}

const Attr *operand_constant(const Operand *operand) {
    if (operand->kind == OPERAND_CONST)
        return operand->constant;
    return operand->kind == OPERAND_VALUE ? value_constant(operand->value) : NULL;
}

static const Type *map_fields(Types *types, const Type *tuple, const Type *other,
                              const Type *(*map)(Types *types, const Type *field,
                                                 const Type *other)) {
    const Type **fields =
        arena_array(types->arena, const Type *, tuple->field_count ? tuple->field_count : 1);
    for (uint32_t i = 0; i < tuple->field_count; i++) {
        fields[i] = map(types, tuple->fields[i], other ? other->fields[i] : NULL);
        if (!fields[i])
            return NULL;
    }
    return type_tuple(types, fields, tuple->field_count);
}

static const Type *default_field(Types *types, const Type *type, const Type *other) {
    (void)other;
    return default_type(types, type);
}

const Type *default_type(Types *types, const Type *type) {
    if (type->kind == TYPE_LITERAL_INT)
        return types->i64;
    if (type->kind == TYPE_LITERAL_FLOAT)
        return types->f64;
    return type->kind == TYPE_TUPLE ? map_fields(types, type, NULL, default_field) : type;
}

bool type_is_mask(const Type *type) {
    return type_scalar_of(type)->kind == TYPE_BOOL;
}

const Type *simd_type(FuncState *fs, const Type *element, int64_t lanes, const Node *node) {
    if (!type_is_scalar(element)) {
        diag(fs->sema->diags, node->span, W0320, type_source(fs->sema->arena, element));
        return NULL;
    }
    if (lanes < 1 || lanes > MAX_LANES || (lanes & (lanes - 1))) {
        diag(fs->sema->diags, node->span, W0263, (long long)lanes);
        return NULL;
    }
    return type_vector(fs->sema->types, element, (uint32_t)lanes);
}

/* ------------------------------------------------------------------ what widens */

/* The bits of the significand: integers of as many bits and fewer are exact. */
static uint32_t float_precision(const Type *type) {
    switch (type->kind) {
    case TYPE_F16: return 11;
    case TYPE_BF16: return 8;
    case TYPE_F32: return 24;
    case TYPE_F64: return 53;
    default: return 0;
    }
}

static bool integer_widens(const Type *from, const Type *to) {
    if (type_is_signed(from))
        return type_is_signed(to) && type_bits(to) >= type_bits(from);
    return type_bits(to) > type_bits(from);
}

static bool float_widens(const Type *from, const Type *to) {
    if (type_class(from) == CLASS_STORAGE_FLOAT)
        return float_precision(to) > 0; /* both f8 types lie within f16 and bf16 */
    if (from->kind == TYPE_F16 || from->kind == TYPE_BF16)
        return to->kind == TYPE_F32 || to->kind == TYPE_F64;
    return from->kind == TYPE_F32 && to->kind == TYPE_F64;
}

static bool scalar_widens(const Type *from, const Type *to) {
    if (from->kind == TYPE_BOOL || to->kind == TYPE_BOOL)
        return false;
    if (!type_is_integer(from))
        return !type_is_integer(to) && float_widens(from, to);
    if (type_is_integer(to))
        return integer_widens(from, to);
    return type_bits(from) - type_is_signed(from) <= float_precision(to);
}

/* A view whose type says more goes where one is wanted whose type says less. */
static bool view_widens(const Type *from, const Type *to) {
    bool same = from->element == to->element && from->rank == to->rank && from->space == to->space;
    if (!same || (from->layout != to->layout && to->layout != LAYOUT_STRIDED) || (from->hangs && !to->hangs))
        return false;
    for (uint32_t i = 0; i < from->rank; i++)
        if (from->extents[i] != to->extents[i] && to->extents[i] != EXTENT_DYNAMIC)
            return false;
    return true;
}

bool type_widens(const Type *from, const Type *to) {
    if (from == to)
        return true;
    if (from->kind == TYPE_VIEW && to->kind == TYPE_VIEW)
        return view_widens(from, to);
    if (type_is_scalar(from) && type_is_scalar(to))
        return scalar_widens(from, to);
    if (to->kind == TYPE_VECTOR) {
        if (from->kind == TYPE_VECTOR)
            return from->lanes == to->lanes && type_widens(from->element, to->element);
        return type_is_scalar(from) && type_widens(from, to->element);
    }
    if (from->kind != TYPE_TUPLE || to->kind != TYPE_TUPLE || from->field_count != to->field_count)
        return false;
    for (uint32_t i = 0; i < from->field_count; i++)
        if (!type_widens(from->fields[i], to->fields[i]))
            return false;
    return true;
}

/* ------------------------------------------------------------------ values of operands */

const Attr *constant_default(FuncState *fs, const Attr *constant, const Node *node) {
    if (attr_is_literal(constant))
        return literal_default(fs, constant, node);
    if (constant->kind != ATTR_LIST || !constant->type || constant->type->kind != TYPE_TUPLE)
        return constant;
    const Attr **items = arena_array(fs->sema->arena, const Attr *, constant->len);
    const Type **fields = arena_array(fs->sema->arena, const Type *, constant->len);
    for (uint32_t i = 0; i < constant->len; i++) {
        items[i] = constant_default(fs, constant->items[i], node);
        if (!items[i])
            return NULL;
        fields[i] = items[i]->type;
    }
    const Type *type = type_tuple(fs->sema->types, fields, constant->len);
    return attr_list(fs->sema->types, type, items, constant->len);
}

bool constant_has_value(const Attr *constant) {
    if (constant->kind == ATTR_TYPE || constant->kind == ATTR_CLOSURE ||
        constant->kind == ATTR_NONE_VALUE)
        return false;
    if (constant->kind != ATTR_LIST)
        return true;
    for (uint32_t i = 0; i < constant->len; i++)
        if (!constant_has_value(constant->items[i]))
            return false;
    return constant->type != NULL;
}

static Value *constant_value(FuncState *fs, const Operand *operand) {
    const Attr *constant = constant_default(fs, operand->constant, operand->node);
    if (!constant)
        return NULL;
    if (!constant_has_value(constant)) {
        diag(fs->sema->diags, operand->node->span, W0313, operand_type_text(fs, operand));
        return NULL;
    }
    return build_const(&fs->b, constant);
}

static Value *tuple_value(FuncState *fs, const Operand *tuple) {
    Value **fields = arena_array(fs->sema->arena, Value *, tuple->item_count);
    const Type **types = arena_array(fs->sema->arena, const Type *, tuple->item_count);
    for (uint32_t i = 0; i < tuple->item_count; i++) {
        fields[i] = operand_value(fs, &tuple->items[i]);
        if (!fields[i])
            return NULL;
        types[i] = fields[i]->type;
    }
    const Type *type = type_tuple(fs->sema->types, types, tuple->item_count);
    return build_typed(&fs->b, OP_AGG_MAKE, type, fields, tuple->item_count);
}

static const Attr *table_of(FuncState *fs, const Operand *choice, const Type *type,
                            const char *what) {
    const Attr *list = choice->constant;
    const Attr **items = arena_array(fs->sema->arena, const Attr *, list->len);
    const Type **fields = arena_array(fs->sema->arena, const Type *, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        items[i] = literal_coerce(fs, list->items[i], type, choice->node, what);
        if (!items[i])
            return NULL;
        fields[i] = type;
    }
    return attr_list(fs->sema->types, type_tuple(fs->sema->types, fields, list->len), items,
                     list->len);
}

/* One of several literals, as the scalar `type`. */
static Value *choice_value(FuncState *fs, const Operand *choice, const Type *type,
                           const char *what) {
    if (choice->constant) {
        const Attr *table = table_of(fs, choice, type, what);
        return table ? build_typed_attr(&fs->b, OP_AGG_TABLE, type, (Value *[]){choice->value}, 1,
                                        ATTR_KEY_VALUE, table)
                     : NULL;
    }
    Value *arms[2];
    for (int i = 0; i < 2; i++) {
        arms[i] = operand_coerce(fs, &choice->items[i], type, what);
        if (!arms[i])
            return NULL;
    }
    return build_typed(&fs->b, OP_ARITH_SELECT, type, (Value *[]){choice->value, arms[0], arms[1]},
                       3);
}

Value *operand_value(FuncState *fs, const Operand *operand) {
    fs->b.span = operand->node->span;
    switch (operand->kind) {
    case OPERAND_POISON: return NULL;
    case OPERAND_VALUE: return operand->value;
    case OPERAND_CONST: return constant_value(fs, operand);
    case OPERAND_PLACE: return place_read(fs, operand->place, operand->type, operand->node->span);
    case OPERAND_TUPLE: return tuple_value(fs, operand);
    case OPERAND_CHOICE:
        return choice_value(fs, operand, default_type(fs->sema->types, operand->type), "this");
    case OPERAND_NONE: diag(fs->sema->diags, operand->node->span, W0309); return NULL;
    default:
        diag(fs->sema->diags, operand->node->span, W0313, operand_type_text(fs, operand));
        return NULL;
    }
}

/* ------------------------------------------------------------------ coercion */

static Value *splat(FuncState *fs, Value *scalar, const Type *vector) {
    return build_typed(&fs->b, OP_VEC_SPLAT, vector, &scalar, 1);
}

/* Offers f32(a) where writing it out would do. */
static void offer_conversion(FuncState *fs, Diag *d, const Type *from, const Type *to,
                             const Node *node) {
    const char *text = node_text(fs, node), *type = type_source(fs->sema->arena, to);
    if (type_is_scalar(from) && type_is_scalar(to))
        diag_fix(d, node->span, "%s(%s)", type, text);
    else if (from->kind == TYPE_VECTOR && to->kind == TYPE_VECTOR && from->lanes == to->lanes)
        diag_fix(d, node->span, "(%s).cast[%s]()", text, type_source(fs->sema->arena, to->element));
}

static void report_mismatch(FuncState *fs, const Type *from, const Type *to, const Node *node,
                            const char *what) {
    const char *wanted = type_source(fs->sema->arena, to),
               *found = type_source(fs->sema->arena, from);
    if (from->kind == TYPE_VIEW && to->kind != TYPE_VIEW) {
        diag(fs->sema->diags, node->span, W0404, what, wanted, found);
        return;
    }
    if (from->kind == TYPE_VIEW && from->hangs && !to->hangs) {
        diag(fs->sema->diags, node->span, W0435, what, wanted);
        return;
    }
    offer_conversion(fs, diag(fs->sema->diags, node->span, W0301, what, wanted, found), from, to,
                     node);
}

static Value *coerce_fields(FuncState *fs, Value *value, const Type *type, const Node *node,
                            const char *what) {
    Value **fields = arena_array(fs->sema->arena, Value *, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) {
        fields[i] = value_coerce(fs, build_agg_get(&fs->b, value, i), type->fields[i], node, what);
        if (!fields[i])
            return NULL;
    }
    return build_typed(&fs->b, OP_AGG_MAKE, type, fields, type->field_count);
}

Value *value_coerce(FuncState *fs, Value *value, const Type *type, const Node *node,
                    const char *what) {
    if (!value || value->type == type)
        return value;
    if (!type_widens(value->type, type)) {
        report_mismatch(fs, value->type, type, node, what);
        return NULL;
    }
    if (type->kind == TYPE_TUPLE)
        return coerce_fields(fs, value, type, node, what);
    if (type->kind == TYPE_VIEW)
        return cast_view(fs, value, type);
    if (type->kind == TYPE_VECTOR && value->type->kind != TYPE_VECTOR)
        return splat(fs, build_convert(&fs->b, value, type->element), type);
    return build_convert(&fs->b, value, type);
}

static const Attr *splat_constant(FuncState *fs, const Attr *scalar, const Type *vector) {
    const Attr **lanes = arena_array(fs->sema->arena, const Attr *, vector->lanes);
    for (uint32_t i = 0; i < vector->lanes; i++)
        lanes[i] = scalar;
    return attr_list(fs->sema->types, vector, lanes, vector->lanes);
}

static const Attr *coerce_list(FuncState *fs, const Attr *list, const Type *type, const Node *node,
                               const char *what) {
    const Attr **items = arena_array(fs->sema->arena, const Attr *, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        items[i] = const_coerce(fs, list->items[i], type->fields[i], node, what);
        if (!items[i])
            return NULL;
    }
    return attr_list(fs->sema->types, type, items, list->len);
}

static const Attr *widen_constant(Types *types, const Attr *constant, const Type *type) {
    uint64_t bits = eval_convert(constant->type, type, constant->bits);
    return type_is_integer(type) ? attr_int(types, type, bits) : attr_float_bits(types, type, bits);
}

static const Attr *widen_lanes(FuncState *fs, const Attr *list, const Type *vector) {
    const Attr **lanes = arena_array(fs->sema->arena, const Attr *, vector->lanes);
    for (uint32_t i = 0; i < vector->lanes; i++)
        lanes[i] = widen_constant(fs->sema->types, list->items[i], vector->element);
    return attr_list(fs->sema->types, vector, lanes, vector->lanes);
}

const Attr *const_coerce(FuncState *fs, const Attr *constant, const Type *type, const Node *node,
                         const char *what) {
    if (constant->type == type || constant->kind == ATTR_CLOSURE)
        return constant;
    if (type->kind == TYPE_VECTOR &&
        type_is_scalar(default_type(fs->sema->types, constant->type))) {
        const Attr *scalar = const_coerce(fs, constant, type->element, node, what);
        return scalar ? splat_constant(fs, scalar, type) : NULL;
    }
    if (attr_is_literal(constant))
        return literal_coerce(fs, constant, type, node, what);
    if (constant->kind == ATTR_LIST && type->kind == TYPE_TUPLE &&
        constant->len == type->field_count)
        return coerce_list(fs, constant, type, node, what);
    if (constant->type && type_is_scalar(constant->type) && type_widens(constant->type, type))
        return widen_constant(fs->sema->types, constant, type);
    if (constant->kind == ATTR_LIST && type->kind == TYPE_VECTOR && type_widens(constant->type, type))
        return widen_lanes(fs, constant, type);
    Operand operand = operand_of_const(constant, node);
    Diag *d = diag(fs->sema->diags, node->span, W0301, what, type_source(fs->sema->arena, type),
                   operand_type_text(fs, &operand));
    if (constant->type)
        offer_conversion(fs, d, constant->type, type, node);
    return NULL;
}

static Value *coerce_tuple(FuncState *fs, const Operand *tuple, const Type *type,
                           const char *what) {
    Value **fields = arena_array(fs->sema->arena, Value *, type->field_count);
    for (uint32_t i = 0; i < type->field_count; i++) {
        fields[i] = operand_coerce(fs, &tuple->items[i], type->fields[i], what);
        if (!fields[i])
            return NULL;
    }
    return build_typed(&fs->b, OP_AGG_MAKE, type, fields, type->field_count);
}

Value *operand_coerce(FuncState *fs, const Operand *operand, const Type *type, const char *what) {
    if (!type || type->kind == TYPE_POISON) {
        operand_value(fs, operand);
        return NULL;
    }
    fs->b.span = operand->node->span;
    if (operand->kind == OPERAND_CONST && operand->constant->kind != ATTR_NONE_VALUE &&
        operand->constant->kind != ATTR_TYPE) {
        const Attr *constant = const_coerce(fs, operand->constant, type, operand->node, what);
        return constant ? build_const(&fs->b, constant) : NULL;
    }
    if (operand->kind == OPERAND_CHOICE) {
        if (type->kind == TYPE_VECTOR) {
            Value *scalar = choice_value(fs, operand, type->element, what);
            return scalar ? splat(fs, scalar, type) : NULL;
        }
        return choice_value(fs, operand, type, what);
    }
    if (operand->kind == OPERAND_TUPLE && type->kind == TYPE_TUPLE &&
        operand->item_count == type->field_count)
        return coerce_tuple(fs, operand, type, what);
    return value_coerce(fs, operand_value(fs, operand), type, operand->node, what);
}

Value *check_value(FuncState *fs, const Node *node, const Type *type, const char *what) {
    Operand operand = check_expr(fs, node, type);
    return operand_coerce(fs, &operand, type, what);
}

Value *check_condition(FuncState *fs, const Node *node, const char *what) {
    Operand operand = check_expr(fs, node, NULL);
    Value *value = operand_value(fs, &operand);
    if (!value || value->type->kind == TYPE_BOOL)
        return value;
    Diag *d = diag(fs->sema->diags, node->span, W0304, what, operand_type_text(fs, &operand));
    if (type_is_mask(value->type)) {
        diag_fix(d, node->span, "(%s).any()", node_text(fs, node));
        diag_fix(d, node->span, "(%s).all()", node_text(fs, node));
    } else if (type_is_numeric(value->type)) {
        diag_fix(d, node->span, "%s != 0", node_text(fs, node));
    }
    return NULL;
}

/* ------------------------------------------------------------------ the common type */

/* i64 holds both of two integers of which neither holds the other, unless one is a u64. */
static void offer_unification(FuncState *fs, Diag *d, const Operand *a, const Operand *b,
                              const Type *x, const Type *y) {
    Types *types = fs->sema->types;
    if (!type_is_scalar(x) || !type_is_scalar(y) || x->kind == TYPE_BOOL || y->kind == TYPE_BOOL) {
        if (x->kind == TYPE_BOOL && type_is_numeric(y))
            offer_conversion(fs, d, x, y, a->node);
        if (y->kind == TYPE_BOOL && type_is_numeric(x))
            offer_conversion(fs, d, y, x, b->node);
    } else if (type_is_integer(x) && type_is_integer(y)) {
        if (y != types->i64)
            offer_conversion(fs, d, y, types->i64, b->node);
        if (x != types->i64)
            offer_conversion(fs, d, x, types->i64, a->node);
    } else if (type_is_integer(x)) {
        offer_conversion(fs, d, x, y, a->node);
    } else if (type_is_integer(y)) {
        offer_conversion(fs, d, y, x, b->node);
    } else {
        offer_conversion(fs, d, x, types->f32, a->node);
    }
}

static Variable *variable_by_literal(FuncState *fs, const Operand *operand) {
    Variable *variable =
        operand->node->kind == NODE_NAME ? find_variable(fs, operand->node->name) : NULL;
    return variable && variable->by_literal ? variable : NULL;
}

/* `s: f32` for the `s` of `s = 0`; of `a, b = 0, 0` the last name takes the type, which is for all. */
static void offer_declared_type(FuncState *fs, Diag *d, const Variable *variable,
                                const Type *type) {
    const SourceFile *file = sources_get(fs->sema->sources, variable->span.file);
    uint32_t next = variable->span.end;
    while (file->chars[next] == ' ')
        next++;
    if (file->chars[next] == '=')
        diag_fix(d, variable->span, "%s: %s", variable->name, type_source(fs->sema->arena, type));
}

/* What was meant is not a conversion here but another type there, and all that follows from it. */
static void blame_literal(FuncState *fs, Diag *d, Variable *variable, const Type *type) {
    diag_note(d, variable->span, "%s is %s because nothing told its literal another type",
              variable->name, type_source(fs->sema->arena, variable->type));
    offer_declared_type(fs, d, variable, type);
    variable->mistaken = true;
}

/* `n = 0` and later floats: the int was nobody's wish. */
static bool is_int_for(const Variable *variable, const Type *type) {
    return variable && variable->type && type_is_integer(variable->type) && type_is_float(type);
}

/* What a float literal beside an integer makes of it. */
static const Type *float_of_literals(const FuncState *fs) {
    return context_is_device(fs->context) ? fs->sema->types->f32 : fs->sema->types->f64;
}

static const Type *report_float_literal(FuncState *fs, const Operand *literal, const Operand *other, const Type *type,
                                        const Node *node) {
    const char *text = literal->kind == OPERAND_CONST ? literal_text(fs, literal->constant) : "this";
    Diag *d = diag(fs->sema->diags, node->span, W0303, text, node_text(fs, other->node), type_source(fs->sema->arena, type));
    const Type *wanted = float_of_literals(fs);
    bool is_place = node->kind == NODE_AUGMENTED && node->augmented.target == other->node;
    if (!is_place)
        offer_conversion(fs, d, type, type_with_scalar(fs->sema->types, type, wanted), other->node);
    Variable *variable = variable_by_literal(fs, other);
    if (is_int_for(variable, wanted))
        blame_literal(fs, d, variable, wanted);
    return NULL;
}

static bool float_is_to_blame(FuncState *fs, Variable *variable, const Operand *literal) {
    if (literal->kind != OPERAND_CONST || !is_int_for(variable, float_of_literals(fs)))
        return false;
    Diag *d = diag(fs->sema->diags, literal->node->span, W0303, literal_text(fs, literal->constant), variable->name,
                   type_source(fs->sema->arena, variable->type));
    blame_literal(fs, d, variable, float_of_literals(fs));
    return true;
}

bool literal_is_to_blame(FuncState *fs, Variable *variable, const Operand *operand) {
    const Type *type = operand_type(fs, operand);
    if (variable->by_literal && type && type->kind == TYPE_LITERAL_FLOAT)
        return float_is_to_blame(fs, variable, operand);
    if (!variable->by_literal || !type || !is_int_for(variable, type_scalar_of(type)) ||
        type_is_literal(type))
        return false;
    Diag *d = diag(fs->sema->diags, operand->node->span, W0301, variable->name,
                   type_source(fs->sema->arena, variable->type), operand_type_text(fs, operand));
    blame_literal(fs, d, variable, type);
    return true;
}

/* Of `x op= v` only `v` can be converted. */
static void offer_common_type(FuncState *fs, Diag *d, const Operand *a, const Operand *b,
                              const Type *x, const Type *y, const Node *node) {
    Variable *left = variable_by_literal(fs, a), *right = variable_by_literal(fs, b);
    bool is_place = node->kind == NODE_AUGMENTED && node->augmented.target == a->node;
    if (!is_place)
        offer_unification(fs, d, a, b, x, y);
    else if (!is_int_for(left, type_scalar_of(y)) && type_is_numeric(x) && type_is_numeric(y))
        offer_conversion(fs, d, y, x, b->node);
    if (is_int_for(left, type_scalar_of(y)))
        blame_literal(fs, d, left, y);
    else if (is_int_for(right, type_scalar_of(x)))
        blame_literal(fs, d, right, x);
}

static const Type *report_apart(FuncState *fs, const Operand *a, const Operand *b, const Type *x,
                                const Type *y, const Node *node, const char *what) {
    const char *left = operand_type_text(fs, a), *right = operand_type_text(fs, b);
    if (x->kind == TYPE_VECTOR && y->kind == TYPE_VECTOR && x->lanes != y->lanes) {
        diag(fs->sema->diags, node->span, W0310, what, left, right, x->lanes, y->lanes);
        return NULL;
    }
    bool both_convert = type_is_scalar(type_scalar_of(x)) && type_is_scalar(type_scalar_of(y));
    Diag *d = diag(fs->sema->diags, node->span, both_convert ? W0300 : W0308, what, left, right);
    offer_common_type(fs, d, a, b, x, y, node);
    return NULL;
}

/* One side is a literal, the other has a type, which becomes that of both; NULL after an error. */
static const Type *unify_literal(FuncState *fs, const Operand *a, const Operand *b, const Type *x,
                                 const Type *y, const Node *node, const char *what) {
    const Operand *literal = type_is_literal(x) ? a : b, *other = literal == a ? b : a;
    const Type *type = literal == a ? y : x, *scalar = type_scalar_of(type);
    if (!type_is_scalar(scalar) || scalar->kind == TYPE_BOOL)
        return report_apart(fs, a, b, x, y, node, what);
    bool apart = literal->type->kind == TYPE_LITERAL_FLOAT && type_is_integer(scalar);
    return apart ? report_float_literal(fs, literal, other, type, node) : type;
}

static const Type *common_scalar(const Type *x, const Type *y) {
    return type_widens(x, y) ? y : type_widens(y, x) ? x : NULL;
}

static const Type *common_type(Types *types, const Type *x, const Type *y) {
    if (type_is_literal(x) ||
        type_is_literal(y)) { /* in tuples; whether it fits is seen when it is converted */
        const Type *other = type_is_literal(x) ? y : x;
        return type_is_literal(other) ? (x->kind == TYPE_LITERAL_FLOAT ? x : y) : other;
    }
    if (x->kind == TYPE_TUPLE && y->kind == TYPE_TUPLE && x->field_count == y->field_count)
        return map_fields(types, x, y, common_type);
    const Type *a = type_scalar_of(x), *b = type_scalar_of(y);
    if (!type_is_scalar(a) || !type_is_scalar(b))
        return x == y ? x : common_scalar(x, y);
    if (x->kind == TYPE_VECTOR && y->kind == TYPE_VECTOR && x->lanes != y->lanes)
        return NULL;
    const Type *scalar = common_scalar(a, b);
    return scalar ? type_with_scalar(types, x->kind == TYPE_VECTOR ? x : y, scalar) : NULL;
}

/* An f64 that nobody asked for: a variable declared by a bare float literal, beside a narrower
 * float. */
static void warn_of_accidental_f64(FuncState *fs, const Operand *a, const Type *other) {
    Variable *variable = variable_by_literal(fs, a);
    if (!context_is_device(fs->context) || !variable || variable->type != fs->sema->types->f64 ||
        !type_is_float(type_scalar_of(other)) || type_scalar_of(other)->kind == TYPE_F64)
        return;
    Diag *d = diag(fs->sema->diags, variable->span, W0316, variable->name,
                   type_source(fs->sema->arena, other));
    offer_declared_type(fs, d, variable, type_scalar_of(other));
    variable->by_literal = false;
}

const Type *unify(FuncState *fs, const Operand *a, const Operand *b, const Node *node,
                  const char *what) {
    const Type *x = operand_type(fs, a), *y = operand_type(fs, b);
    if (a->kind == OPERAND_POISON || b->kind == OPERAND_POISON)
        return NULL;
    if (!x || !y) {
        operand_value(fs, x ? b : a); /* says what is wrong with it */
        return NULL;
    }
    if (x->kind == TYPE_POISON || y->kind == TYPE_POISON)
        return NULL;
    if (type_is_literal(x) && type_is_literal(y))
        return x->kind == TYPE_LITERAL_FLOAT ? x : y;
    if (type_is_literal(x) || type_is_literal(y))
        return unify_literal(fs, a, b, x, y, node, what);
    const Type *common = common_type(fs->sema->types, x, y);
    if (!common)
        return report_apart(fs, a, b, x, y, node, what);
    if (x != y) {
        warn_of_accidental_f64(fs, a, y);
        warn_of_accidental_f64(fs, b, x);
    }
    return common;
}

static bool all_widen_to(FuncState *fs, const Type *type, const Operand *operands, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const Type *other = operand_type(fs, &operands[i]);
        if (!other || (!type_is_literal(other) && common_type(fs->sema->types, type, other) != type))
            return false;
    }
    return true;
}

/* The operand that the others widen to, so that their order makes no difference; else the first. */
static uint32_t find_widest(FuncState *fs, const Operand *operands, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const Type *type = operand_type(fs, &operands[i]);
        if (type && !type_is_literal(type) && all_widen_to(fs, type, operands, count))
            return i;
    }
    return 0;
}

const Type *unify_all(FuncState *fs, const Operand *operands, uint32_t count, const Node *node,
                      const char *what) {
    uint32_t widest = find_widest(fs, operands, count);
    Operand so_far = operands[widest];
    for (uint32_t i = 0; i < count; i++) {
        if (i == widest)
            continue;
        const Type *type = unify(fs, &so_far, &operands[i], node, what);
        if (!type)
            return NULL;
        so_far = (Operand){.kind = OPERAND_VALUE, .type = type, .node = operands[i].node};
    }
    const Type *type = operand_type(fs, &so_far);
    if (!type)
        operand_value(fs, &so_far);
    return type;
}

/* ------------------------------------------------------------------ written out */

static bool converts_explicitly(const Type *from, const Type *to) {
    const Type *a = type_scalar_of(from), *b = type_scalar_of(to);
    if (!type_is_scalar(a) || !type_is_scalar(b))
        return false;
    return from->kind != TYPE_VECTOR || (to->kind == TYPE_VECTOR && from->lanes == to->lanes);
}

Operand convert_explicit(FuncState *fs, const Type *to, const Operand *operand, const Node *node) {
    Types *types = fs->sema->types;
    if (operand->kind == OPERAND_CONST && attr_is_literal(operand->constant)) {
        const Type *scalar = type_scalar_of(to);
        if (type_is_scalar(scalar)) {
            const Attr *constant = literal_convert(types, operand->constant, scalar);
            return operand_of_const(to == scalar ? constant : splat_constant(fs, constant, to),
                                    node);
        }
    }
    Value *value = operand_value(fs, operand);
    if (!value)
        return operand_poison(node);
    fs->b.span = node->span;
    if (value->type == to)
        return operand_of_value(value, node);
    /* f32(v) of a vector converts its lanes. */
    if (type_is_scalar(to) && value->type->kind == TYPE_VECTOR)
        to = type_vector(types, to, value->type->lanes);
    if (!converts_explicitly(value->type, to)) {
        diag(fs->sema->diags, node->span, W0321, operand_type_text(fs, operand),
             type_source(fs->sema->arena, to));
        return operand_poison(node);
    }
    if (to->kind == TYPE_VECTOR && value->type->kind != TYPE_VECTOR)
        return operand_of_value(splat(fs, build_convert(&fs->b, value, to->element), to), node);
    return operand_of_value(build_convert(&fs->b, value, to), node);
}
