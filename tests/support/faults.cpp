// Failures by injection, for tests: a library for LD_PRELOAD that lets one call of a program fail, the Nth of its kind after main
// has begun.
//   FAULT=KIND:N    the Nth call of this kind fails, and no other; KIND:N+ the Nth and all after it
//   FAULT_SEEN=FILE when the program ends: "KIND CALLS" of each kind; at once in FILE.failed: the module that made the call
//   FAULT_OURS=1    only calls that the program's own modules make are counted (those of operator new always are: C++ alone has it)
// Kinds: new (operator new: bad_alloc), malloc (malloc, calloc, realloc, aligned: ENOMEM), map (mmap: ENOMEM), open (EMFILE), read
// (EIO), write (ENOSPC), sync (fsync, fdatasync: EIO), rename (ENOSPC), thread (pthread_create: EAGAIN), encode (avcodec_send_frame:
// ENOMEM), mux (av_interleaved_write_frame, av_write_frame, av_write_trailer: ENOSPC).
// Nothing of the program is changed: what libav, oneDNN and the C++ library do for it fails too.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

namespace {

enum Kind {
    kNew,
    kMalloc,
    kMap,
    kOpen,
    kRead,
    kWrite,
    kSync,
    kRename,
    kThread,
    kEncode,
    kMux,
    kKinds
};
constexpr const char* kNames[kKinds] = {"new",  "malloc", "map",    "open",   "read", "write",
                                        "sync", "rename", "thread", "encode", "mux"};

std::atomic<bool> armed{false};
std::atomic<long> calls[kKinds];
int chosen = -1;
long first = 0, last = 0;
bool ours_only = false;
const char* seen_path = nullptr;
thread_local bool inside = false;  // dladdr and printf allocate

template <class Function>
Function next_of(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}
/// The same, looked up once.
template <class Function>
Function looked_up(Function& real, const char* name) {
    if (real == nullptr) real = next_of<Function>(name);
    return real;
}

/// The file name of the module that `address` is in.
const char* module_of(const void* address) {
    Dl_info info{};
    if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "?";
    const char* slash = std::strrchr(info.dli_fname, '/');
    return slash != nullptr ? slash + 1 : info.dli_fname;
}

bool is_ours(const void* caller) {
    const char* module = module_of(caller);
    return std::strncmp(module, "reverie", 7) == 0 || std::strncmp(module, "libreverie", 10) == 0;
}

void say_who_failed(const void* caller) {
    inside = true;
    const std::string path =
        seen_path != nullptr ? std::string(seen_path) + ".failed" : "/dev/null";
    if (std::FILE* file = std::fopen(path.c_str(), "w")) {
        std::fprintf(file, "%s\n", module_of(caller));
        std::fclose(file);
    }
    inside = false;
}

bool fails(Kind kind, const void* caller) {
    if (!armed || inside) return false;
    if (ours_only && kind != kNew) {
        inside = true;
        const bool ours = is_ours(caller);
        inside = false;
        if (!ours) return false;
    }
    const long number = ++calls[kind];
    if (kind != chosen || number < first || number > last) return false;
    if (number == first) say_who_failed(caller);
    return true;
}

void say_what_was_seen() {
    armed = false;
    if (seen_path == nullptr) return;
    std::FILE* file = std::fopen(seen_path, "w");
    if (file == nullptr) return;
    for (int kind = 0; kind < kKinds; ++kind)
        std::fprintf(file, "%s %ld\n", kNames[kind], calls[kind].load());
    std::fclose(file);
}

void read_wish() {
    seen_path = std::getenv("FAULT_SEEN");
    ours_only = std::getenv("FAULT_OURS") != nullptr;
    const char* wish = std::getenv("FAULT");
    const char* colon = wish != nullptr ? std::strchr(wish, ':') : nullptr;
    if (colon == nullptr) return;
    for (int kind = 0; kind < kKinds; ++kind) {
        const size_t length = std::strlen(kNames[kind]);
        if (length == static_cast<size_t>(colon - wish) &&
            std::strncmp(wish, kNames[kind], length) == 0)
            chosen = kind;
    }
    first = std::atol(colon + 1);
    last = wish[std::strlen(wish) - 1] == '+' ? 1L << 60 : first;
}

using Main = int (*)(int, char**, char**);
Main real_main = nullptr;

int watched_main(int argc, char** argv, char** environment) {
    read_wish();
    ::unsetenv("LD_PRELOAD");  // programs that it starts, such as a sanitizer's, are none of ours
    std::atexit(say_what_was_seen);
    armed = true;
    return real_main(argc, argv, environment);
}

}  // namespace

