using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gal.Diffusion.Weights;

/// <summary>Reads and writes Hugging Face's config.json files; records mirror them by naming policy (BlockOutChannels ↔ block_out_channels).</summary>
internal static class ModelConfig
{
    /// <summary>Channels or features that a layer may have; Stable Diffusion 1.5 has 1,280 at most.</summary>
    public const int MaxWidth = 16_384;

    /// <summary>Layers of one kind in a row.</summary>
    public const int MaxLayerCount = 256;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <exception cref="ModelConfigException">The file is missing or not what <typeparamref name="T"/> mirrors.</exception>
    public static T Read<T>(string path)
        where T : class
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<T>(stream, Options) ?? throw new ModelConfigException($"{path} holds null instead of a configuration.");
        }
        catch (JsonException exception)
        {
            throw new ModelConfigException($"{path} does not describe a {typeof(T).Name}: {exception.Message}", exception);
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelConfigException($"There is no {path}. A model folder in Hugging Face layout has it beside the weights.", exception);
        }
    }

    /// <summary>Reads a file and checks its values; an error names the file, too.</summary>
    /// <exception cref="ModelConfigException">The file is missing, not what <typeparamref name="T"/> mirrors, or holds a value that the check refuses.</exception>
    public static T Read<T>(string path, Func<T, T> check)
        where T : class
    {
        var config = Read<T>(path);
        try
        {
            return check(config);
        }
        catch (ModelConfigException exception)
        {
            throw new ModelConfigException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Refuses a number outside of its range, before modules of that size are made.</summary>
    public static void Require(string model, string field, long value, long minimum, long maximum)
    {
        if (value < minimum || value > maximum)
        {
            throw Unsupported(model, field, value, string.Create(CultureInfo.InvariantCulture, $"{minimum:N0} to {maximum:N0}"));
        }
    }

    /// <summary>The one error for a value that the models here do not have.</summary>
    public static ModelConfigException Unsupported(string model, string field, object? value, string supported) =>
        new($"{model}: {field} is {value ?? "null"}; supported: {supported}.");
}
