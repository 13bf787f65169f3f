using System.Runtime.InteropServices;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda;

/// <summary>Where the judge kernel puts its results: two buffers, so that two copies bring all of them back.</summary>
internal readonly struct RoundBuffers(int directionCount, int imageCount)
{
    /// <summary>prompt, non-SoI [images each], U [directions], openness [1].</summary>
    public int FloatCount => (2 * imageCount) + directionCount + 1;

    /// <summary>flags [images], overfit counts, not-finite counts, best images [directions each], finished blocks [1].</summary>
    public int IntCount => imageCount + (3 * directionCount) + 1;

    /// <summary>The kernel's last argument.</summary>
    public RoundResults Pointers(CUdeviceptr floats, CUdeviceptr ints)
    {
        var (images, directions) = (imageCount, directionCount);
        return new RoundResults
        {
            PromptSimilarities = At(floats, 0),
            NonSoiSimilarities = At(floats, images),
            OverfitFlags = At(ints, 0),
            OverfitCounts = At(ints, images),
            NotFiniteCounts = At(ints, images + directions),
            BestImages = At(ints, images + (2 * directions)),
            Uncertainties = At(floats, 2 * images),
            Openness = At(floats, (2 * images) + directions),
            Finished = At(ints, images + (3 * directions)),
        };
    }

    /// <summary>Takes what came back apart.</summary>
    public RoundOutcome Read(float[] floats, int[] ints)
    {
        var (images, directions) = (imageCount, directionCount);
        return new RoundOutcome(
            floats[..images],
            floats[images..(2 * images)],
            ints[..images],
            ints[images..(images + directions)],
            ints[(images + directions)..(images + (2 * directions))],
            ints[(images + (2 * directions))..(images + (3 * directions))],
            floats[(2 * images)..((2 * images) + directions)],
            floats[(2 * images) + directions]);
    }

    // Both element types have four bytes.
    private static CUdeviceptr At(CUdeviceptr start, int index) => new((ulong)start.Pointer + ((ulong)index * sizeof(float)));
}

/// <summary>struct RoundResults of judge_directions.cuh, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RoundResults
{
    public CUdeviceptr PromptSimilarities;
    public CUdeviceptr NonSoiSimilarities;
    public CUdeviceptr OverfitFlags;
    public CUdeviceptr OverfitCounts;
    public CUdeviceptr NotFiniteCounts;
    public CUdeviceptr BestImages;
    public CUdeviceptr Uncertainties;
    public CUdeviceptr Openness;
    public CUdeviceptr Finished;
}
