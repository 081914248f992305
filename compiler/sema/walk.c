/* Walks over the syntax tree that need no types: which names a function declares, which a loop may
 * write, which a lambda mentions. They err on the side of too many: a loop that carries a variable
 * which nothing writes drops it again (loops.c). */
#include "sema/structure.h"

static void visit_list(NodeList list, NodeVisit visit, void *context) {
    for (uint32_t i = 0; i < list.len; i++)
        visit(list.items[i], context);
}

static void visit_one(const Node *node, NodeVisit visit, void *context) {
    if (node)
        visit(node, context);
}

static void statement_children(const Node *node, NodeVisit visit, void *context) {
    switch (node->kind) {
    case NODE_ASSIGN:
        visit_list(node->assign.targets, visit, context);
        visit_one(node->assign.type, visit, context);
        visit_one(node->assign.value, visit, context);
        break;
    case NODE_AUGMENTED:
        visit_one(node->augmented.target, visit, context);
        visit_one(node->augmented.value, visit, context);
        break;
    case NODE_EXPR_STMT:
    case NODE_RETURN: visit_one(node->expr, visit, context); break;
    case NODE_ASSERT:
        visit_one(node->assertion.condition, visit, context);
        visit_one(node->assertion.message, visit, context);
        break;
    case NODE_IF:
        visit_one(node->if_.condition, visit, context);
        visit_list(node->if_.then, visit, context);
        visit_list(node->if_.otherwise, visit, context);
        break;
    case NODE_WHILE:
        visit_one(node->while_.condition, visit, context);
        visit_list(node->while_.body, visit, context);
        break;
    case NODE_FOR:
        visit_list(node->for_.targets, visit, context);
        visit_one(node->for_.iterable, visit, context);
        visit_list(node->for_.body, visit, context);
        break;
    case NODE_COMPTIME_ASSIGN: visit_one(node->comptime_assign.value, visit, context); break;
    case NODE_FUNC:
        visit_list(node->func.args, visit, context);
        visit_one(node->func.result, visit, context);
        visit_list(node->func.body, visit, context);
        break;
    case NODE_ARG:
        visit_one(node->arg.type, visit, context);
        visit_one(node->arg.default_value, visit, context);
        break;
    default: break;
    }
}

void node_children(const Node *node, NodeVisit visit, void *context) {
    switch (node->kind) {
    case NODE_FSTRING:
        for (uint32_t i = 0; i < node->fstring.len; i++)
            visit_one(node->fstring.parts[i].value, visit, context);
        break;
    case NODE_TUPLE:
    case NODE_LIST: visit_list(node->list, visit, context); break;
    case NODE_UNARY: visit_one(node->unary.operand, visit, context); break;
    case NODE_BINARY:
        visit_one(node->binary.left, visit, context);
        visit_one(node->binary.right, visit, context);
        break;
    case NODE_COMPARE:
        for (uint32_t i = 0; i < node->compare.len; i++)
            visit_one(node->compare.operands[i], visit, context);
        break;
    case NODE_CONDITIONAL:
        visit_one(node->conditional.if_true, visit, context);
        visit_one(node->conditional.condition, visit, context);
        visit_one(node->conditional.if_false, visit, context);
        break;
    case NODE_LAMBDA: visit_one(node->lambda.body, visit, context); break;
    case NODE_CALL:
        visit_one(node->call.callee, visit, context);
        visit_list(node->call.args, visit, context);
        break;
    case NODE_INDEX:
        visit_one(node->index.base, visit, context);
        visit_list(node->index.items, visit, context);
        break;
    case NODE_ATTRIBUTE: visit_one(node->attribute.base, visit, context); break;
    case NODE_SLICE:
        visit_one(node->slice.start, visit, context);
        visit_one(node->slice.stop, visit, context);
        visit_one(node->slice.step, visit, context);
        break;
    case NODE_KEYWORD: visit_one(node->keyword.value, visit, context); break;
    case NODE_FUNC_TYPE:
        visit_list(node->func_type.args, visit, context);
        visit_one(node->func_type.result, visit, context);
        break;
    default: statement_children(node, visit, context);
    }
}

/* ------------------------------------------------------------------ sets of names */

static void add_name(NameSet *set, Name name, const Node *node) {
    set->has.arena = set->arena;
    if (map_has_ptr(&set->has, name))
        return;
    map_put_ptr(&set->has, name, (void *)node);
    vec_push(set->arena, &set->names, name);
    vec_push(set->arena, &set->nodes, node);
}

static void add_target(const Node *target, NameSet *set) {
    if (target->kind == NODE_NAME)
        add_name(set, target->name, target);
    for (uint32_t i = 0; target->kind == NODE_TUPLE && i < target->list.len; i++)
        add_target(target->list.items[i], set);
}

