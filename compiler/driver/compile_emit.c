/* The back half: optimised IR to objects. */
#include "driver/compile.h"

#include "driver/load_codegen.h"
#include "driver/plain_export.h"
#include "ir/builder.h"
#include "package/header.h"
#include "targets/grid_domain.h"
#include "weft_launch_table.h"

static PassContext pass_context(Compilation *c) {
    return (PassContext){.scratch = arena_create(), .types = c->types, .target = c->target, .diags = c->diags};
}

static uint32_t isa_of(const Target *target) {
    if (target_has(target, "avx512f"))
        return WEFT_ISA_V4;
    if (target_has(target, "avx2"))
        return WEFT_ISA_V3;
    return WEFT_ISA_V2;
}

/* A copy of the kernel for the interpreter's device, with everything it calls inlined, made before views
 * are taken apart. */
static Func **copy_kernels(Compilation *c) {
    static const char *const names[] = {"expand-map", "inline", NULL};
    Text printed;
    PassOptions options = compilation_pass_options(c, &printed);
    passes_run(c->ir, names, &options);
    Func **copies = arena_array(c->arena, Func *, c->found.kernels.len);
    VEC_FOR_EACH (i, &c->found.kernels) {
        Func *kernel = c->found.kernels.items[i];
        Name name = intern_cstr(c->names, arena_printf(c->arena, "%s.interp", kernel->name));
        copies[i] = func_clone(kernel, name);
        func_erase(copies[i]); /* out of the module, so that no later pass changes it; the memory stays */
    }
    return copies;
}

/* The checked C function of an exported kernel: a stream, then an argument each. */
static void build_entry(Compilation *c, Func *kernel, Name c_name) {
    const Type *address = type_ptr(c->types, c->types->none, SPACE_GLOBAL);
    uint32_t count = kernel->arg_count + 1;
    FuncArg *args = arena_array(c->arena, FuncArg, count);
    args[0] = (FuncArg){.name = intern_cstr(c->names, "stream"), .type = address};
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        bool scalar = type_is_scalar(kernel->args[i].type);
        args[i + 1] = (FuncArg){.name = kernel->args[i].name, .type = scalar ? kernel->args[i].type : address};
    }
    const Type *result = c->types->i32;
    Name symbol = intern_cstr(c->names, header_entry_symbol(c->arena, kernel, c_name));
    Name name = intern_cstr(c->names, arena_printf(c->arena, "%s.entry", kernel->name));
    Func *entry = func_create(c->ir, FUNC_HOST, name, NULL, 0, args, count, &result, 1);
    entry->level = LEVEL_HOST;
    entry->export_name = symbol;
    entry->span = kernel->span;
    Builder b = builder_at_end(c->ir, func_entry(entry));
    Value **operands = arena_array(c->arena, Value *, count);
    for (uint32_t i = 0; i < count; i++)
        operands[i] = func_arg(entry, i);
    Op *launch = build_op(&b, OP_HOST_ENTRY, operands, count, &result, 1, 0);
    op_set_attr(launch, ATTR_KEY_CALLEE, attr_func(c->types, kernel));
    Value *status = op_result(launch, 0);
    build_op(&b, OP_FUNC_RETURN, &status, 1, NULL, 0, 0);
    entry->flat = true; /* it has no views to take apart */
}

static void call_runtime(Compilation *c, Builder *b, const char *name, Value *const *args, uint32_t count) {
    Op *call = build_op(b, OP_HOST_CALL, args, count, NULL, 0, 0);
    op_set_attr(call, ATTR_KEY_NAME, attr_string(c->types, intern_cstr(c->names, name)));
}

/* What starts the program: weft_main() for a driver that has started the runtime; of an executable the C
 * main(argc, argv). Both give the exit status. */
static Func *build_main(Compilation *c, Func *main, bool executable) {
    FuncArg args[] = {{.name = intern_cstr(c->names, "argc"), .type = c->types->i32},
                      {.name = intern_cstr(c->names, "argv"), .type = type_ptr(c->types, c->types->none, SPACE_GLOBAL)}};
    const Type *result = c->types->i32;
    Name symbol = intern_cstr(c->names, executable ? "main" : "weft_main");
    Func *wrapper = func_create(c->ir, FUNC_HOST, intern_cstr(c->names, "weft.main"), NULL, 0, args, executable ? 2 : 0, &result, 1);
    wrapper->level = LEVEL_HOST;
    wrapper->export_name = symbol;
    wrapper->span = main->span;
    Builder b = builder_at_end(c->ir, func_entry(wrapper));
    if (executable)
        call_runtime(c, &b, "weft_host_init", (Value *[]){func_arg(wrapper, 0), func_arg(wrapper, 1)}, 2);
    Op *call = build_call(&b, main, NULL, 0);
    bool gives = call->result_count == 1 && type_is_integer(op_result(call, 0)->type);
    Value *status = gives ? op_result(call, 0) : build_i64(&b, 0);
    call_runtime(c, &b, "weft_host_flush", NULL, 0);
    status = build_convert(&b, status, result);
    build_op(&b, OP_FUNC_RETURN, &status, 1, NULL, 0, 0);
    wrapper->flat = true;
    return wrapper;
}

