/* A request as an LLVM module: functions, data, and the way from an op to its handler. */
#include "codegen/gen.h"

#include "base/diag.h"
#include "codegen/symbol.h"

#include <llvm-c/DebugInfo.h> /* temporary metadata */
#include <string.h>

void gen_fail(Gen *g, const Op *op, const char *format, ...) {
    if (g->error)
        return;
    va_list args;
    va_start(args, format);
    const char *sentence = arena_vprintf(g->arena, format, args);
    va_end(args);
    const char *location = op ? gen_location(g, op->span) : "";
    g->error = *location ? arena_printf(g->arena, "%s: %s", location, sentence) : sentence;
}

const char *gen_location(Gen *g, Span span) {
    Sources *sources = g->request->module->sources;
    SourceFile *file = sources ? sources_get(sources, span.file) : NULL;
    if (!file)
        return "";
    return arena_printf(g->arena, "%s:%u", file->path, source_position(sources, span.file, span.start).line);
}

/* ---- values ---- */

Val gen_get(Gen *g, const Value *value) {
    Val val = g->values[value->number];
    if (!val)
        weft_bug("code generation of @%s: a value is used before it is made", g->func->name);
    return val;
}

void gen_set(Gen *g, const Value *value, Val val) {
    g->values[value->number] = val;
    if (value->name && !LLVMIsConstant(val) && !LLVMIsAArgument(val) && LLVMIsAInstruction(val))
        LLVMSetValueName2(val, value->name, name_len(value->name));
}

static void number_region(Region *region, uint32_t *next);

static void number_op(Op *op, uint32_t *next) {
    for (uint32_t i = 0; i < op->result_count; i++)
        op->results[i].number = (*next)++;
    for (uint32_t i = 0; i < op->region_count; i++)
        number_region(op->regions[i], next);
}

static void number_region(Region *region, uint32_t *next) {
    REGION_FOR_EACH_BLOCK (block, region) {
        for (uint32_t i = 0; i < block->arg_count; i++)
            block->args[i]->number = (*next)++;
        BLOCK_FOR_EACH_OP (op, block)
            number_op(op, next);
    }
}

/* ---- pieces that handlers use ---- */

LLVMBasicBlockRef gen_block(Gen *g, const char *name) {
    return LLVMAppendBasicBlockInContext(g->context, g->function, name);
}

bool gen_terminated(Gen *g) {
    return LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(g->builder)) != NULL;
}

Val gen_intrinsic(Gen *g, const char *name, const LLVMTypeRef *overloads, uint32_t overload_count, const Val *args, uint32_t count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    if (!id)
        weft_bug("LLVM has no intrinsic %s", name);
    LLVMTypeRef *types = (LLVMTypeRef *)overloads;
    Val function = LLVMGetIntrinsicDeclaration(g->module, id, types, overload_count);
    LLVMTypeRef type = LLVMIntrinsicGetType(g->context, id, types, overload_count);
    return LLVMBuildCall2(g->builder, type, function, (Val *)args, count, "");
}

Val gen_alloca(Gen *g, LLVMTypeRef type, uint64_t align) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->builder);
    Val last = LLVMGetBasicBlockTerminator(g->allocas);
    if (last)
        LLVMPositionBuilderBefore(g->builder, last);
    else
        LLVMPositionBuilderAtEnd(g->builder, g->allocas);
    Val memory = LLVMBuildAlloca(g->builder, type, "");
    if (align)
        LLVMSetAlignment(memory, (unsigned)align);
    LLVMPositionBuilderAtEnd(g->builder, here);
    return memory;
}

LLVMMetadataRef gen_distinct_node(Gen *g, const LLVMMetadataRef *parts, uint32_t count) {
    LLVMMetadataRef *operands = arena_array(g->arena, LLVMMetadataRef, count + 1);
    LLVMMetadataRef self = operands[0] = LLVMTemporaryMDNode(g->context, NULL, 0);
    for (uint32_t i = 0; i < count; i++)
        operands[i + 1] = parts[i];
    LLVMMetadataRef node = LLVMMDNodeInContext2(g->context, operands, count + 1);
    LLVMMetadataReplaceAllUsesWith(self, node);
    return node;
}

Val gen_text(Gen *g, const char *chars) { return gen_chars(g, chars, strlen(chars)); }

Val gen_chars(Gen *g, const char *chars, size_t len) {
    Name name = intern(g->types->names, chars, len);
    Val known = map_get_ptr(&g->texts, name);
    if (known)
        return known;
    Val text = LLVMConstStringInContext2(g->context, chars, len, false);
    Val global = LLVMAddGlobal(g->module, LLVMTypeOf(text), "text");
    LLVMSetInitializer(global, text);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetGlobalConstant(global, true);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    map_put_ptr(&g->texts, name, global);
    return global;
}

