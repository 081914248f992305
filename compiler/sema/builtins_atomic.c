/* Atomics and fences: on an element of a tensor that may be written, or of shared memory. */
#include "sema/builtins.h"

typedef struct AtomicPlace {
    Value *operands[MAX_RANK + 4]; /* leading values, then the view and its indices */
    uint32_t count;
    const Type *type;
} AtomicPlace;

static bool is_atomic_type(const Type *type) {
    return type_is_numeric(type) && (type_bits(type) == 32 || type_bits(type) == 64);
}

/* Evaluates the place. `lead` operands are left free before it. */
static bool check_place(FuncState *fs, const BuiltinCall *call, uint32_t lead, AtomicPlace *at,
                        Operand *place) {
    if (call->operands) { /* a function parameter passes values, no places */
        diag(fs->sema->diags, call->node->span, W0327, call->builtin->name);
        return false;
    }
    *place = place_of(fs, call->args[0]);
    if (place->kind == OPERAND_POISON)
        return false;
    const Place *p = place->place;
    bool in_memory = !p->lane && (p->view || (p->variable && p->variable->kind == VARIABLE_PLACE));
    if (!in_memory || (p->view && p->view->type->space == SPACE_LOCAL)) {
        diag(fs->sema->diags, call->args[0]->span, W0348, call->builtin->name);
        return false;
    }
    if (!is_atomic_type(place->type)) {
        diag(fs->sema->diags, call->args[0]->span, W0349, call->builtin->name,
             type_source(fs->sema->arena, place->type));
        return false;
    }
    at->type = place->type;
    at->count = lead;
    if (!place_is_writable(fs, p, call->args[0]->span))
        return false;
    if (p->view && !p->field_count) {
        at->operands[at->count++] = p->view;
        for (uint32_t i = 0; i < p->index_count; i++)
            at->operands[at->count++] = p->indices[i];
        return true;
    }
    return (at->operands[at->count++] = place_as_view(fs, p, call->args[0]->span)) != NULL;
}

static Value *value_argument(FuncState *fs, const BuiltinCall *call, uint32_t i, const Type *type) {
    return check_value(fs, call->args[i], type,
                       arena_printf(fs->sema->arena, "%s", call->builtin->name));
}

static const char orders[] = "relaxed acquire release acq_rel";
static const char scopes[] = "device block system";

/* {order} and {scope}, the arguments from `first` on. */
static Operand finish(FuncState *fs, const BuiltinCall *call, const AtomicPlace *at, uint32_t first,
                      const char *allowed, bool has_result) {
    const char *order = builtin_word(fs, call, first, "relaxed", allowed);
    const char *scope = order ? builtin_word(fs, call, first + 1, "device", scopes) : NULL;
    if (!scope)
        return operand_poison(call->node);
    fs->b.span = call->node->span;
    Op *op = build_op(&fs->b, call->builtin->code, at->operands, at->count,
                      has_result ? &at->type : NULL, has_result, 0);
    if (call->builtin->kind)
        set_word(fs, op, ATTR_KEY_KIND, call->builtin->kind);
    set_word(fs, op, ATTR_KEY_ORDER, order);
    set_word(fs, op, ATTR_KEY_SCOPE, scope);
    return has_result ? operand_of_value(op_result(op, 0), call->node)
                      : (Operand){.kind = OPERAND_NONE, .node = call->node};
}

Operand builtin_atomic(FuncState *fs, const BuiltinCall *call) {
    AtomicPlace at;
    Operand place;
    const char *kind = call->builtin->kind;
    if (!check_place(fs, call, 1, &at, &place))
        return operand_poison(call->node);
    bool bits = strcmp(kind, "and") == 0 || strcmp(kind, "or") == 0 || strcmp(kind, "xor") == 0;
    if (bits && !type_is_integer(at.type)) {
        diag(fs->sema->diags, call->node->span, W0340, call->builtin->name, "an integer",
             at.type->name);
        return operand_poison(call->node);
    }
    at.operands[0] = value_argument(fs, call, 1, at.type);
    return at.operands[0] ? finish(fs, call, &at, 2, orders, true) : operand_poison(call->node);
}

Operand builtin_atomic_cas(FuncState *fs, const BuiltinCall *call) {
    AtomicPlace at;
    Operand place;
    if (!check_place(fs, call, 2, &at, &place))
        return operand_poison(call->node);
    for (uint32_t i = 0; i < 2; i++)
        if (!(at.operands[i] = value_argument(fs, call, i + 1, at.type)))
            return operand_poison(call->node);
    return finish(fs, call, &at, 3, orders, true);
}

Operand builtin_atomic_load(FuncState *fs, const BuiltinCall *call) {
    AtomicPlace at;
    Operand place;
    if (!check_place(fs, call, 0, &at, &place))
        return operand_poison(call->node);
    return finish(fs, call, &at, 1, "relaxed acquire", true);
}

Operand builtin_atomic_store(FuncState *fs, const BuiltinCall *call) {
    AtomicPlace at;
    Operand place;
    if (!check_place(fs, call, 1, &at, &place))
        return operand_poison(call->node);
    at.operands[0] = value_argument(fs, call, 1, at.type);
    return at.operands[0] ? finish(fs, call, &at, 2, "relaxed release", false)
                          : operand_poison(call->node);
}

Operand builtin_fence(FuncState *fs, const BuiltinCall *call) {
    if (!context_is_device(fs->context)) {
        diag(fs->sema->diags, call->node->span, W0508, "fence", "this");
        return operand_poison(call->node);
    }
    const char *order = builtin_word(fs, call, 0, "acq_rel", "acquire release acq_rel");
    const char *scope = order ? builtin_word(fs, call, 1, "device", scopes) : NULL;
    if (!scope)
        return operand_poison(call->node);
    Op *op = build_op(&fs->b, OP_MEM_FENCE, NULL, 0, NULL, 0, 0);
    set_word(fs, op, ATTR_KEY_ORDER, order);
    set_word(fs, op, ATTR_KEY_SCOPE, scope);
    return (Operand){.kind = OPERAND_NONE, .node = call->node};
}
