using System.Text.Json;
using System.Text.Json.Serialization;
using Gal.Diffusion.Weights;

namespace Gal.Diffusion.Models;

/// <summary>unet/config.json of a Stable Diffusion 1.x model, of any width and depth.</summary>
/// <param name="BlockOutChannels">Channels of each resolution, the finest first.</param>
/// <param name="DownBlockTypes">"CrossAttnDownBlock2D" or "DownBlock2D" for each.</param>
/// <param name="UpBlockTypes">"UpBlock2D" or "CrossAttnUpBlock2D", the coarsest first.</param>
/// <param name="CrossAttentionDim">Width of the text encoder's hidden states.</param>
/// <param name="AttentionHeadDim">Despite its name the number of heads, one for all blocks or a list (a known slip of diffusers that files depend on).</param>
public sealed record UNetConfig(int[] BlockOutChannels, string[] DownBlockTypes, string[] UpBlockTypes, int CrossAttentionDim, JsonElement AttentionHeadDim)
{
    private const string Model = "UNet2DConditionModel";

    /// <summary>Latent channels in.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Latent channels out.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Latent height and width that the model was trained at.</summary>
    public int? SampleSize { get; init; }

    /// <summary>Residual layers a down block; an up block has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Groups of every group norm.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Added to the variance in the residual layers' norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Transformer layers an attention block.</summary>
    public int TransformerLayersPerBlock { get; init; } = 1;

    /// <summary>proj_in and proj_out as linear layers (Stable Diffusion 2) instead of 1 × 1 convolutions.</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Cosines before sines in the timestep's embedding.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Subtracted from the number of frequencies in the timestep's embedding.</summary>
    public double FreqShift { get; init; }

    /// <summary>Zeros around the input of each downsampling convolution.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>Only "silu".</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>Only "UNetMidBlock2DCrossAttn".</summary>
    public string? MidBlockType { get; init; } = "UNetMidBlock2DCrossAttn";

    /// <summary>Heads of each block, where a file says so apart from <see cref="AttentionHeadDim"/>.</summary>
    public JsonElement? NumAttentionHeads { get; init; }

    /// <summary>Fields of the file that this record does not name; those that would change the result must have their neutral value.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Other { get; init; } = [];

    /// <summary>Reads and checks a config.json.</summary>
    /// <exception cref="ModelConfigException">It is missing, damaged, or describes another architecture.</exception>
    public static UNetConfig Read(string path) => ModelConfig.Read<UNetConfig>(path, config => config.Check());

    /// <summary>Attention heads of the block at one resolution.</summary>
    public int HeadCount(int block) => Heads.ValueKind == JsonValueKind.Array ? Heads[block].GetInt32() : Heads.GetInt32();

    private JsonElement Heads => NumAttentionHeads is { ValueKind: not JsonValueKind.Null } own ? own : AttentionHeadDim;

    internal UNetConfig Check()
    {
        var count = BlockOutChannels.Length;
        if (count == 0 || DownBlockTypes.Length != count || UpBlockTypes.Length != count)
        {
            throw ModelConfig.Unsupported(Model, "the number of block_out_channels, down_block_types and up_block_types", $"{count}, {DownBlockTypes.Length}, {UpBlockTypes.Length}", "equal numbers from 1");
        }
        RequireOneOf("down_block_types", DownBlockTypes, "CrossAttnDownBlock2D", "DownBlock2D");
        RequireOneOf("up_block_types", UpBlockTypes, "CrossAttnUpBlock2D", "UpBlock2D");
        RequireOneOf("act_fn", [ActFn], "silu");
        RequireOneOf("mid_block_type", [MidBlockType ?? "null"], "UNetMidBlock2DCrossAttn");
        CheckSizes();
        for (var block = 0; block < count; block++)
        {
            ModelConfig.Require(Model, $"block_out_channels[{block}]", BlockOutChannels[block], 1, ModelConfig.MaxWidth);
            if (BlockOutChannels[block] % NormNumGroups != 0 || BlockOutChannels[block] % HeadCount(block) != 0)
            {
                throw ModelConfig.Unsupported(Model, $"block_out_channels[{block}]", BlockOutChannels[block], $"multiples of norm_num_groups ({NormNumGroups}) and of the heads ({HeadCount(block)})");
            }
        }
        CheckNeutral();
        return this;
    }

    private void CheckSizes()
    {
        const int maxChannels = 64; // of latents
        const int maxSide = 1024;   // of latents, 8,192 pixels in Stable Diffusion 1.x
        ModelConfig.Require(Model, "in_channels", InChannels, 1, maxChannels);
        ModelConfig.Require(Model, "out_channels", OutChannels, 1, maxChannels);
        ModelConfig.Require(Model, "sample_size", SampleSize ?? 1, 1, maxSide);
        ModelConfig.Require(Model, "layers_per_block", LayersPerBlock, 1, ModelConfig.MaxLayerCount);
        ModelConfig.Require(Model, "transformer_layers_per_block", TransformerLayersPerBlock, 1, ModelConfig.MaxLayerCount);
        ModelConfig.Require(Model, "cross_attention_dim", CrossAttentionDim, 1, ModelConfig.MaxWidth);
        ModelConfig.Require(Model, "norm_num_groups", NormNumGroups, 1, ModelConfig.MaxWidth);
        ModelConfig.Require(Model, "downsample_padding", DownsamplePadding, 0, 1);
        if (NormEps is not (> 0 and < 1))
        {
            throw ModelConfig.Unsupported(Model, "norm_eps", NormEps, "above 0, below 1");
        }
        var isRight = Heads.ValueKind == JsonValueKind.Array ? Heads.GetArrayLength() == BlockOutChannels.Length && Heads.EnumerateArray().All(IsCount) : IsCount(Heads);
        if (!isRight)
        {
            throw ModelConfig.Unsupported(Model, "attention_head_dim", Heads, $"a whole number from 1, or a list of {BlockOutChannels.Length}");
        }

        static bool IsCount(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var count) && count is >= 1 and <= ModelConfig.MaxWidth;
    }

    private void CheckNeutral()
    {
        string[] mustBeOff =
        [
            "class_embed_type", "addition_embed_type", "encoder_hid_dim", "encoder_hid_dim_type", "num_class_embeds", "time_embedding_act_fn", "timestep_post_act", "time_cond_proj_dim",
            "cross_attention_norm", "center_input_sample", "dual_cross_attention", "only_cross_attention", "resnet_skip_time_act", "mid_block_only_cross_attention", "upcast_attention",
        ];
        foreach (var field in mustBeOff)
        {
            if (Other.TryGetValue(field, out var value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))
            {
                throw ModelConfig.Unsupported(Model, field, value, "null or false (Stable Diffusion 1.x)");
            }
        }
        foreach (var (field, neutral) in new[] { ("resnet_time_scale_shift", "default"), ("time_embedding_type", "positional"), ("attention_type", "default") })
        {
            if (Other.TryGetValue(field, out var value) && value.ValueKind != JsonValueKind.Null && value.ToString() != neutral)
            {
                throw ModelConfig.Unsupported(Model, field, value, neutral);
            }
        }
    }

    private static void RequireOneOf(string field, string[] values, params string[] supported)
    {
        if (Array.FindIndex(values, value => !supported.Contains(value)) is >= 0 and var other)
        {
            throw ModelConfig.Unsupported(Model, field, values[other], string.Join(" and ", supported));
        }
    }
}
