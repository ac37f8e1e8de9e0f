// reverie doctor: what this machine can do, and what to install or change, line by line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <future>
#include <sstream>

#include "src/cli/commands.h"
#include "src/cli/gpu_advice.h"
#include "src/media/libav_facts.h"
#include "src/media/sink.h"
#include "src/net/weights.h"
#include "src/networks/find_weights.h"
#include "src/session/session_options.h"
#include "src/util/console.h"
#include "src/util/error.h"
#include "src/util/thread_priority.h"

namespace reverie {
namespace {

/// One line: "ok" or what to do about it.
void say(bool good, const std::string& subject, const std::string& text) {
    print_out("{}  {:<10} {}\n", good ? "ok  " : "note", subject, text);
}

std::string gigabytes(double bytes) { return fmt::format("{:.1f} GB", bytes / 1e9); }

/// MemAvailable of /proc/meminfo in bytes, 0 where it is not told.
double available_memory() {
    std::ifstream file("/proc/meminfo");
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string key;
        double kilobytes = 0;
        if (words >> key >> kilobytes && key == "MemAvailable:") return kilobytes * 1024;
    }
    return 0;
}

void check_cpu(const DeviceInfo& cpu) {
    say(true, "processor", fmt::format("{}, {} threads", cpu.name, cpu.threads));
    const std::string& vectors = cpu.instructions;
    const bool fast = vectors != "baseline" && vectors != "sse41" && vectors != "avx";
    say(fast, "vectors",
        fast ? vectors : vectors + ": dreams are slow on a processor without AVX2");
    // f32 is exact, and no fault of the machine.
    say(true, "bf16",
        cpu.prefers_bf16  ? "native, and what --precision auto takes: it dreams faster than f32"
        : cpu.native_bf16 ? "native, but slower here than f32, which --precision auto takes"
                          : "not native: --precision auto takes f32");
    const double free_bytes = available_memory();
    say(free_bytes == 0 || free_bytes > 1.5e9, "memory",
        fmt::format(
            "{} of {} free{}", gigabytes(free_bytes),
            gigabytes(static_cast<double>(cpu.memory_bytes)),
            free_bytes > 1.5e9 ? "" : "; close something, or dream smaller with --size 640x"));
}

/// In a thread of its own, which ends with the answer.
void check_thread_priority() {
    const bool first = std::async(std::launch::async, come_first).get();
    say(first, "priority",
        first
            ? "real-time: a show's pictures come before all else"
            : "not real-time: a show's pictures may wait for other programs; try a line `@video - "
              "rtprio 1` in /etc/security/limits.conf, of a group that you are in, and log in "
              "anew");
}

void check_devices() {
    std::vector<std::string> notes;
    bool has_cpu = false;
    for (const DeviceInfo& device : list_devices(&notes)) {
        if (device.kind == DeviceKind::cuda) {
            say(true, fmt::format("cuda:{}", device.index),
                fmt::format("{} ({}, {})", device.name, device.instructions,
                            gigabytes(static_cast<double>(device.memory_bytes))));
        } else {
            has_cpu = true;
            check_cpu(device);
        }
    }
    const GpuFacts gpu = look_for_gpu();
    for (const std::string& note : notes) {
        if (has_cpu && !gpu.card) {  // nothing is wrong with a machine without one
            say(true, "gpu", "no NVIDIA card: the processor dreams");
            continue;
        }
        say(false, has_cpu ? "gpu" : "device", note);
        for (const std::string& step : gpu_advice(gpu, note)) say(false, "gpu", step);
    }
}

void check_weights(const GlobalOptions& globals) {
    try {
        const std::string path = find_weights(globals.weights);
        const Weights weights = load_weights(path);
        const std::string end = weights.absent.empty()
                                    ? "complete"
                                    : fmt::format("to {}", weights.graph.deepest_layer());
        say(true, "network", fmt::format("{} ({}) in {}", weights.graph.architecture, end, path));
        say(true, "sha256", sha256_of_file(path));
    } catch (const Error& error) {
        say(false, "network", error.what());
    }
}

void check_encoders() {
    for (const EncoderInfo& encoder : list_encoders()) {
        say(encoder.works, encoder.codec, encoder.name + (encoder.works ? "" : ": " + encoder.why));
    }
}

}  // namespace

void add_doctor(CLI::App& app, const GlobalOptions& globals, Action& action) {
    CLI::App* command =
        app.add_subcommand("doctor", "What this machine can do, and what to install or change");
    command->fallthrough();
    command->callback([&globals, &action] {
        action = [&globals] {
            say(true, "reverie", REVERIE_VERSION);
            check_devices();
            check_thread_priority();
            check_weights(globals);
            say(true, "libav", libav_versions());
            check_encoders();
        };
    });
}

}  // namespace reverie
