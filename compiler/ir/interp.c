/* Running flat code: one thread, until it is through, fails, or stops for the others.
 *
 * Instructions for arithmetic on one scalar are made from the `computes` column of ops.def, one for
 * each op and type, so that they mean what eval.c means; whatever is not worth an instruction of
 * its own goes through eval.c itself. */
#include "ir/interp_internal.h"

#include "base/diag.h"
#include "ir/compute.h"

#include <stdlib.h>

/* Deeper than this a recursion is taken for one without an end: 2^22 slots are 32 MB. */
enum { MAX_STACK_SLOTS = 1 << 22, MAX_FRAMES = 1 << 17 };

Interp *interp_create(Arena *arena, Types *types, uint64_t step_limit) {
    Interp *in = arena_new(arena, Interp);
    in->arena = arena;
    in->types = types;
    in->step_limit = step_limit;
    in->codes.arena = arena;
    return in;
}

Code *interp_code(Interp *in, Func *func) {
    Code *code = map_get_ptr(&in->codes, func);
    if (!code && func->body) {
        code = decode_func(in->arena, in->types, func);
        map_put_ptr(&in->codes, func, code);
    }
    return code;
}

RunStatus interp_fail(Interp *in, const Op *op, const char *format, ...) {
    va_list args;
    va_start(args, format);
    in->result = (InterpResult){INTERP_FAILED, op ? op->span : (Span){0},
                                arena_vprintf(in->arena, format, args)};
    va_end(args);
    return RUN_FAILED;
}

/* Stacks. */

static bool reserve_slots(Thread *thread, uint32_t count) {
    if (count <= thread->slot_cap)
        return true;
    if (count > MAX_STACK_SLOTS)
        return false;
    uint32_t cap = thread->slot_cap ? thread->slot_cap : 64;
    while (cap < count)
        cap *= 2;
    thread->slots = realloc(thread->slots, cap * sizeof *thread->slots);
    if (!thread->slots)
        weft_bug("out of memory");
    thread->slot_cap = cap;
    return true;
}

static bool push_frame(Thread *thread, Code *code, uint32_t base, uint32_t results,
                       uint32_t return_to) {
    if (thread->frame_count == MAX_FRAMES || !reserve_slots(thread, base + code->frame_size))
        return false;
    if (thread->frame_count == thread->frame_cap) {
        thread->frame_cap = thread->frame_cap ? 2 * thread->frame_cap : 4;
        thread->frames = realloc(thread->frames, thread->frame_cap * sizeof *thread->frames);
        if (!thread->frames)
            weft_bug("out of memory");
    }
    Frame *frame = &thread->frames[thread->frame_count++];
    *frame = (Frame){.code = code, .base = base, .results = results, .return_to = return_to};
    if (thread->locals)
        frame->locals = arena_mark(thread->locals);
    memcpy(thread->slots + base, code->constants, code->constant_count * sizeof *code->constants);
    return true;
}

static void pop_frame(Thread *thread) {
    Frame *frame = &thread->frames[--thread->frame_count];
    if (thread->locals && frame->locals.block)
        arena_rewind(thread->locals, frame->locals);
}

/* The results of the first frame lie at the bottom of the stack, below it. */
void thread_start(Interp *in, Thread *thread, Code *code) {
    thread->frame_count = 0;
    thread->at = 0;
    thread->finished = false;
    if (!push_frame(thread, code, code->result_slots, 0, 0))
        weft_bug("a frame of %u slots", code->frame_size);
}

void thread_destroy(Thread *thread) {
    if (thread->locals)
        arena_destroy(thread->locals);
    free(thread->slots);
    free(thread->frames);
}

/* The innermost loop that the thread is in, or else the call. */
static Span where_it_runs(const Thread *thread, uint32_t at) {
    for (uint32_t i = thread->frame_count; i-- > 0;) {
        const Code *code = thread->frames[i].code;
        if (code->loop_of[at])
            return code->loops[code->loop_of[at] - 1].span;
        if (i == 0)
            return code->ops[at]->span;
        at = thread->frames[i].return_to - 1;
    }
    return (Span){0};
}

static RunStatus fail_at_limit(Interp *in, const Thread *thread, uint32_t at) {
    in->result = (InterpResult){
        INTERP_STEP_LIMIT, where_it_runs(thread, at),
        arena_printf(in->arena, "it ran past %llu steps", (unsigned long long)in->step_limit)};
    return RUN_FAILED;
}

/* What single instructions do, where it is more than a line. */