static void add_declared(const Node *node, void *context) {
    NameSet *set = context;
    if (node->kind == NODE_FUNC || node->kind == NODE_LAMBDA)
        return;
    if (node->kind == NODE_ASSIGN)
        for (uint32_t i = 0; i < node->assign.targets.len; i++)
            add_target(node->assign.targets.items[i], set);
    if (node->kind == NODE_AUGMENTED)
        add_target(node->augmented.target, set);
    if (node->kind == NODE_FOR && !node->comptime)
        for (uint32_t i = 0; i < node->for_.targets.len; i++)
            add_target(node->for_.targets.items[i], set);
    if (node->kind == NODE_IF || node->kind == NODE_WHILE || node->kind == NODE_FOR)
        node_children(node, add_declared, set);
}

void scan_declared(NodeList statements, NameSet *set) {
    visit_list(statements, add_declared, set);
}

/* The variable whose memory or value a place is part of. */
static void add_base(const Node *place, NameSet *set) {
    while (place->kind == NODE_ATTRIBUTE || place->kind == NODE_INDEX)
        place = place->kind == NODE_ATTRIBUTE ? place->attribute.base : place->index.base;
    if (place->kind == NODE_NAME)
        add_name(set, place->name, place);
}

static void add_written(const Node *node, void *context) {
    NameSet *set = context;
    if (node->kind == NODE_FUNC || node->kind == NODE_LAMBDA)
        return;
    add_declared(node, set);
    if (node->kind == NODE_ASSIGN)
        for (uint32_t i = 0; i < node->assign.targets.len; i++)
            add_base(node->assign.targets.items[i], set);
    if (node->kind == NODE_AUGMENTED)
        add_base(node->augmented.target, set);
    if (node->kind == NODE_CALL) {
        for (uint32_t i = 0; i < node->call.args.len; i++) {
            const Node *arg = node->call.args.items[i];
            add_base(arg->kind == NODE_KEYWORD ? arg->keyword.value : arg, set);
        }
        if (node->call.callee->kind == NODE_ATTRIBUTE || node->call.callee->kind == NODE_NAME)
            add_base(node->call.callee, set);
    }
    node_children(node, add_written, set);
}

void scan_written(NodeList statements, NameSet *set) {
    visit_list(statements, add_written, set);
}
void scan_written_by(const Node *expr, NameSet *set) {
    add_written(expr, set);
}

static void add_mentioned(const Node *node, void *context) {
    if (node->kind == NODE_NAME)
        add_name(context, node->name, node);
    node_children(node, add_mentioned, context);
}

void scan_mentioned(const Node *node, NameSet *set) {
    add_mentioned(node, set);
}

typedef struct TargetCount {
    Name name;
    uint32_t count;
} TargetCount;

static void count_target(const Node *target, TargetCount *counted) {
    counted->count += target->kind == NODE_NAME && target->name == counted->name;
    for (uint32_t i = 0; target->kind == NODE_TUPLE && i < target->list.len; i++)
        count_target(target->list.items[i], counted);
}

static void count_assigned(const Node *node, void *context) {
    if (node->kind == NODE_ASSIGN)
        for (uint32_t i = 0; i < node->assign.targets.len; i++)
            count_target(node->assign.targets.items[i], context);
    if (node->kind == NODE_IF || node->kind == NODE_WHILE || node->kind == NODE_FOR)
        node_children(node, count_assigned, context);
}

uint32_t count_assignments(NodeList statements, Name name) {
    TargetCount counted = {.name = name};
    visit_list(statements, count_assigned, &counted);
    return counted.count;
}

static void find_exit(const Node *node, void *context) {
    bool *found = context;
    *found |= node->kind == NODE_BREAK || node->kind == NODE_CONTINUE;
    if (node->kind == NODE_IF)
        node_children(node, find_exit, context);
    if (node->kind == NODE_FOR && node->comptime)
        node_children(node, find_exit, context);
}

bool has_loop_exit(NodeList statements) {
    bool found = false;
    visit_list(statements, find_exit, &found);
    return found;
}

const char *source_text(Sema *sema, Span span) {
    const SourceFile *file = sources_get(sema->sources, span.file);
    Text text = {.arena = sema->arena};
    bool blank = false;
    for (uint32_t i = span.start; file && i < span.end && i < file->len; i++) {
        char c = file->chars[i];
        bool is_space = c == '\n' || c == '\r' || c == ' ' || c == '\\';
        if (!is_space) {
            if (blank && text.len)
                text_putc(&text, ' ');
            text_putc(&text, c);
        }
        blank = is_space;
    }
    return text_cstr(&text);
}
