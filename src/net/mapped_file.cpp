#include "src/net/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/util/error.h"

namespace reverie {

MappedFile::MappedFile(const std::filesystem::path& path) {
    // Else opening a pipe would wait for its writer.
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) throw Error("cannot open weights " + path.string() + ": " + std::strerror(errno));
    struct stat status {};
    const bool regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    size_ = regular ? static_cast<size_t>(status.st_size) : 0;
    if (size_ > 0) address_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    const int mapping_error = errno;
    ::close(file);
    if (!regular) {
        throw Error(
            "weights " + path.string() +
            (S_ISDIR(status.st_mode) ? " is a folder; give a file in it" : " is not a file"));
    }
    if (address_ == MAP_FAILED) {
        throw Error("cannot read weights " + path.string() + ": " + std::strerror(mapping_error));
    }
}

MappedFile::~MappedFile() {
    if (size_ > 0) ::munmap(address_, size_);
}

}  // namespace reverie
