using Gal.Diffusion.Runtime;
using Gal.V1;

namespace Gal.ModelServing;

/// <summary>Says in the contract's words what torch runs on.</summary>
internal static class TorchDescription
{
    public static Device Device(TorchRuntimeInfo runtime)
    {
        var device = new Device
        {
            Name = "cpu",
            Model = runtime.ProcessorName,
            InstructionSet = runtime.InstructionSet,
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
