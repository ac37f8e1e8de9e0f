#include "src/media/late/late_libav.h"

#include <string>

#include "src/util/error.h"
#include "src/util/modules.h"

namespace reverie::libav {

const LateLibav& late_libav() {
    static const LateLibav& loaded = [&]() -> const LateLibav& {
        std::string why;
        const LateLibav* table = load_module<LateLibavEntry>("libreverie_libav.so", "reverie_libav",
                                                             kLateLibavVersion, why);
        if (table == nullptr)
            throw Error("filters, cameras and microphones cannot be used: " + why +
                        "; try to install reverie again");
        return *table;
    }();
    return loaded;
}

}  // namespace reverie::libav
