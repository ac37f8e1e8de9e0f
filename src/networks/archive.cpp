#include "src/networks/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <memory>

#include "src/util/error.h"

namespace reverie {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 31U;
constexpr size_t kMostEntries = 10'000;

struct ArchiveFree {
    void operator()(archive* a) const { archive_read_free(a); }
};
using ArchivePtr = std::unique_ptr<archive, ArchiveFree>;

bool is_network(const std::string& name) {
    return name.ends_with(".caffemodel") || name.ends_with(".pb") || name.ends_with(".safetensors");
}

class Reader {
  public:
    explicit Reader(const std::filesystem::path& path) : path_(path), archive_(archive_read_new()) {
        require(archive_ != nullptr, "out of memory for an archive");
        archive* a = archive_.get();
        archive_read_support_filter_gzip(a);
        archive_read_support_filter_xz(a);
        archive_read_support_format_tar(a);
        archive_read_support_format_zip(a);
        constexpr size_t kBlock = 65536;
        check(archive_read_open_filename(a, path.c_str(), kBlock));
    }

    /// The next regular file's name, or false at the end.
    bool next(std::string& name) {
        archive_entry* entry = nullptr;
        for (; entries_ < kMostEntries; ++entries_) {
            const int status = archive_read_next_header(archive_.get(), &entry);
            if (status == ARCHIVE_EOF) return false;
            check(status);
            const char* text = archive_entry_pathname(entry);
            if (text == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
            name = text;
            return true;
        }
        throw Error("archive " + path_.string() + " holds too many files");
    }

    void write_to(const std::filesystem::path& to) {
        std::ofstream file(to, std::ios::binary | std::ios::trunc);
        std::array<char, 65536> chunk{};
        uint64_t written = 0;
        for (la_ssize_t count = 0;
             (count = archive_read_data(archive_.get(), chunk.data(), chunk.size())) != 0;) {
            if (count < 0) check(static_cast<int>(count));
            written += static_cast<uint64_t>(count);
            require(written <= kMostBytes, "archive " + path_.string() + " unpacks to over 2 GB");
            require(file.write(chunk.data(), count).good(), "cannot write " + to.string());
        }
        file.close();
        require(!file.fail(), "cannot write " + to.string());
    }

  private:
    void check(int status) {
        if (status >= ARCHIVE_WARN) return;
        const char* text = archive_error_string(archive_.get());
        throw Error(fmt::format("archive {}: {}", path_.string(),
                                one_line(text != nullptr ? text : "damaged or cut off")));
    }

    std::filesystem::path path_;
    ArchivePtr archive_;
    size_t entries_ = 0;
};

}  // namespace

std::string extract_network(const std::filesystem::path& archive, const std::filesystem::path& to) {
    Reader reader(archive);
    for (std::string name; reader.next(name);) {
        if (!is_network(name)) continue;
        reader.write_to(to);
        return std::filesystem::path(name).filename();
    }
    throw Error("archive " + archive.string() +
                " holds no .caffemodel, .pb or .safetensors; PyTorch's own .pth files are not "
                "read, save their state_dict as safetensors");
}

}  // namespace reverie
