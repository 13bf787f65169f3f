using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using YamlDotNet.RepresentationModel;

namespace Gal.Cli.RunFiles;

/// <summary>Puts YAML nodes into the contract's messages, field by field under the fields' own names.</summary>
/// <param name="folder">What relative picture paths start from.</param>
/// <param name="problems">Takes everything that is wrong.</param>
internal sealed class SettingsBinder(string folder, RunFileProblems problems)
{
    /// <summary>Sets every field that the mapping names.</summary>
    /// <param name="node">The mapping.</param>
    /// <param name="message">The message to fill.</param>
    /// <param name="prefix">The mapping's own path with a dot at its end; empty for the root.</param>
    public void Bind(YamlNode node, IMessage message, string prefix)
    {
        if (node is not YamlMappingNode mapping)
        {
            problems.Add(prefix.TrimEnd('.'), node, $"{(prefix.Length == 0 ? "The file" : prefix.TrimEnd('.'))} must hold keys with values (key: value).");
            return;
        }
        var fields = RunFileKeys.In(message.Descriptor);
        foreach (var (keyNode, value) in mapping.Children)
        {
            var key = keyNode.ToString();
            if (fields.TryGetValue(key, out var field))
            {
                BindField(value, message, field, prefix + key);
            }
            else if (prefix.Length > 0 || key != RunFileKeys.Preset)
            {
                problems.Add(prefix + key, problems.IsGiven(value) ? value : keyNode, $"'{prefix}{key}' is not a key of a run file.{Hint(prefix, key, fields.Keys)}");
            }
        }
    }

    private void BindField(YamlNode node, IMessage message, FieldDescriptor field, string key)
    {
        if (field.IsRepeated)
        {
            BindList(node, message, field, key);
        }
        else if (field.FieldType != FieldType.Message)
        {
            if (Scalar(node, field, key) is { } value && (FieldRuleText.Violation(field, value) is not { } rule || Refuse(node, key, value, rule)))
            {
                field.Accessor.SetValue(message, value);
            }
        }
        else if (field.MessageType == Image.Descriptor)
        {
            field.Accessor.SetValue(message, Picture(node, key));
        }
        else if (!YamlTree.IsNull(node))
        {
            var child = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            Bind(node, child, key + ".");
            field.Accessor.SetValue(message, child);
        }
    }

    private void BindList(YamlNode node, IMessage message, FieldDescriptor field, string key)
    {
        if (node is not YamlSequenceNode && !YamlTree.IsNull(node))
        {
            problems.Add(key, node, $"{key} must be a list: one entry a line, each after '- '.");
            return;
        }
        var entries = node is YamlSequenceNode list ? list.Children : [];
        if (FieldRuleText.Violation(field, entries.Count) is { } rule)
        {
            problems.Add(key, node, $"{key} {(entries.Count == 0 ? "is empty" : $"has {entries.Count:N0}")}; {rule}.");
        }
        var target = (System.Collections.IList)field.Accessor.GetValue(message);
        foreach (var (i, entry) in entries.Index())
        {
            var entryKey = $"{key}[{i}]";
            if (field.FieldType == FieldType.Message)
            {
                var child = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                Bind(entry, child, entryKey + ".");
                target.Add(child);
            }
            else if (Scalar(entry, field, entryKey) is string text && (FieldRuleText.ItemViolation(field, text) is not { } itemRule || Refuse(entry, entryKey, text, itemRule)))
            {
                target.Add(text);
            }
        }
    }

    private object? Scalar(YamlNode node, FieldDescriptor field, string key)
    {
        if (node is not YamlScalarNode { Value: { } text } || YamlTree.IsNull(node))
        {
            problems.Add(key, node, YamlTree.IsNull(node) ? $"{key} has no value; give one or leave the key out." : $"{key} must be a single value.");
            return null;
        }
        var (value, wanted) = ScalarText.Read(text, field);
        if (value is null)
        {
            problems.Add(key, node, $"{key} is '{text}'; it must be {wanted}.");
        }
        return value;
    }

    private Image Picture(YamlNode node, string key)
    {
        var image = new Image();
        if (node is not YamlScalarNode { Value: { Length: > 0 } path })
        {
            problems.Add(key, node, $"{key} must be the path of a PNG, JPEG or WebP file.");
            return image;
        }
        var (bytes, problem) = PictureFile.Read(Path.Combine(folder, path));
        if (problem is not null)
        {
            problems.Add(key, node, $"{key}: {problem}");
        }
        image.Data = ByteString.CopyFrom(bytes);
        return image;
    }

    // Always false, so that it can stand in a condition.
    private bool Refuse(YamlNode node, string key, object value, string rule)
    {
        problems.Add(key, node, $"{key} is {(value is string { Length: 0 } ? "empty" : value is string { Length: > 80 } ? "too long" : value)}; {rule}.");
        return false;
    }

    // A key of this mapping first; then the same key elsewhere, since a wrong indentation is the usual cause; of several places the least deep.
    private static string Hint(string prefix, string key, IEnumerable<string> siblings)
    {
        var elsewhere = RunFileKeys.All.Where(path => path.Split('.')[^1] == key || path == key).MinBy(path => path.Count(c => c == '.'));
        return elsewhere is not null ? $" Did you mean '{elsewhere}'?"
            : NearestKey.Of(key, siblings) is { } sibling ? $" Did you mean '{prefix}{sibling}'?"
            : NearestKey.Hint(prefix + key, RunFileKeys.All);
    }
}
