// Cameras that are not there, for tests: a library that is linked before libc, or named in LD_PRELOAD, and answers the
// calls that V4L2 programs make. $FAKECAM is a folder; each folder in it is a camera, and its files, read at every call,
// say what the camera does:
//   device     its path (/dev/video0)         name, bus   what it calls itself, where it is plugged in
//   modes      lines like `YUYV 640x360 30`; the first is also what it sends when the one in use is not in it any more
//   frame.jpg  what it sends in MJPG modes    unplugged   it is gone; who had it open must open it anew
//   stalled    it is there, but sends nothing busy, denied   another program has it; no permission
//   output     it is a virtual camera: what is written to it is appended to the file `written`
// YUYV pictures: luma (x + 4·number) mod 256, chroma 128.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MAX_OPEN = 16, MAX_BUFFERS = 32, MAX_MODES = 32, PATH_BYTES = 512 };

struct mode {
    uint32_t fourcc;
    int width, height, fps;
};

struct handle {
    int used, fd, nonblocking, dead, streaming, buffers, queued[MAX_BUFFERS], head, tail;
    char folder[PATH_BYTES];
    struct mode mode;
    size_t buffer_bytes;
    unsigned char *memory;
    unsigned number;
    double next_s;
};

static struct handle handles[MAX_OPEN];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open(void))(const char *, int, ...) {
    static int (*real)(const char *, int, ...);
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
    return real;
}

static int (*real_close(void))(int) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
    return real;
}

static ssize_t (*real_write(void))(int, const void *, size_t) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    return real;
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int fail(int error) {
    errno = error;
    return -1;
}

static int has(const char *folder, const char *file) {
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return access(path, F_OK) == 0;
}

/// Reads a file of the camera; "" where it is not there. Returns the number of bytes.
static size_t read_file(const char *folder, const char *file, char *text, size_t size) {
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    const int fd = real_open()(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? 0 : read(fd, text, size - 1);
    if (fd >= 0) real_close()(fd);
    if (count < 0) count = 0;
    text[count] = 0;
    return (size_t)count;
}

static void line_of(const char *folder, const char *file, const char *otherwise, char *line, size_t size) {
    if (read_file(folder, file, line, size) == 0) snprintf(line, size, "%s", otherwise);
    line[strcspn(line, "\n")] = 0;
}

static int modes_of(const char *folder, struct mode *modes) {
    char text[2048];
    if (read_file(folder, "modes", text, sizeof text) == 0) strcpy(text, "YUYV 640x360 30\n");
    int count = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line && count < MAX_MODES; line = strtok_r(NULL, "\n", &rest)) {
        char f[5] = "";
        struct mode *m = &modes[count];
        if (sscanf(line, "%4s %dx%d %d", f, &m->width, &m->height, &m->fps) != 4) continue;
        m->fourcc = v4l2_fourcc(f[0], f[1], f[2], f[3]);
        ++count;
    }
    return count;
}

static int same_picture(const struct mode *a, const struct mode *b) {
    return a->fourcc == b->fourcc && a->width == b->width && a->height == b->height;
}

static struct handle *handle_of(int fd) {
    if (fd < 0) return NULL;
    for (int i = 0; i < MAX_OPEN; ++i) {
        if (handles[i].used && handles[i].fd == fd) return &handles[i];
    }
    return NULL;
}

/// The folder of the camera at a path. 1, 0 where there is none.
static int find_camera(const char *path, char *folder) {
    const char *root = getenv("FAKECAM");
    DIR *cameras = root && *root ? opendir(root) : NULL;
    int found = 0;
    for (struct dirent *entry = NULL; cameras && !found && (entry = readdir(cameras));) {
        if (entry->d_name[0] == '.') continue;
        char device[PATH_BYTES];
        snprintf(folder, PATH_BYTES, "%.240s/%.240s", root, entry->d_name);
        line_of(folder, "device", "", device, sizeof device);
        found = strcmp(device, path) == 0 && !has(folder, "unplugged");
    }
    if (cameras) closedir(cameras);
    return found;
}

