/* Kernels: every block one after the other, the threads of a block in turns.
 *
 * A thread runs until it is through or stops at a convergent op. When all threads of a warp have
 * stopped, the warp operation that comes first in the text is done for the threads that stand at
 * it; those are all that will come to it together, because the others are past it. "First" is by
 * the path of a thread: for each of its frames, from the outermost, the turns of the loops it is in
 * and then the instruction. Code lies in the order of the text, so a path only ever grows. A
 * barrier or an operation of the block waits for all warps.
 *
 * The trees of sums are those of the contract: lanes 16, 8, 4, 2, 1 apart, the lower one on the
 * left, and what is not active counts as nothing; the groups of 32 of a block in order. */
#include "ir/interp_internal.h"

#include "base/diag.h"

#include <stdlib.h>

enum { WARP = 32, MAX_THREADS = 1024 };

typedef struct Launch {
    Interp *in;
    Code *code;
    uint64_t *args; /* slots of the arguments, copied into every thread */
    uint32_t arg_slots;
    Thread *threads;
    uint32_t thread_count;
} Launch;

/* Paths. */

static int compare_words(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

/* The loops about an instruction, the outermost first. */
static uint32_t loops_about(const Code *code, uint32_t at, uint32_t *loops, uint32_t limit) {
    uint32_t depth = 0, loop = code->loop_of[at];
    for (uint32_t i = loop; i; i = code->loops[i - 1].parent)
        depth++;
    for (uint32_t i = loop, k = depth; i; i = code->loops[i - 1].parent)
        if (--k < limit)
            loops[k] = i;
    return depth < limit ? depth : limit;
}

enum { MAX_LOOPS = 64 };

static int compare_in_frame(const Thread *a, const Thread *b, uint32_t depth, uint32_t at_a,
                            uint32_t at_b) {
    const Frame *frame_a = &a->frames[depth], *frame_b = &b->frames[depth];
    uint32_t loops_a[MAX_LOOPS], loops_b[MAX_LOOPS];
    uint32_t count_a = loops_about(frame_a->code, at_a, loops_a, MAX_LOOPS);
    uint32_t count_b = loops_about(frame_b->code, at_b, loops_b, MAX_LOOPS);
    for (uint32_t i = 0; i < count_a && i < count_b && loops_a[i] == loops_b[i]; i++) {
        uint32_t turns = frame_a->code->loops[loops_a[i] - 1].turns;
        int order =
            turns ? compare_words(a->slots[frame_a->base + turns], b->slots[frame_b->base + turns])
                  : 0;
        if (order)
            return order;
    }
    return compare_words(at_a, at_b);
}

static uint32_t at_in_frame(const Thread *thread, uint32_t depth) {
    return depth + 1 == thread->frame_count ? thread->at : thread->frames[depth + 1].return_to - 1;
}

/* Below 0 when `a` has got less far than `b`. */
static int compare_paths(const Thread *a, const Thread *b) {
    for (uint32_t i = 0; i < a->frame_count && i < b->frame_count; i++) {
        int order = compare_in_frame(a, b, i, at_in_frame(a, i), at_in_frame(b, i));
        if (order)
            return order;
    }
    return compare_words(a->frame_count, b->frame_count);
}

/* Collectives. A group is an array of threads by lane, NULL where none takes part. */

typedef struct Lanes {
    uint64_t value[WARP];
    bool present[WARP];
} Lanes;

static uint64_t combine(const CollectiveRecord *r, const Type *scalar, uint64_t low,
                        uint64_t high) {
    Scalar pair[2] = {{.bits = low}, {.bits = high}}, out = {0};
    if (!eval_scalar(r->combine, scalar, scalar, NULL, pair, &out))
        weft_bug("a collective has no meaning for %s", scalar->name);
    return out.bits;
}

/* to = low op high, where what is absent counts as nothing. */
static void combine_lanes(const CollectiveRecord *r, const Type *scalar, Lanes *to, uint32_t at,
                          const Lanes *from, uint32_t low, uint32_t high) {
    if (from->present[low] && from->present[high])
        to->value[at] = combine(r, scalar, from->value[low], from->value[high]);
    else
        to->value[at] = from->value[from->present[low] ? low : high];
    to->present[at] = from->present[low] || from->present[high];
}

static void reduce_tree(const CollectiveRecord *r, const Type *scalar, Lanes *lanes) {
    for (uint32_t apart = WARP / 2; apart > 0; apart /= 2)
        for (uint32_t lane = 0; lane < apart; lane++)
            combine_lanes(r, scalar, lanes, lane, lanes, lane, lane + apart);
}

static void prefix_tree(const CollectiveRecord *r, const Type *scalar, Lanes *lanes) {
    for (uint32_t apart = 1; apart < WARP; apart *= 2) {
        Lanes before = *lanes;
        for (uint32_t lane = apart; lane < WARP; lane++)
            combine_lanes(r, scalar, lanes, lane, &before, lane - apart, lane);
    }
}

static Lanes lanes_of(Thread *const *group, uint32_t slot, uint32_t offset) {
    Lanes lanes = {0};
    for (uint32_t lane = 0; lane < WARP; lane++) {
        if (!group[lane])
            continue;
        lanes.present[lane] = true;
        lanes.value[lane] = thread_frame(group[lane])[slot + offset];
    }
    return lanes;
}

static void run_ballot(Thread *const *group, const Instr *instr) {
    uint64_t bits = 0;
    for (uint32_t lane = 0; lane < WARP; lane++)
        if (group[lane] && thread_frame(group[lane])[instr->a])
            bits |= 1ull << lane;
    for (uint32_t lane = 0; lane < WARP; lane++)
        if (group[lane])
            thread_frame(group[lane])[instr->d] = bits;
}

static void run_warp(Thread *const *group, const Instr *instr) {
    const CollectiveRecord *r = instr->record;
    const Type *scalar = type_scalar_of(r->type);
    if (r->kind == COLLECTIVE_BALLOT) {
        run_ballot(group, instr);
        return;
    }
    for (uint32_t i = 0; i < r->slots; i++) {
        Lanes lanes = lanes_of(group, instr->a, i);
        if (r->kind == COLLECTIVE_PREFIX)
            prefix_tree(r, scalar, &lanes);
        else
            reduce_tree(r, scalar, &lanes);
        for (uint32_t lane = 0; lane < WARP; lane++)
            if (group[lane])
                thread_frame(group[lane])[instr->d + i] =
                    lanes.value[r->kind == COLLECTIVE_PREFIX ? lane : 0];
    }
}

static int64_t source_lane(CollectiveKind kind, int64_t lane, int64_t operand) {
    switch (kind) {
    case SHUFFLE_DOWN: return (int64_t)((uint64_t)lane + (uint64_t)operand);
    case SHUFFLE_UP:   return (int64_t)((uint64_t)lane - (uint64_t)operand);
    case SHUFFLE_XOR:  return lane ^ operand;
    default:           return operand;
    }
}

/* All are read before any is written: a thread's value may lie in the slots of the result. */
static void run_shuffle(Thread *const *group, const Instr *instr) {
    const CollectiveRecord *r = instr->record;
    uint64_t *values = calloc((size_t)WARP * r->slots, sizeof *values);
    if (!values)
        weft_bug("out of memory");
    for (uint32_t lane = 0; lane < WARP; lane++)
        if (group[lane])
            memcpy(values + lane * r->slots, thread_frame(group[lane]) + instr->a,
                   r->slots * sizeof *values);
    for (uint32_t lane = 0; lane < WARP; lane++) {
        if (!group[lane])
            continue;
        uint64_t *frame = thread_frame(group[lane]);
        int64_t source = source_lane(r->kind, lane, (int64_t)frame[instr->b]);
        if (source < 0 || source >= WARP || !group[source])
            source = lane;
        memcpy(frame + instr->d, values + (uint64_t)source * r->slots, r->slots * sizeof *values);
    }
    free(values);
}

static uint32_t group_count(const Launch *launch) {
    return (launch->thread_count + WARP - 1) / WARP;
}

static void fill_group(const Launch *launch, uint32_t warp, Thread **group) {
    for (uint32_t lane = 0; lane < WARP; lane++) {
        uint32_t index = warp * WARP + lane;
        group[lane] = index < launch->thread_count ? &launch->threads[index] : NULL;
    }
}

/* Each group by its tree, then the groups in order. */
static void run_block_slot(Launch *launch, const Instr *instr, uint32_t offset) {
    const CollectiveRecord *r = instr->record;
    const Type *scalar = type_scalar_of(r->type);
    bool is_prefix = r->kind == COLLECTIVE_PREFIX;
    uint64_t total = 0;
    for (uint32_t warp = 0; warp < group_count(launch); warp++) {
        Thread *group[WARP];
        fill_group(launch, warp, group);
        Lanes lanes = lanes_of(group, instr->a, offset);
        if (is_prefix)
            prefix_tree(r, scalar, &lanes);
        else
            reduce_tree(r, scalar, &lanes);
        /* what is absent counts as nothing: the last lane has all */
        uint64_t own = lanes.value[is_prefix ? WARP - 1 : 0];
        for (uint32_t lane = 0; is_prefix && lane < WARP; lane++)
            if (group[lane])
                thread_frame(group[lane])[instr->d + offset] =
                    warp ? combine(r, scalar, total, lanes.value[lane]) : lanes.value[lane];
        total = warp ? combine(r, scalar, total, own) : own;
    }
    for (uint32_t i = 0; !is_prefix && i < launch->thread_count; i++)
        thread_frame(&launch->threads[i])[instr->d + offset] = total;
}

static void run_block_op(Launch *launch, const Instr *instr) {
    const CollectiveRecord *r = instr->record;
    for (uint32_t i = 0; i < r->slots; i++)
        run_block_slot(launch, instr, i);
}

static RunStatus run_broadcast(Launch *launch, const Instr *instr) {
    const CollectiveRecord *r = instr->record;
    uint64_t source = thread_frame(&launch->threads[0])[instr->b];
    if (source >= launch->thread_count)
        return interp_fail(launch->in, launch->code->ops[0],
                           "block.broadcast from thread %lld of %u", (long long)source,
                           launch->thread_count);
    uint64_t *value = malloc(r->slots * sizeof *value);
    if (!value)
        weft_bug("out of memory");
    memcpy(value, thread_frame(&launch->threads[source]) + instr->a, r->slots * sizeof *value);
    for (uint32_t i = 0; i < launch->thread_count; i++)
        memcpy(thread_frame(&launch->threads[i]) + instr->d, value, r->slots * sizeof *value);
    free(value);
    return RUN_STOPPED;
}

/* Scheduling. */

static bool is_warp_op(const Instr *instr) {
    return instr->code == INSTR_SHUFFLE || instr->code == INSTR_WARP;
}

static RunStatus advance(Launch *launch, Thread *thread) {
    return thread->finished ? RUN_FINISHED : thread_run(launch->in, thread);
}

/* The one of the warp that has got least far, or NULL when all are through. */
static Thread *find_first(Thread *const *warp) {
    Thread *first = NULL;
    for (uint32_t lane = 0; lane < WARP; lane++)
        if (warp[lane] && !warp[lane]->finished && (!first || compare_paths(warp[lane], first) < 0))
            first = warp[lane];
    return first;
}

/* Runs a warp until its threads are through or all stand at a block's op. */
static RunStatus run_warp_to_barrier(Launch *launch, Thread *const *warp) {
    for (uint32_t lane = 0; lane < WARP; lane++)
        if (warp[lane] && advance(launch, warp[lane]) == RUN_FAILED)
            return RUN_FAILED;
    for (Thread *first = find_first(warp); first && is_warp_op(thread_instr(first));
         first = find_first(warp)) {
        Thread *group[WARP] = {0};
        const Instr *instr = thread_instr(first);
        for (uint32_t lane = 0; lane < WARP; lane++)
            if (warp[lane] && !warp[lane]->finished && compare_paths(warp[lane], first) == 0)
                group[lane] = warp[lane];
        if (instr->code == INSTR_SHUFFLE)
            run_shuffle(group, instr);
        else
            run_warp(group, instr);
        for (uint32_t lane = 0; lane < WARP; lane++) {
            if (!group[lane])
                continue;
            group[lane]->at++;
            if (advance(launch, group[lane]) == RUN_FAILED)
                return RUN_FAILED;
        }
    }
    return RUN_STOPPED;
}

/* All threads stand at one place, or all are through; anything else breaks the rule of barriers. */
static RunStatus meet(Launch *launch) {
    Thread *first = &launch->threads[0];
    for (uint32_t i = 1; i < launch->thread_count; i++) {
        Thread *other = &launch->threads[i];
        bool together = first->finished == other->finished &&
                        (first->finished || compare_paths(first, other) == 0);
        if (together)
            continue;
        Thread *waiting = first->finished ? other : first;
        const Code *code = waiting->frames[waiting->frame_count - 1].code;
        return interp_fail(launch->in, code->ops[waiting->at],
                           "%s is not reached by all threads of the block",
                           op_info[code->ops[waiting->at]->code].text);
    }
    if (first->finished)
        return RUN_FINISHED;
    const Instr *instr = thread_instr(first);
    if (instr->code == INSTR_BLOCK)
        run_block_op(launch, instr);
    else if (instr->code == INSTR_BROADCAST && run_broadcast(launch, instr) == RUN_FAILED)
        return RUN_FAILED;
    for (uint32_t i = 0; i < launch->thread_count; i++)
        launch->threads[i].at++;
    return RUN_STOPPED;
}

static RunStatus run_block(Launch *launch) {
    RunStatus status = RUN_STOPPED;
    while (status == RUN_STOPPED) {
        for (uint32_t warp = 0; warp < group_count(launch); warp++) {
            Thread *group[WARP];
            fill_group(launch, warp, group);
            if (run_warp_to_barrier(launch, group) == RUN_FAILED)
                return RUN_FAILED;
        }
        status = meet(launch);
    }
    return status;
}

static void start_thread(Launch *launch, Thread *thread) {
    thread_start(launch->in, thread, launch->code);
    memcpy(thread_frame(thread) + launch->code->first_arg, launch->args,
           launch->arg_slots * sizeof *launch->args);
}

/* over=: the items one after the other, each a thread on its own. */
static RunStatus run_items(Launch *launch, uint32_t rank, const int64_t *shape) {
    int64_t item[4] = {0};
    Thread *thread = &launch->threads[0];
    launch->thread_count = 1;
    for (uint32_t i = 0; i < rank; i++) {
        item[i] = shape[2 * i];
        if (item[i] >= shape[2 * i + 1])
            return RUN_FINISHED;
    }
    for (;;) {
        start_thread(launch, thread);
        memcpy(thread->special + SPECIAL_ITEM, item, sizeof item);
        RunStatus status = thread_run(launch->in, thread);
        if (status != RUN_FINISHED)
            return status == RUN_FAILED
                       ? status
                       : interp_fail(launch->in, NULL, "items meet nobody, but one waits");
        uint32_t i = rank;
        while (i-- > 0 && ++item[i] == shape[2 * i + 1])
            item[i] = shape[2 * i];
        if (i == UINT32_MAX)
            return RUN_FINISHED;
    }
}

static void start_block(Launch *launch, const int64_t *shape, const int64_t *block) {
    for (uint32_t i = 0; i < launch->thread_count; i++) {
        Thread *thread = &launch->threads[i];
        int64_t linear = i;
        start_thread(launch, thread);
        for (uint32_t dim = 0; dim < 3; dim++) {
            thread->special[SPECIAL_THREAD + dim] = linear % shape[3 + dim];
            linear /= shape[3 + dim];
            thread->special[SPECIAL_BLOCK + dim] = block[dim];
            thread->special[SPECIAL_GRID_DIM + dim] = shape[dim];
            thread->special[SPECIAL_BLOCK_DIM + dim] = shape[3 + dim];
        }
        thread->special[SPECIAL_LANE] = i % WARP;
        thread->special[SPECIAL_WARP] = i / WARP;
    }
}

static RunStatus run_grid(Launch *launch, const int64_t *shape) {
    int64_t threads = 1, block[3];
    for (uint32_t i = 0; i < 6; i++)
        if (shape[i] <= 0)
            return RUN_FINISHED;
    for (uint32_t i = 3; i < 6 && threads <= MAX_THREADS; i++)
        threads = shape[i] > MAX_THREADS ? MAX_THREADS + 1 : threads * shape[i];
    if (threads > MAX_THREADS)
        return interp_fail(launch->in, NULL, "a block has at most %d threads", MAX_THREADS);
    launch->thread_count = (uint32_t)threads;
    for (block[2] = 0; block[2] < shape[2]; block[2]++) {
        for (block[1] = 0; block[1] < shape[1]; block[1]++) {
            for (block[0] = 0; block[0] < shape[0]; block[0]++) {
                start_block(launch, shape, block);
                if (run_block(launch) == RUN_FAILED)
                    return RUN_FAILED;
            }
        }
    }
    return RUN_FINISHED;
}

/* Arguments. */

static void view_from_argument(const Type *type, const InterpView *view, uint64_t *to) {
    uint64_t low = (uint64_t)(uintptr_t)view->base, high = low, size = type_size(type->element);
    bool empty = false;
    for (uint32_t i = 0; i < type->rank; i++) {
        to[slot_of_extent(i)] = (uint64_t)view->extents[i];
        to[slot_of_stride(type->rank, i)] = (uint64_t)view->strides[i];
        empty |= view->extents[i] <= 0;
        uint64_t span = (uint64_t)(view->extents[i] - 1) * (uint64_t)view->strides[i] * size;
        if (view->strides[i] < 0)
            low += span;
        else
            high += span;
    }
    to[PTR_ADDRESS] = (uint64_t)(uintptr_t)view->base;
    to[PTR_LOW] = empty ? 0 : low;
    to[PTR_HIGH] = empty ? 0 : high + size;
}

/* The flat form of a tensor: its pointer, then the strides of a strided one (flatten-views). */
static uint64_t *flat_argument(const Type *type, const InterpView *view, uint64_t *to) {
    uint64_t whole[PTR_SLOTS + 2 * MAX_RANK];
    view_from_argument(type, view, whole);
    memcpy(to, whole, PTR_SLOTS * sizeof *to);
    to += PTR_SLOTS;
    for (uint32_t i = 0; type->layout == LAYOUT_STRIDED && i < type->rank; i++)
        *to++ = (uint64_t)view->strides[i];
    return to;
}

static void fill_arguments(Func *kernel, const int64_t *dims, void *const *args, uint64_t *to) {
    for (uint32_t i = 0; i < kernel->dim_count; i++)
        *to++ = (uint64_t)dims[i];
    for (uint32_t i = 0; i < kernel->arg_count; i++) {
        const Type *type = kernel->args[i].type;
        if (type->kind == TYPE_VIEW && kernel->flat) {
            to = flat_argument(type, args[i], to);
            continue;
        }
        if (type->kind == TYPE_VIEW)
            view_from_argument(type, args[i], to);
        else
            slots_from_bytes(type, args[i], to);
        to += slots_of(type);
    }
}

static uint32_t slots_of_arguments(const Func *kernel) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < func_entry(kernel)->arg_count; i++)
        count += slots_of(func_entry(kernel)->args[i]->type);
    return count;
}

InterpResult interp_launch(Interp *in, Func *kernel, const int64_t *dims, void *const *args,
                           const int64_t *shape) {
    in->result = (InterpResult){.status = INTERP_OK};
    in->steps_left = in->step_limit ? in->step_limit : UINT64_MAX;
    in->shared.len = 0;
    in->kernel = kernel->kernel ? kernel : NULL;
    Launch launch = {.in = in, .code = interp_code(in, kernel)};
    if (!launch.code) {
        interp_fail(in, NULL, "%s has no body", kernel->name);
        return in->result;
    }
    launch.arg_slots = slots_of_arguments(kernel);
    launch.args = arena_array(in->arena, uint64_t, launch.arg_slots + 1);
    fill_arguments(kernel, dims, args, launch.args);
    launch.threads = calloc(MAX_THREADS, sizeof *launch.threads);
    if (!launch.threads)
        weft_bug("out of memory");
    uint32_t over_rank = kernel->kernel ? kernel->kernel->over_rank : 0;
    if (over_rank)
        run_items(&launch, over_rank, shape);
    else
        run_grid(&launch, shape);
    for (uint32_t i = 0; i < MAX_THREADS; i++)
        thread_destroy(&launch.threads[i]);
    free(launch.threads);
    return in->result;
}
