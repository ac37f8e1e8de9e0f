#include "src/show/network_change.h"

#include <filesystem>
#include <new>

#include "src/dream/dreamer.h"
#include "src/dream/objective_map.h"
#include "src/networks/open_network.h"
#include "src/util/error.h"
#include "src/util/thread_priority.h"

namespace reverie {

NetworkChange::NetworkChange(const Runtime& runtime, const std::string& path, const Params& params,
                             Size frame)
    : path_(path) {
    const Network& old = *runtime.network;
    const size_t memory_bytes = runtime.memory_bytes;
    made_ = std::async(std::launch::async, [=, &old] {
        give_way_to_the_show();
        Device& device = old.device();
        device.limit_threads(device.info().threads);  // as where the plans will run
        try {
            auto network = open_network(device, path, old.type(), old.kind(), old.guides());
            Params there = params;
            there.objective = map_objective(params.objective, old, *network);
            if (frame.width > 0)
                Dreamer(*network, memory_bytes).make_plans(frame.width, frame.height, there);
            return network;
        } catch (const std::bad_alloc&) {
            throw OutOfMemory("out of memory for " + path + " beside the network that dreams");
        }
    });
}

std::string NetworkChange::name() const { return std::filesystem::path(path_).stem(); }

bool NetworkChange::ready() const {
    return made_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace reverie