static void eval_lanes(const EvalRecord *r, uint64_t *slots, const Instr *instr) {
    for (uint32_t lane = 0; lane < instr->n; lane++) {
        Scalar in[3], out;
        for (uint32_t i = 0; i < r->count && i < 3; i++)
            in[i].bits = slots[r->operands[i] + lane];
        if (r->code == OP_ARITH_CMP)
            out.bits = eval_compare(r->predicate, r->type, in[0].bits, in[1].bits);
        else if (r->code == OP_ARITH_CONVERT)
            out.bits = eval_convert(r->type, r->result, in[0].bits);
        else if (!eval_scalar(r->code, r->type, r->result, NULL, in, &out))
            weft_bug("%s of %s has no meaning", op_info[r->code].text, r->type->name);
        slots[instr->d + lane] = out.bits;
    }
}

static void select_lanes(uint64_t *slots, const Instr *instr) {
    for (uint32_t lane = 0; lane < instr->n; lane++)
        slots[instr->d + lane] =
            slots[(slots[instr->a + lane] ? instr->b : (uint32_t)instr->extra) + lane];
}

static void insert_lane(uint64_t *slots, const Instr *instr) {
    uint64_t lane = slots[instr->extra], value = slots[instr->b];
    memmove(slots + instr->d, slots + instr->a, instr->n * sizeof *slots);
    if (lane < instr->n)
        slots[instr->d + lane] = value;
}

static void slice_lanes(uint64_t *slots, const Instr *instr) {
    for (uint32_t lane = 0; lane < instr->n; lane++) {
        uint64_t from = slots[instr->b] + lane;
        slots[instr->d + lane] = slots[instr->a + (from < instr->extra ? from : 0)];
    }
}

static void reduce_lanes(uint64_t *slots, const Instr *instr) {
    const ReduceRecord *r = instr->record;
    Scalar lanes[MAX_LANES];
    for (uint32_t lane = 0; lane < instr->n; lane++)
        lanes[lane].bits = slots[instr->a + lane];
    for (uint32_t half = instr->n / 2; half > 0; half /= 2) {
        for (uint32_t lane = 0; lane < half; lane++) {
            Scalar pair[2] = {lanes[lane], lanes[lane + half]};
            eval_scalar(r->code, r->type, r->type, NULL, pair, &lanes[lane]);
        }
    }
    slots[instr->d] = lanes[0].bits;
}

static void alloc_local(Thread *thread, uint64_t *slots, const Instr *instr) {
    const AllocRecord *r = instr->record;
    if (!thread->locals) {
        thread->locals = arena_create();
        for (uint32_t i = 0; i < thread->frame_count; i++)
            thread->frames[i].locals = arena_mark(thread->locals);
    }
    view_of_memory(r->type, arena_alloc(thread->locals, r->bytes ? r->bytes : 1), r->bytes,
                   slots + instr->d);
}

/* One piece for each name, for all blocks one after the other; made anew for none: it is not
 * initialised. */
static void alloc_shared(Interp *in, uint64_t *slots, const Instr *instr) {
    const AllocRecord *r = instr->record;
    const void *identity = r->name ? (const void *)r->name : r->identity;
    SharedPiece *piece = NULL;
    VEC_FOR_EACH (i, &in->shared)
        if (in->shared.items[i].identity == identity && in->shared.items[i].bytes >= r->bytes)
            piece = &in->shared.items[i];
    if (!piece) {
        SharedPiece made = {identity, arena_alloc(in->arena, r->bytes + r->align), r->bytes};
        vec_push(in->arena, &in->shared, made);
        piece = &vec_last(&in->shared);
    }
    view_of_memory(r->type, piece->memory, r->bytes, slots + instr->d);
}

static const char *enter_call(Interp *in, Thread *thread, const Instr *instr, uint32_t at) {
    CallRecord *r = (CallRecord *)instr->record;
    if (!r->code)
        r->code = interp_code(in, r->func);
    if (!r->code)
        return "a function without a body is called";
    uint32_t caller = thread->frames[thread->frame_count - 1].base;
    uint32_t base = caller + thread->frames[thread->frame_count - 1].code->frame_size;
    if (!push_frame(thread, r->code, base, caller + instr->d, at + 1))
        return "the recursion goes too deep";
    uint64_t *from = thread->slots + caller, *to = thread->slots + base + r->code->first_arg;
    for (uint32_t i = 0; i < r->move_count; i++)
        for (uint32_t k = 0; k < r->moves[i].len; k++)
            to[r->moves[i].to + k] = from[r->moves[i].from + k];
    return NULL;
}

