using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>What a convolution applies to its result before storing it.</summary>
internal enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>x / (1 + e^-x).</summary>
    Silu,

    /// <summary>x Φ(x), by the error function.</summary>
    Gelu,
}

/// <summary>
/// oneDNN's fused convolutions with weights that are laid out in advance, through the C functions that libtorch_cpu exports for compiled models (AOTInductor's shim).
/// TorchSharp has no wrapper for them; its own convolution lays the weights out anew in every call, which at batch 1 takes longer than the convolution.
/// </summary>
internal static unsafe partial class OneDnn
{
    private const string Library = "torch_cpu";

    private static readonly Lazy<bool> Available = new(() => Probe(ScalarType.Float32));
    private static readonly Lazy<bool> AvailableInBFloat16 = new(() => Probe(ScalarType.BFloat16));

    // The layout operators have no wrapper in TorchSharp either; lines of TorchScript reach them by name.
    private static readonly Lazy<jit.CompilationUnit> Packing = new(() => jit.compile("""
        def lay_out(weight: Tensor, padding: int, stride: int, n: int, c: int, h: int, w: int) -> Tensor:
            return torch.mkldnn_reorder_conv2d_weight(weight, [padding, padding], [stride, stride], [1, 1], 1, [n, c, h, w])

        def to_opaque(weight: Tensor) -> Tensor:
            return weight.to_mkldnn()

        def equals(packed: Tensor, weight: Tensor) -> Tensor:
            return torch.eq(packed.to_dense(), weight).all()

        """));

    // Sides of the squares that a layout is tried for when the one for the real input comes out wrong.
    private static readonly long[] OtherSides = [8, 1, 4, 16, 32];

    /// <summary>Whether this libtorch has the functions and oneDNN is usable on this processor.</summary>
    public static bool IsAvailable => Available.Value;

    /// <summary>Whether it computes in a format here: in float32 wherever it is available, in bfloat16 only on processors with AVX-512 or AVX-NE-CONVERT, in no other.</summary>
    public static bool Computes(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => IsAvailable,
        ScalarType.BFloat16 => IsAvailable && AvailableInBFloat16.Value,
        _ => false,
    };

    /// <summary>Lays out a convolution's weights for inputs of one shape.</summary>
    /// <param name="weight">[out, in, k, k], float32 or bfloat16, dense.</param>
    /// <param name="padding">Pixels on each side.</param>
    /// <param name="stride">Pixels between outputs.</param>
    /// <param name="shape">The input's batch, channels, height, width.</param>
    /// <returns>An opaque tensor for the calls below, which the caller disposes; null if no layout read back equal.</returns>
    /// <remarks>
    /// oneDNN's copy into blocks of 48 output channels spoils the last block where 48 does not divide the channels (seen with libtorch 2.10, AVX-512, 128 to 512 channels at 4 × 12).
    /// So each layout is read back; one that is not equal is made from another layout instead, from which the copy is right.
    /// </remarks>
    public static Tensor? Pack(Tensor weight, int padding, int stride, (long N, long C, long H, long W) shape)
    {
        using var opaque = Invoke("to_opaque", weight);
        var packed = LayOut(opaque, padding, stride, shape);
        if (IsEqual(packed, weight))
        {
            return packed;
        }

        packed.Dispose();
        foreach (var side in OtherSides)
        {
            using var other = LayOut(opaque, padding, stride, (1, shape.C, side, side));
            var copied = LayOut(other, padding, stride, shape);
            if (IsEqual(copied, weight))
            {
                return copied;
            }

            copied.Dispose();
        }

        return null;
    }

