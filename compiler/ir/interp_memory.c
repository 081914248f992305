/* Memory: loads, stores and atomics through views and pointers, and the views themselves.
 *
 * Every access is checked twice: each index against its extent, and the bytes against the memory
 * that the view or pointer came from, so no program can make the interpreter touch what is not
 * there. */
#include "ir/interp_internal.h"

#include "base/diag.h"

/* Values as bytes. */

static uint64_t read_scalar(const Type *type, const void *bytes) {
    switch (type->kind) {
    case TYPE_BOOL: return *(const uint8_t *)bytes != 0;
    case TYPE_I8:   return (uint64_t)(int64_t)*(const int8_t *)bytes;
    case TYPE_I16:  { int16_t v; memcpy(&v, bytes, 2); return (uint64_t)(int64_t)v; }
    case TYPE_I32:  { int32_t v; memcpy(&v, bytes, 4); return (uint64_t)(int64_t)v; }
    default: {
        uint64_t v = 0;
        memcpy(&v, bytes, type_size(type));
        return v;
    } /* little-endian: zero-extended */
    }
}

void slots_from_bytes(const Type *type, const void *bytes, uint64_t *slots) {
    const char *from = bytes;
    switch (type->kind) {
    case TYPE_VECTOR:
        for (uint32_t i = 0; i < type->lanes; i++)
            slots_from_bytes(type->element, from + i * type_size(type->element),
                             slots + i * slots_of(type->element));
        return;
    case TYPE_TUPLE:
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++)
            slots_from_bytes(type->fields[i], from + type_field_offset(type, i),
                             slots + slot_of_field(type, i));
        return;
    case TYPE_PTR: /* it may point anywhere */
        memcpy(&slots[PTR_ADDRESS], from, 8);
        slots[PTR_LOW] = 0;
        slots[PTR_HIGH] = UINT64_MAX;
        return;
    default:
        if (type_is_scalar(type))
            slots[0] = read_scalar(type, from);
        else
            memcpy(slots, from, 8);
        return;
    }
}

void slots_to_bytes(const Type *type, const uint64_t *slots, void *bytes) {
    char *to = bytes;
    switch (type->kind) {
    case TYPE_VECTOR:
        for (uint32_t i = 0; i < type->lanes; i++)
            slots_to_bytes(type->element, slots + i * slots_of(type->element),
                           to + i * type_size(type->element));
        return;
    case TYPE_TUPLE:
    case TYPE_STRUCT:
        for (uint32_t i = 0; i < type->field_count; i++)
            slots_to_bytes(type->fields[i], slots + slot_of_field(type, i),
                           to + type_field_offset(type, i));
        return;
    default:
        memcpy(to, slots, type_is_scalar(type) ? type_size(type) : 8);
        return;
    }
}

void memory_bitcast(const BitcastRecord *r, uint64_t *slots, const Instr *instr) {
    char bytes[MAX_LANES * 8 + 16] = {0};
    if (type_size(r->from) > sizeof bytes || type_size(r->to) > sizeof bytes)
        weft_bug("a bitcast of %llu bytes", (unsigned long long)type_size(r->from));
    slots_to_bytes(r->from, slots + instr->a, bytes);
    slots_from_bytes(r->to, bytes, slots + instr->d);
}

/* Addresses. */

static int64_t index_of(const MemoryRecord *r, const uint64_t *slots, uint32_t i) {
    return (int64_t)slots[r->indices[i]];
}

static uint64_t stride_of(const MemoryRecord *r, const uint64_t *view, uint32_t dim) {
    return view[slot_of_stride(r->rank, dim)];
}

/* From one moved element to the next. */
static uint64_t lane_step(const MemoryRecord *r, const uint64_t *view) {
    return r->size * (r->rank ? stride_of(r, view, r->rank - 1) : 1);
}

static uint64_t address_of(const MemoryRecord *r, const uint64_t *slots, const uint64_t *view) {
    uint64_t address = view[PTR_ADDRESS];
    if (r->flat)
        return address + (r->index_count ? slots[r->indices[0]] * r->size : 0);
    for (uint32_t i = 0; i < r->rank && i < r->index_count; i++)
        address += (uint64_t)index_of(r, slots, i) * stride_of(r, view, i) * r->size;
    return address;
}

