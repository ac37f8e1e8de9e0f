// CUDA's threads on a CPU, for kernels that include this in place of tensor_core.cuh: a thread block
// is a ring of coroutines, which change wherever CUDA's threads wait for each other. Copies to shared
// memory happen as late as they may: when a thread waits for them.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "kernels/hd.h"

#define __global__
#define __device__
#define __launch_bounds__(...)

namespace reverie {

struct EmulatedIndex {
    unsigned x = 0;
};
inline EmulatedIndex threadIdx, blockIdx, gridDim;

namespace test {

/// Runs a kernel's thread blocks one after another. One at a time in a program.
class EmulatedGrid {
  public:
    static constexpr int kWarp = 32;

    /// Calls `kernel` as `blocks` thread blocks of so many threads and bytes of shared memory would.
    /// Throws std::logic_error if its threads wait for each other for ever.
    void run(int blocks, int threads, size_t shared_bytes, const std::function<void()>& kernel) {
        now_ = this;
        kernel_ = &kernel;
        gridDim.x = static_cast<unsigned>(blocks);
        for (int block = 0; block < blocks; ++block) {
            blockIdx.x = static_cast<unsigned>(block);
            shared_.assign(shared_bytes / sizeof(Unit) + 1, Unit{});
            std::memset(shared_.data(), 0xFF, shared_.size() * sizeof(Unit));  // NaN
            run_block(threads);
        }
        now_ = nullptr;
    }
    /// The most rows of a matrix in shared memory that were read from the same banks.
    int worst_conflict() const { return worst_conflict_; }

    static EmulatedGrid& now() { return *now_; }
    char* shared() { return reinterpret_cast<char*>(shared_.data()); }

    void sync_threads() {
        meet(all_, [] {});
    }

    void copy(void* to, const void* from, bool inside) {
        thread().copies.push_back({to, inside ? from : nullptr});
    }
    void commit() {
        Thread& t = thread();
        t.groups.push_back(std::move(t.copies));
        t.copies.clear();
    }
    void wait_for_copies(size_t pending) {
        std::deque<std::vector<Copy>>& groups = thread().groups;
        for (; groups.size() > pending; groups.pop_front()) {
            for (const Copy& c : groups.front()) {
                if (c.from != nullptr)
                    std::memcpy(c.to, c.from, kCopied);
                else
                    std::memset(c.to, 0, kCopied);
            }
        }
    }

    void load_matrices(unsigned (&m)[4], const void* row) {
        Warp& w = warp();
        w.rows[lane()] = static_cast<const char*>(row);
        meet(w.ring, [&] { note_conflicts(w); });
        for (int i = 0; i < 4; ++i)
            std::memcpy(&m[i], w.rows[i * 8 + lane() / 4] + lane() % 4 * sizeof(unsigned),
                        sizeof(unsigned));
        meet(w.ring, [] {});  // the rows have been read
    }

    /// With fragments as in the PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point
    /// type".
    template <class T>
    void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
        Warp& w = warp();
        w.a[lane()] = {a[0], a[1], a[2], a[3]};
        w.b[lane()] = {b0, b1};
        meet(w.ring, [] {});
        for (int i = 0; i < 4; ++i) {
            const int row = lane() / 4 + i / 2 * 8, column = lane() % 4 * 2 + i % 2;
            for (int k = 0; k < 16; ++k) {
                const int pair = k % 8 / 2;
                const unsigned left = w.a[row % 8 * 4 + pair][row / 8 + k / 8 * 2];
                const unsigned right = w.b[column * 4 + pair][k / 8];
                sum[i] += half_of<T>(left, k % 2) * half_of<T>(right, k % 2);
            }
        }
        meet(w.ring, [] {});
    }

  private:
    static constexpr size_t kCopied = 16, kStackBytes = size_t{128} << 10U;
    struct alignas(128) Unit {
        char bytes[128];
    };
    struct Copy {
        void* to;
        const void* from;  ///< null: zeros
    };
    /// Those that wait for each other.
    struct Ring {
        int size = 0, there = 0, turn = 0;
    };
    struct Warp {
        Ring ring;
        std::array<const char*, kWarp> rows;
        std::array<std::array<unsigned, 4>, kWarp> a;
        std::array<std::array<unsigned, 2>, kWarp> b;
    };
    struct Thread {
        ucontext_t context;
        std::vector<char> stack;
        bool done = false;
        std::vector<Copy> copies;
        std::deque<std::vector<Copy>> groups;
    };

