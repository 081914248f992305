/* kernel(args) and kernel.launch(grid=..., block=...)(args) from host code. The arguments go the way of every
 * call's (call_args.c); here the shape that replaces the kernel's own is read. */
#include "sema/host.h"
#include "sema/structure.h"

/* grid=(gx, gy): up to three sizes; those that are missing are 1, those below zero count as zero. */
static bool read_sizes(FuncState *fs, const Node *node, const char *what, Value **sizes) {
    uint32_t count = node->kind == NODE_TUPLE ? node->list.len : 1;
    if (count == 0 || count > 3) {
        diag(fs->sema->diags, node->span, W0478, what, count);
        return false;
    }
    for (uint32_t i = 0; i < 3; i++) {
        const Node *size = node->kind == NODE_TUPLE && i < count ? node->list.items[i] : node;
        Value *value = i < count ? check_value(fs, size, fs->sema->types->i64, what) : build_i64(&fs->b, 1);
        if (!value)
            return false;
        sizes[i] = build2(&fs->b, OP_ARITH_MAX, value, build_i64(&fs->b, 0));
    }
    return true;
}

static bool check_block(FuncState *fs, const Node *node, Value *const *sizes) {
    uint32_t known[3] = {0};
    for (uint32_t i = 0; i < 3; i++)
        if (value_constant(sizes[i]))
            known[i] = known_size(value_constant(sizes[i]));
    return block_fits(fs, known, 0, node);
}

static bool read_shape(FuncState *fs, const Closure *kernel, const Node *options, LaunchShape *shape) {
    const Node *nodes[2];
    if (kernel->decl->kernel->over) {
        diag(fs->sema->diags, options->span, W0479, kernel->decl->name);
        return false;
    }
    if (!sort_arguments(fs, options, "launch", "grid block", 0, nodes))
        return false;
    shape->override = nodes[0] && nodes[1] ? "grid block" : nodes[0] ? "grid" : "block";
    static const char *const what[] = {"grid=", "block="};
    for (uint32_t i = 0; i < 2; i++) {
        if (!nodes[i])
            continue;
        Value **sizes = shape->sizes + shape->size_count;
        if (!read_sizes(fs, nodes[i], what[i], sizes) || (i == 1 && !check_block(fs, nodes[i], sizes)))
            return false;
        shape->size_count += 3;
    }
    return true;
}

Operand check_launch(FuncState *fs, Closure *kernel, const Node *call, const Node *launch_options) {
    LaunchShape shape = {0};
    ArgList list;
    if (launch_options && !read_shape(fs, kernel, launch_options, &shape))
        return operand_poison(call);
    Formals formals = formals_of(fs, kernel->decl, 0);
    if (!match_arguments(fs, &formals, call, &list))
        return operand_poison(call);
    return launch_with(fs, kernel, &list, call, &shape);
}
