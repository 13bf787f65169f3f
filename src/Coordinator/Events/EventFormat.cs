using System.Text.Json;
using System.Text.Json.Serialization;
using MethodEvent = Gal.ActiveLearning.Runs.RunEvent;

namespace Gal.Coordination.Events;

/// <summary>Events as JSON. The kind and the version stand beside the JSON, so that a later version can read what an earlier one wrote.</summary>
internal static class EventFormat
{
    /// <summary>The version that is written.</summary>
    public const int Version = 1;

    private static readonly Dictionary<string, Type> OwnKinds = KindsOf<StoredEvent>();
    private static readonly Dictionary<string, Type> MethodKinds = KindsOf<MethodEvent>();

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // A similarity can be NaN: that of a broken picture.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter(), new SettingsConverter() },
    };

    /// <summary>The name that an event's kind is stored under.</summary>
    public static string KindOf(StoredEvent item) => item is StoredEvent.MethodStep step ? step.Event.GetType().Name : item.GetType().Name;

    /// <summary>Writes an event.</summary>
    public static string Write(StoredEvent item) => item is StoredEvent.MethodStep step
        ? JsonSerializer.Serialize(new Step(JsonSerializer.SerializeToElement(step.Event, step.Event.GetType(), Options), step.Times, step.Extras), Options)
        : JsonSerializer.Serialize(item, item.GetType(), Options);

    /// <summary>Reads an event.</summary>
    /// <exception cref="InvalidDataException">A later version of Gal wrote it, or it is damaged.</exception>
    public static StoredEvent Read(string kind, int version, string json)
    {
        try
        {
            return version > Version ? throw Unknown(kind, version)
                : MethodKinds.TryGetValue(kind, out var step) ? ReadStep(step, json)
                : OwnKinds.TryGetValue(kind, out var own) ? (StoredEvent)JsonSerializer.Deserialize(json, own, Options)!
                : throw Unknown(kind, version);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The run holds a damaged event \"{kind}\": {e.Message}", e);
        }
    }

    private static StoredEvent.MethodStep ReadStep(Type type, string json)
    {
        var step = JsonSerializer.Deserialize<Step>(json, Options)!;
        return new((MethodEvent)step.Event.Deserialize(type, Options)!, step.Times, step.Extras);
    }

    private static Dictionary<string, Type> KindsOf<T>() => typeof(T).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(T))).ToDictionary(t => t.Name);

    private static InvalidDataException Unknown(string kind, int version) =>
        new($"The run holds an event \"{kind}\" of version {version}; this version of Gal knows up to {Version}. Use the version that wrote it, or a later one.");

    private sealed record Step(JsonElement Event, IReadOnlyList<TimeSpent> Times, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TrainingExtras? Extras = null);
}