Val gen_extern(Gen *g, const char *name, LLVMTypeRef type) {
    Val function = LLVMGetNamedFunction(g->module, name);
    return function ? function : LLVMAddFunction(g->module, name, type);
}

/* Something that is defined elsewhere, or later in this module. */
static Val external_datum(Gen *g, const char *symbol) {
    Val known = LLVMGetNamedGlobal(g->module, symbol);
    if (!known)
        known = LLVMGetNamedFunction(g->module, symbol);
    return known ? known : LLVMAddGlobal(g->module, g->i8, symbol);
}

Val gen_table(Gen *g, Func *kernel) {
    return external_datum(g, symbol_of_table(g->arena, kernel));
}

/* ---- functions ---- */

static LLVMTypeRef parameter_type(Gen *g, Func *func, const Type *type) {
    bool in_kernel_memory = func->kind == FUNC_KERNEL && g->target->vendor->is_gpu;
    return type->kind == TYPE_BOOL && in_kernel_memory ? g->i8 : gen_type(g, type);
}

static LLVMTypeRef result_type(Gen *g, Func *func) {
    if (func->result_count == 0)
        return g->none;
    if (func->result_count == 1)
        return gen_type(g, func->results[0]);
    LLVMTypeRef *types = arena_array(g->arena, LLVMTypeRef, func->result_count);
    for (uint32_t i = 0; i < func->result_count; i++)
        types[i] = gen_type(g, func->results[i]);
    return LLVMStructTypeInContext(g->context, types, func->result_count, false);
}

LLVMTypeRef gen_function_type(Gen *g, Func *func) {
    uint32_t count = func_input_count(func);
    LLVMTypeRef *types = arena_array(g->arena, LLVMTypeRef, count + 1);
    for (uint32_t i = 0; i < count; i++)
        types[i] = parameter_type(g, func, func_input_type(func, i));
    return LLVMFunctionType(result_type(g, func), types, count, false);
}

static void add_attribute(Gen *g, Val function, LLVMAttributeIndex index, const char *name) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, index, LLVMCreateEnumAttribute(g->context, kind, 0));
}

/* C callers and callees pass what is narrower than an int extended. */
static const char *extension_of(const Type *type) {
    if (!type_is_scalar(type) || type_bits(type) >= 32)
        return NULL;
    return type_class(type) == CLASS_SIGNED ? "signext" : "zeroext";
}

static void add_c_attributes(Gen *g, Func *func, Val function) {
    uint32_t count = func_input_count(func);
    for (uint32_t i = 0; i < count; i++) {
        const char *extension = extension_of(func_input_type(func, i));
        if (extension)
            add_attribute(g, function, i + 1, extension);
    }
    const char *extension = func->result_count == 1 ? extension_of(func->results[0]) : NULL;
    if (extension)
        add_attribute(g, function, LLVMAttributeReturnIndex, extension);
}

static void set_linkage(Gen *g, Func *func, Val function) {
    if (func->kind == FUNC_KERNEL && g->target->vendor->is_gpu) {
        g->vendor->kernel_attributes(g, func, function);
        alias_parameters(g, func, function);
        return;
    }
    if (g->vendor->function_attributes)
        g->vendor->function_attributes(g, function);
    if (!symbol_is_external(func) && func->body)
        LLVMSetLinkage(function, LLVMInternalLinkage);
    else
        add_c_attributes(g, func, function);
    if (func->always_inline)
        add_attribute(g, function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, "alwaysinline");
    if (g->request->debug) {
        LLVMAttributeRef frame = LLVMCreateStringAttribute(g->context, "frame-pointer", 13, "all", 3);
        LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, frame);
    }
}

Val gen_function(Gen *g, Func *func) {
    Val function = map_get_ptr(&g->functions, func);
    if (function)
        return function;
    function = LLVMAddFunction(g->module, symbol_of_func(g->arena, func), gen_function_type(g, func));
    map_put_ptr(&g->functions, func, function);
    add_attribute(g, function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, "nounwind");
    set_linkage(g, func, function);
    if (func->body)
        vec_push(g->arena, &g->pending, func);
    return function;
}

static void bind_parameters(Gen *g, Block *entry) {
    for (uint32_t i = 0; i < entry->arg_count; i++) {
        Val parameter = LLVMGetParam(g->function, i);
        Value *arg = entry->args[i];
        if (arg->name)
            LLVMSetValueName2(parameter, arg->name, name_len(arg->name));
        if (LLVMTypeOf(parameter) != gen_type(g, arg->type)) /* a bool in a kernel's memory */
            parameter = LLVMBuildICmp(g->builder, LLVMIntNE, parameter, LLVMConstNull(g->i8), "");
        gen_set(g, arg, parameter);
    }
}