static bool next_turn(uint64_t *slots, const Instr *instr, bool is_signed) {
    if (--slots[instr->a] == 0)
        return false;
    uint64_t counter = slots[instr->d] + slots[instr->b];
    slots[instr->d] = is_signed ? cut_signed(counter, instr->n) : cut_unsigned(counter, instr->n);
    return true;
}

/* The column, for each fast type: its cases in the switch of thread_run. */

#define NO_VALUE                                                                                   \
    ({                                                                                             \
        goto no_meaning;                                                                           \
        0;                                                                                         \
    })
#define READ_SIGNED(slot)        (__int128)(int64_t)slots[slot]
#define READ_UNSIGNED(slot)      (unsigned __int128)slots[slot]
#define WRITE_SIGNED(value, n)   cut_signed((uint64_t)(value), n)
#define WRITE_UNSIGNED(value, n) cut_unsigned((uint64_t)(value), n)
#define OPERANDS(type, read)                                                                       \
    const type a = read(instr->a), b = read(instr->b), c = read((uint32_t)instr->extra);           \
    (void)a, (void)b, (void)c
#define INTEGER_CASE(opcode, kind, bits, class, type, computes)                                    \
    case FAST_CODE(OP_##opcode, FAST_##kind): {                                                    \
        enum { width = bits };                                                                     \
        OPERANDS(type, READ_##class);                                                              \
        slots[instr->d] = WRITE_##class(computes, width);                                          \
        break;                                                                                     \
    }
#define FLOAT_CASE(opcode, kind, type, bits_of, computes)                                          \
    case FAST_CODE(OP_##opcode, FAST_##kind): {                                                    \
        OPERANDS(type, READ_##kind);                                                               \
        slots[instr->d] = bits_of(computes);                                                       \
        break;                                                                                     \
    }

#define COMPARISONS(name, read)                                                                    \
    case INSTR_CMP_##name##_EQ: slots[instr->d] = read(instr->a) == read(instr->b); break;         \
    case INSTR_CMP_##name##_NE: slots[instr->d] = read(instr->a) != read(instr->b); break;         \
    case INSTR_CMP_##name##_LT: slots[instr->d] = read(instr->a) < read(instr->b); break;          \
    case INSTR_CMP_##name##_LE: slots[instr->d] = read(instr->a) <= read(instr->b); break;         \
    case INSTR_CMP_##name##_GT: slots[instr->d] = read(instr->a) > read(instr->b); break;          \
    case INSTR_CMP_##name##_GE: slots[instr->d] = read(instr->a) >= read(instr->b); break;
#define READ_S(slot)   (int64_t)slots[slot]
#define READ_U(slot)   slots[slot]
#define READ_F32(slot) float_of_bits(slots[slot])
#define READ_F64(slot) double_of_bits(slots[slot])

RunStatus thread_run(Interp *in, Thread *thread) {
    Frame *frame = &thread->frames[thread->frame_count - 1];
    const Code *code = frame->code;
    uint64_t *slots = thread->slots + frame->base;
    const Instr *instr = code->instrs + thread->at;
    uint64_t steps = in->steps_left;
    const char *failure;
    int order;

    for (;; instr++) {
        if (steps-- == 0)
            return fail_at_limit(in, thread, (uint32_t)(instr - code->instrs));
        switch (instr->code) {
#define CLASS(name) SIGNED_##name
#define OP(opcode, text, in_, out, traits, levels, computes, doc)                                  \
    INTEGER_CASE(opcode, I8, 8, SIGNED, __int128, computes)                                        \
    INTEGER_CASE(opcode, I16, 16, SIGNED, __int128, computes)                                      \
    INTEGER_CASE(opcode, I32, 32, SIGNED, __int128, computes)                                      \
    INTEGER_CASE(opcode, I64, 64, SIGNED, __int128, computes)
#include "ir/ops.def"
#undef OP
#undef CLASS
#define CLASS(name) UNSIGNED_##name
#define OP(opcode, text, in_, out, traits, levels, computes, doc)                                  \
    INTEGER_CASE(opcode, BOOL, 1, UNSIGNED, unsigned __int128, computes)                           \
    INTEGER_CASE(opcode, U8, 8, UNSIGNED, unsigned __int128, computes)                             \
    INTEGER_CASE(opcode, U16, 16, UNSIGNED, unsigned __int128, computes)                           \
    INTEGER_CASE(opcode, U32, 32, UNSIGNED, unsigned __int128, computes)                           \
    INTEGER_CASE(opcode, U64, 64, UNSIGNED, unsigned __int128, computes)
#include "ir/ops.def"
#undef OP
#undef CLASS
#define CLASS(name) F32_##name
#define OP(opcode, text, in_, out, traits, levels, computes, doc)                                  \
    FLOAT_CASE(opcode, F32, float, bits_of_float, computes)
#include "ir/ops.def"
#undef OP
#undef CLASS
#define CLASS(name) F64_##name
#define OP(opcode, text, in_, out, traits, levels, computes, doc)                                  \
    FLOAT_CASE(opcode, F64, double, bits_of_double, computes)
#include "ir/ops.def"
#undef OP
#undef CLASS
        case INSTR_MOVE:          slots[instr->d] = slots[instr->a]; break;
        case INSTR_MOVE_N:
            memmove(slots + instr->d, slots + instr->a, instr->n * sizeof *slots);
            break;
        case INSTR_SELECT:
            memmove(slots + instr->d, slots + (slots[instr->a] ? instr->b : (uint32_t)instr->extra),
                    instr->n * sizeof *slots);
            break;
        case INSTR_SELECT_LANES:  select_lanes(slots, instr); break;
        case INSTR_EVAL:          eval_lanes(instr->record, slots, instr); break;
        case INSTR_CUT_SIGNED:    slots[instr->d] = cut_signed(slots[instr->a], instr->n); break;
        case INSTR_CUT_UNSIGNED:  slots[instr->d] = cut_unsigned(slots[instr->a], instr->n); break;
        case INSTR_BITCAST:       memory_bitcast(instr->record, slots, instr); break;
        COMPARISONS(S, READ_S)
        COMPARISONS(U, READ_U)
        COMPARISONS(F32, READ_F32)
        COMPARISONS(F64, READ_F64)
        case INSTR_TRIPS_SIGNED:
            slots[instr->d] = range_trips_signed((int64_t)slots[instr->a], (int64_t)slots[instr->b],
                                                 (int64_t)slots[instr->extra]);
            break;
        case INSTR_TRIPS_UNSIGNED:
            slots[instr->d] =
                range_trips_unsigned(slots[instr->a], slots[instr->b], slots[instr->extra]);
            break;
        case INSTR_TABLE: {
            const TableRecord *table = instr->record;
            uint64_t index = slots[instr->a];
            if (index >= table->count && in->step_limit)
                return interp_fail(in, code->ops[instr - code->instrs], "the index %lld is out of range: the tuple has %u items",
                                   (long long)index, table->count);
            if (index >= table->count)
                index = table->count - 1;
            if (table->count)
                memcpy(slots + instr->d, table->slots + index * instr->n, instr->n * sizeof *slots);
            break;
        }
        case INSTR_EXTRACT:
            slots[instr->d] = slots[instr->a + (slots[instr->b] < instr->n ? slots[instr->b] : 0)];
            break;
        case INSTR_INSERT:        insert_lane(slots, instr); break;
        case INSTR_SLICE:         slice_lanes(slots, instr); break;
        case INSTR_REDUCE:        reduce_lanes(slots, instr); break;
        case INSTR_JUMP:          instr = code->instrs + instr->target - 1; break;
        case INSTR_JUMP_UNLESS:
            if (!slots[instr->a])
                instr = code->instrs + instr->target - 1;
            break;
        case INSTR_FOR_NEXT:
            if (next_turn(slots, instr, true))
                instr = code->instrs + instr->target - 1;
            break;
        case INSTR_FOR_NEXT_U:
            if (next_turn(slots, instr, false))
                instr = code->instrs + instr->target - 1;
            break;
        case INSTR_COUNT:         slots[instr->d]++; break;
        case INSTR_CALL:
            failure = enter_call(in, thread, instr, (uint32_t)(instr - code->instrs));
            if (failure)
                goto failed;
            frame = &thread->frames[thread->frame_count - 1];
            code = frame->code;
            slots = thread->slots + frame->base;
            instr = code->instrs - 1;
            break;
        case INSTR_RETURN:
            memmove(thread->slots + frame->results, slots + instr->a, instr->n * sizeof *slots);
            if (thread->frame_count == 1) {
                thread->finished = true;
                pop_frame(thread);
                in->steps_left = steps;
                return RUN_FINISHED;
            }
            instr = thread->frames[thread->frame_count - 2].code->instrs + frame->return_to - 1;
            pop_frame(thread);
            frame = &thread->frames[thread->frame_count - 1];
            code = frame->code;
            slots = thread->slots + frame->base;
            break;
        case INSTR_LOAD:
            if ((failure = memory_load(in, instr->record, slots, instr)))
                goto failed;
            break;
        case INSTR_STORE:
            if ((failure = memory_store(in, instr->record, slots, instr)))
                goto failed;
            break;
        case INSTR_LOAD_BOUNDED:
            if ((failure = memory_load_bounded(in, instr->record, slots, instr)))
                goto failed;
            break;
        case INSTR_STORE_BOUNDED:
            if ((failure = memory_store_bounded(in, instr->record, slots, instr)))
                goto failed;
            break;
        case INSTR_ATOMIC:
            if ((failure = memory_atomic(in, instr->record, slots, instr)))
                goto failed;
            break;
        case INSTR_ATOMIC_CAS:
            if ((failure = memory_cas(in, instr->record, slots, instr)))
                goto failed;
            break;
        case INSTR_SUBVIEW:       view_subview(instr->record, slots, instr); break;
        case INSTR_RESHAPE:       view_reshape(instr->record, slots, instr); break;
        case INSTR_TRANSPOSE:     view_transpose(slots, instr); break;
        case INSTR_VIEW_BITCAST:  view_bitcast(instr->record, slots, instr); break;
        case INSTR_VIEW:          view_make(instr->record, slots, instr); break;
        case INSTR_PTR_OFFSET:
            slots[instr->d + PTR_LOW] = slots[instr->a + PTR_LOW];
            slots[instr->d + PTR_HIGH] = slots[instr->a + PTR_HIGH];
            slots[instr->d] = slots[instr->a] + slots[instr->b] * instr->extra;
            break;
        case INSTR_FIELD:
            memmove(slots + instr->d, slots + instr->a, PTR_SLOTS * sizeof *slots);
            slots[instr->d] += instr->extra;
            break;
        case INSTR_ALLOC_LOCAL:   alloc_local(thread, slots, instr); break;
        case INSTR_ALLOC_SHARED:  alloc_shared(in, slots, instr); break;
        case INSTR_SPECIAL:       slots[instr->d] = (uint64_t)thread->special[instr->n]; break;
        case INSTR_PRINT:         text_print_parts(instr->record, slots); break;
        case INSTR_FORMAT:
            slots[instr->d] = (uint64_t)(uintptr_t)intern_cstr(
                in->types->names, text_take_parts(instr->record, slots));
            break;
        case INSTR_STR_COMPARE:
            order = strcmp((const char *)(uintptr_t)slots[instr->a], (const char *)(uintptr_t)slots[instr->b]);
            slots[instr->d] = instr->n ? order == 0 : (uint64_t)(int64_t)order;
            break;
        case INSTR_ASSERT:
            if (!slots[instr->a]) {
                failure = text_take_parts(instr->record, slots);
                goto failed;
            }
            break;
        case INSTR_BARRIER:
        case INSTR_SHUFFLE:
        case INSTR_WARP:
        case INSTR_BLOCK:
        case INSTR_BROADCAST:
            thread->at = (uint32_t)(instr - code->instrs);
            in->steps_left = steps;
            return RUN_STOPPED;
        case INSTR_UNREACHABLE:
            failure = "control came where it can't";
            goto failed;
        default:
        no_meaning:
            return interp_fail(in, code->ops[instr - code->instrs],
                               "%s is not interpreted: it needs the host",
                               op_info[code->ops[instr - code->instrs]->code].text);
        }
    }
failed:
    interp_fail(in, code->ops[instr - code->instrs], "%s", failure);
    if (in->kernel)
        in->result.place = arena_printf(in->arena, "%s", text_place(in->kernel, thread->special));
    return RUN_FAILED;
}

InterpResult interp_call(Interp *in, Func *func, const Attr *const *args, uint32_t arg_count,
                         const Attr **results) {
    Thread thread = {0};
    Code *code = interp_code(in, func);
    in->result = (InterpResult){.status = INTERP_OK};
    in->steps_left = in->step_limit ? in->step_limit : UINT64_MAX;
    if (!code) {
        interp_fail(in, NULL, "%s has no body", func->name);
        return in->result;
    }
    thread_start(in, &thread, code);
    uint64_t *to = thread_frame(&thread) + code->first_arg;
    for (uint32_t i = 0; i < arg_count; i++) {
        const Type *type = func_entry(func)->args[i]->type;
        slots_from_attr(type, args[i], to);
        to += slots_of(type);
    }
    RunStatus status = thread_run(in, &thread);
    if (status == RUN_STOPPED)
        interp_fail(in, NULL, "%s waits for other threads, and there are none", func->name);
    const uint64_t *from = thread.slots;
    for (uint32_t i = 0; status == RUN_FINISHED && i < func->result_count; i++) {
        results[i] = slots_to_attr(in->types, func->results[i], from);
        from += slots_of(func->results[i]);
    }
    thread_destroy(&thread);
    return in->result;
}
