/* A module from text: first all structs and functions' headers, so that a call may name a function
 * further down, then the bodies. */
#include "ir/parse_internal.h"
#include "ir/print.h"
#include "ir/print_internal.h"
#include "ir/verify.h"

typedef struct HeaderName {
    Name name;
    Span span;
    bool is_dim;
    uint32_t index;
} HeaderName;

/* A dim of an argument's type that is the name of a dim or an argument, perhaps of a later one. */
typedef struct DimName {
    FuncDim *dim;
    Name name;
    Span span;
} DimName;

typedef struct Header {
    VEC(HeaderName) names;
    VEC(DimName) dim_names;
    VEC(FuncDimName) dims;
    VEC(FuncArg) args;
    VEC(const Type *) results;
} Header;

/* @f of a kernel's shape or where, found when all functions are known. */
typedef struct FuncRef {
    KernelInfo *kernel;
    int32_t where; /* -1: the shape */
    Name name;
    Span span;
} FuncRef;

typedef struct Body {
    Func *func;
    HeaderName *names;
    uint32_t name_count, start; /* the place behind its brace */
} Body;

typedef struct Reader {
    Parser parser;
    VEC(FuncRef) refs;
    VEC(Body) bodies;
} Reader;

/* --- structs --- */

static Name read_field_name(Parser *p) {
    Name name = NULL;
    if (peek_char(p) == '"')
        return read_string(p, &name) ? name : NULL;
    name = read_word(p);
    if (!name)
        expected(p, "a field");
    return name;
}

static bool read_struct_declaration(Parser *p) {
    VEC(const Type *) types = {0};
    VEC(Name) names = {0};
    skip_space(p);
    uint32_t start = p->at;
    Name name = read_symbol(p, '!');
    Span span = scan_span_from(p, start);
    if (!name || !expect_char(p, '{'))
        return false;
    while (!take_char(p, '}')) {
        if (types.len && !expect_char(p, ','))
            return false;
        Name field = read_field_name(p);
        const Type *t = field && expect_char(p, ':') ? read_type(p) : NULL;
        if (!t)
            return false;
        vec_push(p->arena, &names, field);
        vec_push(p->arena, &types, t);
    }
    if (map_has_ptr(&p->structs, name)) {
        parse_error(p, span, W0805, arena_printf(p->arena, "!%s", name));
        return false;
    }
    map_put_ptr(&p->structs, name,
                (void *)type_struct(p->types, name, types.items, names.items, types.len, NULL));
    return true;
}

/* --- a function's inputs --- */

static bool read_arg_dim(Parser *p, Header *h, FuncDim *dim) {
    *dim = (FuncDim){.extent = -1, .dim = -1, .arg = -1};
    skip_space(p);
    uint32_t start = p->at;
    if (peek_char(p) != '%') {
        unsigned __int128 extent;
        if (!read_number(p, &extent))
            return false;
        if (extent > INT64_MAX) {
            parse_error(p, scan_span_from(p, start), W0810, "an extent fits an i64");
            return false;
        }
        dim->extent = (int64_t)extent;
        return true;
    }
    Name name = read_symbol(p, '%');
    if (!name)
        return false;
    vec_push(p->arena, &h->dim_names, ((DimName){dim, name, scan_span_from(p, start)}));
    return true;
}

/* [%N, 4]: one for each dim of the view. Without it they are the extents that the type has. */
static bool read_arg_dims(Parser *p, Header *h, FuncArg *arg) {
    if (arg->type->kind != TYPE_VIEW)
        return true;
    arg->dims = arena_array(p->arena, FuncDim, arg->type->rank);
    bool given = take_char(p, '[');
    for (uint32_t i = 0; i < arg->type->rank; i++) {
        arg->dims[i] = (FuncDim){.extent = arg->type->extents[i], .dim = -1, .arg = -1};
        if (given && ((i && !expect_char(p, ',')) || !read_arg_dim(p, h, &arg->dims[i])))
            return false;
    }
    return !given || expect_char(p, ']');
}

