// main() of the tests labelled `gpu`: without a GPU all of them are skipped, in one line that says
// why; with REVERIE_REQUIRE_GPU=1 they fail, so that a run that should have had one cannot pass by
// skipping.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernels/conv.h"
#include "kernels/device.h"
#include "src/util/error.h"

namespace reverie {
namespace {

class Gpu : public testing::Environment {
  public:
    void SetUp() override {
        try {
            open_device({REVERIE_TEST_DEVICE, 0});
        } catch (const Error& error) {
            const char* required = std::getenv("REVERIE_REQUIRE_GPU");
            if (required != nullptr && std::strcmp(required, "1") == 0)
                FAIL() << "a GPU is required: " << error.what();
            // ctest looks for this mark; googletest prints it for tests only.
            std::printf("[  SKIPPED ] this needs a GPU: %s\n", error.what());
            GTEST_SKIP() << "this needs a GPU: " << error.what();
        }
    }
};

}  // namespace
}  // namespace reverie

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    testing::AddGlobalTestEnvironment(new reverie::Gpu);  // googletest owns it
    return RUN_ALL_TESTS();
}
