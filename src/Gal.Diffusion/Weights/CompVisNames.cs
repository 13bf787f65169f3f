using System.Globalization;
using Gal.Diffusion.Models;

namespace Gal.Diffusion.Weights;

/// <summary>diffusers' names → the names of CompVis' single files, as A1111 and ComfyUI read them.</summary>
internal static class CompVisNames
{
    public const string UnetPrefix = "model.diffusion_model.";
    public const string VaePrefix = "first_stage_model.";
    public const string TextPrefix = "cond_stage_model.transformer.";

    private static readonly Dictionary<string, string> UnetEnds = new()
    {
        ["conv_in"] = "input_blocks.0.0",
        ["time_embedding.linear_1"] = "time_embed.0",
        ["time_embedding.linear_2"] = "time_embed.2",
        ["conv_norm_out"] = "out.0",
        ["conv_out"] = "out.2",
        ["mid_block.resnets.0"] = "middle_block.0",
        ["mid_block.attentions.0"] = "middle_block.1",
        ["mid_block.resnets.1"] = "middle_block.2",
    };

    private static readonly Dictionary<string, string> UnetResnet = new()
    {
        ["norm1"] = "in_layers.0",
        ["conv1"] = "in_layers.2",
        ["time_emb_proj"] = "emb_layers.1",
        ["norm2"] = "out_layers.0",
        ["conv2"] = "out_layers.3",
        ["conv_shortcut"] = "skip_connection",
    };

    private static readonly Dictionary<string, string> VaeAttention = new()
    {
        ["group_norm"] = "norm",
        ["to_q"] = "q",
        ["to_k"] = "k",
        ["to_v"] = "v",
        ["to_out.0"] = "proj_out",
    };

    public static string Unet(string name, UNetConfig config)
    {
        var (module, rest) = SplitUnet(name, config);
        var isResnet = name.Contains(".resnets.", StringComparison.Ordinal);
        return UnetPrefix + module + (isResnet ? Replaced(rest, UnetResnet) : rest);
    }

    public static string Vae(string name, AutoencoderKlConfig config)
    {
        var parts = name.Split('.');
        if (parts[0] is not ("encoder" or "decoder"))
        {
            return VaePrefix + name;
        }
        var rest = string.Join('.', parts[1..]);
        return VaePrefix + parts[0] + "." + parts[1] switch
        {
            "down_blocks" => $"down.{parts[2]}.{VaeLayer(parts[3..])}",
            "up_blocks" => $"up.{config.BlockOutChannels.Length - 1 - Number(parts[2])}.{VaeLayer(parts[3..])}",
            "mid_block" when parts[2] == "resnets" => $"mid.block_{Number(parts[3]) + 1}.{string.Join('.', parts[4..])}",
            "mid_block" => $"mid.attn_1{Replaced("." + string.Join('.', parts[4..]), VaeAttention)}",
            "conv_norm_out" => $"norm_out.{parts[2]}",
            _ => rest,
        };
    }

    public static string Text(string name) => TextPrefix + name;

    /// <summary>A convolution of 1 × 1 there is a matrix here.</summary>
    public static bool IsMatrixHere(string vaeName) => vaeName.Contains(".attentions.", StringComparison.Ordinal) && vaeName.EndsWith(".weight", StringComparison.Ordinal) && !vaeName.Contains("group_norm", StringComparison.Ordinal);

    /// <summary>Tensors of training states and schedules that single files carry along and no sampler needs.</summary>
    public static bool IsIgnored(string name) =>
        name.StartsWith("model_ema.", StringComparison.Ordinal) || name.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
        || !name.Contains('.', StringComparison.Ordinal) && (name.Contains("alphas", StringComparison.Ordinal) || name is "betas" or "logvar" or "posterior_variance" or "posterior_log_variance_clipped" or "posterior_mean_coef1" or "posterior_mean_coef2");

    private static (string Module, string Remainder) SplitUnet(string name, UNetConfig config)
    {
        foreach (var (end, compVis) in UnetEnds)
        {
            if (name.StartsWith(end + ".", StringComparison.Ordinal))
            {
                return (compVis, name[end.Length..]);
            }
        }
        // down_blocks.{block}.{kind}.{layer}.rest
        var parts = name.Split('.');
        int block = Number(parts[1]), layer = Number(parts[3]), perBlock = config.LayersPerBlock + 1;
        var rest = "." + string.Join('.', parts[4..]);
        return (parts[0], parts[2]) switch
        {
            ("down_blocks", "resnets") => ($"input_blocks.{1 + (block * perBlock) + layer}.0", rest),
            ("down_blocks", "attentions") => ($"input_blocks.{1 + (block * perBlock) + layer}.1", rest),
            ("down_blocks", _) => ($"input_blocks.{(block + 1) * perBlock}.0.op", rest[".conv".Length..]),
            (_, "resnets") => ($"output_blocks.{(block * perBlock) + layer}.0", rest),
            (_, "attentions") => ($"output_blocks.{(block * perBlock) + layer}.1", rest),
            _ => ($"output_blocks.{((block + 1) * perBlock) - 1}.{(config.UpBlockTypes[block] == "UpBlock2D" ? 1 : 2)}", rest),
        };
    }

    // resnets.0.conv1.weight → block.0.conv1.weight; downsamplers.0.conv.weight → downsample.conv.weight.
    private static string VaeLayer(string[] parts) => parts[0] switch
    {
        "resnets" => $"block.{parts[1]}.{(parts[2] == "conv_shortcut" ? "nin_shortcut" : parts[2])}.{parts[3]}",
        "downsamplers" => $"downsample.{parts[2]}.{parts[3]}",
        _ => $"upsample.{parts[2]}.{parts[3]}",
    };

    // ".norm1.weight" → ".in_layers.0.weight".
    private static string Replaced(string rest, Dictionary<string, string> names)
    {
        var end = rest.LastIndexOf('.');
        return $".{names[rest[1..end]]}{rest[end..]}";
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
