using static TorchSharp.torch;

namespace Gal.Diffusion.Weights;

/// <summary>Element types of the safetensors format, in the format's own order, by which files are laid out (largest first).</summary>
internal sealed record SafetensorsDtype(string Name, int Size, ScalarType? Torch)
{
    // TorchSharp has no unsigned types over 8 bits and no 8-bit floats: such tensors are listed, but not read.
    private static readonly SafetensorsDtype[] All =
    [
        new("BOOL", 1, ScalarType.Bool), new("U8", 1, ScalarType.Byte), new("I8", 1, ScalarType.Int8), new("F8_E5M2", 1, null), new("F8_E4M3", 1, null),
        new("I16", 2, ScalarType.Int16), new("U16", 2, null), new("F16", 2, ScalarType.Float16), new("BF16", 2, ScalarType.BFloat16),
        new("I32", 4, ScalarType.Int32), new("U32", 4, null), new("F32", 4, ScalarType.Float32), new("F64", 8, ScalarType.Float64),
        new("I64", 8, ScalarType.Int64), new("U64", 8, null),
    ];

    /// <summary>Whether it is a floating-point type that torch computes with.</summary>
    public bool IsFloatingPoint => Torch is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    /// <summary>Place in the format's order.</summary>
    public int Rank => Array.IndexOf(All, this);

    public static SafetensorsDtype? FromName(string name) => Array.Find(All, dtype => dtype.Name == name);

    public static SafetensorsDtype FromTorch(ScalarType type) =>
        Array.Find(All, dtype => dtype.Torch == type) ?? throw new ArgumentException($"A tensor of type {type} cannot be stored in a safetensors file.", nameof(type));
}
