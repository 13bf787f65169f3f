using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;
using ManagedCuda.VectorTypes;

namespace ManagedCuda;

/// <summary>An entry point of a module, and how it is launched.</summary>
public sealed unsafe class CudaKernel
{
    private readonly CUfunction _function;

    /// <summary>Finds it.</summary>
    /// <exception cref="CudaException">The module has no such entry point.</exception>
    public CudaKernel(string kernelName, CUmodule module)
    {
        KernelName = kernelName;
        DriverApi.cuModuleGetFunction(out _function, module, kernelName).Check();
    }

    /// <summary>Its name in the module.</summary>
    public string KernelName { get; }

    /// <summary>Threads a block.</summary>
    public dim3 BlockDimensions { get; set; } = new(1);

    /// <summary>Blocks.</summary>
    public dim3 GridDimensions { get; set; } = new(1);

    /// <summary>Bytes of dynamic shared memory a block.</summary>
    public uint DynamicSharedMemory { get; set; }

    /// <summary>Launches it and returns before it has run. Every parameter must have exactly the kernel's own type: an int where it takes a long goes unnoticed and reads garbage.</summary>
    public void RunAsync(CUstream stream, params object[] parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var pins = stackalloc GCHandle[parameters.Length];
        var arguments = stackalloc void*[parameters.Length + 1];
        var pinned = 0;
        try
        {
            // The driver copies the values before the call returns.
            for (; pinned < parameters.Length; pinned++)
            {
                pins[pinned] = GCHandle.Alloc(parameters[pinned], GCHandleType.Pinned);
                arguments[pinned] = (void*)pins[pinned].AddrOfPinnedObject();
            }

            var (grid, block) = (GridDimensions, BlockDimensions);
            DriverApi.cuLaunchKernel(_function, grid.x, grid.y, grid.z, block.x, block.y, block.z, DynamicSharedMemory, stream, arguments, null).Check();
        }
        finally
        {
            for (var i = 0; i < pinned; i++)
            {
                pins[i].Free();
            }
        }
    }
}