static bool read_input(Parser *p, Header *h) {
    FuncArg arg = {.mode = take_word(p, "mut")   ? FUNC_ARG_MUT
                           : take_word(p, "out") ? FUNC_ARG_OUT
                                                 : FUNC_ARG_READ};
    skip_space(p);
    uint32_t start = p->at;
    Name name = read_symbol(p, '%');
    arg.span = scan_span_from(p, start);
    if (!name || !expect_char(p, ':'))
        return false;
    arg.name = value_hint(p, name);
    if (peek_word(p, "dim")) {
        if (h->args.len || arg.mode != FUNC_ARG_READ)
            return expected(p, "a type: the dims stand before the arguments");
        take_word(p, "dim");
        vec_push(p->arena, &h->names, ((HeaderName){name, arg.span, true, h->dims.len}));
        vec_push(p->arena, &h->dims, (FuncDimName){arg.name});
        return true;
    }
    arg.type = read_type(p);
    if (!arg.type || !read_arg_dims(p, h, &arg))
        return false;
    vec_push(p->arena, &h->names, ((HeaderName){name, arg.span, false, h->args.len}));
    vec_push(p->arena, &h->args, arg);
    return true;
}

static bool resolve_dims(Parser *p, Header *h) {
    Map by_name = {.arena = p->arena};
    VEC_FOR_EACH (i, &h->names) {
        if (map_has_ptr(&by_name, h->names.items[i].name)) {
            parse_error(p, h->names.items[i].span, W0805,
                        arena_printf(p->arena, "%%%s", h->names.items[i].name));
            return false;
        }
        map_put_ptr(&by_name, h->names.items[i].name, &h->names.items[i]);
    }
    VEC_FOR_EACH (i, &h->dim_names) {
        const DimName *use = &h->dim_names.items[i];
        const HeaderName *found = map_get_ptr(&by_name, use->name);
        if (!found) {
            parse_error(p, use->span, W0804, use->name);
            return false;
        }
        if (found->is_dim)
            use->dim->dim = (int32_t)found->index;
        else
            use->dim->arg = (int32_t)found->index;
    }
    return true;
}

static bool read_inputs(Parser *p, Header *h) {
    if (!expect_char(p, '('))
        return false;
    while (!take_char(p, ')'))
        if ((h->names.len && !expect_char(p, ',')) || !read_input(p, h))
            return false;
    return resolve_dims(p, h);
}

static bool read_result_types(Parser *p, Header *h) {
    if (!take_char(p, '-'))
        return true;
    if (!expect_char(p, '>'))
        return false;
    do {
        const Type *t = read_type(p);
        if (!t)
            return false;
        vec_push(p->arena, &h->results, t);
    } while (take_char(p, ','));
    return true;
}

/* --- a function's options --- */

typedef struct FlagOption {
    const char *word;
    size_t offset; /* of a bool in Func */
} FlagOption;

static const FlagOption flag_options[] = {
    {"flat", offsetof(Func, flat)},
    {"test", offsetof(Func, is_test)},
    {"bench", offsetof(Func, is_bench)},
    {"main", offsetof(Func, is_main)},
    {"inline", offsetof(Func, always_inline)},
    {"strict_host", offsetof(Func, strict_host)},
};

typedef struct CountOption {
    const char *word;
    size_t offset; /* of a 32-bit number in KernelInfo */
    uint32_t limit;
} CountOption;

static const CountOption count_options[] = {
    {"over", offsetof(KernelInfo, over_rank), 4},
    {"width", offsetof(KernelInfo, width), INT32_MAX},
    {"unroll", offsetof(KernelInfo, unroll), INT32_MAX},
    {"max_threads", offsetof(KernelInfo, max_threads), INT32_MAX},
    {"min_blocks", offsetof(KernelInfo, min_blocks), INT32_MAX},
    {"cluster", offsetof(KernelInfo, cluster), INT32_MAX},
};

static bool read_func_ref(Reader *r, KernelInfo *kernel, int32_t where) {
    Parser *p = &r->parser;
    skip_space(p);
    uint32_t start = p->at;
    Name name = read_symbol(p, '@');
    if (!name)
        return false;
    vec_push(p->arena, &r->refs, ((FuncRef){kernel, where, name, scan_span_from(p, start)}));
    return true;
}

