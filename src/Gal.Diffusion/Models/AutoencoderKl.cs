using Gal.Diffusion.Models.Layers;
using Gal.Diffusion.Models.Vae;
using Gal.Diffusion.Runtime;
using Gal.Diffusion.Weights;
using static TorchSharp.torch;

namespace Gal.Diffusion.Models;

/// <summary>Turns pictures into latents and back (AutoencoderKL). state_dict keys are diffusers'.</summary>
public sealed class AutoencoderKl : nn.Module<Tensor, Tensor>
{
    // The reference's clamp of the log-variance.
    private const double MinLogVariance = -30;
    private const double MaxLogVariance = 20;

    internal readonly VaeEncoder encoder;
    internal readonly VaeDecoder decoder;
    internal readonly ConvolutionLayer? quant_conv;
    internal readonly ConvolutionLayer? post_quant_conv;

    /// <summary>Makes the modules; their parameters are uninitialised until <see cref="LoadWeights"/>.</summary>
    /// <exception cref="ModelConfigException">The configuration describes another architecture.</exception>
    public AutoencoderKl(AutoencoderKlConfig config)
        : base(nameof(AutoencoderKl))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Check();
        encoder = new VaeEncoder(config);
        decoder = new VaeDecoder(config);
        var moments = config.LatentChannels * 2;
        quant_conv = config.UseQuantConv ? new ConvolutionLayer(moments, moments, 1) : null;
        post_quant_conv = config.UsePostQuantConv ? new ConvolutionLayer(config.LatentChannels, config.LatentChannels, 1) : null;
        RegisterComponents();
    }

    /// <summary>What the model was made from.</summary>
    public AutoencoderKlConfig Config { get; }

    /// <summary>Fills the parameters from a file, index or folder, also with the attention names of old files.</summary>
    /// <exception cref="CheckpointMismatchException">Names or shapes differ; the message lists them.</exception>
    /// <exception cref="SafetensorsException">A file is damaged or pickled.</exception>
    public void LoadWeights(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        ModuleWeights.Load(this, checkpoint.Path, WeightNames.Vae(checkpoint.Tensors));
    }

    /// <summary>The posterior of a picture's latents, without the scaling factor.</summary>
    /// <param name="image">[batch, 3, height, width] in -1..1. Borrowed.</param>
    /// <returns>Mean and standard deviation, each [batch, 4, height/f, width/f]; the caller disposes both.</returns>
    public (Tensor Mean, Tensor StandardDeviation) Encode(Tensor image)
    {
        using var scope = NewDisposeScope();
        var moments = EncodeMoments(image).chunk(2, 1);
        var deviation = exp(0.5.Held() * moments[1].clamp(MinLogVariance.Held(), MaxLogVariance.Held()));
        return (moments[0].clone().MoveToOuterDisposeScope(), deviation.MoveToOuterDisposeScope());
    }

    /// <summary>Mean and (unclamped) log-variance in one tensor [batch, 8, height/f, width/f], which the caller disposes.</summary>
    public Tensor EncodeMoments(Tensor image)
    {
        using var scope = NewDisposeScope();
        var hidden = encoder.call(image);
        return (quant_conv?.call(hidden) ?? hidden).MoveToOuterDisposeScope();
    }

    /// <summary>Decodes latents.</summary>
    /// <param name="latents">[batch, 4, height, width], already divided by the scaling factor. Borrowed.</param>
    /// <returns>[batch, 3, f·height, f·width], about -1..1, not clamped; the caller disposes it.</returns>
    public Tensor Decode(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var scope = NewDisposeScope();
        return decoder.call(post_quant_conv?.call(latents) ?? latents).MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Decode"/>
    public override Tensor forward(Tensor latents) => Decode(latents);
}
