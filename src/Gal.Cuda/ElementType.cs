namespace Gal.Cuda;

/// <summary>How a matrix on the device holds its values. All arithmetic on them is float32.</summary>
public enum ElementType
{
    /// <summary>4 bytes, IEEE single.</summary>
    Float32,

    /// <summary>2 bytes, IEEE half.</summary>
    Float16,

    /// <summary>2 bytes, the upper half of a single.</summary>
    BFloat16,
}