static bool is_inside(const uint64_t *view, uint64_t address, uint32_t size) {
    return address >= view[PTR_LOW] && address <= view[PTR_HIGH] &&
           view[PTR_HIGH] - address >= size;
}

/* Where dim `i` ends: of a view that hangs, where its tensor does. */
static int64_t end_of(const MemoryRecord *r, const uint64_t *view, uint32_t i) {
    return (int64_t)view[r->hangs ? slot_of_inside(r->rank, i) : slot_of_extent(i)];
}

static const char *check_indices(Interp *in, const MemoryRecord *r, const uint64_t *slots,
                                 const uint64_t *view) {
    for (uint32_t i = 0; i < r->rank && i < r->index_count; i++) {
        int64_t index = index_of(r, slots, i), extent = end_of(r, view, i);
        int64_t last = i + 1 == r->rank ? index + (int64_t)r->lanes - 1 : index;
        if (index < 0 || last >= extent)
            return arena_printf(in->arena, "index %lld is out of range: dim %u has %lld",
                                (long long)(index < 0 ? index : last), i, (long long)extent);
    }
    return NULL;
}

/* The address of the first element, all of them checked; or a sentence. */
static const char *locate(Interp *in, const MemoryRecord *r, const uint64_t *slots,
                          const uint64_t *view, uint64_t *address) {
    const char *failure = check_indices(in, r, slots, view);
    if (failure)
        return failure;
    *address = address_of(r, slots, view);
    uint64_t last = *address + (r->lanes - 1) * lane_step(r, view);
    if (!is_inside(view, *address, r->size) || !is_inside(view, last, r->size))
        return "an access is outside the memory of its tensor";
    return NULL;
}

const char *memory_load(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    const uint64_t *view = slots + instr->a;
    uint64_t address;
    const char *failure = locate(in, r, slots, view, &address);
    if (failure)
        return failure;
    uint64_t step = lane_step(r, view);
    uint32_t width = slots_of(r->type);
    for (uint32_t lane = 0; lane < r->lanes; lane++)
        slots_from_bytes(r->type, (const void *)(uintptr_t)(address + lane * step),
                         slots + instr->d + lane * width);
    return NULL;
}

const char *memory_store(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    const uint64_t *view = slots + instr->a;
    uint64_t address;
    const char *failure = locate(in, r, slots, view, &address);
    if (failure)
        return failure;
    uint64_t step = lane_step(r, view);
    uint32_t width = slots_of(r->type);
    for (uint32_t lane = 0; lane < r->lanes; lane++)
        slots_to_bytes(r->type, slots + instr->b + lane * width,
                       (void *)(uintptr_t)(address + lane * step));
    return NULL;
}

/* Bounded: lane by lane. */

static bool lane_is_within(const MemoryRecord *r, const uint64_t *slots, const uint64_t *view,
                           uint32_t lane) {
    uint64_t offset = 0;
    for (uint32_t i = 0; i < r->rank; i++) {
        int64_t extent = end_of(r, view, i);
        uint64_t index = slots[r->indices[i]] + (i + 1 == r->rank ? lane : 0);
        if (extent <= 0 || index >= (uint64_t)extent)
            return false;
        offset += index * stride_of(r, view, i);
    }
    return !r->hangs || (int64_t)offset < (int64_t)view[slot_of_limit(r->rank)];
}

const char *memory_load_bounded(Interp *in, const MemoryRecord *r, uint64_t *slots,
                                const Instr *instr) {
    const uint64_t *view = slots + instr->a;
    uint64_t address = address_of(r, slots, view), step = lane_step(r, view),
             other = slots[instr->b];
    for (uint32_t lane = 0; lane < r->lanes; lane++) {
        slots[instr->d + lane] = other;
        if (!lane_is_within(r, slots, view, lane))
            continue;
        if (!is_inside(view, address + lane * step, r->size))
            return "an access is outside the memory of its tensor";
        slots_from_bytes(r->type, (const void *)(uintptr_t)(address + lane * step),
                         slots + instr->d + lane);
    }
    return NULL;
}

