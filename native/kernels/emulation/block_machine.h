// Runs one block of CUDA threads on a processor, for tests. Each thread is a fiber on one OS thread (ucontext starts it, _setjmp and _longjmp switch: no system call).
// Barriers and warp collectives are real rendezvous, so that a missing or divergent one shows: divergence and deadlock throw, a missing barrier gives wrong numbers under
// one of the orders, and shared memory that nobody wrote reads as NaN.
#pragma once
#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x = 1, y = 1, z = 1; };

namespace emulation {

// In which order the threads of a block run where the hardware leaves it open.
enum class Order {
    Forward,           // all threads in turn, each up to its next rendezvous
    Reverse,           // the same, from the last thread on
    Shuffled,          // the same, in a fixed arbitrary order
    WarpAhead,         // each warp as far as it gets before the next one starts
    WarpAheadReverse,  // the same, from the last warp on
};
inline constexpr Order AllOrders[] = {Order::Forward, Order::Reverse, Order::Shuffled, Order::WarpAhead, Order::WarpAheadReverse};

// A fault of the kernel: divergence, deadlock, a bad mask, a misaligned load.
struct KernelFault : std::logic_error { using std::logic_error::logic_error; };

inline constexpr int WarpSize = 32;
inline constexpr int MessageWords = 6;  // the widest thing a lane hands over: an mma's a and b
using Message = uint32_t[MessageWords];

class BlockMachine {
public:
    uint3 thread_index{}, block_index{};
    dim3 block_size{}, grid_size{};

    // Runs body as every thread of every block, one block after another. Dynamic shared memory is filled with NaN before each block.
    void launch(dim3 grid, dim3 block, size_t shared_bytes, Order order, const std::function<void()>& body) {
        const unsigned threads = block.x * block.y * block.z;
        if (threads < 1 || threads > 1024) throw std::invalid_argument("A block has 1 to 1024 threads.");
        if (shared_bytes > 227 * 1024) throw std::invalid_argument("A block has at most 227 KiB of dynamic shared memory.");
        grid_size = grid, block_size = block, body_ = &body, order_ = order;
        fibers_.resize(threads), warps_.resize((threads + WarpSize - 1) / WarpSize), shared_.resize(shared_bytes + 16);
        for (block_index.z = 0; block_index.z < grid.z; ++block_index.z)
            for (block_index.y = 0; block_index.y < grid.y; ++block_index.y)
                for (block_index.x = 0; block_index.x < grid.x; ++block_index.x) run_block();
    }

    // The block's dynamic shared memory, aligned as on the device.
    void* shared() { return reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(shared_.data()) + 15) & ~uintptr_t(15)); }

    int lane() const { return current_ % WarpSize; }

    // __syncthreads(): waits for every thread of the block that has not returned.
    void wait_for_block() {
        fibers_[current_].waits_for_block = true;
        ++waiting_at_barrier_;
        yield();
    }

    // A warp collective: leaves `words` for the other lanes of the mask, waits for them, and gives what each left. `operation` tells collectives apart.
    const Message* exchange(unsigned mask, int operation, const uint32_t* words, int count) {
        Fiber& fiber = fibers_[current_];
        Warp& warp = warps_[current_ / WarpSize];
        Message* messages = warp.messages[fiber.exchanges++ % 2];  // two buffers: a fast lane may be one collective ahead
        std::memcpy(messages[lane()], words, count * sizeof *words);
        wait_for_lanes(warp, mask, operation);
        return messages;
    }

    // Ends the launch with a fault.
    [[noreturn]] [[gnu::noinline]] void fail(std::string fault) {
        fault_ = std::move(fault);
        _longjmp(scheduler_, Faulted);
    }

