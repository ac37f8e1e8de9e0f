#include "src/net/safetensors.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "kernels/hd.h"
#include "src/util/error.h"

namespace reverie {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr size_t kLongestHeader = 100U << 20U;  // as the format's authors limit it

/// Parses the header. A key that stands twice is an error, since readers would not agree on which
/// one counts.
nlohmann::json parse_header(const std::string& text, const std::string& what) {
    using Json = nlohmann::json;
    std::vector<std::set<std::string>> keys;  // by depth
    std::string twice;
    const auto look = [&](int /*depth*/, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key && !keys.back().insert(parsed).second) twice = parsed;
        return true;
    };
    Json header = Json::parse(text, look, false);
    require(header.is_object(),
            what + "the header is not JSON: not a safetensors file, or damaged");
    require(twice.empty(), what + "the header has " + one_line(twice) + " twice: it is damaged");
    return header;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path, OtherTypes others)
    : path_(path), others_(others), mapping_(std::make_shared<MappedFile>(path)) {
    const unsigned char* bytes = mapping_->bytes().data();
    const size_t size = mapping_->bytes().size();
    if (size < kLengthBytes) {
        throw Error("weights " + path.string() + " is empty or cut off: not a safetensors file");
    }
    uint64_t length = 0;
    for (size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    if (length > kLongestHeader || length > size - kLengthBytes) {
        throw Error("weights " + path.string() +
                    ": the header is longer than the file: not a safetensors file, or cut off");
    }
    data_ = bytes + kLengthBytes + length;
    read_header(std::string(bytes + kLengthBytes, data_), size - kLengthBytes - length);
}

void SafetensorsFile::read_header(const std::string& text, size_t data_bytes) {
    const std::string what = "weights " + path_.string() + ": ";
    const nlohmann::json header = parse_header(text, what);
    std::vector<std::pair<size_t, size_t>> spans;
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") {
            require(value.is_object(), what + "the metadata is not an object");
            for (const auto& [key, text_value] : value.items()) {
                if (text_value.is_string()) metadata_[key] = text_value.get<std::string>();
            }
            continue;
        }
        const std::string tensor = what + "tensor " + one_line(name) + " ";
        require(value.is_object() && value.contains("dtype") && value["dtype"].is_string() &&
                    value.contains("shape") && value["shape"].is_array() &&
                    value.contains("data_offsets") && value["data_offsets"].is_array() &&
                    value["data_offsets"].size() == 2,
                tensor + "lacks dtype, shape or data_offsets");
        Entry entry{};
        const auto type = value["dtype"].get<std::string>();
        const bool readable = type == "F32" || type == "F16" || type == "BF16";
        if (!readable && others_ == OtherTypes::skip) continue;
        require(readable,
                tensor + "is of type " + one_line(type) + "; F32, F16 and BF16 can be read");
        entry.element =
            type == "F32" ? Element::f32 : (type == "F16" ? Element::f16 : Element::bf16);
        uint64_t count = 1;
        for (const auto& extent : value["shape"]) {
            require(extent.is_number_unsigned() &&
                        extent.get<uint64_t>() <= std::numeric_limits<int32_t>::max(),
                    tensor + "has an impossible shape");
            entry.shape.push_back(extent.get<int64_t>());
            const uint64_t values = extent.get<uint64_t>();
            require(values == 0 || count <= data_bytes / values,
                    tensor + "is larger than the file");
            count *= values;
        }
        const auto& offsets = value["data_offsets"];
        require(offsets[0].is_number_unsigned() && offsets[1].is_number_unsigned(),
                tensor + "has impossible offsets");
        entry.begin = offsets[0].get<size_t>();
        entry.end = offsets[1].get<size_t>();
        require(entry.begin <= entry.end && entry.end <= data_bytes,
                tensor + "lies outside the file: cut off or damaged");
        require(entry.end - entry.begin == count * (entry.element == Element::f32 ? 4 : 2),
                tensor + "has a shape that does not match its bytes");
        spans.emplace_back(entry.begin, entry.end);
        tensors_.emplace(name, std::move(entry));
    }
    std::sort(spans.begin(), spans.end());
    for (size_t i = 1; i < spans.size(); ++i) {
        require(spans[i].first >= spans[i - 1].second,
                what + "two tensors overlap: the header is damaged");
    }
}

std::string SafetensorsFile::metadata(const std::string& key, const std::string& fallback) const {
    const auto at = metadata_.find(key);
    return at == metadata_.end() ? fallback : at->second;
}

std::vector<std::string> SafetensorsFile::names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : tensors_) names.push_back(name);
    return names;
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
    const auto at = tensors_.find(name);
    if (at == tensors_.end()) {
        throw Error("weights " + path_.string() + " have no tensor " + name +
                    did_you_mean(name, names()));
    }
    return at->second;
}

const std::vector<int64_t>& SafetensorsFile::shape(const std::string& name) const {
    return entry(name).shape;
}

std::vector<float> SafetensorsFile::values(const std::string& name) const {
    const Entry& e = entry(name);
    const unsigned char* from = data_ + e.begin;
    const size_t bytes = e.end - e.begin;
    std::vector<float> values(bytes / (e.element == Element::f32 ? 4 : 2));
    if (values.empty()) return values;  // memcpy takes no null pointer, not even for no bytes
    if (e.element == Element::f32) {
        std::memcpy(values.data(), from, bytes);
        return values;
    }
    for (size_t i = 0; i < values.size(); ++i) {
        uint16_t half = 0;
        std::memcpy(&half, from + 2 * i, 2);
        values[i] = e.element == Element::f16
                        ? to_float(Half{half})
                        : std::bit_cast<float>(static_cast<uint32_t>(half) << 16U);
    }
    return values;
}

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
    nlohmann::ordered_json header;
    if (!metadata.empty()) header["__metadata__"] = metadata;
    size_t offset = 0;
    for (const NamedTensor& t : tensors) {
        const size_t end = offset + t.values.size() * sizeof(float);
        header[t.name] = {{"dtype", "F32"}, {"shape", t.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    std::ofstream file(path, std::ios::binary);
    for (size_t i = 0; i < kLengthBytes; ++i) file.put(static_cast<char>(text.size() >> (8 * i)));
    file << text;
    for (const NamedTensor& t : tensors) {
        file.write(reinterpret_cast<const char*>(t.values.data()),
                   static_cast<std::streamsize>(t.values.size() * sizeof(float)));
    }
    file.flush();
    require(file.good(), "cannot write " + path.string() + ": " + std::strerror(errno));
}

}  // namespace reverie
