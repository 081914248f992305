/* Arguments to formals: by order, by name, by default. */
#include "sema/structure.h"

Formals formals_of(FuncState *fs, const FuncDecl *decl, uint32_t first) {
    NodeList args = decl->node->func.args;
    Name *names = arena_array(fs->sema->arena, Name, args.len + 1);
    bool *optional = arena_array(fs->sema->arena, bool, args.len + 1);
    for (uint32_t i = 0; i < args.len; i++) {
        names[i] = args.items[i]->arg.name;
        optional[i] = args.items[i]->arg.default_value != NULL;
    }
    const char *owner = decl->name;
    if (decl->owner && !strcmp(owner, "__init__"))
        owner = decl->owner->name;
    return (Formals){owner, names, optional, args.len, first};
}

static void begin_list(FuncState *fs, const Formals *formals, ArgList *list) {
    uint32_t count = formals->count + 1;
    *list = (ArgList){.count = formals->count};
    list->nodes = arena_array(fs->sema->arena, const Node *, count);
    list->operands = arena_array(fs->sema->arena, Operand, count);
    list->given = arena_array(fs->sema->arena, bool, count);
    list->order = arena_array(fs->sema->arena, uint32_t, count);
}

static void give(ArgList *list, uint32_t formal, const Node *node) {
    list->nodes[formal] = node;
    list->given[formal] = true;
    list->order[list->order_count++] = formal;
}

static bool too_many(FuncState *fs, const Formals *formals, const Node *node, uint32_t given) {
    uint32_t takes = formals->count - formals->first;
    diag(fs->sema->diags, node->span, W0241, formals->owner, takes, takes == 1 ? "" : "s", given);
    return false;
}

static bool give_by_name(FuncState *fs, const Formals *formals, const Node *keyword,
                         ArgList *list) {
    Diags *diags = fs->sema->diags;
    for (uint32_t i = formals->first; i < formals->count; i++) {
        if (formals->names[i] != keyword->keyword.name)
            continue;
        if (list->given[i]) {
            diag(diags, keyword->keyword.name_span, W0243, keyword->keyword.name);
            return false;
        }
        give(list, i, keyword->keyword.value);
        return true;
    }
    Diag *d = diag(diags, keyword->keyword.name_span, W0242, formals->owner, keyword->keyword.name);
    const char *nearest = nearest_word(keyword->keyword.name, formals->names + formals->first,
                                       formals->count - formals->first);
    if (nearest) {
        diag_note(d, keyword->keyword.name_span, "did you mean %s?", nearest);
        diag_fix(d, keyword->keyword.name_span, "%s", nearest);
    }
    return false;
}

static bool check_missing(FuncState *fs, const Formals *formals, const Node *node,
                          const ArgList *list) {
    Text missing = {.arena = fs->sema->arena};
    for (uint32_t i = formals->first; i < formals->count; i++)
        if (!list->given[i] && !formals->optional[i])
            text_printf(&missing, missing.len ? ", %s" : "%s", formals->names[i]);
    if (missing.len)
        diag(fs->sema->diags, node->span, W0240, formals->owner, text_cstr(&missing));
    return missing.len == 0;
}

bool match_arguments(FuncState *fs, const Formals *formals, const Node *call, ArgList *list) {
    NodeList args = call->call.args;
    uint32_t next = formals->first;
    bool ok = true;
    begin_list(fs, formals, list);
    for (uint32_t i = 0; i < args.len; i++) {
        const Node *arg = args.items[i];
        if (arg->kind == NODE_KEYWORD) {
            ok &= give_by_name(fs, formals, arg, list);
            continue;
        }
        if (next >= formals->count)
            return too_many(fs, formals, call, args.len);
        if (list->given[next]) {
            diag(fs->sema->diags, arg->span, W0243, formals->names[next]);
            return false;
        }
        give(list, next++, arg);
    }
    return ok && check_missing(fs, formals, call, list);
}

bool match_operands(FuncState *fs, const Formals *formals, Operand *args, uint32_t count,
                    const Node *node, ArgList *list) {
    begin_list(fs, formals, list);
    if (count > formals->count)
        return too_many(fs, formals, node, count - formals->first);
    for (uint32_t i = 0; i < count; i++) {
        give(list, i, NULL);
        list->operands[i] = args[i];
    }
    if (count < formals->first)
        weft_bug("%s is called without its receiver", formals->owner);
    return check_missing(fs, formals, node, list);
}
