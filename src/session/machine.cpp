#include "src/session/machine.h"

#include <fmt/format.h>

#include "src/networks/find_weights.h"
#include "src/util/error.h"

namespace reverie {

Machine open_device_only(const GlobalOptions& globals) {
    Machine machine;
    machine.device =
        open_device({globals.device, globals.threads}, &machine.notes, &machine.trouble);
    machine.stream = machine.device->make_stream();
    machine.memory_bytes = static_cast<size_t>(globals.memory_mb) << 20;
    machine.threads = globals.threads;
    return machine;
}

namespace {

void make_network(Machine& machine, const GlobalOptions& globals) {
    const Precision precision = choose_precision(globals.precision, machine.device->info());
    machine.network = std::make_unique<Network>(*machine.device, find_weights(globals.weights),
                                                precision.type, precision.kind);
}

/// Called while `error`, of the GPU or its memory, is handled; thrown on where the user chose it.
void begin_on_cpu(Machine& machine, const GlobalOptions& globals, const Error& error) {
    if (globals.device != "auto" || machine.device->info().kind == DeviceKind::cpu) throw;
    machine.trouble.push_back(fmt::format("{}; the CPU takes its place", error.what()));
    machine.stream.reset();
    machine.failed.push_back(std::move(machine.device));
    machine.device = open_device({"cpu", globals.threads});
    machine.stream = machine.device->make_stream();
    make_network(machine, globals);
}

}  // namespace

void open_network(Machine& machine, const GlobalOptions& globals) {
    try {
        make_network(machine, globals);
    } catch (const DeviceError& error) {
        begin_on_cpu(machine, globals, error);
    } catch (const OutOfMemory& error) {
        begin_on_cpu(machine, globals, error);
    }
}

Machine open_machine(const GlobalOptions& globals) {
    Machine machine = open_device_only(globals);
    open_network(machine, globals);
    return machine;
}

bool continue_on_cpu(Machine& machine) {
    if (machine.device->info().kind == DeviceKind::cpu) return false;
    std::unique_ptr<Device> cpu = open_device({"cpu", machine.threads});
    const std::filesystem::path weights = machine.network->weights().path;
    const bool exact = machine.network->kind() == ConvKind::exact;
    const Precision precision = choose_precision(exact ? "exact" : "auto", cpu->info());
    std::unique_ptr<Stream> stream = cpu->make_stream();
    machine.network = std::make_unique<Network>(*cpu, weights, precision.type, precision.kind);
    machine.stream = std::move(stream);
    machine.failed.push_back(std::move(machine.device));
    machine.device = std::move(cpu);
    return true;
}

void announce(const Machine& machine, const GlobalOptions& globals, const std::string& what) {
    if (globals.quiet) return;
    for (const std::string& line : machine.trouble) fmt::print(stderr, "{}\n", line);
    if (globals.verbosity == 0) return;
    for (const std::string& note : machine.notes) fmt::print(stderr, "{}\n", note);
    const DeviceInfo& info = machine.device->info();
    const Weights& weights = machine.network->weights();
    fmt::print(stderr, "{} ({}, {} threads); {} from {}, {}; {}\n", info.name, info.instructions,
               info.threads, weights.graph.architecture, weights.path.string(),
               precision_name(*machine.network), what);
}

}  // namespace reverie