static void define_function(Gen *g, Func *func) {
    uint32_t count = 0;
    number_region(func->body, &count);
    g->func = func;
    g->function = gen_function(g, func);
    g->values = arena_array(g->arena, Val, count + 1);
    g->loop = NULL;
    g->allocas = gen_block(g, "entry");
    LLVMBasicBlockRef body = gen_block(g, "body");
    LLVMPositionBuilderAtEnd(g->builder, body);
    debug_function(g, func, g->function);
    alias_begin(g, func);
    Block *entry = func_entry(func);
    bind_parameters(g, entry);
    gen_block_ops(g, entry);
    if (!gen_terminated(g))
        LLVMBuildUnreachable(g->builder);
    LLVMPositionBuilderAtEnd(g->builder, g->allocas);
    LLVMBuildBr(g->builder, body);
}

/* ---- data ---- */

/* The bytes as a packed struct: runs of bytes, and a pointer at each relocation. */
static Val datum_value(Gen *g, const DataObject *datum) {
    Val *parts = arena_array(g->arena, Val, 2 * datum->reloc_count + 1);
    uint32_t count = 0;
    uint64_t at = 0;
    for (uint32_t i = 0; i <= datum->reloc_count; i++) {
        uint64_t end = i < datum->reloc_count ? datum->relocs[i].offset : datum->size;
        if (end > at)
            parts[count++] = LLVMConstStringInContext2(g->context, (const char *)datum->bytes + at, end - at, true);
        if (i == datum->reloc_count)
            break;
        Val symbol = external_datum(g, datum->relocs[i].symbol);
        Val offset = gen_i64(g, datum->relocs[i].addend);
        parts[count++] = LLVMConstGEP2(g->i8, symbol, &offset, 1);
        at = end + 8;
    }
    return LLVMConstStructInContext(g->context, parts, count, true);
}

/* The datum's own type holds no name, so it can be declared before its value, which may point to itself. */
static LLVMTypeRef datum_type(Gen *g, const DataObject *datum) {
    LLVMTypeRef *parts = arena_array(g->arena, LLVMTypeRef, 2 * datum->reloc_count + 1);
    uint32_t count = 0;
    uint64_t at = 0;
    for (uint32_t i = 0; i <= datum->reloc_count; i++) {
        uint64_t end = i < datum->reloc_count ? datum->relocs[i].offset : datum->size;
        if (end > at)
            parts[count++] = LLVMArrayType2(g->i8, end - at);
        if (i < datum->reloc_count)
            parts[count++] = g->ptr;
        at = end + 8;
    }
    return LLVMStructTypeInContext(g->context, parts, count, true);
}

static void define_data(Gen *g) {
    const CodegenRequest *request = g->request;
    for (uint32_t i = 0; i < request->data_count; i++) {
        const DataObject *datum = &request->data[i];
        Val global = LLVMAddGlobal(g->module, datum_type(g, datum), datum->symbol);
        LLVMSetGlobalConstant(global, !datum->writable);
        LLVMSetAlignment(global, (unsigned)(datum->align ? datum->align : 8));
        if (datum->linkage == DATA_INTERNAL)
            LLVMSetLinkage(global, LLVMInternalLinkage);
        else if (datum->linkage == DATA_HIDDEN)
            LLVMSetVisibility(global, LLVMHiddenVisibility);
    }
    for (uint32_t i = 0; i < request->data_count; i++) {
        Val global = LLVMGetNamedGlobal(g->module, request->data[i].symbol);
        LLVMSetInitializer(global, datum_value(g, &request->data[i]));
    }
}

/* What is compiled whether or not it is called; the functions that these call follow. */
static bool is_root(Gen *g, const Func *func) {
    if (g->target->vendor->is_gpu)
        return func->kind == FUNC_KERNEL;
    return func->level != LEVEL_KERNEL || (func->kind != FUNC_KERNEL && symbol_is_external(func));
}

bool gen_module(Gen *g) {
    g->functions = g->texts = (Map){.arena = g->arena};
    debug_begin(g);
    if (g->vendor->module_flags)
        g->vendor->module_flags(g);
    MODULE_FOR_EACH_FUNC (func, g->request->module)
        if (func->body && is_root(g, func))
            gen_function(g, func);
    define_data(g);
    for (uint32_t i = 0; i < g->pending.len && !g->error; i++)
        define_function(g, g->pending.items[i]);
    debug_end(g);
    return !g->error;
}