const char *memory_store_bounded(Interp *in, const MemoryRecord *r, uint64_t *slots,
                                 const Instr *instr) {
    const uint64_t *view = slots + instr->a;
    uint64_t address = address_of(r, slots, view), step = lane_step(r, view);
    uint32_t width = slots_of(r->type);
    for (uint32_t lane = 0; lane < r->lanes; lane++) {
        if (!lane_is_within(r, slots, view, lane))
            continue;
        if (!is_inside(view, address + lane * step, r->size))
            return "an access is outside the memory of its tensor";
        slots_to_bytes(r->type, slots + instr->b + lane * width,
                       (void *)(uintptr_t)(address + lane * step));
    }
    return NULL;
}

/* Atomics: one thread runs at a time, so they are loads and stores. */

const char *memory_atomic(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    uint64_t address;
    const char *failure = locate(in, r, slots, slots + instr->a, &address);
    if (failure)
        return failure;
    void *place = (void *)(uintptr_t)address;
    Scalar pair[2] = {{.bits = read_scalar(r->type, place)}, {.bits = slots[instr->b]}},
           result = pair[1];
    if (!r->exchange && !eval_scalar(r->combine, r->type, r->type, NULL, pair, &result))
        return "an atomic has no meaning for this type";
    slots_to_bytes(r->type, &result.bits, place);
    slots[instr->d] = pair[0].bits;
    return NULL;
}

/* By bits: the hardware compares so. */
const char *memory_cas(Interp *in, const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    uint64_t address;
    const char *failure = locate(in, r, slots, slots + instr->a, &address);
    if (failure)
        return failure;
    void *place = (void *)(uintptr_t)address;
    uint64_t found = read_scalar(r->type, place);
    if (found == slots[instr->b])
        slots_to_bytes(r->type, slots + r->value, place);
    slots[instr->d] = found;
    return NULL;
}

/* Views. */

void fill_strides(const Type *type, uint64_t *view) {
    uint64_t stride = 1;
    bool row = type->layout != LAYOUT_COL_MAJOR;
    for (uint32_t k = 0; k < type->rank; k++) {
        uint32_t dim = row ? type->rank - 1 - k : k;
        view[slot_of_stride(type->rank, dim)] = stride;
        stride *= view[slot_of_extent(dim)];
    }
}

void view_of_memory(const Type *type, void *memory, uint64_t bytes, uint64_t *to) {
    to[PTR_ADDRESS] = to[PTR_LOW] = (uint64_t)(uintptr_t)memory;
    to[PTR_HIGH] = to[PTR_LOW] + bytes;
    if (type->kind != TYPE_VIEW)
        return;
    for (uint32_t i = 0; i < type->rank; i++)
        to[slot_of_extent(i)] = (uint64_t)type->extents[i];
    fill_strides(type, to);
}

static void copy_pointer(uint64_t *to, const uint64_t *from) {
    memmove(to, from, PTR_SLOTS * sizeof *to);
}

void view_make(const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    uint64_t *to = slots + instr->d;
    uint32_t rank = r->type->rank, next = 0;
    copy_pointer(to, slots + instr->a);
    for (uint32_t i = 0; i < rank; i++)
        to[slot_of_extent(i)] = r->type->extents[i] == EXTENT_DYNAMIC
                                    ? slots[r->indices[next++]]
                                    : (uint64_t)r->type->extents[i];
    fill_strides(r->type, to);
    for (uint32_t i = 0; r->type->layout == LAYOUT_STRIDED && i < rank; i++)
        to[slot_of_stride(rank, i)] = slots[r->indices[next++]];
}

/* What of `size` from `start` on lies before `end`; from before 0 on nothing does. */
static int64_t clipped(int64_t size, int64_t start, int64_t end) {
    if (start < 0 || start > end)
        return 0;
    return end - start < size ? end - start : size;
}

static uint64_t limit_of(const Type *type, const uint64_t *view) {
    return type->hangs ? view[slot_of_limit(type->rank)] : (uint64_t)VIEW_UNLIMITED;
}

static int64_t end_of_dim(const Type *type, const uint64_t *view, uint32_t dim) {
    return (int64_t)view[type->hangs ? slot_of_inside(type->rank, dim) : slot_of_extent(dim)];
}

