using Gal.Cuda;
using Gal.Diffusion.Runtime;
using Gal.V1;

namespace Gal.ModelServing;

/// <summary>Says in the contract's words what torch runs on.</summary>
internal static class TorchDescription
{
    /// <param name="runtime">What torch found.</param>
    /// <param name="device">"cpu" or "cuda:N".</param>
    public static Device Describe(TorchRuntimeInfo runtime, string device) =>
        ComputeDevice.CardIndex(device) is { } index ? DescribeCard(device, index) : DescribeProcessor(runtime);

    private static Device DescribeProcessor(TorchRuntimeInfo runtime)
    {
        var device = new Device
        {
            Name = ComputeDevice.Cpu,
            Model = runtime.ProcessorName,
            InstructionSet = InContractWords(runtime.InstructionSet),
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            ThreadCount = runtime.ThreadCount,
            Dtypes = { Dtype.Float32 },
        };
        if (runtime.HasBf16Instructions)
        {
            device.Dtypes.Add(Dtype.Bfloat16);
        }

        return device;
    }

    private static Device DescribeCard(string name, int index)
    {
        var card = CudaCard.Describe(index);
        return new Device
        {
            Name = name,
            Model = card.Name,
            InstructionSet = $"sm_{card.ComputeCapability.Major}{card.ComputeCapability.Minor}",
            MemoryBytes = card.MemoryBytes,
            Dtypes = { Dtype.Float16, Dtype.Float32, Dtype.Bfloat16 },
        };
    }

    private static string InContractWords(string instructionSet) => instructionSet switch
    {
        "AVX-512 with bf16" => "avx512f+bf16",
        "AVX-512" => "avx512f",
        _ => instructionSet.ToLowerInvariant(),
    };

    public static IEnumerable<Component> Components(TorchRuntimeInfo runtime)
    {
        yield return new()
        {
            Name = "LibTorchSharp",
            Version = runtime.TorchSharpVersion,
            Available = true,
            Detail = runtime.IsPatched ? "A copy adapted to this system's older libstdc++ is in use." : "",
        };
        yield return new() { Name = "cuda", Available = runtime.IsCudaAvailable, Detail = runtime.CudaExplanation };
    }
}
