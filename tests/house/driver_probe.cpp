// Opens the device `auto` and prints the notes about it, one per line.
#include <cstdio>

#include "kernels/conv.h"
#include "kernels/device.h"

int main() {
    std::vector<std::string> notes, trouble;
    const std::unique_ptr<reverie::Device> device =
        reverie::open_device({"auto", 1}, &notes, &trouble);
    for (const std::string& line : notes) std::printf("note: %s\n", line.c_str());
    for (const std::string& line : trouble) std::printf("trouble: %s\n", line.c_str());
    std::printf("%s\n", device->info().kind == reverie::DeviceKind::cpu ? "cpu" : "cuda");
}
