#include "src/cli/gpu_advice.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace reverie {
namespace {

namespace fs = std::filesystem;

/// A system's /proc, /dev and /sys in a folder.
class GpuAdvice : public testing::Test {
  protected:
    GpuAdvice() {
        std::string name = (fs::temp_directory_path() / "reverie_gpu_XXXXXX").string();
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        root_ = name;
    }
    ~GpuAdvice() override { fs::remove_all(root_); }

    void put(const std::string& path, const std::string& text = "") const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    void put_card(const std::string& place, const char* vendor, const char* kind) const {
        put("sys/bus/pci/devices/" + place + "/vendor", vendor);
        put("sys/bus/pci/devices/" + place + "/class", kind);
    }
    std::string advice(const std::string& why) const {
        std::string text;
        for (const std::string& step : gpu_advice(look_for_gpu(root_), why)) text += step + "\n";
        return text;
    }

    fs::path root_;
};

TEST_F(GpuAdvice, WithoutACardThereIsNothingToDo) {
    EXPECT_EQ(advice("no CUDA: libreverie_cuda.so is not there"), "");
    put_card("0000:00:02.0", "0x8086\n", "0x030000\n");
    put_card("0000:01:00.1", "0x10de\n", "0x040300\n");  // the card's sound device
    EXPECT_FALSE(look_for_gpu(root_).card);
}

TEST_F(GpuAdvice, EachThingThatIsMissingIsNamed) {
    put_card("0000:01:00.0", "0x10de\n", "0x030200\n");
    EXPECT_TRUE(look_for_gpu(root_).card);
    EXPECT_NE(advice("no CUDA: libreverie_cuda.so is not there").find("nvidia-driver"),
              std::string::npos);
    put("run/.containerenv");
    EXPECT_NE(advice("no CUDA: there is no NVIDIA driver").find("--gpus all"), std::string::npos);
    put("proc/driver/nvidia/version", "NVRM version: 570");
    const std::string module = advice("no CUDA: libreverie_cuda.so is not there");
    EXPECT_NE(module.find("package reverie-cuda"), std::string::npos) << module;
    EXPECT_NE(module.find("cuda-nvcc-12-8"), std::string::npos) << module;
    EXPECT_NE(module.find("libcudnn9-dev-cuda-12"), std::string::npos) << module;
    const std::string cudnn =
        advice("no CUDA: libcudnn.so.9: cannot open shared object file: No such file or directory");
    EXPECT_NE(cudnn.find("libcudnn9-cuda-12"), std::string::npos) << cudnn;
    EXPECT_EQ(cudnn.find("cuda-nvcc"), std::string::npos) << cudnn;
    EXPECT_NE(advice("no CUDA: this build's CUDA module was built without cuDNN").find("build"),
              std::string::npos);
    EXPECT_EQ(advice("no CUDA: the NVIDIA driver is too old; update the driver"), "");
}

}  // namespace
}  // namespace reverie
