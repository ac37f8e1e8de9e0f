#include "src/media/sinks/packet_log.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/util/error.h"

namespace reverie::libav {

/// Before the side data, each with its type and size, and the data.
struct PacketLog::Record {
    int64_t step, pts, dts, duration;
    int32_t flags, size, side_data, reserved;
};

namespace {

struct SideRecord {
    int32_t type, size;
};

constexpr int32_t kMostBytes = 1 << 30;  // of one packet

}  // namespace

PacketLog::PacketLog(const std::string& path, std::optional<int64_t> resumed_bytes)
    : path_(path),
      file_(std::fopen(path.c_str(), resumed_bytes.value_or(0) > 0 ? "r+be" : "w+be")) {
    if (file_ == nullptr) throw Error("cannot open '" + path + "': " + std::strerror(errno));
    if (!resumed_bytes) return;
    kept_bytes_ = *resumed_bytes;
    std::fseek(file_.get(), 0, SEEK_END);
    require(std::ftell(file_.get()) >= kept_bytes_, "'" + path + "' is shorter than it was");
    require(::ftruncate(::fileno(file_.get()), kept_bytes_) == 0,
            "cannot shorten '" + path + "': " + std::strerror(errno));
    std::rewind(file_.get());
}

void PacketLog::put(const void* bytes, size_t count) {
    if (std::fwrite(bytes, 1, count, file_.get()) != count)
        throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
    at_ += static_cast<int64_t>(count);
}

void PacketLog::get(void* bytes, size_t count) {
    require(at_ + static_cast<int64_t>(count) <= kept_bytes_ &&
                std::fread(bytes, 1, count, file_.get()) == count,
            "'" + path_ + "' is damaged");
    at_ += static_cast<int64_t>(count);
}

void PacketLog::append(int64_t step, const AVPacket& packet) {
    // Between reading and writing, C asks for it.
    std::fseek(file_.get(), 0, SEEK_END);
    const Record record{step,
                        packet.pts,
                        packet.dts,
                        packet.duration,
                        packet.flags,
                        packet.size,
                        packet.side_data_elems,
                        0};
    put(&record, sizeof record);
    for (int i = 0; i < packet.side_data_elems; ++i) {
        const AVPacketSideData& side = packet.side_data[i];
        const SideRecord about{side.type, static_cast<int32_t>(side.size)};
        put(&about, sizeof about);
        put(side.data, side.size);
    }
    put(packet.data, static_cast<size_t>(packet.size));
}

bool PacketLog::take(int64_t step, AVPacket& packet) {
    if (at_ == kept_bytes_) return false;
    Record record{};
    const int64_t begin = at_;
    get(&record, sizeof record);
    if (record.step != step) {
        require(record.step > step, "'" + path_ + "' is damaged");
        std::fseek(file_.get(), begin, SEEK_SET);
        at_ = begin;
        return false;
    }
    require(record.size >= 0 && record.size < kMostBytes && record.side_data >= 0,
            "'" + path_ + "' is damaged");
    require(av_new_packet(&packet, record.size) >= 0, "out of memory for a packet");
    for (int i = 0; i < record.side_data; ++i) {
        SideRecord about{};
        get(&about, sizeof about);
        require(about.size >= 0 && about.size < kMostBytes, "'" + path_ + "' is damaged");
        uint8_t* side = av_packet_new_side_data(
            &packet, static_cast<AVPacketSideDataType>(about.type), about.size);
        require(side != nullptr, "out of memory for a packet");
        get(side, static_cast<size_t>(about.size));
    }
    get(packet.data, static_cast<size_t>(record.size));
    packet.pts = record.pts;
    packet.dts = record.dts;
    packet.duration = record.duration;
    packet.flags = record.flags;
    return true;
}

int64_t PacketLog::commit() {
    if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0)
        throw Error("cannot write '" + path_ + "': " + std::strerror(errno));
    return at_;
}

}  // namespace reverie::libav
