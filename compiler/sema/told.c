/* One mistake gives one message: what a function says again and again is told where it says it first. */
#include "sema/context.h"

static const Node *node_around(NodeList nodes, Span span) {
    for (uint32_t i = 0; i < nodes.len; i++) {
        Span whole = nodes.items[i]->span;
        if (whole.file == span.file && whole.start <= span.start && span.start < whole.end)
            return nodes.items[i];
    }
    return NULL;
}

/* The function, struct or comptime name of the module that the text at `span` is part of. */
static const Node *item_around(const SourceModule *module, Span span) {
    return node_around(module->tree ? module->tree->module.items : (NodeList){0}, span);
}

/* Whether it was told of another place within `whole`. What is muted is told to nobody. */
static bool was_told(FuncState *fs, DiagCode code, const void *what, const Node *whole, Span span) {
    Sema *sema = fs->sema;
    uint64_t key = hash_with(hash_with(hash_with(code, what), fs->module), whole);
    const Span *before = map_get(&sema->told, key);
    if (!before && !diags_are_muted(sema->diags))
        map_put(&sema->told, key, arena_copy(sema->arena, &span, sizeof span));
    bool elsewhere = before && (before->start != span.start || before->file != span.file);
    if (elsewhere)
        diags_repeat(sema->diags);
    return elsewhere;
}

bool told_in_item(FuncState *fs, DiagCode code, const void *what, Span span) {
    return was_told(fs, code, what, item_around(fs->module, span), span);
}

bool told_in_function(FuncState *fs, DiagCode code, const void *what, Span span) {
    const Node *item = item_around(fs->module, span);
    const Node *method = item && item->kind == NODE_STRUCT ? node_around(item->struct_.members, span) : NULL;
    return was_told(fs, code, what, method ? method : item, span);
}
