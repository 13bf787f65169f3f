using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>A tensor under its name in a file.</summary>
internal readonly record struct NamedTensor(string Name, Tensor Tensor);