static int open_camera(const char *path, int flags) {
    char folder[PATH_BYTES];
    if (!find_camera(path, folder)) return fail(ENOENT);
    if (has(folder, "denied")) return fail(EACCES);
    struct handle *h = NULL;
    for (int i = 0; i < MAX_OPEN && !h; ++i) {
        if (!handles[i].used) h = &handles[i];
    }
    if (!h) return fail(EMFILE);
    memset(h, 0, sizeof *h);
    h->fd = memfd_create("fakecam", MFD_CLOEXEC);
    if (h->fd < 0) return -1;
    h->used = 1;
    h->nonblocking = (flags & O_NONBLOCK) != 0;
    strcpy(h->folder, folder);
    struct mode modes[MAX_MODES];
    if (modes_of(folder, modes) > 0) h->mode = modes[0];
    return h->fd;
}

static void release_buffers(struct handle *h) {
    if (h->memory) munmap(h->memory, h->buffer_bytes * h->buffers);
    h->memory = NULL;
    h->buffers = h->head = h->tail = h->streaming = 0;
}

static int busy_elsewhere(const struct handle *h) {
    if (has(h->folder, "busy")) return 1;
    for (int i = 0; i < MAX_OPEN; ++i) {
        const struct handle *o = &handles[i];
        if (o->used && o != h && o->buffers && !o->dead && !strcmp(o->folder, h->folder)) return 1;
    }
    return 0;
}