#define CALLER __builtin_return_address(0)
#define REAL(name) looked_up(name##_real, #name)

extern "C" {

int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                      void (*ld_fini)(), void* stack_end) {
    using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
    real_main = main;
    return next_of<Start>("__libc_start_main")(watched_main, argc, argv, init, fini, ld_fini,
                                               stack_end);
}

// dlsym itself allocates: glibc's own names are used instead, or the sanitizers', where the program
// has one whose allocator watches over its memory.
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
__attribute__((weak)) void* __interceptor_malloc(size_t);
__attribute__((weak)) void* __interceptor_calloc(size_t, size_t);
__attribute__((weak)) void* __interceptor_realloc(void*, size_t);
__attribute__((weak)) void* __interceptor_memalign(size_t, size_t);

#define ALLOCATOR(name) (__interceptor_##name != nullptr ? __interceptor_##name : __libc_##name)

void* malloc(size_t size) {
    if (!fails(kMalloc, CALLER)) return ALLOCATOR(malloc)(size);
    errno = ENOMEM;
    return nullptr;
}
void* calloc(size_t count, size_t size) {
    if (!fails(kMalloc, CALLER)) return ALLOCATOR(calloc)(count, size);
    errno = ENOMEM;
    return nullptr;
}
void* realloc(void* memory, size_t size) {
    if (!fails(kMalloc, CALLER)) return ALLOCATOR(realloc)(memory, size);
    errno = ENOMEM;
    return nullptr;
}
void* aligned_alloc(size_t alignment, size_t size) {
    if (!fails(kMalloc, CALLER)) return ALLOCATOR(memalign)(alignment, size);
    errno = ENOMEM;
    return nullptr;
}
void* memalign(size_t alignment, size_t size) {
    if (!fails(kMalloc, CALLER)) return ALLOCATOR(memalign)(alignment, size);
    errno = ENOMEM;
    return nullptr;
}
int posix_memalign(void** memory, size_t alignment, size_t size) {
    if (fails(kMalloc, CALLER)) return ENOMEM;
    *memory = ALLOCATOR(memalign)(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}

static void* (*mmap_real)(void*, size_t, int, int, int, off_t);
void* mmap(void* at, size_t size, int protection, int flags, int file, off_t offset) {
    if (!fails(kMap, CALLER)) return REAL(mmap)(at, size, protection, flags, file, offset);
    errno = ENOMEM;
    return MAP_FAILED;
}
static void* (*mmap64_real)(void*, size_t, int, int, int, off64_t);
void* mmap64(void* at, size_t size, int protection, int flags, int file, off64_t offset) {
    if (!fails(kMap, CALLER)) return REAL(mmap64)(at, size, protection, flags, file, offset);
    errno = ENOMEM;
    return MAP_FAILED;
}

#define OPENS(name)                                                      \
    static int (*name##_real)(const char*, int, ...);                    \
    int name(const char* path, int flags, ...) {                         \
        va_list rest;                                                    \
        va_start(rest, flags);                                           \
        const mode_t mode = va_arg(rest, mode_t);                        \
        va_end(rest);                                                    \
        if (!fails(kOpen, CALLER)) return REAL(name)(path, flags, mode); \
        errno = EMFILE;                                                  \
        return -1;                                                       \
    }
OPENS(open)
OPENS(open64)

#define OPENS_FILE(name)                                          \
    static std::FILE* (*name##_real)(const char*, const char*);   \
    std::FILE* name(const char* path, const char* mode) {         \
        if (!fails(kOpen, CALLER)) return REAL(name)(path, mode); \
        errno = EMFILE;                                           \
        return nullptr;                                           \
    }
OPENS_FILE(fopen)
OPENS_FILE(fopen64)

static ssize_t (*read_real)(int, void*, size_t);
ssize_t read(int file, void* to, size_t size) {
    if (!fails(kRead, CALLER)) return REAL(read)(file, to, size);
    errno = EIO;
    return -1;
}
static ssize_t (*pread64_real)(int, void*, size_t, off64_t);
ssize_t pread64(int file, void* to, size_t size, off64_t at) {
    if (!fails(kRead, CALLER)) return REAL(pread64)(file, to, size, at);
    errno = EIO;
    return -1;
}
static ssize_t (*write_real)(int, const void*, size_t);
ssize_t write(int file, const void* from, size_t size) {
    if (!fails(kWrite, CALLER)) return REAL(write)(file, from, size);
    errno = ENOSPC;
    return -1;
}
static ssize_t (*writev_real)(int, const struct iovec*, int);
ssize_t writev(int file, const struct iovec* from, int count) {
    if (!fails(kWrite, CALLER)) return REAL(writev)(file, from, count);
    errno = ENOSPC;
    return -1;
}
static int (*fsync_real)(int);
int fsync(int file) {
    if (!fails(kSync, CALLER)) return REAL(fsync)(file);
    errno = EIO;
    return -1;
}
static int (*fdatasync_real)(int);
int fdatasync(int file) {
    if (!fails(kSync, CALLER)) return REAL(fdatasync)(file);
    errno = EIO;
    return -1;
}
static int (*rename_real)(const char*, const char*);
int rename(const char* from, const char* to) {
    if (!fails(kRename, CALLER)) return REAL(rename)(from, to);
    errno = ENOSPC;
    return -1;
}
static int (*pthread_create_real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
int pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*run)(void*), void* of) {
    if (fails(kThread, CALLER)) return EAGAIN;
    return REAL(pthread_create)(thread, how, run, of);
}

struct AVCodecContext;
struct AVFrame;
struct AVFormatContext;
struct AVPacket;
static int (*avcodec_send_frame_real)(AVCodecContext*, const AVFrame*);
int avcodec_send_frame(AVCodecContext* encoder, const AVFrame* frame) {
    return fails(kEncode, CALLER) ? -ENOMEM : REAL(avcodec_send_frame)(encoder, frame);
}
static int (*av_interleaved_write_frame_real)(AVFormatContext*, AVPacket*);
int av_interleaved_write_frame(AVFormatContext* muxer, AVPacket* packet) {
    return fails(kMux, CALLER) ? -ENOSPC : REAL(av_interleaved_write_frame)(muxer, packet);
}
static int (*av_write_frame_real)(AVFormatContext*, AVPacket*);
int av_write_frame(AVFormatContext* muxer, AVPacket* packet) {
    return fails(kMux, CALLER) ? -ENOSPC : REAL(av_write_frame)(muxer, packet);
}
static int (*av_write_trailer_real)(AVFormatContext*);
int av_write_trailer(AVFormatContext* muxer) {
    return fails(kMux, CALLER) ? -ENOSPC : REAL(av_write_trailer)(muxer);
}

}  // extern "C"

// libstdc++'s own, with a failure in it.
void* operator new(size_t size) {
    void* memory = fails(kNew, CALLER) ? nullptr : ALLOCATOR(malloc)(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void* operator new[](size_t size) { return operator new(size); }
void* operator new(size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return fails(kNew, CALLER) ? nullptr : ALLOCATOR(malloc)(size != 0 ? size : 1);
}
void* operator new[](size_t size, const std::nothrow_t& tag) noexcept {
    return operator new(size, tag);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
