namespace Gal.Diffusion.Weights;

/// <summary>One line of a safetensors header.</summary>
/// <param name="Name">The tensor's key.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One after the last byte.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsDtype Dtype, long[] Shape, long Begin, long End);
