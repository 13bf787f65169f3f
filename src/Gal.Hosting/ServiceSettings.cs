using System.ComponentModel;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Gal.Hosting;

/// <summary>Reads a service's settings from environment variables (GAL_SCORING_ADDRESS) and arguments (--Address), which win; and lists them.</summary>
internal static class ServiceSettings
{
    /// <exception cref="ServiceOptionsException">A setting is unknown or has no sensible value.</exception>
    public static void Read(ServiceHostOptions options, string name, string[] args)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables(Prefix(name)).AddCommandLine(args).Build();
        var properties = Properties(options.GetType()).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        var problems = new List<string>();
        problems.AddRange(args.Where(a => a.StartsWith("--", StringComparison.Ordinal)).Select(a => a[2..].Split('=')[0]).Where(a => !properties.ContainsKey(a)).Select(a => $"There is no setting --{a}."));
        foreach (var section in configuration.GetChildren())
        {
            if (!properties.TryGetValue(section.Key, out var property) || section.Value is not { } text)
            {
                continue;
            }

            try
            {
                property.SetValue(options, Parse(property.PropertyType, text));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
            {
                problems.Add($"{property.Name} is \"{text}\"; it must be a {property.PropertyType.Name}.");
            }
        }

        if (problems.Count > 0)
        {
            throw new ServiceOptionsException(problems);
        }
    }

    public static string Help(string name, ServiceHostOptions options)
    {
        var text = new StringBuilder().AppendLine($"{name} [--SETTING VALUE]...").AppendLine($"Each setting may also stand in the environment: {Prefix(name)}SETTING.").AppendLine();
        foreach (var property in Properties(options.GetType()))
        {
            var value = property.GetValue(options) switch
            {
                IEnumerable<string> list => string.Join(Path.PathSeparator, list),
                var other => other?.ToString(),
            };
            text.AppendLine($"  --{property.Name,-20} {property.GetCustomAttribute<DescriptionAttribute>()!.Description}; default {value}");
        }

        return text.ToString();
    }

    private static object Parse(Type type, string text) =>
        type == typeof(string[]) ? text.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text)!;

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties().Where(p => p.GetCustomAttribute<DescriptionAttribute>() is not null).OrderBy(p => p.Name, StringComparer.Ordinal);

    // "ScoringService" → "GAL_SCORING_".
    private static string Prefix(string name) => $"GAL_{name.Replace("Service", "", StringComparison.Ordinal).ToUpperInvariant()}_";
}