/* A view whose place in a dim it does not keep is outside has nothing inside. */
static void clip_subview(const MemoryRecord *r, const uint64_t *slots, const uint64_t *from, uint64_t offset,
                         uint64_t *to) {
    uint32_t old_rank = r->from->rank, rank = r->type->rank, k = 0;
    bool inside = true;
    for (uint32_t i = 0; i < old_rank; i++) {
        int64_t start = (int64_t)slots[r->indices[i]], end = end_of_dim(r->from, from, i);
        bool kept = k < rank && r->kept[k] == i;
        if (!kept)
            inside &= start >= 0 && start < end;
        else
            to[slot_of_inside(rank, k)] = (uint64_t)clipped((int64_t)slots[r->indices[old_rank + k]], start, end);
        k += kept;
    }
    for (uint32_t i = 0; !inside && i < rank; i++)
        to[slot_of_inside(rank, i)] = 0;
    to[slot_of_limit(rank)] = limit_of(r->from, from) - offset;
}

void view_subview(const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    const uint64_t *from = slots + instr->a;
    uint64_t *to = slots + instr->d, offset = 0;
    uint32_t old_rank = r->from->rank, rank = r->type->rank;
    copy_pointer(to, from);
    for (uint32_t i = 0; i < old_rank; i++)
        offset += slots[r->indices[i]] * from[slot_of_stride(old_rank, i)];
    to[PTR_ADDRESS] += offset * r->size;
    for (uint32_t i = 0; i < rank; i++) {
        to[slot_of_extent(i)] = slots[r->indices[old_rank + i]];
        to[slot_of_stride(rank, i)] = from[slot_of_stride(old_rank, r->kept[i])];
    }
    if (r->type->hangs)
        clip_subview(r, slots, from, offset, to);
}

/* What is inside a row-major view is the beginning of it. */
static uint64_t beginning(const Type *type, const uint64_t *view) {
    uint64_t count = 1, limit = limit_of(type, view);
    for (uint32_t i = 0; i < type->rank; i++)
        count *= view[slot_of_inside(type->rank, i)];
    return (int64_t)count < (int64_t)limit ? count : limit;
}

void view_reshape(const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    const uint64_t *from = slots + instr->a;
    uint64_t *to = slots + instr->d;
    uint32_t rank = r->type->rank;
    copy_pointer(to, from);
    for (uint32_t i = 0; i < rank; i++)
        to[slot_of_extent(i)] = slots[r->indices[i]];
    fill_strides(r->type, to);
    for (uint32_t i = 0; r->type->hangs && i < rank; i++)
        to[slot_of_inside(rank, i)] = to[slot_of_extent(i)];
    if (r->type->hangs)
        to[slot_of_limit(rank)] = beginning(r->from, from);
}

void view_transpose(uint64_t *slots, const Instr *instr) {
    const uint64_t *from = slots + instr->a;
    uint64_t *to = slots + instr->d;
    uint32_t rank = instr->n;
    bool hangs = instr->extra;
    copy_pointer(to, from);
    for (uint32_t i = 0; i < rank; i++) {
        to[slot_of_extent(i)] = from[slot_of_extent(rank - 1 - i)];
        to[slot_of_stride(rank, i)] = from[slot_of_stride(rank, rank - 1 - i)];
        if (hangs)
            to[slot_of_inside(rank, i)] = from[slot_of_inside(rank, rank - 1 - i)];
    }
    if (hangs)
        to[slot_of_limit(rank)] = from[slot_of_limit(rank)];
}

/* The last dim is contiguous (the op asks for it): it scales, and so do the other strides. */
void view_bitcast(const MemoryRecord *r, uint64_t *slots, const Instr *instr) {
    const uint64_t *from = slots + instr->a;
    uint64_t *to = slots + instr->d, old_size = type_size(r->from->element), new_size = r->size;
    uint32_t rank = r->type->rank;
    copy_pointer(to, from);
    for (uint32_t i = 0; i < rank; i++) {
        bool last = i + 1 == rank;
        uint64_t extent = from[slot_of_extent(i)], stride = from[slot_of_stride(rank, i)];
        to[slot_of_extent(i)] = last ? extent * old_size / new_size : extent;
        to[slot_of_stride(rank, i)] =
            last ? stride : (uint64_t)((int64_t)(stride * old_size) / (int64_t)new_size);
        if (r->type->hangs)
            to[slot_of_inside(rank, i)] =
                from[slot_of_inside(rank, i)] * (last ? old_size : 1) / (last ? new_size : 1);
    }
    if (r->type->hangs)
        to[slot_of_limit(rank)] = (uint64_t)((int64_t)(limit_of(r->from, from) * old_size) / (int64_t)new_size);
}
