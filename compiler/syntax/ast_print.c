/* The tree as text, one node a line: its kind, what it says itself, and the bytes it spans. The nodes
 * under it are indented; a label tells their part.
 *
 *     assign [61..72)
 *       target: name "y" [61..62)
 *       value: binary * [65..72)
 *
 * It keeps its own stack, since a long sum leans far to the left, and indents no further than
 * DEEPEST_SHOWN, so that the text stays in proportion to the tree. */
#include "syntax/ast.h"

#include "base/json.h"
#include "base/vec.h"

enum { DEEPEST_SHOWN = 100 };

typedef struct Pending {
    const Node *node;
    const char *label;
    uint32_t depth;
} Pending;

typedef struct Printer {
    Text *out;
    VEC(Pending) stack;
    uint32_t depth; /* of the children being pushed */
} Printer;

static void put_quoted(Printer *pr, Name name) {
    Json json = {.out = pr->out};
    text_putc(pr->out, ' ');
    json_chars(&json, name, name_len(name));
}

static void put_name(Printer *pr, const char *label, Name name) {
    if (!name)
        return;
    text_printf(pr->out, " %s", label);
    put_quoted(pr, name);
}

static void child(Printer *pr, const char *label, const Node *node) {
    if (!node)
        return;
    Pending item = {node, label, pr->depth};
    vec_push(pr->out->arena, &pr->stack, item);
}

static void children(Printer *pr, const char *label, NodeList list) {
    for (uint32_t i = 0; i < list.len; i++)
        child(pr, label, list.items[i]);
}

static void put_fstring(Printer *pr, const Node *n) {
    for (uint32_t i = 0; i < n->fstring.len; i++) {
        const FStringPart *part = &n->fstring.parts[i];
        put_quoted(pr, part->text);
        if (part->value)
            text_printf(pr->out, " {%s%s}", part->format ? ":" : "", part->format ? part->format : "");
        child(pr, "value", part->value);
    }
}

static void put_compare(Printer *pr, const Node *n) {
    for (uint32_t i = 0; i < n->compare.len; i++) {
        if (i > 0)
            text_printf(pr->out, " %s", operator_text(n->compare.ops[i - 1]));
        child(pr, NULL, n->compare.operands[i]);
    }
}

static void put_import(Printer *pr, const Node *n) {
    text_printf(pr->out, "%s%s", n->import.c_header ? " c" : "", n->import.from ? " from" : "");
    put_quoted(pr, n->import.module);
    put_name(pr, "as", n->import.as);
    if (n->import.everything)
        text_puts(pr->out, " *");
    for (uint32_t i = 0; i < n->import.len; i++) {
        put_quoted(pr, n->import.names[i]);
        if (n->import.renamed[i] != n->import.names[i])
            put_name(pr, "as", n->import.renamed[i]);
    }
}

static void put_func(Printer *pr, const Node *n) {
    put_quoted(pr, n->func.name);
    put_name(pr, "doc", n->func.docstring);
    children(pr, NULL, n->func.decorators);
    children(pr, NULL, n->func.params);
    children(pr, NULL, n->func.args);
    child(pr, "result", n->func.result);
    children(pr, "where", n->func.where);
    children(pr, NULL, n->func.body);
}

static void put_struct(Printer *pr, const Node *n) {
    put_quoted(pr, n->struct_.name);
    put_name(pr, "doc", n->struct_.docstring);
    children(pr, NULL, n->struct_.decorators);
    children(pr, NULL, n->struct_.params);
    children(pr, NULL, n->struct_.members);
}

