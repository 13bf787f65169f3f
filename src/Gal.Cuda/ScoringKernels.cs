using ManagedCuda;
using ManagedCuda.BasicTypes;
using ManagedCuda.VectorTypes;

namespace Gal.Cuda;

/// <summary>
/// The scoring kernels on one card, a typed method each. What they compute, and how exactly, stands at the head of the .cuh files in native/kernels.
/// Launches go to the legacy default stream of the card's primary context, so they run in order with torch's own work. Safe to use from several threads.
/// </summary>
public sealed partial class ScoringKernels : IDisposable
{
    /// <summary>Texts that a round may be judged against: their norms lie in a block's shared memory.</summary>
    public const int MaxTextCount = 12_000;

    private const int Threads = 256;
    private const int Warps = Threads / 32;
    private const int MaxBlocks = 1056; // 8 for each of the 132 multiprocessors of the largest card so far; blocks stride over the rest
    private const int WarpJudgementBytes = 16;

    private readonly Lock _gate = new();
    private readonly PrimaryContext _context;
    private readonly CUmodule _module;
    private readonly Dictionary<string, CudaKernel> _kernels = [];
    private readonly ReusableBuffer<float> _floats = new();
    private readonly ReusableBuffer<float> _norms = new();
    private readonly ReusableBuffer<int> _ints = new();
    private readonly ReusableBuffer<int> _firstImages = new();
    private bool _disposed;

    private ScoringKernels(PrimaryContext context, CUmodule module)
    {
        (_context, _module) = (context, module);
        DeviceIndex = context.DeviceId;
        DeviceName = context.GetDeviceName();
        DriverVersion = CudaContext.GetDriverVersion();
    }

    /// <summary>The card's number.</summary>
    public int DeviceIndex { get; }

    /// <summary>The card's own name.</summary>
    public string DeviceName { get; }

    /// <summary>The newest CUDA that the driver supports.</summary>
    public Version DriverVersion { get; }

    /// <summary>Opens a card and compiles the kernels for it.</summary>
    /// <param name="deviceIndex">The card's number.</param>
    /// <exception cref="CudaUnavailableException">There is no driver or card, or it refuses the kernels.</exception>
    public static ScoringKernels Open(int deviceIndex = 0) => Open(deviceIndex, KernelImage.Read());

    internal static ScoringKernels Open(int deviceIndex, byte[] ptx) => CudaAvailability.Translate(() =>
    {
        CudaAvailability.RequireDevice(deviceIndex);
        var context = new PrimaryContext(deviceIndex);
        try
        {
            context.SetCurrent();
            return new ScoringKernels(context, context.LoadModulePTX(ptx));
        }
        catch
        {
            context.Dispose();
            throw;
        }
    });

