using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>A checkpoint's tensors below one prefix, and the format in which the prepared model computes.</summary>
/// <param name="tensors">All tensors by their full name.</param>
/// <param name="dtype">float32 or bfloat16.</param>
/// <param name="prefix">Ends in a dot, or is empty.</param>
internal sealed class WeightScope(IReadOnlyDictionary<string, Tensor> tensors, ScalarType dtype, string prefix = "")
{
    /// <summary>The format in which the prepared model computes.</summary>
    public ScalarType Dtype => dtype;

    /// <summary>A tensor by the rest of its name. Borrowed.</summary>
    /// <exception cref="KeyNotFoundException">The checkpoint lacks it.</exception>
    public Tensor this[string name] => tensors.TryGetValue(prefix + name, out var tensor) ? tensor : throw new KeyNotFoundException($"The checkpoint has no tensor {prefix + name}.");

    /// <summary>Whether the checkpoint has a tensor.</summary>
    public bool Contains(string name) => tensors.ContainsKey(prefix + name);

    /// <summary>The same tensors for layers that compute in another format.</summary>
    public WeightScope In(ScalarType other) => new(tensors, other, prefix);

    /// <summary>The tensors below a further name.</summary>
    public WeightScope At(string name) => new(tensors, dtype, $"{prefix}{name}.");

    /// <summary>The layer of that name as a packed convolution; it may lack a bias.</summary>
    public PackedConvolution Convolution(string name, int padding = 0, int stride = 1) =>
        new(this[$"{name}.weight"], Contains($"{name}.bias") ? this[$"{name}.bias"] : null, dtype, padding, stride);

    /// <summary>The layer normalisation of that name.</summary>
    public Normalization LayerNorm(string name, double epsilon = 1e-5) => new(this[$"{name}.weight"], this[$"{name}.bias"], epsilon);

    /// <summary>The group normalisation of that name.</summary>
    public Normalization GroupNorm(string name, long groupCount, double epsilon) => new(this[$"{name}.weight"], this[$"{name}.bias"], epsilon, groupCount);
}
