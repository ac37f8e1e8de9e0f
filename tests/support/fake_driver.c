// A driver without a GPU behind it, as libcuda.so.1: for the lines that say why CUDA cannot be used. FAKE_DRIVER_VERSION is the CUDA
// that it claims to know (12080: 12.8), FAKE_DRIVER_INIT what its cuInit returns. It can do nothing else.
#include <stdlib.h>
#include <string.h>

enum { kNotSupported = 801 };

static int setting(const char* name, int otherwise) {
    const char* value = getenv(name);
    return value != NULL ? atoi(value) : otherwise;
}

int cuInit(unsigned flags);
int cuDriverGetVersion(int* version);
int cuGetProcAddress_v2(const char* symbol, void** function, int version, unsigned long long flags,
                        int* status);

int cuInit(unsigned flags) {
    (void)flags;
    return setting("FAKE_DRIVER_INIT", 0);
}

int cuDriverGetVersion(int* version) {
    *version = setting("FAKE_DRIVER_VERSION", 99000);
    return 0;
}

static int cannot(void) { return kNotSupported; }

int cuGetProcAddress_v2(const char* symbol, void** function, int version, unsigned long long flags,
                        int* status) {
    (void)version;
    (void)flags;
    if (status != NULL) *status = 0;
    *function = (void*)cannot;
    if (strcmp(symbol, "cuInit") == 0) *function = (void*)cuInit;
    if (strcmp(symbol, "cuDriverGetVersion") == 0) *function = (void*)cuDriverGetVersion;
    if (strcmp(symbol, "cuGetProcAddress") == 0) *function = (void*)cuGetProcAddress_v2;
    return 0;
}
