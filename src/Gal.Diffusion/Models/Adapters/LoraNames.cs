namespace Gal.Diffusion.Models.Adapters;

/// <summary>A LoRA file's keys → which layer, and what of it.</summary>
internal static class LoraNames
{
    public const string Unet = "unet.";
    public const string TextEncoder = "text_encoder.";

    private const string KohyaUnet = "lora_unet_";
    private const string Processor = ".processor";

    private static readonly string[] KohyaText = ["lora_te_", "lora_te1_"];

    private static readonly (string End, LoraPart Part)[] Ends =
    [
        (".lora_A.weight", LoraPart.Down), (".lora_B.weight", LoraPart.Up), (".lora_A.default.weight", LoraPart.Down), (".lora_B.default.weight", LoraPart.Up),
        (".lora_down.weight", LoraPart.Down), (".lora_up.weight", LoraPart.Up), (".lora.down.weight", LoraPart.Down), (".lora.up.weight", LoraPart.Up),
        (".lora_linear_layer.down.weight", LoraPart.Down), (".lora_linear_layer.up.weight", LoraPart.Up), (".alpha", LoraPart.Alpha),
        ("_lora.down.weight", LoraPart.Down), ("_lora.up.weight", LoraPart.Up),
    ];

    /// <summary>What a layer's tensors are for.</summary>
    public enum LoraPart
    {
        Down,
        Up,
        Alpha,
    }

    /// <summary>Splits a key into a layer's full name ("unet.…", "text_encoder.…") and the part.</summary>
    /// <param name="key">As in the file.</param>
    /// <param name="layers">Full names of the model's layers.</param>
    /// <param name="flattened">The same by their names with underscores instead of dots.</param>
    /// <returns>Null where the key fits no layer.</returns>
    public static (string Layer, LoraPart Part)? Parse(string key, IReadOnlySet<string> layers, IReadOnlyDictionary<string, string> flattened)
    {
        foreach (var (end, part) in Ends)
        {
            if (key.EndsWith(end, StringComparison.Ordinal) && FindLayer(key[..^end.Length], layers, flattened) is { } layer)
            {
                return (layer, part);
            }
        }
        return null;
    }

    public static string Flattened(string layer) => layer.Replace('.', '_');

    /// <summary>The tensor's key in a dialect.</summary>
    public static string Key(string layer, LoraPart part, LoraDialect dialect) => dialect switch
    {
        LoraDialect.Kohya => KohyaKey(layer) + part switch { LoraPart.Down => ".lora_down.weight", LoraPart.Up => ".lora_up.weight", _ => ".alpha" },
        LoraDialect.Diffusers => layer + (part == LoraPart.Down ? ".lora_A.weight" : ".lora_B.weight"),
        _ => OldKey(layer) + (part == LoraPart.Down ? "_lora.down.weight" : "_lora.up.weight"),
    };

    /// <summary>Whether the dialect has a name for the layer.</summary>
    public static bool HasKey(string layer, LoraDialect dialect) => dialect != LoraDialect.DiffusersOld || IsAttention(layer);

    private static string? FindLayer(string name, IReadOnlySet<string> layers, IReadOnlyDictionary<string, string> flattened)
    {
        if (name.StartsWith(KohyaUnet, StringComparison.Ordinal))
        {
            return flattened.GetValueOrDefault(Flattened(Unet) + name[KohyaUnet.Length..]);
        }
        if (Array.Find(KohyaText, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) is { } text)
        {
            return flattened.GetValueOrDefault(Flattened(TextEncoder) + name[text.Length..]);
        }
        // "attn1.processor.to_out" of old files means "attn1.to_out.0".
        var plain = name.Replace(Processor, string.Empty, StringComparison.Ordinal);
        plain = plain.EndsWith(".to_out", StringComparison.Ordinal) ? plain + ".0" : plain;
        string[] candidates = [plain, Unet + plain];
        return Array.Find(candidates, layers.Contains);
    }

    private static string KohyaKey(string layer) => layer.StartsWith(Unet, StringComparison.Ordinal)
        ? KohyaUnet + Flattened(layer[Unet.Length..])
        : KohyaText[0] + Flattened(layer[TextEncoder.Length..]);

    private static bool IsAttention(string layer) => layer.Contains(".attn1.", StringComparison.Ordinal) || layer.Contains(".attn2.", StringComparison.Ordinal);

    private static string OldKey(string layer)
    {
        var plain = layer.EndsWith(".to_out.0", StringComparison.Ordinal) ? layer[..^2] : layer;
        var dot = plain.LastIndexOf('.');
        return plain[..dot] + Processor + plain[dot..];
    }
}