    /// <summary>Copies values to the card.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="what">What they are, for errors.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public CudaDeviceVariable<float> Upload(float[] values, string what)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Run($"copying the {what} ({(long)values.Length * sizeof(float):N0} bytes) to it", () =>
        {
            var memory = new CudaDeviceVariable<float>(values.Length);
            try
            {
                memory.CopyToDevice(values);
                return memory;
            }
            catch
            {
                memory.Dispose();
                throw;
            }
        });
    }

    /// <summary>|x| of each row.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <returns>[n].</returns>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public float[] ComputeRowNorms(DeviceMatrix rows) => Run("computing row norms", () =>
    {
        var norms = _floats.AtLeast(rows.RowCount);
        LaunchRowNorms(rows, norms.DevicePointer);
        return Download(norms, rows.RowCount);
    });

    /// <summary>Cosine of every row with every column, by the form of the kernel that fits them.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">[m, dimension], of the same type.</param>
    /// <returns>[n, m].</returns>
    /// <exception cref="ArgumentException">Dimensions or types differ, or the result has more than 2^31 - 1 values.</exception>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public float[] ComputeCosines(DeviceMatrix rows, DeviceMatrix columns) => Run("computing cosines", () =>
    {
        var count = RequireProduct(rows, columns);
        var similarities = _floats.AtLeast(count);
        LaunchCosine(rows, columns, similarities.DevicePointer);
        return Download(similarities, count);
    });

    /// <summary>The same, with the result left on the card. Returns before it is there; what is launched later on the default stream finds it.</summary>
    /// <param name="rows">[n, dimension].</param>
    /// <param name="columns">[m, dimension], of the same type.</param>
    /// <param name="similarities">Receives [n, m].</param>
    /// <exception cref="ArgumentException">Dimensions or types differ, or the result does not fit.</exception>
    /// <exception cref="CudaDeviceException">The card failed.</exception>
    public void ComputeCosines(DeviceMatrix rows, DeviceMatrix columns, CudaDeviceVariable<float> similarities) => Run("computing cosines", () =>
    {
        RequireRoom(similarities, RequireProduct(rows, columns));
        LaunchCosine(rows, columns, similarities.DevicePointer);
        return true;
    });

    /// <summary>Cosines on tensor cores, for wide matrices of float16 or bfloat16.</summary>
    /// <param name="rows">[n, dimension]; dimension is a multiple of 16, the address of 4.</param>
    /// <param name="columns">[m, dimension], of the same type.</param>
    /// <returns>[n, m].</returns>
    /// <exception cref="ArgumentException">Dimensions or types differ or do not fit tensor cores.</exception>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public float[] ComputeCosinesOnTensorCores(DeviceMatrix rows, DeviceMatrix columns) => Run("computing cosines on tensor cores", () =>
    {
        var count = RequireProduct(rows, columns);
        var similarities = _floats.AtLeast(count);
        LaunchTensorCoreCosine(rows, columns, similarities.DevicePointer);
        return Download(similarities, count);
    });

    /// <summary>The same, with the result left on the card. Returns before it is there; what is launched later on the default stream finds it.</summary>
    /// <param name="rows">[n, dimension]; dimension is a multiple of 16, the address of 4.</param>
    /// <param name="columns">[m, dimension], of the same type.</param>
    /// <param name="similarities">Receives [n, m].</param>
    /// <exception cref="ArgumentException">Dimensions or types differ or do not fit tensor cores, or the result does not fit.</exception>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public void ComputeCosinesOnTensorCores(DeviceMatrix rows, DeviceMatrix columns, CudaDeviceVariable<float> similarities) => Run("computing cosines on tensor cores", () =>
    {
        RequireRoom(similarities, RequireProduct(rows, columns));
        LaunchTensorCoreCosine(rows, columns, similarities.DevicePointer);
        return true;
    });

    /// <summary>Judges a round in one launch.</summary>
    /// <param name="images">[Σ counts, dimension]: the images of direction 0, then those of direction 1, and so on.</param>
    /// <param name="imageCounts">N of each direction, at least 1 each.</param>
    /// <param name="prompts">[directions, dimension], of the same type.</param>
    /// <param name="texts">[texts, dimension], of the same type: 1 to <see cref="MaxTextCount"/> non-SoI texts.</param>
    /// <param name="opennessFactor">λ.</param>
    /// <exception cref="ArgumentException">The shapes or types do not fit one another.</exception>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public RoundOutcome JudgeDirections(DeviceMatrix images, IReadOnlyList<int> imageCounts, DeviceMatrix prompts, DeviceMatrix texts, float opennessFactor)
    {
        ArgumentNullException.ThrowIfNull(imageCounts);
        RequireRound(images, imageCounts, prompts, texts);
        return Run("judging a round", () =>
        {
            var layout = new RoundBuffers(imageCounts.Count, images.RowCount);
            var (floats, ints, firstImages) = (_floats.AtLeast(layout.FloatCount), _ints.AtLeast(layout.IntCount), _firstImages.AtLeast(imageCounts.Count + 1));
            firstImages.CopyToDevice(FirstImages(imageCounts));
            ints.Memset(0); // the kernel counts finished blocks from 0
            Launch(
                $"judge_directions_{KernelForm.Any(images, prompts, texts)}",
                new dim3(imageCounts.Count),
                (Warps * WarpJudgementBytes) + ((texts.RowCount + 1) * sizeof(float)),
                images.Address,
                firstImages.DevicePointer,
                prompts.Address,
                texts.Address,
                texts.RowCount,
                images.Dimension,
                opennessFactor,
                layout.Pointers(floats.DevicePointer, ints.DevicePointer));
            return layout.Read(Download(floats, layout.FloatCount), Download(ints, layout.IntCount));
        });
    }

    /// <summary>Indices of the highest values: by value descending, then index ascending; NaN after every number.</summary>
    /// <param name="values">At least one; meant for up to 65,536.</param>
    /// <param name="k">1 to the number of values.</param>
    /// <exception cref="CudaDeviceException">The card failed, or has too little memory.</exception>
    public int[] SelectTopK(float[] values, int k)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, values.Length);
        return Run("selecting the highest values", () =>
        {
            var (input, indices) = (_floats.AtLeast(values.Length), _ints.AtLeast(k));
            input.CopyToDevice(values);
            Launch("top_k_f32", new dim3(Blocks(values.Length, Threads)), Threads * sizeof(float), input.DevicePointer, indices.DevicePointer, values.Length, k);
            return Download(indices, k);
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _floats.Dispose();
            _norms.Dispose();
            _ints.Dispose();
            _firstImages.Dispose();
            try
            {
                _context.SetCurrent();
                _context.UnloadModule(_module);
            }
            catch (CudaException)
            {
                // A context that was lost has taken its module with it: there is nothing left to free.
            }

            _context.Dispose();
        }
    }
}
