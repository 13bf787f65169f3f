namespace Gal.Cuda;

/// <summary>Which form of a kernel fits its matrices: the suffix of the entry point's name (native/kernels/scoring.cu).</summary>
internal static class KernelForm
{
    // Dynamic shared memory that needs no leave of the driver.
    public const int SharedBytes = 48 * 1024;

    /// <summary>f32, f16 or bf16.</summary>
    public static string TypeName(ElementType type) => type switch
    {
        ElementType.Float32 => "f32",
        ElementType.Float16 => "f16",
        ElementType.BFloat16 => "bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such element type."),
    };

    /// <summary>"TYPE_v4" where all matrices allow loads of four elements, else "TYPE_v1".</summary>
    public static string Any(params ReadOnlySpan<DeviceMatrix> matrices)
    {
        var width = 4;
        foreach (var matrix in matrices)
        {
            width = matrix.AllowsVectorLoads ? width : 1;
        }

        return $"{TypeName(matrices[0].Type)}_v{width}";
    }

    /// <summary>Rows that a warp of the tiled cosine kernel takes at once; 0 where there is none for the width.</summary>
    public static int RowsPerWarp(int dimension) => dimension switch
    {
        128 or 512 => 4,
        768 or 1024 => 2,
        _ => 0,
    };
}