static bool read_where(Reader *r, KernelInfo *kernel) {
    KernelWhere *grown = arena_array(r->parser.arena, KernelWhere, kernel->where_count + 1);
    for (uint32_t i = 0; i < kernel->where_count; i++)
        grown[i] = kernel->where[i];
    kernel->where = grown;
    Name text;
    if (!read_func_ref(r, kernel, (int32_t)kernel->where_count) || !read_string(&r->parser, &text))
        return false;
    kernel->where[kernel->where_count++].text = text;
    return true;
}

static bool read_block_sizes(Parser *p, KernelInfo *kernel) {
    for (uint32_t i = 0; i < 3; i++)
        if ((i && !expect_char(p, ',')) || !read_count(p, INT32_MAX, &kernel->block[i]))
            return false;
    return true;
}

static bool read_math(Parser *p, KernelInfo *kernel) {
    if (take_word(p, "strict"))
        kernel->math = MATH_STRICT;
    else if (take_word(p, "fast"))
        kernel->math = MATH_FAST;
    else
        return expected(p, "'strict' or 'fast'");
    return true;
}

/* `*known` is false when the word is no option of a kernel's; nothing is read then. */
static bool read_kernel_option(Reader *r, KernelInfo *kernel, bool *known) {
    Parser *p = &r->parser;
    *known = true;
    for (uint32_t i = 0; i < sizeof count_options / sizeof *count_options; i++)
        if (take_word(p, count_options[i].word))
            return read_count(p, count_options[i].limit,
                              (uint32_t *)((char *)kernel + count_options[i].offset));
    if (take_word(p, "shape"))
        return read_func_ref(r, kernel, -1);
    if (take_word(p, "where"))
        return read_where(r, kernel);
    if (take_word(p, "block"))
        return read_block_sizes(p, kernel);
    if (take_word(p, "math"))
        return read_math(p, kernel);
    if (take_word(p, "index_i32"))
        return kernel->index_i32 = true;
    *known = false;
    return true;
}

static bool read_level(Parser *p, Func *func) {
    if (take_word(p, "host"))
        func->level = LEVEL_HOST;
    else if (take_word(p, "kernel"))
        func->level = LEVEL_KERNEL;
    else if (take_word(p, "vector"))
        func->level = LEVEL_VECTOR;
    else
        return expected(p, "'host', 'kernel' or 'vector'");
    return true;
}

static bool read_doc(Parser *p, Func *func) {
    Name doc;
    if (!read_string(p, &doc))
        return false;
    func->doc = doc;
    return true;
}

static bool read_option(Reader *r, Func *func) {
    Parser *p = &r->parser;
    for (uint32_t i = 0; i < sizeof flag_options / sizeof *flag_options; i++)
        if (take_word(p, flag_options[i].word))
            return *(bool *)((char *)func + flag_options[i].offset) = true;
    if (take_word(p, "level"))
        return read_level(p, func);
    if (take_word(p, "export"))
        return read_string(p, &func->export_name);
    if (take_word(p, "doc"))
        return read_doc(p, func);
    bool known = false;
    if (func->kernel && !read_kernel_option(r, func->kernel, &known))
        return false;
    if (known)
        return true;
    uint32_t start = p->at;
    Name word = read_word(p);
    if (!word)
        return expected(p, "an option of the function");
    parse_error(p, scan_span_from(p, start), W0817, word);
    return false;
}

static bool is_at_option(Parser *p) {
    return is_name_char(peek_char(p)) && !peek_word(p, "func") && !peek_word(p, "struct");
}

/* --- functions --- */

/* To behind the brace that closes the one that was read. */
static bool skip_body(Parser *p) {
    for (uint32_t open = 1; open > 0;) {
        skip_space(p);
        if (p->at >= p->file->len)
            return expected(p, "'}'");
        char c = p->file->chars[p->at];
        Name string;
        if (c == '"') {
            if (!read_string(p, &string))
                return false;
            continue;
        }
        open += (c == '{') - (c == '}');
        p->at++;
    }
    return true;
}

static bool read_kind(Parser *p, FuncKind *kind) {
    if (take_word(p, "device"))
        *kind = FUNC_DEVICE;
    else if (take_word(p, "kernel"))
        *kind = FUNC_KERNEL;
    else if (take_word(p, "host"))
        *kind = FUNC_HOST;
    else
        return expected(p, "'device', 'kernel' or 'host'");
    return true;
}

