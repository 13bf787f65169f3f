using ManagedCuda;

namespace Gal.Cuda;

/// <content>What the kernels take for granted, and would read beyond their matrices without.</content>
public sealed partial class ScoringKernels
{
    private static int RequireProduct(DeviceMatrix rows, DeviceMatrix columns)
    {
        RequireAlike(rows, columns, "rows", "columns");
        var count = (long)rows.RowCount * columns.RowCount;
        return count <= int.MaxValue
            ? (int)count
            : throw new ArgumentException($"{rows.RowCount} rows and {columns.RowCount} columns make {count} cosines; one call makes at most {int.MaxValue}: give fewer rows at a time.", nameof(rows));
    }

    private static void RequireRoom(CudaDeviceVariable<float> similarities, int count)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        if ((long)similarities.Size < count)
        {
            throw new ArgumentException($"The result has room for {(long)similarities.Size} values; these matrices make {count}.", nameof(similarities));
        }
    }

    private static void RequireTensorCores(DeviceMatrix matrix)
    {
        if (matrix.Type == ElementType.Float32 || matrix.Dimension % 16 != 0 || (ulong)matrix.Address.Pointer % 4 != 0)
        {
            throw new ArgumentException($"Tensor cores take float16 or bfloat16 of a dimension that is a multiple of 16, at an address that is a multiple of 4; this is {matrix.Type} of dimension {matrix.Dimension} at 0x{(ulong)matrix.Address.Pointer:x}.", nameof(matrix));
        }
    }

    private static void RequireRound(DeviceMatrix images, IReadOnlyList<int> imageCounts, DeviceMatrix prompts, DeviceMatrix texts)
    {
        RequireAlike(images, prompts, "images", "prompts");
        RequireAlike(images, texts, "images", "texts");
        if (imageCounts.Count == 0 || imageCounts.Any(n => n < 1) || imageCounts.Sum() != images.RowCount || imageCounts.Count != prompts.RowCount)
        {
            throw new ArgumentException($"{images.RowCount} images in {imageCounts.Count} directions with {prompts.RowCount} prompts are no round: each direction needs one prompt and at least one image, and the counts must add up.", nameof(imageCounts));
        }

        if (texts.RowCount is < 1 or > MaxTextCount)
        {
            throw new ArgumentException($"There are {texts.RowCount} non-SoI texts; a round is judged against 1 to {MaxTextCount}.", nameof(texts));
        }
    }

    private static void RequireAlike(DeviceMatrix a, DeviceMatrix b, string aName, string bName)
    {
        if (a.Dimension != b.Dimension || a.Type != b.Type)
        {
            throw new ArgumentException($"The {aName} are {a.Type} of dimension {a.Dimension}, the {bName} {b.Type} of dimension {b.Dimension}; they must be alike.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(a.Dimension, 1, aName);
    }
}
