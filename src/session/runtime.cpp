#include "src/session/runtime.h"

#include <fmt/format.h>

#include "src/networks/find_weights.h"
#include "src/networks/open_network.h"
#include "src/session/guide_files.h"
#include "src/util/console.h"
#include "src/util/error.h"

namespace reverie {

Runtime open_device_only(const GlobalOptions& globals) {
    Runtime runtime;
    runtime.device =
        open_device({globals.device, globals.threads}, &runtime.notes, &runtime.trouble);
    runtime.stream = runtime.device->make_urgent_stream();
    runtime.memory_bytes = static_cast<size_t>(globals.memory_mb) << 20;
    runtime.threads = globals.threads;
    return runtime;
}

namespace {

void make_network(Runtime& runtime, const GlobalOptions& globals) {
    const Precision precision = choose_precision(globals.precision, runtime.device->info());
    runtime.network =
        open_network(*runtime.device, find_weights(globals.weights), precision.type, precision.kind,
                     load_guides(*runtime.device, *runtime.stream, globals.guides));
}

/// Called while `error`, of the GPU or of its memory, is handled. Throws it again if the user has
/// chosen the device.
void begin_on_cpu(Runtime& runtime, const GlobalOptions& globals, const Error& error) {
    if (globals.device != "auto" || runtime.device->info().kind == DeviceKind::cpu) throw;
    runtime.trouble.push_back(fmt::format("{}; the CPU takes its place", error.what()));
    runtime.stream.reset();
    runtime.failed.push_back(std::move(runtime.device));
    runtime.device = open_device({"cpu", globals.threads});
    runtime.stream = runtime.device->make_stream();
    make_network(runtime, globals);
}

}  // namespace

void open_network(Runtime& runtime, const GlobalOptions& globals) {
    try {
        make_network(runtime, globals);
    } catch (const DeviceError& error) {
        begin_on_cpu(runtime, globals, error);
    } catch (const OutOfMemory& error) {
        begin_on_cpu(runtime, globals, error);
    }
}

Runtime open_runtime(const GlobalOptions& globals, const ConvChoices& choices) {
    Runtime runtime = open_device_only(globals);
    runtime.device->adopt_conv_choices(choices);
    open_network(runtime, globals);
    return runtime;
}

bool continue_on_cpu(Runtime& runtime) {
    if (runtime.device->info().kind == DeviceKind::cpu) return false;
    std::unique_ptr<Device> cpu = open_device({"cpu", runtime.threads});
    const std::filesystem::path weights = runtime.network->weights().path;
    const bool exact = runtime.network->kind() == ConvKind::exact;
    const Precision precision = choose_precision(exact ? "exact" : "auto", cpu->info());
    std::unique_ptr<Stream> stream = cpu->make_stream();
    runtime.network =
        open_network(*cpu, weights, precision.type, precision.kind, runtime.network->guides());
    runtime.stream = std::move(stream);
    runtime.failed.push_back(std::move(runtime.device));
    runtime.device = std::move(cpu);
    return true;
}

void announce(const Runtime& runtime, const GlobalOptions& globals, const std::string& what) {
    if (globals.quiet) return;
    for (const std::string& line : runtime.trouble) print_err("{}\n", line);
    if (globals.verbosity == 0) return;
    for (const std::string& note : runtime.notes) print_err("{}\n", note);
    const DeviceInfo& info = runtime.device->info();
    const Weights& weights = runtime.network->weights();
    print_err("{} ({}, {} threads); {} from {}, {}; {}\n", info.name, info.instructions,
              info.threads, weights.graph.architecture, weights.path.string(),
              precision_name(*runtime.network), what);
}

}  // namespace reverie
