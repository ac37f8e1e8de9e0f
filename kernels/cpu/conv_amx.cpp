// Part of the AVX-512 module alone, and the only file that is compiled for AMX and AVX512_BF16. On
// processors without these, only has_amx() runs.
#include "kernels/cpu/conv_amx.h"

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/cpu/conv_tiles.h"

namespace reverie {
namespace {

/// Tile registers: 0 … 3 sums, 4 and 5 positions, 6 and 7 filters.
struct AmxTiles {
    static constexpr const char* kName = "amx";

    /// Sets the registers' shapes; outside a session the operating system need not save them.
    class Session {
      public:
        Session() {
            struct alignas(64) Shapes {
                uint8_t palette = 1, start_row = 0;
                uint8_t reserved[14] = {};
                uint16_t row_bytes[16] = {};
                uint8_t rows[16] = {};
            } shapes;
            for (int tile = 0; tile < 8; ++tile) {
                shapes.row_bytes[tile] = 64;
                shapes.rows[tile] = 16;
            }
            _tile_loadconfig(&shapes);
        }
        ~Session() { _tile_release(); }
        Session(const Session&) = delete;
        Session& operator=(const Session&) = delete;
    };

    static void store(float* p, Floats<16> v) { store_lanes<16>(p, v); }
    /// Rounds as store_lanes does, except that subnormal values become 0.
    static void store(Bf16* p, Floats<16> v) {
        const __m256bh rounded = _mm512_cvtneps_pbh((__m512)v);
        memcpy(p, &rounded, sizeof rounded);
    }

    template <int P, int C>
    static void multiply(const TileProduct& product, float (*sums)[TileShape::kSums]) {
        constexpr int64_t kRow = 64;  // bytes of a row of filters and of sums
        const int64_t step = product.row_step * static_cast<int64_t>(sizeof(Bf16));
        _tile_zero(0);
        if constexpr (C > 1) _tile_zero(1);
        if constexpr (P > 1) _tile_zero(2);
        if constexpr (P > 1 && C > 1) _tile_zero(3);
        for (int i = 0; i < product.steps; ++i) {
            _tile_loadd(4, product.positions[0] + product.offsets[i], step);
            _tile_loadd(6, product.filters[0] + i * TileShape::kFilters, kRow);
            _tile_dpbf16ps(0, 4, 6);
            if constexpr (C > 1) {
                _tile_loadd(7, product.filters[1] + i * TileShape::kFilters, kRow);
                _tile_dpbf16ps(1, 4, 7);
            }
            if constexpr (P > 1) {
                _tile_loadd(5, product.positions[1] + product.offsets[i], step);
                _tile_dpbf16ps(2, 5, 6);
            }
            if constexpr (P > 1 && C > 1) _tile_dpbf16ps(3, 5, 7);
        }
        _tile_stored(0, sums[0], kRow);
        if constexpr (C > 1) _tile_stored(1, sums[1], kRow);
        if constexpr (P > 1) _tile_stored(2, sums[C], kRow);
        if constexpr (P > 1 && C > 1) _tile_stored(3, sums[C + 1], kRow);
    }
};

/// Every instruction set that this file's compiler options name (Intel SDM volume 2, CPUID leaf 7).
bool processor_has_amx() {
    constexpr unsigned kBf16 = 1U << 22U, kTile = 1U << 24U;  // AMX, in leaf 7.0's edx
    constexpr unsigned kVectorBf16 = 1U << 5U;                // AVX512_BF16, in leaf 7.1's eax
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    if ((d & kBf16) == 0 || (d & kTile) == 0) return false;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & kVectorBf16) != 0;
}

/// The tile registers are large: Linux saves them only for processes that request it
/// (Documentation/arch/x86/xstate.rst).
bool kernel_lets_us() {
    constexpr int kRequestPermission = 0x1023, kTileData = 18;
    return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool has_amx() {
    static const bool has = processor_has_amx() && kernel_lets_us();
    return has;
}

std::unique_ptr<ConvEngine> make_amx_engine(Device& device, std::unique_ptr<ConvEngine> otherwise) {
    return std::make_unique<TileEngine<AmxTiles>>(device, std::move(otherwise));
}

}  // namespace reverie