private:
    static constexpr size_t StackBytes = 64 * 1024;
    enum { Yielded = 1, Faulted = 2 };

    struct Fiber {
        ucontext_t start;
        jmp_buf resume;
        bool started, finished, waits_for_block;
        unsigned waits_for_lanes;  // mask of the collective it waits in
        unsigned exchanges;
        std::unique_ptr<char[]> stack;
    };
    struct Warp {
        Message messages[2][WarpSize];
        unsigned arrived, mask;
        int operation;
    };

    void run_block() {
        std::memset(shared_.data(), 0xff, shared_.size());
        for (auto& warp : warps_) warp.arrived = 0;
        for (auto& fiber : fibers_) {
            if (!fiber.stack) fiber.stack.reset(new char[StackBytes]);
            fiber.started = fiber.finished = fiber.waits_for_block = false;
            fiber.waits_for_lanes = fiber.exchanges = 0;
        }
        running_ = static_cast<int>(fibers_.size()), waiting_at_barrier_ = 0;
        const auto turns = order_of_turns();
        const bool ahead = order_ == Order::WarpAhead || order_ == Order::WarpAheadReverse;
        while (running_ > 0) {
            bool moved = ahead ? run_warp_by_warp(turns) : run_in_turn(turns.begin(), turns.end());
            if (running_ > 0 && waiting_at_barrier_ == running_) moved = open_barrier();
            if (!moved && running_ > 0) throw KernelFault(describe_deadlock());
        }
    }

    std::vector<int> order_of_turns() const {
        std::vector<int> turns(fibers_.size());
        std::iota(turns.begin(), turns.end(), 0);
        if (order_ == Order::Reverse || order_ == Order::WarpAheadReverse) std::reverse(turns.begin(), turns.end());
        if (order_ == Order::Shuffled) {
            uint32_t state = 12345;
            for (size_t i = turns.size() - 1; i > 0; --i) state = state * 1664525 + 1013904223, std::swap(turns[i], turns[(state >> 8) % (i + 1)]);
        }
        return turns;
    }

    using Turn = std::vector<int>::const_iterator;
    bool run_in_turn(Turn first, Turn last) {
        bool moved = false;
        for (; first != last; ++first) {
            const Fiber& fiber = fibers_[*first];
            if (fiber.finished || fiber.waits_for_block || fiber.waits_for_lanes) continue;
            moved = true;
            if (run_until_it_waits(*first) == Faulted) throw KernelFault(fault_);
        }
        return moved;
    }

    bool run_warp_by_warp(const std::vector<int>& turns) {
        bool moved = false;
        for (auto warp = turns.begin(); warp != turns.end();) {
            const auto end = turns.end() - warp > WarpSize ? warp + WarpSize : turns.end();
            while (run_in_turn(warp, end)) moved = true;
            warp = end;
        }
        return moved;
    }

    bool open_barrier() {
        waiting_at_barrier_ = 0;
        for (auto& fiber : fibers_) fiber.waits_for_block = false;
        return true;
    }

    std::string describe_deadlock() const {
        return "deadlock: " + std::to_string(waiting_at_barrier_) + " of " + std::to_string(running_) +
               " running threads wait at __syncthreads, the others in a warp collective that will not complete";
    }

    void wait_for_lanes(Warp& warp, unsigned mask, int operation) {
        if (!(mask >> lane() & 1)) fail("warp collective: the calling lane is not in its mask");
        if (warp.arrived && (warp.mask != mask || warp.operation != operation)) fail("warp collective: lanes came with different masks or operations");
        warp.mask = mask, warp.operation = operation, warp.arrived |= 1u << lane();
        if (warp.arrived != mask) {
            fibers_[current_].waits_for_lanes = mask;
            yield();
            return;
        }
        warp.arrived = 0;  // the last one in frees the rest
        const size_t first = current_ - lane();
        for (size_t i = first; i < std::min(first + WarpSize, fibers_.size()); ++i)
            if (mask >> (i - first) & 1) fibers_[i].waits_for_lanes = 0;
    }

    [[gnu::noinline]] void yield() {
        if (!_setjmp(fibers_[current_].resume)) _longjmp(scheduler_, Yielded);
    }

    [[gnu::noinline]] int run_until_it_waits(int thread) {
        current_ = thread;
        thread_index = {thread % block_size.x, thread / block_size.x % block_size.y, thread / (block_size.x * block_size.y)};
        if (const int how = _setjmp(scheduler_)) return how;
        Fiber& fiber = fibers_[thread];
        if (fiber.started) _longjmp(fiber.resume, 1);
        fiber.started = true;
        getcontext(&fiber.start);
        fiber.start.uc_stack.ss_sp = fiber.stack.get(), fiber.start.uc_stack.ss_size = StackBytes, fiber.start.uc_link = nullptr;
        makecontext(&fiber.start, run_current, 0);
        setcontext(&fiber.start);
        return Faulted;
    }

    static void run_current();

    std::vector<Fiber> fibers_;
    std::vector<Warp> warps_;
    std::vector<unsigned char> shared_;
    const std::function<void()>* body_ = nullptr;
    Order order_ = Order::Forward;
    jmp_buf scheduler_;
    int current_ = 0, running_ = 0, waiting_at_barrier_ = 0;
    std::string fault_;
};

// The machine of this OS thread.
inline thread_local BlockMachine machine;

inline void BlockMachine::run_current() {
    (*machine.body_)();
    machine.fibers_[machine.current_].finished = true;
    --machine.running_;
    _longjmp(machine.scheduler_, Yielded);
}

}  // namespace emulation