    /// <summary>act(x ⋆ w + b).</summary>
    public static Tensor Convolve(Tensor input, Tensor packedWeight, Tensor? bias, int padding, int stride, Activation activation)
    {
        long* geometry = stackalloc long[6] { padding, padding, stride, stride, 1, 1 };
        nint biasHandle = bias?.Handle ?? 0, result;
        fixed (byte* attribute = Name(activation), exact = "none\0"u8)
        {
            // GELU wants to be told which formula; "none" is the one with the error function.
            var algorithm = exact;
            Check(aoti_torch_cpu_mkldnn__convolution_pointwise(
                input.Handle, packedWeight.Handle, bias is null ? null : &biasHandle, geometry, 2, geometry + 2, 2, geometry + 4, 2, 1, attribute, null, 0, activation == Activation.Gelu ? &algorithm : null, &result));
        }

        return Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>(x ⋆ w + b) + other, or · other, into a new tensor.</summary>
    public static Tensor Combine(Tensor input, Tensor other, Tensor packedWeight, Tensor? bias, int padding, int stride, bool multiply)
    {
        long* geometry = stackalloc long[6] { padding, padding, stride, stride, 1, 1 };
        nint biasHandle = bias?.Handle ?? 0, result;
        fixed (byte* operation = multiply ? "mul\0"u8 : "add\0"u8)
        {
            Check(aoti_torch_cpu_mkldnn__convolution_pointwise_binary(
                input.Handle, other.Handle, packedWeight.Handle, bias is null ? null : &biasHandle, geometry, 2, geometry + 2, 2, geometry + 4, 2, 1, operation, null, null, null, 0, null, &result));
        }

        return Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>accumulator += x ⋆ w + b.</summary>
    public static void Accumulate(Tensor input, Tensor accumulator, Tensor packedWeight, Tensor? bias, int padding, int stride)
    {
        long* geometry = stackalloc long[6] { padding, padding, stride, stride, 1, 1 };
        nint biasHandle = bias?.Handle ?? 0, result;
        fixed (byte* operation = "add\0"u8)
        {
            Check(aoti_torch_cpu_mkldnn__convolution_pointwise_binary_(
                accumulator.Handle, input.Handle, packedWeight.Handle, bias is null ? null : &biasHandle, geometry, 2, geometry + 2, 2, geometry + 4, 2, 1, operation, null, null, null, 0, null, &result));
        }

        // A second handle of the accumulator.
        Check(aoti_torch_delete_tensor_object(result));
    }

    /// <summary>act(x wᵀ + b) of rows.</summary>
    /// <param name="rows">[rows, in], contiguous.</param>
    /// <param name="weight">[out, in], dense: laid out in every call, which many rows make up for.</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="activation">Applied before the result is stored.</param>
    public static Tensor Linear(Tensor rows, Tensor weight, Tensor? bias, Activation activation)
    {
        nint biasHandle = bias?.Handle ?? 0, result;
        fixed (byte* attribute = Name(activation), exact = "none\0"u8)
        {
            var algorithm = exact;
            Check(aoti_torch_cpu__linear_pointwise(
                rows.Handle, weight.Handle, bias is null ? null : &biasHandle, attribute, null, 0, activation == Activation.Gelu ? &algorithm : null, &result));
        }

        return Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>(x wᵀ + b) · other, into a new tensor; as <see cref="Linear"/>.</summary>
    public static Tensor LinearMultiply(Tensor rows, Tensor other, Tensor weight, Tensor? bias)
    {
        nint biasHandle = bias?.Handle ?? 0, result;
        fixed (byte* operation = "mul\0"u8)
        {
            Check(aoti_torch_cpu__linear_pointwise_binary(rows.Handle, other.Handle, weight.Handle, bias is null ? null : &biasHandle, operation, &result));
        }

        return Tensor.UnsafeCreateTensor(result);
    }

    /// <summary>The address of a tensor's first element, storage offset included.</summary>
    public static void* Address(Tensor tensor)
    {
        void* address;
        Check(aoti_torch_get_data_ptr(tensor.Handle, &address));
        return address;
    }

    private static Tensor LayOut(Tensor opaque, int padding, int stride, (long N, long C, long H, long W) shape) =>
        Invoke("lay_out", opaque, (long)padding, (long)stride, shape.N, shape.C, shape.H, shape.W);

    // TorchSharp makes scalars of numbers and does not keep them alive over the call: a collection in between frees them. So they are made, and kept, here.
    private static Tensor Invoke(string function, params object[] arguments)
    {
        var kept = Array.ConvertAll(arguments, argument => argument is long number ? number.ToScalar() : argument);
        lock (Packing)
        {
            var result = (Tensor)Packing.Value.invoke(function, kept);
            GC.KeepAlive(kept);
            return result;
        }
    }

    private static bool IsEqual(Tensor packed, Tensor weight)
    {
        using var equal = Invoke("equals", packed, weight);
        return equal.item<bool>();
    }

    private static ReadOnlySpan<byte> Name(Activation activation) => activation switch
    {
        Activation.Silu => "swish\0"u8,
        Activation.Gelu => "gelu\0"u8,
        _ => "none\0"u8,
    };

    private static void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException("libtorch refused an operator of the prepared model; its own message is on the standard error stream.");
        }
    }

    // The functions exist only in builds with oneDNN, and oneDNN wants AVX2: try one convolution instead of asking for each condition.
    private static bool Probe(ScalarType dtype)
    {
        try
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var weight = ones([16, 16, 1, 1], dtype: dtype);
            var packed = Pack(weight, 0, 1, (1, 16, 2, 2));
            var input = ones([1, 2, 2, 16], dtype: dtype).permute(0, 3, 1, 2);
            return packed is not null && Convolve(input, packed, null, 0, 1, Activation.None).to(ScalarType.Float32).sum().item<float>() == 16 * 16 * 4;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException or InvalidOperationException or ExternalException)
        {
            return false;
        }
    }

    [LibraryImport(Library)]
    private static partial int aoti_torch_delete_tensor_object(nint tensor);

    [LibraryImport(Library)]
    private static partial int aoti_torch_get_data_ptr(nint tensor, void** address);

    [LibraryImport(Library)]
    private static partial int aoti_torch_cpu__linear_pointwise(
        nint input, nint weight, nint* bias, byte* attribute, double** scalars, long scalarsLength, byte** algorithm, nint* result);

    [LibraryImport(Library)]
    private static partial int aoti_torch_cpu__linear_pointwise_binary(nint input, nint other, nint weight, nint* bias, byte* attribute, nint* result);

    [LibraryImport(Library)]
    private static partial int aoti_torch_cpu_mkldnn__convolution_pointwise(
        nint input, nint weight, nint* bias, long* padding, long paddingLength, long* stride, long strideLength, long* dilation, long dilationLength, long groups,
        byte* attribute, double** scalars, long scalarsLength, byte** algorithm, nint* result);

    [LibraryImport(Library)]
    private static partial int aoti_torch_cpu_mkldnn__convolution_pointwise_binary(
        nint input, nint other, nint weight, nint* bias, long* padding, long paddingLength, long* stride, long strideLength, long* dilation, long dilationLength, long groups,
        byte* binaryAttribute, double* alpha, byte** unaryAttribute, double** unaryScalars, long unaryScalarsLength, byte** unaryAlgorithm, nint* result);

    [LibraryImport(Library)]
    private static partial int aoti_torch_cpu_mkldnn__convolution_pointwise_binary_(
        nint other, nint input, nint weight, nint* bias, long* padding, long paddingLength, long* stride, long strideLength, long* dilation, long dilationLength, long groups,
        byte* binaryAttribute, double* alpha, byte** unaryAttribute, double** unaryScalars, long unaryScalarsLength, byte** unaryAlgorithm, nint* result);
}
