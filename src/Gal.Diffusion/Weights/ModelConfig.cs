using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gal.Diffusion.Weights;

/// <summary>Reads and writes Hugging Face's config.json files; records mirror them by naming policy (BlockOutChannels ↔ block_out_channels).</summary>
internal static class ModelConfig
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.Strict,
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

    /// <summary>The one error for a value that the models here do not have.</summary>
    public static ModelConfigException Unsupported(string model, string field, object? value, string supported) =>
        new($"{model}: {field} is {value ?? "null"}; supported: {supported}.");
}
