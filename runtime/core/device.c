#include "core/device.h"

#include "core/error.h"
#include "cpu/cpu.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 32 };

static const DeviceOps cpu_ops = {.launch = cpu_launch};
static weft_device cpu_device = {.name = "cpu", .dl = {kDLCPU, 0}, .host_memory = true, .ops = &cpu_ops};

/* Read without a lock: an entry is written before the count that shows it. */
static _Atomic(weft_device *) devices[MAX_DEVICES] = {&cpu_device};
static _Atomic int32_t device_total = 1;
static pthread_mutex_t register_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(weft_device *) chosen_default;

static weft_device *find_device(const char *name) {
    int32_t total = atomic_load_explicit(&device_total, memory_order_acquire);
    for (int32_t i = 0; i < total; i++) {
        weft_device *device = atomic_load_explicit(&devices[i], memory_order_acquire);
        if (strcmp(device->name, name) == 0)
            return device;
    }
    return NULL;
}

static weft_status no_such_device(const char *name, const char *asked_by) {
    char known[256] = "";
    int32_t total = atomic_load(&device_total);
    for (int32_t i = 0; i < total; i++) {
        if (i > 0)
            strncat(known, ", ", sizeof known - strlen(known) - 1);
        strncat(known, atomic_load(&devices[i])->name, sizeof known - strlen(known) - 1);
    }
    return error_set(WEFT_ERROR_DEVICE, "there is no device %s%s; there is: %s", name, asked_by, known);
}

weft_status device_register(weft_device *device) {
    weft_status status = WEFT_OK;
    pthread_mutex_lock(&register_lock);
    int32_t total = atomic_load(&device_total), at = 0;
    while (at < total && strcmp(atomic_load(&devices[at])->name, device->name) != 0)
        at++;
    if (at == MAX_DEVICES) {
        status = error_set(WEFT_ERROR_DEVICE, "%s is one device too many: %d is the most", device->name, MAX_DEVICES);
    } else {
        atomic_store_explicit(&devices[at], device, memory_order_release);
        if (at == total)
            atomic_store_explicit(&device_total, total + 1, memory_order_release);
    }
    pthread_mutex_unlock(&register_lock);
    return status;
}

void device_set_default(weft_device *device) {
    atomic_store_explicit(&chosen_default, device, memory_order_release);
}

weft_device *device_cpu(void) {
    return &cpu_device;
}

/* WEFT_DEVICE is read once it can be answered: a driver may register its device later than the first call. */
weft_status device_default(weft_device **device) {
    *device = atomic_load_explicit(&chosen_default, memory_order_acquire);
    if (*device)
        return WEFT_OK;
    const char *wanted = getenv("WEFT_DEVICE");
    *device = wanted && *wanted ? find_device(wanted) : &cpu_device;
    if (!*device)
        return no_such_device(wanted, ", which WEFT_DEVICE names");
    weft_device *none = NULL;
    atomic_compare_exchange_strong(&chosen_default, &none, *device);
    return WEFT_OK;
}

bool device_holds(const weft_device *device, const DLTensor *tensor) {
    if (tensor->device.device_type == device->dl.device_type && tensor->device.device_id == device->dl.device_id)
        return true;
    return device->host_memory && tensor->device.device_type == kDLCPU;
}

/* Memory of the host may belong to several devices: the default decides, else it is the CPU's. */
weft_device *device_of_tensor(const DLTensor *tensor) {
    if (tensor->device.device_type == kDLCPU) {
        weft_device *usual;
        return device_default(&usual) == WEFT_OK && usual->host_memory ? usual : &cpu_device;
    }
    int32_t total = atomic_load_explicit(&device_total, memory_order_acquire);
    for (int32_t i = 0; i < total; i++) {
        weft_device *device = atomic_load_explicit(&devices[i], memory_order_acquire);
        if (device_holds(device, tensor))
            return device;
    }
    return NULL;
}

weft_status weft_device_get(const char *name, weft_device **device) {
    if (!device)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_device_get: device is NULL");
    if (!name)
        return device_default(device);
    *device = find_device(name);
    return *device ? WEFT_OK : no_such_device(name, "");
}

const char *weft_device_name(const weft_device *device) {
    return device ? device->name : "";
}

weft_status weft_device_count(int32_t *count) {
    if (!count)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_device_count: count is NULL");
    *count = atomic_load(&device_total);
    return WEFT_OK;
}

weft_status weft_device_at(int32_t index, weft_device **device) {
    if (!device)
        return error_set(WEFT_ERROR_ARGUMENT, "weft_device_at: device is NULL");
    int32_t total = atomic_load(&device_total);
    if (index < 0 || index >= total)
        return error_set(WEFT_ERROR_DEVICE, "there is no device %d: they are 0 to %d", index, total - 1);
    *device = atomic_load(&devices[index]);
    return WEFT_OK;
}

weft_status weft_device_synchronize(weft_device *device) {
    if (!device)
        TRY(device_default(&device));
    return device->ops->synchronize ? device->ops->synchronize(device, NULL) : WEFT_OK;
}
