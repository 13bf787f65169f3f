namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>How numbers are stored.</summary>
internal interface IStorage
{
    /// <summary>Bytes of one element in memory.</summary>
    static abstract int ElementSize { get; }
}

/// <summary>
/// One vector register of float32 lanes and how it is read from and written to memory in a storage format.
/// Kernels are generic over it, so that each is written once for AVX-512 and AVX2, float32 and bfloat16.
/// </summary>
/// <typeparam name="TVector">The register type.</typeparam>
internal unsafe interface ISimd<TVector> : IStorage
    where TVector : unmanaged
{
    /// <summary>Lanes in a register.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes zero.</summary>
    static abstract TVector Zero { get; }

    /// <summary>Reads <see cref="Count"/> elements in the storage format.</summary>
    static abstract TVector Load(void* source, nint elementIndex);

    /// <summary>Writes <see cref="Count"/> elements in the storage format, rounded to nearest even.</summary>
    static abstract void Store(TVector value, void* destination, nint elementIndex);

    /// <summary>Reads float32 lanes, whatever the storage format.</summary>
    static abstract TVector LoadFloat(float* source);

    /// <summary>Writes float32 lanes, whatever the storage format.</summary>
    static abstract void StoreFloat(TVector value, float* destination);

    /// <summary>The same value in every lane.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>Lane-wise sum.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>Lane-wise difference.</summary>
    static abstract TVector Subtract(TVector left, TVector right);

    /// <summary>Lane-wise product.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left · right + addend, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>Sum of all lanes.</summary>
    static abstract float Sum(TVector value);

    /// <summary>SiLU(x) = x / (1 + e^-x).</summary>
    static abstract TVector Silu(TVector value);
}
