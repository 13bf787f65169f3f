namespace Gal.Diffusion.Runtime;

/// <summary>What was loaded, from where, and what the processor can do.</summary>
/// <param name="LibraryPath">The binding that was loaded; empty where the operating system found it by itself.</param>
/// <param name="TorchSharpVersion">Version of the C# binding, for example "0.107.0".</param>
/// <param name="IsPatched">Whether <paramref name="LibraryPath"/> is a copy that was adapted to an older libstdc++.</param>
/// <param name="IsCudaAvailable">Whether a CUDA device can be used.</param>
/// <param name="CudaExplanation">Why there is CUDA or why not, as a sentence.</param>
/// <param name="ProcessorName">The processor's own name, for example "AMD EPYC".</param>
/// <param name="InstructionSet">"AVX-512 with bf16", "AVX-512", "AVX2", "AVX", "Arm64" or "baseline".</param>
/// <param name="HasBf16Instructions">False means that bf16 on this processor is emulated and many times slower than float32.</param>
/// <param name="ThreadCount">Threads that libtorch uses within an operation.</param>
public sealed record TorchRuntimeInfo(
    string LibraryPath,
    string TorchSharpVersion,
    bool IsPatched,
    bool IsCudaAvailable,
    string CudaExplanation,
    string ProcessorName,
    string InstructionSet,
    bool HasBf16Instructions,
    int ThreadCount)
{
    /// <summary>One line for a log.</summary>
    public string Summary =>
        $"TorchSharp {TorchSharpVersion}{(IsPatched ? $" (adapted to this system's older libstdc++ in {LibraryPath})" : string.Empty)}, " +
        $"{ProcessorName}, {InstructionSet}, {ThreadCount} threads. {CudaExplanation}";
}