static void lower_kernel(Compilation *c, PassContext *cx, X86Program *program, Func *kernel, Func *interp) {
    X86Kernel x86;
    if (interp)
        x86_lower_launch(cx, kernel, &x86);
    else if (!x86_lower_kernel(cx, kernel, &x86))
        return;
    if (x86.cpu)
        x86.cpu->export_name = intern_cstr(c->names, header_entry_symbol(c->arena, kernel, x86.cpu->name));
    DataLinkage linkage = c->options->command == COMMAND_CALL ? DATA_EXPORTED
                          : kernel->export_name               ? DATA_HIDDEN
                                                              : DATA_INTERNAL;
    LaunchTableEntry entry = {
        .kernel = kernel,
        .shape = x86.shape,
        .check = kernel->kernel->where_count ? x86.where : NULL,
        .run = x86.run,
        .isa = isa_of(c->target),
        .interp = interp,
        .linkage = linkage,
    };
    DataObject table = launch_table_build(c->arena, c->sources, &entry);
    vec_push(c->arena, &program->table_symbols, table.symbol);
    vec_push(c->arena, &program->data, table);
}

/* Kernels have been lowered: launches still name them, so they stay as declarations. */
static void drop_kernel_level(Module *module) {
    for (Func *func = module->first, *next; func; func = next) {
        next = func->next;
        if (func->level != LEVEL_KERNEL)
            continue;
        if (func->kind == FUNC_KERNEL)
            func->body = NULL;
        else
            func_erase(func);
    }
}

static void export_tests(Compilation *c, X86Program *program) {
    VEC_FOR_EACH (i, &c->found.tests) {
        Name symbol = intern_cstr(c->names, arena_printf(c->arena, "weft_test_%u", i));
        c->found.tests.items[i]->export_name = symbol;
        vec_push(c->arena, &program->test_symbols, symbol);
    }
    VEC_FOR_EACH (i, &c->found.benches) {
        Name symbol = intern_cstr(c->names, arena_printf(c->arena, "weft_bench_%u", i));
        c->found.benches.items[i]->export_name = symbol;
        vec_push(c->arena, &program->bench_symbols, symbol);
    }
}

bool compilation_lower_x86(Compilation *c, X86Options wanted, X86Program *program) {
    *program = (X86Program){0};
    Func **copies = wanted.interp ? copy_kernels(c) : NULL;
    export_tests(c, program);
    compilation_optimise(c);
    if (diags_errors(c->diags))
        return false;
    double start = now_seconds();
    PassContext cx = pass_context(c);
    VEC_FOR_EACH (i, &c->found.kernels)
        lower_kernel(c, &cx, program, c->found.kernels.items[i], copies ? copies[i] : NULL);
    for (uint32_t i = 0; wanted.entries && i < c->found.exports.len; i++) {
        const SemaExport *export_ = &c->found.exports.items[i];
        if (export_->func->kind == FUNC_KERNEL)
            build_entry(c, export_->func, export_->c_name);
        else if (c->sema) /* a function of IR text is exported as it stands */
            plain_export(c, export_->func, export_->c_name, program);
    }
    if (c->found.main)
        program->main = build_main(c, c->found.main, wanted.executable);
    drop_kernel_level(c->ir);
    arena_destroy(cx.scratch);
    time_stage(c, "lower", start);
    if (diags_errors(c->diags))
        return false;
    compilation_optimise_vector(c);
    return true;
}

/* Only exported kernels go into a GPU's image, each an entry of its own. */
static bool lower_gpu(Compilation *c) {
    compilation_optimise(c);
    PassContext cx = pass_context(c);
    for (Func *func = c->ir->first, *next; func && diags_errors(c->diags) == 0; func = next) {
        next = func->next;
        if (func->kind == FUNC_KERNEL && func->export_name)
            pass_grid_domain(&cx, func);
        else
            func_erase(func);
    }
    arena_destroy(cx.scratch);
    return diags_errors(c->diags) == 0;
}

static CodegenRequest request_for(Compilation *c, CodegenOutput output) {
    SourceFile *file = sources_get(c->sources, 1);
    return (CodegenRequest){
        .module = c->ir,
        .target = c->target,
        .output = output,
        .opt_level = c->options->debug ? 0 : c->options->opt_level,
        .debug = c->options->debug,
        .source_name = file ? file->path : "weft",
    };
}

CodegenResult compilation_emit_x86(Compilation *c, const X86Program *program, CodegenOutput output) {
    CodegenRequest request = request_for(c, output);
    request.data = program->data.items;
    request.data_count = program->data.len;
    double start = now_seconds();
    CodegenResult result = codegen_emit_in_child(c->arena, &request);
    time_stage(c, "code generation", start);
    return result;
}

CodegenResult compilation_emit_gpu(Compilation *c, CodegenOutput output) {
    if (!lower_gpu(c))
        return (CodegenResult){0};
    CodegenRequest request = request_for(c, output);
    double start = now_seconds();
    CodegenResult result = codegen_emit_in_child(c->arena, &request);
    time_stage(c, "code generation", start);
    return result;
}
