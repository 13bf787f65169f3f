// A stand-in libcuda.so.1 for machines without a GPU: device memory is host memory, streams are synchronous, and cuLaunchKernel runs the real kernels' source in the
// emulator. It refuses what a GPU would refuse: PTX without header or entry, unknown and freed memory, copies past an end, launches over the limits, no current context.
// Faults are injected through gal_fake_fail; an error that loses a real context stays until gal_fake_reset.
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>

#include "scoring.cu"

namespace {

using Address = unsigned long long;
enum Result {
    Success = 0, InvalidValue = 1, OutOfMemory = 2, NotInitialized = 3, NoDevice = 100, InvalidDevice = 101, InvalidContext = 201, InvalidPtx = 218, NotFound = 500,
    IllegalAddress = 700,
};

// Kernel name -> what unpacks the launch's arguments by the kernel's own parameter types.
using Unpack = std::function<void()> (*)(void**);
template <auto KERNEL>
struct Binding;
template <typename... Args, void (*KERNEL)(Args...)>
struct Binding<KERNEL> {
    template <size_t... I>
    static std::function<void()> bind(void** arguments, std::index_sequence<I...>) {
        return [values = std::tuple<Args...>(*static_cast<Args*>(arguments[I])...)] { std::apply(KERNEL, values); };
    }
    static std::function<void()> unpack(void** arguments) { return bind(arguments, std::index_sequence_for<Args...>{}); }
};
#define ENTRY(name) {#name, &Binding<&name>::unpack}
#define ENTRIES(type)                                                                                                                                          \
    ENTRY(row_norms_##type##_v1), ENTRY(row_norms_##type##_v4), ENTRY(cosine_##type##_v1), ENTRY(cosine_##type##_v4), ENTRY(judge_directions_##type##_v1),       \
        ENTRY(judge_directions_##type##_v4), ENTRY(cosine_##type##_128), ENTRY(cosine_##type##_512), ENTRY(cosine_##type##_768), ENTRY(cosine_##type##_1024)
const std::map<std::string, Unpack, std::less<>> Kernels = {ENTRIES(f32), ENTRIES(f16), ENTRIES(bf16), ENTRY(cosine_mma_f16), ENTRY(cosine_mma_bf16), ENTRY(top_k_f32)};

struct Module { std::string ptx; };
struct Fault { int result, calls_before; };

std::mutex gate;
std::map<Address, size_t> allocations;
std::map<std::string, Fault, std::less<>> faults;
std::string last_kernel;
long long uploaded_bytes = 0;
bool initialized = false;
int lost = 0;  // the sticky error of a lost context
int context_tag = 0;
thread_local void* current = nullptr;

// The error to give for this call: an injected one, or that of a lost context.
int fault_of(std::string_view call) {
    std::lock_guard lock(gate);
    if (const auto found = faults.find(call); found != faults.end() && found->second.calls_before-- == 0) {
        const int result = found->second.result;
        faults.erase(found);
        if (result >= 700) lost = result;
        return result;
    }
    return lost;
}

bool is_allocated(Address address, size_t bytes) {
    std::lock_guard lock(gate);
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) return false;
    --next;
    return address + bytes <= next->first + next->second;
}

const char* name_of(int result) {
    switch (result) {
        case Success: return "CUDA_SUCCESS";
        case InvalidValue: return "CUDA_ERROR_INVALID_VALUE";
        case OutOfMemory: return "CUDA_ERROR_OUT_OF_MEMORY";
        case NotInitialized: return "CUDA_ERROR_NOT_INITIALIZED";
        case NoDevice: return "CUDA_ERROR_NO_DEVICE";
        case InvalidDevice: return "CUDA_ERROR_INVALID_DEVICE";
        case InvalidContext: return "CUDA_ERROR_INVALID_CONTEXT";
        case InvalidPtx: return "CUDA_ERROR_INVALID_PTX";
        case NotFound: return "CUDA_ERROR_NOT_FOUND";
        case IllegalAddress: return "CUDA_ERROR_ILLEGAL_ADDRESS";
        case 719: return "CUDA_ERROR_LAUNCH_FAILED";
        default: return nullptr;
    }
}

const char* defect_of(std::string_view ptx) {
    if (ptx.find(".version ") == ptx.npos) return "no .version directive";
    if (ptx.find(".target sm_") == ptx.npos) return "no .target directive";
    if (ptx.find(".address_size 64") == ptx.npos) return "no .address_size 64 directive";
    return nullptr;
}

}  // namespace

#define API extern "C" __attribute__((visibility("default")))
#define CALL(name, ...) API int name(__VA_ARGS__) { if (const int fault = fault_of(#name)) return fault;
#define END return Success; }
#define NEEDS_CONTEXT if (!current) return InvalidContext;

// For tests. The call of that name fails with result after calls_before successes.
API void gal_fake_fail(const char* call, int result, int calls_before) { std::lock_guard lock(gate); faults[call] = {result, calls_before}; }
API void gal_fake_reset() { std::lock_guard lock(gate); faults.clear(); lost = 0; }
API int gal_fake_allocation_count() { std::lock_guard lock(gate); return static_cast<int>(allocations.size()); }
API long long gal_fake_uploaded_bytes() { std::lock_guard lock(gate); return uploaded_bytes; }
API void gal_fake_last_kernel(char* name, int length) { std::lock_guard lock(gate); snprintf(name, length, "%s", last_kernel.c_str()); }

CALL(cuInit, unsigned) initialized = true; END
CALL(cuDriverGetVersion, int* version) *version = 13000; END
API int cuGetErrorName(int result, const char** text) { *text = name_of(result); return *text ? Success : InvalidValue; }
API int cuGetErrorString(int result, const char** text) { *text = "as injected or found by the stand-in driver"; return name_of(result) ? Success : InvalidValue; }
CALL(cuDeviceGetCount, int* count) if (!initialized) return NotInitialized; *count = 1; END
CALL(cuDeviceGet, int* device, int ordinal) if (ordinal != 0) return InvalidDevice; *device = 0; END
CALL(cuDeviceGetName, char* name, int length, int) snprintf(name, length, "emulated card"); END
CALL(cuDeviceGetAttribute, int* value, int attribute, int) *value = attribute == 75 ? 8 : 0; END
CALL(cuDeviceTotalMem_v2, size_t* bytes, int) *bytes = size_t{1} << 34; END
CALL(cuDevicePrimaryCtxRetain, void** context, int) *context = &context_tag; END
CALL(cuDevicePrimaryCtxRelease_v2, int) END
CALL(cuCtxSetCurrent, void* context) current = context; END
CALL(cuCtxGetCurrent, void** context) *context = current; END
CALL(cuCtxSynchronize) NEEDS_CONTEXT END

CALL(cuModuleLoadDataEx, Module** module, const char* image, unsigned option_count, const int* options, void** values)
    NEEDS_CONTEXT
    constexpr int ErrorLogBuffer = 5;
    if (const char* defect = defect_of(image)) {
        for (unsigned i = 0; i < option_count; ++i)
            if (options[i] == ErrorLogBuffer) snprintf(static_cast<char*>(values[i]), 200, "ptxas fatal: %s", defect);
        return InvalidPtx;
    }
    *module = new Module{image};
END
CALL(cuModuleUnload, Module* module) NEEDS_CONTEXT delete module; END
CALL(cuModuleGetFunction, const std::pair<const std::string, Unpack>** function, Module* module, const char* name)
    const auto kernel = Kernels.find(std::string_view(name));
    if (kernel == Kernels.end() || module->ptx.find(".entry " + std::string(name) + "(") == std::string::npos) return NotFound;
    *function = &*kernel;
END
CALL(cuLaunchKernel, const std::pair<const std::string, Unpack>* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,
     unsigned shared_bytes, void*, void** arguments, void**)
    NEEDS_CONTEXT
    const bool empty = !grid_x || !grid_y || !grid_z || !block_x || !block_y || !block_z;
    if (empty || block_x * block_y * block_z > 256 || shared_bytes > 48 * 1024 || grid_y > 65535 || grid_z > 65535) return InvalidValue;
    {
        std::lock_guard lock(gate);
        last_kernel = kernel->first;
    }
    try {
        emulation::machine.launch({grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, emulation::Order::WarpAhead, kernel->second(arguments));
    } catch (const std::exception& fault) {
        fprintf(stderr, "stand-in CUDA driver, kernel %s: %s\n", kernel->first.c_str(), fault.what());
        return IllegalAddress;
    }
END

CALL(cuMemAlloc_v2, Address* address, size_t bytes)
    NEEDS_CONTEXT
    if (bytes == 0) return InvalidValue;
    void* memory = nullptr;
    if (posix_memalign(&memory, 256, bytes)) return OutOfMemory;
    std::memset(memory, 0xff, bytes);  // NaN, as nobody may rely on zeros
    std::lock_guard lock(gate);
    allocations[*address = reinterpret_cast<Address>(memory)] = bytes;
END
CALL(cuMemFree_v2, Address address)
    NEEDS_CONTEXT
    std::lock_guard lock(gate);
    if (!allocations.erase(address)) return InvalidValue;
    free(reinterpret_cast<void*>(address));
END
CALL(cuMemcpyHtoD_v2, Address to, const void* from, size_t bytes)
    NEEDS_CONTEXT
    if (!is_allocated(to, bytes)) return InvalidValue;
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    std::lock_guard lock(gate);
    uploaded_bytes += static_cast<long long>(bytes);
END
CALL(cuMemcpyDtoH_v2, void* to, Address from, size_t bytes)
    NEEDS_CONTEXT
    if (!is_allocated(from, bytes)) return InvalidValue;
    std::memcpy(to, reinterpret_cast<void*>(from), bytes);
END
CALL(cuMemsetD8_v2, Address address, unsigned char value, size_t bytes)
    NEEDS_CONTEXT
    if (!is_allocated(address, bytes)) return InvalidValue;
    std::memset(reinterpret_cast<void*>(address), value, bytes);
END

using Clock = std::chrono::steady_clock;
CALL(cuEventCreate, Clock::time_point** event, unsigned) *event = new Clock::time_point; END
CALL(cuEventDestroy_v2, Clock::time_point* event) delete event; END
CALL(cuEventRecord, Clock::time_point* event, void*) *event = Clock::now(); END
CALL(cuEventSynchronize, Clock::time_point*) END
CALL(cuEventElapsedTime, float* milliseconds, Clock::time_point* start, Clock::time_point* end)
    *milliseconds = std::chrono::duration<float, std::milli>(*end - *start).count();
END
