/* Built-in names: the table, and what a name, name.attribute, name[...] and name(...) of it give.
 */
#include "sema/builtins.h"
#include "sema/structure.h"

static const Builtin builtins[] = {
#define BUILTIN(name, group, handler, args, required, code, kind, dim)                             \
    {name, group, handler, args, required, code, kind, dim},
#define NO_HANDLER(name, group) {name, group, NULL, "", 0, OP_ARITH_CONST, NULL, 0},
#include "sema/builtins.def"
#undef BUILTIN
#undef NO_HANDLER
};

enum { BUILTINS = sizeof builtins / sizeof *builtins };

const Builtin *builtin_find(Sema *sema, Name name) {
    if (!sema->builtins.count) {
        sema->builtins.arena = sema->arena;
        for (uint32_t i = 0; i < BUILTINS; i++)
            map_put_ptr(&sema->builtins, intern_cstr(sema->names, builtins[i].name), (void *)&builtins[i]);
    }
    return map_get_ptr(&sema->builtins, name);
}

const char *builtin_name(const Builtin *builtin) {
    return builtin->name;
}

/* ------------------------------------------------------------------ name, name.attribute,
 * name[...] */

Operand builtin_operand(FuncState *fs, const Builtin *builtin, const Node *node) {
    fs->b.span = node->span;
    if (builtin->group == BUILTIN_VALUE)
        return builtin->handler(fs, &(BuiltinCall){.builtin = builtin, .node = node});
    if (strcmp(builtin->name, "Device") == 0)
        return operand_of_const(attr_of_type(fs->sema->types, fs->sema->types->device), node);
    if (strcmp(builtin->name, "str") == 0)
        return operand_of_const(attr_of_type(fs->sema->types, fs->sema->types->str), node);
    return (Operand){.kind = OPERAND_BUILTIN, .builtin = builtin, .node = node};
}

/* What stands behind `prefix` and a dot, for the message. */
static const char *members_of(FuncState *fs, const char *prefix) {
    Text text = {.arena = fs->sema->arena};
    size_t len = strlen(prefix);
    for (uint32_t i = 0; i < BUILTINS; i++)
        if (strncmp(builtins[i].name, prefix, len) == 0 && builtins[i].name[len] == '.')
            text_printf(&text, "%s%s", text.len ? ", " : "", builtins[i].name + len + 1);
    return text_cstr(&text);
}

static const char *nearest_member(const char *prefix, const char *name) {
    const char *best = NULL;
    size_t len = strlen(prefix), limit = strlen(name) / 3 + 1;
    for (uint32_t i = 0; i < BUILTINS; i++) {
        if (strncmp(builtins[i].name, prefix, len) != 0 || builtins[i].name[len] != '.')
            continue;
        size_t distance = edit_distance(name, builtins[i].name + len + 1, limit);
        if (distance <= limit && (!best || distance < limit)) {
            best = builtins[i].name + len + 1;
            limit = distance;
        }
    }
    return best;
}

Operand builtin_attribute(FuncState *fs, const Operand *base, const Node *node) {
    const char *prefix = base->builtin->name;
    const char *full = arena_printf(fs->sema->arena, "%s.%s", prefix, node->attribute.name);
    const Builtin *builtin = builtin_find(fs->sema, intern_cstr(fs->sema->names, full));
    if (builtin)
        return builtin_operand(fs, builtin, node);
    if (base->builtin->group != BUILTIN_NAMESPACE) {
        diag(fs->sema->diags, node->attribute.name_span, W0332, prefix, node->attribute.name);
        return operand_poison(node);
    }
    Diag *d = diag(fs->sema->diags, node->attribute.name_span, W0333, prefix, node->attribute.name,
                   members_of(fs, prefix));
    const char *nearest = nearest_member(prefix, node->attribute.name);
    if (nearest)
        diag_fix(d, node->attribute.name_span, "%s", nearest);
    return operand_poison(node);
}

Operand builtin_params(FuncState *fs, const Operand *base, const Node *index) {
    const Builtin *builtin = base->builtin;
    if (builtin->group == BUILTIN_PARAMS)
        return builtin->handler(
            fs, &(BuiltinCall){.builtin = builtin, .node = index, .params_node = index});
    if (builtin->group == BUILTIN_TYPE) {
        const Type *type = check_type(fs, index);
        return type->kind == TYPE_POISON
                   ? operand_poison(index)
                   : operand_of_const(attr_of_type(fs->sema->types, type), index);
    }
    Operand operand = *base;
    operand.params_node = index;
    operand.node = index;
    return operand;
}

/* ------------------------------------------------------------------ arguments */

static uint32_t count_names(const char *names) {
    uint32_t count = *names != 0;
    for (; *names; names++)
        count += *names == ' ';
    return count;
}

static int find_name(const char *names, const char *name) {
    size_t len = strlen(name);
    int i = 0;
    for (const char *at = names; *at; i++) {
        const char *end = strchr(at, ' ');
        size_t here = end ? (size_t)(end - at) : strlen(at);
        if (here == len && strncmp(at, name, len) == 0)
            return i;
        at += here + (end != NULL);
    }
    return -1;
}