/* What the node says itself goes to the text; the nodes under it go on the stack, first to last. */
static void put_node(Printer *pr, const Node *n) {
    static const char *const modes[] = {"", " mut", " out"};
    switch (n->kind) {
    case NODE_INT: text_printf(pr->out, " %s", n->integer.text); break;
    case NODE_FLOAT: text_printf(pr->out, " %s", n->real.text); break;
    case NODE_STRING: put_quoted(pr, n->string); break;
    case NODE_FSTRING: put_fstring(pr, n); break;
    case NODE_BOOL: text_puts(pr->out, n->boolean ? " True" : " False"); break;
    case NODE_NAME: put_quoted(pr, n->name); break;
    case NODE_TUPLE: case NODE_LIST: children(pr, NULL, n->list); break;
    case NODE_UNARY:
        text_printf(pr->out, " %s", operator_text(n->unary.op));
        child(pr, NULL, n->unary.operand);
        break;
    case NODE_BINARY:
        text_printf(pr->out, " %s", operator_text(n->binary.op));
        child(pr, NULL, n->binary.left);
        child(pr, NULL, n->binary.right);
        break;
    case NODE_COMPARE: put_compare(pr, n); break;
    case NODE_CONDITIONAL:
        child(pr, "if", n->conditional.condition);
        child(pr, "then", n->conditional.if_true);
        child(pr, "else", n->conditional.if_false);
        break;
    case NODE_LAMBDA:
        for (uint32_t i = 0; i < n->lambda.len; i++)
            put_quoted(pr, n->lambda.names[i]);
        child(pr, NULL, n->lambda.body);
        break;
    case NODE_CALL:
        child(pr, "callee", n->call.callee);
        children(pr, NULL, n->call.args);
        break;
    case NODE_INDEX:
        child(pr, "base", n->index.base);
        children(pr, NULL, n->index.items);
        break;
    case NODE_ATTRIBUTE:
        put_quoted(pr, n->attribute.name);
        child(pr, NULL, n->attribute.base);
        break;
    case NODE_SLICE:
        child(pr, "start", n->slice.start);
        child(pr, "stop", n->slice.stop);
        child(pr, "step", n->slice.step);
        break;
    case NODE_KEYWORD:
        put_quoted(pr, n->keyword.name);
        child(pr, NULL, n->keyword.value);
        break;
    case NODE_FUNC_TYPE:
        children(pr, NULL, n->func_type.args);
        child(pr, "result", n->func_type.result);
        break;
    case NODE_ASSIGN:
        text_puts(pr->out, n->assign.var ? " var" : "");
        children(pr, "target", n->assign.targets);
        child(pr, "type", n->assign.type);
        child(pr, "value", n->assign.value);
        break;
    case NODE_AUGMENTED:
        text_printf(pr->out, " %s=", operator_text(n->augmented.op));
        child(pr, "target", n->augmented.target);
        child(pr, "value", n->augmented.value);
        break;
    case NODE_EXPR_STMT: case NODE_RETURN: child(pr, NULL, n->expr); break;
    case NODE_ASSERT:
        child(pr, "condition", n->assertion.condition);
        child(pr, "message", n->assertion.message);
        break;
    case NODE_IF:
        child(pr, "condition", n->if_.condition);
        children(pr, "then", n->if_.then);
        children(pr, "else", n->if_.otherwise);
        break;
    case NODE_WHILE:
        child(pr, "condition", n->while_.condition);
        children(pr, NULL, n->while_.body);
        break;
    case NODE_FOR:
        children(pr, "target", n->for_.targets);
        child(pr, "in", n->for_.iterable);
        children(pr, NULL, n->for_.body);
        break;
    case NODE_COMPTIME_ASSIGN:
        put_quoted(pr, n->comptime_assign.name);
        child(pr, NULL, n->comptime_assign.value);
        break;
    case NODE_IMPORT: put_import(pr, n); break;
    case NODE_FUNC: put_func(pr, n); break;
    case NODE_STRUCT: put_struct(pr, n); break;
    case NODE_FIELD:
        put_quoted(pr, n->field.name);
        child(pr, "type", n->field.type);
        child(pr, "default", n->field.default_value);
        break;
    case NODE_PARAM:
        put_quoted(pr, n->param.name);
        child(pr, "kind", n->param.kind);
        child(pr, "default", n->param.default_value);
        break;
    case NODE_ARG:
        text_puts(pr->out, modes[n->arg.mode]);
        put_quoted(pr, n->arg.name);
        child(pr, "type", n->arg.type);
        child(pr, "default", n->arg.default_value);
        break;
    case NODE_DECORATOR:
        put_quoted(pr, n->decorator.name);
        text_puts(pr->out, n->decorator.called ? " ()" : "");
        children(pr, NULL, n->decorator.args);
        break;
    case NODE_MODULE:
        put_name(pr, "doc", n->module.docstring);
        children(pr, NULL, n->module.items);
        break;
    case NODE_ERROR: case NODE_NONE_VALUE: case NODE_BREAK: case NODE_CONTINUE: case NODE_PASS:
    case NODE_KIND_COUNT: break;
    }
}

/* Children were pushed first to last; the first is to come off first. */
static void reverse_from(Printer *pr, uint32_t mark) {
    for (uint32_t i = mark, j = pr->stack.len; i + 1 < j; i++) {
        Pending held = pr->stack.items[i];
        pr->stack.items[i] = pr->stack.items[--j];
        pr->stack.items[j] = held;
    }
}

void ast_print(Text *out, const Node *node) {
    Printer pr = {.out = out};
    child(&pr, NULL, node);
    while (pr.stack.len) {
        Pending item = vec_pop(&pr.stack);
        uint32_t mark = pr.stack.len;
        for (uint32_t i = 0; i < item.depth && i < DEEPEST_SHOWN; i++)
            text_puts(out, "  ");
        text_printf(out, "%s%s%s%s", item.label ? item.label : "", item.label ? ": " : "",
                    item.node->comptime ? "comptime " : "", node_kind_name(item.node->kind));
        pr.depth = item.depth + 1;
        put_node(&pr, item.node);
        reverse_from(&pr, mark);
        text_printf(out, " [%u..%u)\n", item.node->span.start, item.node->span.end);
    }
}
