using Gal.V1;
using Google.Protobuf.Reflection;

namespace Gal.Cli.RunFiles;

/// <summary>The keys of a run file. They are the fields of <see cref="RunSettings"/> under their own names, so that one word serves from the contract to the file.</summary>
internal static class RunFileKeys
{
    /// <summary>The key that names a preset. It is the one key that the contract does not have: the program fills it in before it asks.</summary>
    public const string Preset = "preset";

    /// <summary>The key of <see cref="RunSettings.DisplayName"/>.</summary>
    public const string Name = "name";

    /// <summary>The key of a field in the message it belongs to, or null for one that a run file cannot set.</summary>
    public static string? Of(FieldDescriptor field) => field.FullName switch
    {
        "gal.v1.RunSettings.display_name" => Name,
        // The run's own seed is the only one: the coordinator derives this from it.
        "gal.v1.TrainingSettings.seed" => null,
        _ => field.Name,
    };

    /// <summary>The fields that a run file can set in a message, by key.</summary>
    public static IReadOnlyDictionary<string, FieldDescriptor> In(MessageDescriptor message) =>
        message.Fields.InDeclarationOrder().Where(field => Of(field) is not null).ToDictionary(field => Of(field)!);

    /// <summary>Full paths of all keys that hold a value or a list, such as <c>training.step_count</c> and <c>subject.references[].image</c>.</summary>
    public static IEnumerable<string> All { get; } = [Preset, .. Leaves(RunSettings.Descriptor, "")];

    private static IEnumerable<string> Leaves(MessageDescriptor message, string prefix) => In(message).SelectMany(pair => pair.Value switch
    {
        { FieldType: FieldType.Message } field when field.MessageType != Image.Descriptor =>
            Leaves(field.MessageType, $"{prefix}{pair.Key}{(field.IsRepeated ? "[]" : "")}."),
        _ => [prefix + pair.Key],
    });
}
