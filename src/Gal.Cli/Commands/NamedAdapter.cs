using Gal.V1;

namespace Gal.Cli.Commands;

/// <summary>A file that a user adds to a model.</summary>
/// <param name="File">Its full path.</param>
/// <param name="Settings">Strength and word; the artifact is set when the file is handed over.</param>
internal sealed record NamedAdapter(string File, ModelAdapter Settings);
