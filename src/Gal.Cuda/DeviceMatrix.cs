using ManagedCuda.BasicTypes;

namespace Gal.Cuda;

/// <summary>Rows of embeddings in device memory, row-major and without gaps. Borrowed: whoever made it keeps it alive until the work on it is done.</summary>
/// <param name="Address">Where element 0 of row 0 lies.</param>
/// <param name="RowCount">Rows; 0 is allowed.</param>
/// <param name="Dimension">Features a row, at least 1.</param>
/// <param name="Type">The type of an element.</param>
public readonly record struct DeviceMatrix(CUdeviceptr Address, int RowCount, int Dimension, ElementType Type)
{
    /// <summary>Bytes an element.</summary>
    public int ElementBytes => Type == ElementType.Float32 ? 4 : 2;

    /// <summary>Whether every row starts at a multiple of four elements, as loads of four need it.</summary>
    internal bool AllowsVectorLoads => Dimension % 4 == 0 && (ulong)Address.Pointer % (ulong)(4 * ElementBytes) == 0;
}
