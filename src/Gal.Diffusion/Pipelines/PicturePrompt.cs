using Gal.Imaging;

namespace Gal.Diffusion.Pipelines;

/// <summary>A picture that a batch is drawn after, beside its prompts (IP-Adapter).</summary>
/// <param name="AdapterPath">The IP-Adapter's safetensors file.</param>
/// <param name="Picture">Of any size.</param>
/// <param name="Scale">How much the picture counts: 0 not at all, 1 as trained.</param>
/// <param name="ImageEncoder">What reads the picture; the model folder's own image_encoder, or else its clip, if null.</param>
public sealed record PicturePrompt(string AdapterPath, RgbImage Picture, double Scale = 1, ImageEncoderFiles? ImageEncoder = null);