static int query_capability(const struct handle *h, struct v4l2_capability *c) {
    char line[PATH_BYTES];
    memset(c, 0, sizeof *c);
    strcpy((char *)c->driver, "fakecam");
    line_of(h->folder, "name", "Fake Camera", line, sizeof line);
    snprintf((char *)c->card, sizeof c->card, "%.31s", line);
    line_of(h->folder, "bus", "fake-1", line, sizeof line);
    snprintf((char *)c->bus_info, sizeof c->bus_info, "%.31s", line);
    c->device_caps = has(h->folder, "output") ? V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_READWRITE
                                              : V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int enum_formats(const struct handle *h, struct v4l2_fmtdesc *f) {
    struct mode modes[MAX_MODES];
    const int count = modes_of(h->folder, modes);
    uint32_t index = 0;
    for (int i = 0; i < count; ++i) {
        int seen = 0;
        for (int j = 0; j < i; ++j) seen |= modes[j].fourcc == modes[i].fourcc;
        if (seen || index++ != f->index) continue;
        f->flags = 0;
        f->pixelformat = modes[i].fourcc;
        memset(f->description, 0, sizeof f->description);
        memcpy(f->description, &modes[i].fourcc, 4);
        return 0;
    }
    return fail(EINVAL);
}

static int enum_sizes(const struct handle *h, struct v4l2_frmsizeenum *s) {
    struct mode modes[MAX_MODES];
    const int count = modes_of(h->folder, modes);
    uint32_t index = 0;
    for (int i = 0; i < count; ++i) {
        int seen = modes[i].fourcc != s->pixel_format;
        for (int j = 0; j < i; ++j) seen |= same_picture(&modes[j], &modes[i]);
        if (seen || index++ != s->index) continue;
        s->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        s->discrete.width = (uint32_t)modes[i].width;
        s->discrete.height = (uint32_t)modes[i].height;
        return 0;
    }
    return fail(EINVAL);
}

static int enum_rates(const struct handle *h, struct v4l2_frmivalenum *v) {
    struct mode modes[MAX_MODES];
    const int count = modes_of(h->folder, modes);
    const struct mode wanted = {v->pixel_format, (int)v->width, (int)v->height, 0};
    uint32_t index = 0;
    for (int i = 0; i < count; ++i) {
        if (!same_picture(&modes[i], &wanted) || index++ != v->index) continue;
        v->type = V4L2_FRMIVAL_TYPE_DISCRETE;
        v->discrete.numerator = 1;
        v->discrete.denominator = (uint32_t)modes[i].fps;
        return 0;
    }
    return fail(EINVAL);
}

/// As drivers do, takes the nearest that there is: here, the first.
static int format(struct handle *h, struct v4l2_format *f, int set) {
    struct v4l2_pix_format *p = &f->fmt.pix;
    const int output = has(h->folder, "output");
    if (f->type != (output ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE)) return fail(EINVAL);
    if (set && busy_elsewhere(h)) return fail(EBUSY);
    if (output) return 0;
    struct mode modes[MAX_MODES];
    const int count = modes_of(h->folder, modes);
    const struct mode wanted = {p->pixelformat, (int)p->width, (int)p->height, 0};
    if (set && count > 0) h->mode = modes[0];
    for (int i = count - 1; set && i >= 0; --i) {
        if (same_picture(&modes[i], &wanted)) h->mode = modes[i];
    }
    memset(p, 0, sizeof *p);
    p->width = (uint32_t)h->mode.width;
    p->height = (uint32_t)h->mode.height;
    p->pixelformat = h->mode.fourcc;
    p->field = V4L2_FIELD_NONE;
    p->bytesperline = p->width * 2;
    p->sizeimage = p->bytesperline * p->height;
    p->colorspace = V4L2_COLORSPACE_SRGB;
    return 0;
}

static int rate(struct handle *h, struct v4l2_streamparm *p, int set) {
    struct mode modes[MAX_MODES];
    const int count = modes_of(h->folder, modes);
    const struct v4l2_fract asked = p->parm.capture.timeperframe;
    for (int i = 0; set && i < count; ++i) {
        if (same_picture(&modes[i], &h->mode) && (uint32_t)modes[i].fps * asked.numerator == asked.denominator)
            h->mode.fps = modes[i].fps;
    }
    memset(&p->parm, 0, sizeof p->parm);
    p->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    p->parm.capture.timeperframe.numerator = 1;
    p->parm.capture.timeperframe.denominator = (uint32_t)h->mode.fps;
    return 0;
}

static int request_buffers(struct handle *h, struct v4l2_requestbuffers *r) {
    if (r->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
    if (busy_elsewhere(h)) return fail(EBUSY);
    release_buffers(h);
    if (r->count > MAX_BUFFERS) r->count = MAX_BUFFERS;
    h->buffers = (int)r->count;
    h->buffer_bytes = ((size_t)h->mode.width * h->mode.height * 2 + 4095) / 4096 * 4096;
    if (h->buffers == 0) return 0;
    const size_t bytes = h->buffer_bytes * h->buffers;
    if (ftruncate(h->fd, (off_t)bytes) != 0) return -1;
    h->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, h->fd, 0);
    return h->memory == MAP_FAILED ? (h->memory = NULL, fail(ENOMEM)) : 0;
}

static int query_buffer(const struct handle *h, struct v4l2_buffer *b) {
    if ((int)b->index >= h->buffers) return fail(EINVAL);
    b->length = (uint32_t)h->buffer_bytes;
    b->m.offset = (uint32_t)(h->buffer_bytes * b->index);
    b->flags = 0;
    return 0;
}

/// The bytes of the next picture, drawn into a buffer as far as it goes.
static uint32_t draw(const struct handle *h, unsigned char *buffer) {
    struct mode modes[MAX_MODES];
    const int count = modes_of(h->folder, modes);
    struct mode sent = h->mode;
    int still_there = 0;
    for (int i = 0; i < count; ++i) still_there |= same_picture(&modes[i], &h->mode);
    if (!still_there && count > 0) sent = modes[0];
    if (sent.fourcc == V4L2_PIX_FMT_MJPEG)
        return (uint32_t)read_file(h->folder, "frame.jpg", (char *)buffer, h->buffer_bytes);
    const size_t bytes = (size_t)sent.width * sent.height * 2;
    for (size_t i = 0; i + 1 < bytes && i + 1 < h->buffer_bytes; i += 2) {
        buffer[i] = (unsigned char)(i / 2 % sent.width + 4 * h->number);
        buffer[i + 1] = 128;
    }
    return (uint32_t)(bytes < h->buffer_bytes ? bytes : h->buffer_bytes);
}

static int dequeue(struct handle *h, struct v4l2_buffer *b) {
    const double late_s = now_s() - h->next_s;
    if (!h->streaming || h->head == h->tail || late_s < 0 || has(h->folder, "stalled")) return fail(EAGAIN);
    const int index = h->queued[h->head++ % MAX_BUFFERS];
    unsigned char *buffer = h->memory + h->buffer_bytes * index;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    b->index = (uint32_t)index;
    b->bytesused = draw(h, buffer);
    b->length = (uint32_t)h->buffer_bytes;
    b->sequence = h->number++;
    b->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_DONE;
    b->field = V4L2_FIELD_NONE;
    b->timestamp.tv_sec = t.tv_sec;
    b->timestamp.tv_usec = t.tv_nsec / 1000;
    h->next_s = late_s > 0.5 ? now_s() : h->next_s + 1.0 / h->mode.fps;
    return 0;
}

static int answer(struct handle *h, unsigned long request, void *argument) {
    if (has(h->folder, "unplugged")) h->dead = 1;
    if (h->dead) return fail(ENODEV);
    struct v4l2_buffer *buffer = argument;
    struct v4l2_input *input = argument;
    switch ((unsigned)request) {
        case VIDIOC_QUERYCAP: return query_capability(h, argument);
        case VIDIOC_ENUMINPUT:
            if (input->index > 0) return fail(EINVAL);
            memset(input, 0, sizeof *input);
            strcpy((char *)input->name, "Camera 1");
            input->type = V4L2_INPUT_TYPE_CAMERA;
            return 0;
        case VIDIOC_G_INPUT: *(int *)argument = 0; return 0;
        case VIDIOC_S_INPUT: return 0;
        case VIDIOC_ENUM_FMT: return enum_formats(h, argument);
        case VIDIOC_ENUM_FRAMESIZES: return enum_sizes(h, argument);
        case VIDIOC_ENUM_FRAMEINTERVALS: return enum_rates(h, argument);
        case VIDIOC_G_FMT: return format(h, argument, 0);
        case VIDIOC_S_FMT: return format(h, argument, 1);
        case VIDIOC_G_PARM: return rate(h, argument, 0);
        case VIDIOC_S_PARM: return rate(h, argument, 1);
        case VIDIOC_REQBUFS: return request_buffers(h, argument);
        case VIDIOC_QUERYBUF: return query_buffer(h, buffer);
        case VIDIOC_QBUF: h->queued[h->tail++ % MAX_BUFFERS] = (int)buffer->index; return 0;
        case VIDIOC_STREAMON:
            h->streaming = 1;
            h->next_s = now_s() + 1.0 / h->mode.fps;
            return 0;
        case VIDIOC_STREAMOFF: h->streaming = h->head = h->tail = 0; return 0;
        case VIDIOC_DQBUF: return dequeue(h, buffer);
        case VIDIOC_G_STD:
        case VIDIOC_ENUMSTD: return fail(ENODATA);
        default: return fail(ENOTTY);
    }
}

static int is_camera_path(const char *path) {
    return path && strncmp(path, "/dev/video", 10) == 0 && getenv("FAKECAM") != NULL;
}

static int open_any(const char *path, int flags, mode_t mode) {
    if (!is_camera_path(path)) return real_open()(path, flags, mode);
    pthread_mutex_lock(&lock);
    const int fd = open_camera(path, flags);
    pthread_mutex_unlock(&lock);
    return fd;
}

static mode_t mode_argument(int flags, va_list arguments) {
    return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_any(path, flags, mode);
}

/// What fortified programs call.
int __open_2(const char *path, int flags) { return open_any(path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_any(path, flags, 0); }

int close(int fd) {
    pthread_mutex_lock(&lock);
    struct handle *h = handle_of(fd);
    if (h) {
        release_buffers(h);
        h->used = 0;
    }
    pthread_mutex_unlock(&lock);
    return real_close()(fd);
}

/// A blocking DQBUF waits outside the lock.
int ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    for (;;) {
        pthread_mutex_lock(&lock);
        struct handle *h = handle_of(fd);
        const int ours = h != NULL;
        const int status = ours ? answer(h, request, argument) : 0;
        const int error = errno;
        const int wait = ours && status < 0 && error == EAGAIN && !h->nonblocking;
        pthread_mutex_unlock(&lock);
        if (!ours) {
            static int (*real)(int, unsigned long, ...);
            if (!real) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
            return real(fd, request, argument);
        }
        if (!wait) return errno = error, status;
        usleep(1000);
    }
}

ssize_t write(int fd, const void *bytes, size_t size) {
    pthread_mutex_lock(&lock);
    struct handle *h = handle_of(fd);
    char path[2 * PATH_BYTES] = "";
    if (h) snprintf(path, sizeof path, "%s/written", h->folder);
    const int gone = h && has(h->folder, "unplugged");
    pthread_mutex_unlock(&lock);
    if (gone) return fail(ENODEV);
    if (!h) return real_write()(fd, bytes, size);
    const int file = real_open()(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const ssize_t written = file < 0 ? -1 : real_write()(file, bytes, size);
    if (file >= 0) real_close()(file);
    return written;
}
