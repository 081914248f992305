#include "package/launch_table.h"

#include "codegen/symbol.h"
#include "package/blob.h"
#include "weft_launch_table.h"

#include <stddef.h>
#include <string.h>

static const struct {
    uint8_t code, bits;
} dtypes[] = {
#define SCALAR(KIND, text, bits, class, dl_code, npy) {dl_code, bits},
#include "ir/scalars.def"
#undef SCALAR
};

const char *source_location(Arena *arena, Sources *sources, Span span) {
    SourceFile *file = sources ? sources_get(sources, span.file) : NULL;
    if (!file)
        return "";
    return arena_printf(arena, "%s:%u", file->path, source_position(sources, span.file, span.start).line);
}

static void write_dims(Blob *blob, uint64_t arg_at, const FuncArg *arg) {
    uint64_t dims = blob_reserve(blob, arg->type->rank * sizeof(weft_dim));
    for (uint32_t k = 0; k < arg->type->rank; k++) {
        weft_dim dim = {arg->dims[k].extent, arg->dims[k].dim, arg->dims[k].arg};
        blob_write(blob, dims + k * sizeof dim, &dim, sizeof dim);
    }
    blob_point(blob, arg_at + offsetof(weft_arg, dims), dims);
}

static void write_arg(Blob *blob, uint64_t at, const FuncArg *arg) {
    const Type *type = arg->type;
    bool tensor = type->kind == TYPE_VIEW && arg->dims; /* a mut or out scalar crosses by address, as a struct does */
    const Type *element = type->kind == TYPE_VIEW ? type->element : type;
    weft_arg row = {
        .kind = tensor ? WEFT_ARG_TENSOR : type_is_scalar(type) ? WEFT_ARG_SCALAR : WEFT_ARG_STRUCT,
        .mode = (uint8_t)arg->mode,
        .layout = (uint8_t)type->layout,
        .rank = (uint8_t)type->rank,
        .size = (uint32_t)type_size(element),
    };
    if (type_is_scalar(element)) {
        row.dtype_code = dtypes[element->kind].code;
        row.dtype_bits = dtypes[element->kind].bits;
    }
    blob_write(blob, at, &row, sizeof row);
    blob_point(blob, at + offsetof(weft_arg, name), blob_string(blob, arg->name));
    if (tensor && type->rank > 0)
        write_dims(blob, at, arg);
}

static void write_args(Blob *blob, const Func *kernel) {
    uint64_t args = blob_reserve(blob, kernel->arg_count * sizeof(weft_arg));
    blob_point(blob, offsetof(weft_kernel, args), args);
    for (uint32_t i = 0; i < kernel->arg_count; i++)
        write_arg(blob, args + i * sizeof(weft_arg), &kernel->args[i]);
}

static void write_dim_names(Blob *blob, const Func *kernel) {
    uint64_t names = blob_reserve(blob, kernel->dim_count * sizeof(char *));
    blob_point(blob, offsetof(weft_kernel, dim_names), names);
    for (uint32_t i = 0; i < kernel->dim_count; i++)
        blob_point(blob, names + i * sizeof(char *), blob_string(blob, kernel->dims[i].name));
}

static void write_where(Blob *blob, Sources *sources, const KernelInfo *info) {
    uint64_t rows = blob_reserve(blob, info->where_count * sizeof(weft_where));
    blob_point(blob, offsetof(weft_kernel, where), rows);
    for (uint32_t i = 0; i < info->where_count; i++) {
        uint64_t row = rows + i * sizeof(weft_where);
        const char *location = source_location(blob->arena, sources, info->where[i].span);
        blob_point(blob, row + offsetof(weft_where, text), blob_string(blob, info->where[i].text));
        blob_point(blob, row + offsetof(weft_where, location), blob_string(blob, location));
    }
}

/* The list of variants ends with one that has no function. */
static void write_variants(Blob *blob, const LaunchTableEntry *entry) {
    if (!entry->run)
        return;
    uint64_t rows = blob_reserve(blob, 2 * sizeof(weft_cpu_variant));
    weft_cpu_variant row = {.isa = entry->isa};
    blob_write(blob, rows, &row, sizeof row);
    blob_point_symbol(blob, rows + offsetof(weft_cpu_variant, run), symbol_of_func(blob->arena, entry->run));
    blob_point(blob, offsetof(weft_kernel, cpu), rows);
}

static uint16_t slot_count(const LaunchTableEntry *entry) {
    const Func *kernel = entry->kernel;
    uint32_t slots = kernel->dim_count;
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const Type *type = kernel->args[i].type;
        bool strided = type->kind == TYPE_VIEW && type->layout == LAYOUT_STRIDED;
        slots += 1 + (strided ? type->rank : 0);
    }
    if (!entry->shape)
        return (uint16_t)(slots + entry->result_count);
    return (uint16_t)(slots + (kernel->kernel->over_rank ? 2 * kernel->kernel->over_rank : 6));
}

DataObject launch_table_build(Arena *arena, Sources *sources, const LaunchTableEntry *entry) {
    const Func *kernel = entry->kernel;
    const KernelInfo *info = kernel->kernel;
    Blob blob = {.arena = arena, .symbol = symbol_of_table(arena, kernel), .bytes = {.arena = arena}};
    blob_reserve(&blob, sizeof(weft_kernel));
    weft_kernel table = {
        .version = WEFT_TABLE_VERSION,
        .flags = info->index_i32 ? WEFT_KERNEL_INDEX_I32 : 0,
        .arg_count = (uint16_t)kernel->arg_count,
        .dim_count = (uint16_t)kernel->dim_count,
        .where_count = (uint16_t)info->where_count,
        .over_rank = (uint16_t)info->over_rank,
        .slot_count = slot_count(entry),
        .max_threads = (uint32_t)info->max_threads,
        .interp = entry->interp,
    };
    if (!kernel_block_is_overridden(kernel))
        memcpy(table.block, info->block, sizeof table.block);
    blob_write(&blob, 0, &table, sizeof table);
    const char *shown = kernel->export_name ? kernel->export_name : kernel->shown;
    blob_point(&blob, offsetof(weft_kernel, name), blob_string(&blob, shown));
    blob_point(&blob, offsetof(weft_kernel, location),
               blob_string(&blob, source_location(arena, sources, kernel->span)));
    write_args(&blob, kernel);
    write_dim_names(&blob, kernel);
    write_where(&blob, sources, info);
    write_variants(&blob, entry);
    if (entry->shape)
        blob_point_symbol(&blob, offsetof(weft_kernel, shape), symbol_of_func(arena, entry->shape));
    if (entry->check)
        blob_point_symbol(&blob, offsetof(weft_kernel, check), symbol_of_func(arena, entry->check));
    return blob_finish(&blob, entry->linkage, true);
}
