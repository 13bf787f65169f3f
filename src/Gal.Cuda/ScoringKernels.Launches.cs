using ManagedCuda;
using ManagedCuda.BasicTypes;
using ManagedCuda.VectorTypes;

namespace Gal.Cuda;

/// <content>How the kernels are launched. Everything here runs under the gate, with the context current.</content>
public sealed partial class ScoringKernels
{
    private void LaunchRowNorms(DeviceMatrix rows, CUdeviceptr norms)
    {
        if (rows.RowCount > 0)
        {
            Launch($"row_norms_{KernelForm.Any(rows)}", new dim3(Blocks(rows.RowCount, Warps)), 0, rows.Address, norms, rows.RowCount, rows.Dimension);
        }
    }

    private void LaunchCosine(DeviceMatrix rows, DeviceMatrix columns, CUdeviceptr similarities)
    {
        if (rows.RowCount == 0 || columns.RowCount == 0)
        {
            return;
        }

        var rowsPerWarp = rows.AllowsVectorLoads && columns.AllowsVectorLoads ? KernelForm.RowsPerWarp(rows.Dimension) : 0;
        if (rowsPerWarp > 0)
        {
            var columnBytes = rows.Dimension * sizeof(float);
            var tile = Math.Min(columns.RowCount, KernelForm.SharedBytes / columnBytes);
            var grid = new dim3(Math.Min(Blocks(rows.RowCount, Warps * rowsPerWarp), MaxBlocks));
            Launch($"cosine_{KernelForm.TypeName(rows.Type)}_{rows.Dimension}", grid, tile * columnBytes, rows.Address, columns.Address, similarities, rows.RowCount, columns.RowCount, tile);
        }
        else
        {
            var tile = Math.Min(columns.RowCount, KernelForm.SharedBytes / sizeof(float));
            var grid = new dim3(Math.Min(Blocks(rows.RowCount, Warps), MaxBlocks));
            Launch($"cosine_{KernelForm.Any(rows, columns)}", grid, tile * sizeof(float), rows.Address, columns.Address, similarities, rows.RowCount, columns.RowCount, rows.Dimension, tile);
        }
    }

    private void LaunchTensorCoreCosine(DeviceMatrix rows, DeviceMatrix columns, CUdeviceptr similarities)
    {
        RequireTensorCores(rows);
        RequireTensorCores(columns);
        if (rows.RowCount == 0 || columns.RowCount == 0)
        {
            return;
        }

        var norms = _norms.AtLeast((long)rows.RowCount + columns.RowCount);
        var (rowNorms, columnNorms) = (norms.DevicePointer, At(norms, rows.RowCount));
        LaunchRowNorms(rows, rowNorms);
        LaunchRowNorms(columns, columnNorms);
        var grid = new dim3(Blocks(rows.RowCount, Warps * 16), Blocks(columns.RowCount, 64));
        Launch($"cosine_mma_{KernelForm.TypeName(rows.Type)}", grid, 0, rows.Address, columns.Address, rowNorms, columnNorms, similarities, rows.RowCount, columns.RowCount, rows.Dimension);
    }

    // The only place where arguments are boxed: each must have exactly the type of the kernel's parameter.
    private void Launch(string name, dim3 grid, int sharedBytes, params object[] arguments)
    {
        if (!_kernels.TryGetValue(name, out var kernel))
        {
            kernel = new CudaKernel(name, _module) { BlockDimensions = new dim3(Threads) };
            _kernels.Add(name, kernel);
        }

        kernel.GridDimensions = grid;
        kernel.DynamicSharedMemory = (uint)sharedBytes;
        kernel.RunAsync(CUstream.NullStream, arguments);
    }

    private T Run<T>(string operation, Func<T> work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                _context.SetCurrent();
                return work();
            }
            catch (CudaException e)
            {
                throw new CudaDeviceException(operation, e);
            }
        }
    }

    private static T[] Download<T>(CudaDeviceVariable<T> memory, int count)
        where T : unmanaged
    {
        var values = new T[count];
        if (count > 0)
        {
            memory.CopyToHost(values);
        }

        return values;
    }

    private static int Blocks(int items, int itemsPerBlock) => (int)(((long)items + itemsPerBlock - 1) / itemsPerBlock);

    private static CUdeviceptr At(CudaDeviceVariable<float> memory, long index) => new((ulong)memory.DevicePointer.Pointer + ((ulong)index * sizeof(float)));

    private static int[] FirstImages(IReadOnlyList<int> counts)
    {
        var first = new int[counts.Count + 1];
        for (var i = 0; i < counts.Count; i++)
        {
            first[i + 1] = first[i] + counts[i];
        }

        return first;
    }
}
