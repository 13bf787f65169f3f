using System.Text.Json;
using System.Text.Json.Serialization;
using Gal.V1;
using Google.Protobuf;

namespace Gal.Coordination.Events;

/// <summary>A run's settings in protobuf's own JSON, which later versions of the contract can read.</summary>
internal sealed class SettingsConverter : JsonConverter<RunSettings>
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public override RunSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Parser.Parse<RunSettings>(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, RunSettings value, JsonSerializerOptions options) => writer.WriteRawValue(JsonFormatter.Default.Format(value));
}
