using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models;

/// <summary>vae/config.json.</summary>
/// <param name="BlockOutChannels">Channels of each resolution, the finest first; each but the last halves the size.</param>
public sealed record AutoencoderKlConfig(int[] BlockOutChannels)
{
    /// <summary>Channels of a picture.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of a decoded picture.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of the latents.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Residual layers an encoder block; a decoder block has one more.</summary>
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>Groups of every group norm.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>The UNet sees latents times this.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Picture size that the model was trained at.</summary>
    public int? SampleSize { get; init; }

    /// <summary>Only "silu".</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>Attention in the middle block.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>A 1 × 1 convolution after the encoder.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>A 1 × 1 convolution before the decoder.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Only null: Stable Diffusion 1.x has none.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>A picture's side over its latents' side: 8 in Stable Diffusion 1.x.</summary>
    public int DownscaleFactor => 1 << (BlockOutChannels.Length - 1);

    /// <summary>Reads and checks a config.json.</summary>
    /// <exception cref="ModelConfigException">It is missing, damaged, or describes another architecture.</exception>
    public static AutoencoderKlConfig Read(string path) => ModelConfig.Read<AutoencoderKlConfig>(path, config => config.Check());

    internal AutoencoderKlConfig Check()
    {
        const string model = "AutoencoderKL";
        const int maxBlocks = 8;
        const int maxChannels = 64; // of latents
        ModelConfig.Require(model, "norm_num_groups", NormNumGroups, 1, ModelConfig.MaxWidth);
        ModelConfig.Require(model, "the number of block_out_channels", BlockOutChannels.Length, 1, maxBlocks);
        Array.ForEach(BlockOutChannels, channels => ModelConfig.Require(model, "block_out_channels", channels, 1, ModelConfig.MaxWidth));
        ModelConfig.Require(model, "layers_per_block", LayersPerBlock, 1, ModelConfig.MaxLayerCount);
        ModelConfig.Require(model, "latent_channels", LatentChannels, 1, maxChannels);
        ModelConfig.Require(model, "in_channels", InChannels, 3, 3);
        ModelConfig.Require(model, "out_channels", OutChannels, 3, 3);
        if (ScalingFactor is not (> 0 and < double.PositiveInfinity))
        {
            throw ModelConfig.Unsupported(model, "scaling_factor", ScalingFactor, "above 0; Stable Diffusion 1.x has 0.18215");
        }
        if (Array.Exists(BlockOutChannels, channels => channels % NormNumGroups != 0))
        {
            throw ModelConfig.Unsupported(model, "block_out_channels", string.Join(", ", BlockOutChannels), $"multiples of norm_num_groups ({NormNumGroups})");
        }
        if (ActFn != "silu")
        {
            throw ModelConfig.Unsupported(model, "act_fn", ActFn, "silu");
        }
        return ShiftFactor is null or 0 ? this : throw ModelConfig.Unsupported(model, "shift_factor", ShiftFactor, "null");
    }
}
