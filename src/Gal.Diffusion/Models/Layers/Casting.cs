using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Layers;

/// <summary>Computes in the input's number format: weights of another are cast for the call, and their gradients come back in their own, so that float32 weights train in bfloat16.</summary>
internal static class Casting
{
    /// <summary>A tensor in a format; itself where it is in it already.</summary>
    public static Tensor In(this Tensor tensor, ScalarType dtype) => tensor.dtype == dtype ? tensor : tensor.to_type(dtype);
}
