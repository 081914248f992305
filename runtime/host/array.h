/* Arrays from the inside. The header is one allocation, the elements another, on the device. */
#ifndef WEFT_RT_ARRAY_H
#define WEFT_RT_ARRAY_H

#include "core/names.h"
#include "weft_host.h"

#include <stdatomic.h>

/* The arrays that a weft_host_call() made and has not released yet: freed when it fails. A ring. */
typedef struct ArrayLink {
    struct ArrayLink *before, *after;
} ArrayLink;

typedef ArrayLink ArrayList;

void array_list_init(ArrayList *list);
void array_list_destroy(ArrayList *list);                      /* the arrays too, whoever still counts on them */
void array_list_hand_over(ArrayList *list, ArrayList *to);     /* to NULL: nobody watches them any more */

struct HostGuard;
ArrayList *host_guard_arrays(struct HostGuard *guard);

struct weft_array {
    ArrayLink link; /* first: a link is its array. Before NULL: in no list */
    _Atomic int64_t references;
    weft_device *device;
    char *data;
    uint8_t dtype_code, dtype_bits;
    int32_t rank;
    int64_t elements;
    uint64_t bytes;
    int64_t shape[WEFT_MAX_RANK];
};

static inline int64_t array_element_size(const weft_array *array) {
    return array->dtype_bits / 8;
}

/* The elements where the host can read them: the array's own, or a copy that the caller frees by passing
 * `copy` to free(). */
const char *array_on_host(const weft_array *array, void **copy, const char *location);

#endif
