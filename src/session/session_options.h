// The global options of the command line.
#pragma once

#include <string>
#include <vector>

namespace reverie {

/// Options that may stand before or after any command.
struct GlobalOptions {
    std::string device = "auto";
    int threads = 0;  ///< 0: all of the machine's
    std::string weights;
    std::vector<std::string> guides;  ///< pictures, and folders of them
    std::string precision = "auto";
    int memory_mb = 0;  ///< 0: all of the device's
    bool quiet = false;
    int verbosity = 0;
    std::string command;  ///< all of the command line, as a shell reads it
    std::string made_by;  ///< the words of it that decide the result, without output and look,
    std::string look;     ///< and those that choose the look
};

}  // namespace reverie