    template <class T>
    static float half_of(unsigned pair, int which) {
        T value;
        value.bits = static_cast<uint16_t>(pair >> (16 * which));
        return to_float(value);
    }

    int lane() const { return current_ % kWarp; }
    Thread& thread() { return *threads_[current_]; }
    Warp& warp() { return warps_[current_ / kWarp]; }

    /// Returns when all of the ring are here; the last one does `work` before.
    template <class Work>
    void meet(Ring& ring, Work work) {
        moved_ = true;
        const int turn = ring.turn;
        if (++ring.there == ring.size) {
            work();
            ring.there = 0;
            ++ring.turn;
            return;
        }
        while (ring.turn == turn) swapcontext(&thread().context, &scheduler_);
    }

    void note_conflicts(const Warp& w) {
        for (int matrix = 0; matrix < 4; ++matrix) {
            std::array<int, 8> used{};  // of the 32 banks, in fours
            for (int row = 0; row < 8; ++row) {
                const auto bank = reinterpret_cast<uintptr_t>(w.rows[matrix * 8 + row]) / 16 % 8;
                worst_conflict_ = max_of(worst_conflict_, ++used[bank]);
            }
        }
    }

    static void enter() {
        (*now_->kernel_)();
        now_->thread().done = true;
        now_->moved_ = true;
    }

    void run_block(int count) {
        all_ = {count};
        warps_.assign(count / kWarp, {});
        for (Warp& w : warps_) w.ring.size = kWarp;
        threads_.clear();
        for (int i = 0; i < count; ++i) {
            Thread& t = *threads_.emplace_back(std::make_unique<Thread>());
            t.stack.resize(kStackBytes);
            getcontext(&t.context);
            t.context.uc_stack.ss_sp = t.stack.data();
            t.context.uc_stack.ss_size = t.stack.size();
            t.context.uc_link = &scheduler_;
            makecontext(&t.context, &EmulatedGrid::enter, 0);
        }
        bool moved = true;
        while (moved) {
            moved = false;
            for (int first = 0; first < count; first += kWarp) moved = run_warp(first) || moved;
        }
        for (const auto& t : threads_) {
            if (!t->done) throw std::logic_error("threads wait for each other for ever");
        }
    }

    /// As far as it comes without the others: what nobody waits for shows. Whether that is any way.
    bool run_warp(int first) {
        bool any = false;
        do {
            moved_ = false;
            for (current_ = first; current_ < first + kWarp; ++current_) {
                if (thread().done) continue;
                threadIdx.x = static_cast<unsigned>(current_);
                swapcontext(&scheduler_, &thread().context);
            }
            any = any || moved_;
        } while (moved_);
        return any;
    }

    inline static EmulatedGrid* now_ = nullptr;
    const std::function<void()>* kernel_ = nullptr;
    std::vector<Unit> shared_;
    std::vector<std::unique_ptr<Thread>> threads_;
    std::vector<Warp> warps_;
    Ring all_;
    ucontext_t scheduler_{};
    int current_ = 0;
    bool moved_ = false;
    int worst_conflict_ = 0;
};

}  // namespace test

// As in tensor_core.cuh.

inline char* dynamic_shared_memory() { return test::EmulatedGrid::now().shared(); }
inline void __syncthreads() { test::EmulatedGrid::now().sync_threads(); }
inline void copy_16(void* to, const void* from, bool inside) {
    test::EmulatedGrid::now().copy(to, from, inside);
}
inline void commit_copies() { test::EmulatedGrid::now().commit(); }
template <int kPending>
void wait_for_copies() {
    test::EmulatedGrid::now().wait_for_copies(kPending);
}
inline void load_matrices(unsigned (&m)[4], const void* row) {
    test::EmulatedGrid::now().load_matrices(m, row);
}
template <class T>
void multiply(float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    test::EmulatedGrid::now().multiply<T>(sum, a, b0, b1);
}

}  // namespace reverie