static Func *make_func(Parser *p, FuncKind kind, Name name, Span span, const Header *h) {
    if (module_find(p->module, name)) {
        parse_error(p, span, W0805, arena_printf(p->arena, "@%s", name));
        return NULL;
    }
    Func *func = func_create(p->module, kind, name, h->dims.items, h->dims.len, h->args.items,
                             h->args.len, h->results.items, h->results.len);
    func->span = span;
    return func;
}

static bool read_func(Reader *r) {
    Parser *p = &r->parser;
    Header h = {0};
    FuncKind kind = FUNC_DEVICE;
    if (!read_kind(p, &kind))
        return false;
    skip_space(p);
    uint32_t start = p->at;
    Name name = read_symbol(p, '@');
    Span span = scan_span_from(p, start);
    if (!name || !read_inputs(p, &h) || !read_result_types(p, &h))
        return false;
    Func *func = make_func(p, kind, name, span, &h);
    if (!func)
        return false;
    while (is_at_option(p))
        if (!read_option(r, func))
            return false;
    if (!take_char(p, '{')) {
        func->body = NULL;
        return true;
    }
    vec_push(p->arena, &r->bodies, ((Body){func, h.names.items, h.names.len, p->at}));
    return skip_body(p);
}

static bool read_body(Parser *p, const Body *body) {
    Block *entry = func_entry(body->func);
    p->at = body->start;
    p->failed = false;
    p->values = (Map){.arena = p->arena};
    p->hidden.len = 0;
    if (body->func->flat) {
        entry->arg_count = 0;
        if (peek_char(p) == '(' && !read_typed_values(p, entry))
            return false;
    }
    for (uint32_t i = 0; !body->func->flat && i < body->name_count; i++) {
        const HeaderName *h = &body->names[i];
        define_value(p, h->name,
                     entry->args[h->is_dim ? h->index : body->func->dim_count + h->index], h->span);
    }
    return read_ops(p, entry) && !p->failed;
}

static bool read_headers(Reader *r) {
    Parser *p = &r->parser;
    while (peek_char(p), p->at < p->file->len) {
        bool ok;
        if (take_word(p, "struct"))
            ok = read_struct_declaration(p);
        else if (take_word(p, "func"))
            ok = read_func(r);
        else
            ok = expected(p, "'func' or 'struct'");
        if (!ok)
            return false;
    }
    return true;
}

static bool resolve_refs(Reader *r) {
    Parser *p = &r->parser;
    VEC_FOR_EACH (i, &r->refs) {
        const FuncRef *ref = &r->refs.items[i];
        Func *func = module_find(p->module, ref->name);
        if (!func) {
            parse_error(p, ref->span, W0807, ref->name);
            return false;
        }
        if (ref->where < 0)
            ref->kernel->shape = func;
        else
            ref->kernel->where[ref->where].predicate = func;
    }
    return true;
}

static bool verify(Parser *p) {
    Text message = {.arena = p->arena};
    Span where = {p->file->id, 0, 0};
    if (module_verify_at(p->module, &message, &where))
        return true;
    parse_error(p, where, W0813, text_cstr(&message));
    return false;
}

Module *module_parse(Arena *arena, Types *types, Interner *names, Sources *sources, Diags *diags,
                     const SourceFile *file) {
    Reader r = {
        .parser = {.arena = arena, .types = types, .names = names, .diags = diags, .file = file}};
    Parser *p = &r.parser;
    p->module = module_create(arena, types, names, sources);
    p->structs.arena = arena;
    if (!read_headers(&r) || !resolve_refs(&r))
        return NULL;
    bool ok = true;
    VEC_FOR_EACH (i, &r.bodies)
        ok &= read_body(p, &r.bodies.items[i]);
    return ok && verify(p) ? p->module : NULL;
}

const Attr *attr_parse(Arena *arena, Module *module, Diags *diags, const SourceFile *file,
                       const Type *type) {
    Parser p = {.arena = arena,
                .types = module->types,
                .names = module->names,
                .diags = diags,
                .file = file,
                .module = module};
    const Attr *attr = read_typed_attr(&p, type);
    if (attr && attr->type != type)
        parse_error(&p, scan_span_from(&p, 0), W0815, type->name ? type->name : "its type");
    else if (attr && (peek_char(&p), p.at < file->len))
        expected(&p, "one value");
    return p.failed ? NULL : attr;
}
