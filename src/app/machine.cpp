#include "src/app/machine.h"

#include <fmt/format.h>

#include "src/app/weights.h"
#include "src/util/error.h"

namespace reverie {

Precision choose_precision(const std::string& precision, const DeviceInfo& device) {
    if (precision == "exact") return {DType::f32, ConvKind::exact};
    if (precision == "f32") return {DType::f32};
    if (device.native_bf16) return {DType::bf16};
    if (precision == "bf16") {
        throw Error(fmt::format("{} has no bf16 of its own; try --precision f32", device.name));
    }
    return {DType::f32};
}

std::string precision_name(const Network& network) {
    if (network.kind() == ConvKind::exact) return "exact";
    switch (network.type()) {
        case DType::bf16:
            return "bf16";
        case DType::f16:
            return "f16";
        case DType::f32:
            break;
    }
    return "f32";
}

Machine open_device_only(const GlobalOptions& globals) {
    Machine machine;
    machine.device = open_device({globals.device, globals.threads}, &machine.notes);
    machine.stream = machine.device->make_stream();
    machine.memory_bytes = static_cast<size_t>(globals.memory_mb) << 20;
    return machine;
}

void open_network(Machine& machine, const GlobalOptions& globals) {
    const Precision precision = choose_precision(globals.precision, machine.device->info());
    machine.network = std::make_unique<Network>(*machine.device, find_weights(globals.weights),
                                                precision.type, precision.kind);
}

Machine open_machine(const GlobalOptions& globals) {
    Machine machine = open_device_only(globals);
    open_network(machine, globals);
    return machine;
}

void announce(const Machine& machine, const GlobalOptions& globals, const std::string& what) {
    if (globals.verbosity == 0 || globals.quiet) return;
    for (const std::string& note : machine.notes) fmt::print(stderr, "{}\n", note);
    const DeviceInfo& info = machine.device->info();
    const Weights& weights = machine.network->weights();
    fmt::print(stderr, "{} ({}, {} threads); {} from {}, {}; {}\n", info.name, info.instructions,
               info.threads, weights.graph.architecture, weights.path.string(),
               precision_name(*machine.network), what);
}

}  // namespace reverie
