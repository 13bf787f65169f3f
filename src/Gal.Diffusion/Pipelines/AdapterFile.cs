namespace Gal.Diffusion.Pipelines;

/// <summary>Weights that are added to a model: a LoRA, a Textual Inversion embedding or Custom Diffusion's keys and values; the file's tensors tell which.</summary>
/// <param name="Path">A safetensors file.</param>
/// <param name="Scale">A LoRA's strength: 1 as trained, 0 off. The other kinds do not read it.</param>
/// <param name="Token">The word of a Textual Inversion embedding; the file's own if null.</param>
public sealed record AdapterFile(string Path, double Scale = 1, string? Token = null);
