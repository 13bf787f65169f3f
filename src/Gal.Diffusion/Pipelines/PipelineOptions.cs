using Gal.Diffusion.Runtime;
using static TorchSharp.torch;

namespace Gal.Diffusion.Pipelines;

/// <summary>Where and in what format a pipeline computes.</summary>
/// <param name="Device">"cpu" or "cuda:N".</param>
/// <param name="Dtype">The UNet's format; float32 unless said.</param>
public sealed record PipelineOptions(string Device = "cpu", ComputeDtype Dtype = ComputeDtype.Float32)
{
    /// <summary>Why a format is slow on a device, as a sentence for a user; null if it is not.</summary>
    public static string? FindSlowness(ComputeDtype dtype, string device = "cpu")
    {
        var runtime = TorchRuntime.EnsureLoaded();
        return (dtype, device) switch
        {
            (ComputeDtype.BFloat16, "cpu") when !runtime.HasBf16Instructions =>
                $"bf16 is emulated on this processor ({runtime.ProcessorName}, {runtime.InstructionSet}) and many times slower than float32; use float32.",
            (ComputeDtype.Float16, "cpu") => $"fp16 is emulated on processors ({runtime.ProcessorName}) and many times slower than float32; use float32 or, where the processor has it, bf16.",
            _ => null,
        };
    }

    internal ScalarType ScalarType => Dtype switch
    {
        ComputeDtype.BFloat16 => ScalarType.BFloat16,
        ComputeDtype.Float16 => ScalarType.Float16,
        _ => ScalarType.Float32,
    };
}