bool sort_arguments(FuncState *fs, const Node *call, const char *what, const char *names,
                    uint32_t required, const Node **out) {
    uint32_t total = count_names(names), given = 0, positional = 0;
    for (uint32_t i = 0; i < total; i++)
        out[i] = NULL;
    for (uint32_t i = 0; i < call->call.args.len; i++) {
        const Node *arg = call->call.args.items[i];
        int at = (int)positional;
        if (arg->kind == NODE_KEYWORD) {
            at = find_name(names, arg->keyword.name);
            if (at < 0 || out[at]) {
                diag(fs->sema->diags, arg->keyword.name_span, W0334, what, arg->keyword.name);
                return false;
            }
            out[at] = arg->keyword.value;
        } else {
            positional++;
            if ((uint32_t)at < total && !out[at])
                out[at] = arg;
        }
        given++;
    }
    bool missing = false;
    for (uint32_t i = 0; i < required; i++)
        missing |= !out[i];
    if (given > total || missing) {
        const char *wanted = required == total
                                 ? arena_printf(fs->sema->arena, "%u", total)
                                 : arena_printf(fs->sema->arena, "%u to %u", required, total);
        diag(fs->sema->diags, call->span, W0314, what, wanted,
             total == 1 && required == 1 ? "" : "s", given);
        return false;
    }
    return true;
}

Operand builtin_arg(FuncState *fs, const BuiltinCall *call, uint32_t i) {
    return settle(fs, call->operands ? call->operands[i] : check_expr(fs, call->args[i], NULL));
}

const Type *builtin_unified(FuncState *fs, const BuiltinCall *call, uint32_t first, uint32_t count,
                            Value **values) {
    Operand operands[MAX_BUILTIN_ARGS];
    for (uint32_t i = 0; i < count; i++) {
        operands[i] = builtin_arg(fs, call, first + i);
        if (operands[i].kind == OPERAND_POISON)
            return NULL;
    }
    const Type *type = unify_all(fs, operands, count, call->node,
                                 arena_printf(fs->sema->arena, "`%s`", call->builtin->name));
    if (!type)
        return NULL;
    type = default_type(fs->sema->types, type);
    const char *what = arena_printf(fs->sema->arena, "another argument of %s", call->builtin->name);
    for (uint32_t i = 0; i < count; i++)
        if (!(values[i] = operand_coerce(fs, &operands[i], type, what)))
            return NULL;
    fs->b.span = call->node->span;
    return type;
}

const char *builtin_word(FuncState *fs, const BuiltinCall *call, uint32_t i, const char *fallback,
                         const char *words) {
    if (call->operands || !call->args[i])
        return fallback;
    const Attr *constant =
        comptime_eval(fs, call->args[i], fs->sema->types->str, call->builtin->name);
    if (!constant)
        return NULL;
    if (constant->kind == ATTR_STRING && find_name(words, constant->string) >= 0)
        return constant->string;
    diag(fs->sema->diags, call->args[i]->span, W0337, node_text(fs, call->args[i]),
         call->builtin->name, words);
    return NULL;
}

void set_word(FuncState *fs, Op *op, AttrKey key, const char *word) {
    op_set_attr(op, key, attr_string(fs->sema->types, intern_cstr(fs->sema->names, word)));
}

const Type *type_parameter(FuncState *fs, const Node *params_node, uint32_t index,
                           const char *what) {
    if (!params_node || params_node->index.items.len <= index) {
        diag(fs->sema->diags, params_node ? params_node->span : fs->b.span, W0338, what, what);
        return NULL;
    }
    const Type *type = check_type(fs, params_node->index.items.items[index]);
    return type->kind == TYPE_POISON ? NULL : type;
}

bool int_parameter(FuncState *fs, const Node *item, const char *what, int64_t *value) {
    const Attr *constant = comptime_eval(fs, item, fs->sema->types->i64, what);
    if (!constant || constant->kind != ATTR_INT)
        return false;
    *value = attr_as_i64(constant);
    return true;
}

/* ------------------------------------------------------------------ calls */

static Operand report_uncallable(FuncState *fs, const Operand *callee, const Node *call) {
    diag(fs->sema->diags, call->span, W0339, callee->builtin->name);
    return operand_poison(call);
}

/* What abs(x) and its like call of a struct; NULL for what has no such method. */
static const char *builtin_dunder(const Builtin *builtin) {
    return builtin->kind && builtin->kind[0] == '_' ? builtin->kind : NULL;
}

Operand call_builtin(FuncState *fs, const Operand *callee, const Node *call, const Type *want) {
    const Builtin *builtin = callee->builtin;
    if (builtin->group == BUILTIN_HOST)
        return call_host_builtin(fs, callee, call, want);
    if (builtin->group != BUILTIN_CALL && builtin->group != BUILTIN_DEVICE)
        return report_uncallable(fs, callee, call);
    BuiltinCall made = {
        .builtin = builtin, .node = call, .params_node = callee->params_node, .want = want};
    fs->b.span = call->span;
    if (!sort_arguments(fs, call, builtin->name, builtin->args, builtin->required, made.args))
        return operand_poison(call);
    if (!builtin_dunder(builtin))
        return builtin->handler(fs, &made);
    Operand operand = check_expr(fs, made.args[0], NULL);
    return call_builtin_with(fs, builtin, &operand, 1, call);
}

Operand call_builtin_with(FuncState *fs, const Builtin *builtin, Operand *args, uint32_t count,
                          const Node *node) {
    BuiltinCall made = {.builtin = builtin, .node = node, .operands = args, .count = count};
    bool callable = builtin->group == BUILTIN_CALL || builtin->group == BUILTIN_DEVICE;
    if (!callable || count < builtin->required || count > count_names(builtin->args)) {
        diag(fs->sema->diags, node->span, W0314, builtin->name,
             arena_printf(fs->sema->arena, "%u", builtin->required),
             builtin->required == 1 ? "" : "s", count);
        return operand_poison(node);
    }
    fs->b.span = node->span;
    Operand result;
    if (count == 1 && dunder_call(fs, builtin_dunder(builtin), &args[0], node, &result))
        return result;
    return builtin->handler(fs, &made);
}
