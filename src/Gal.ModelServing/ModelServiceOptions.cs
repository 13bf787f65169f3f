using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Gal.Diffusion.Runtime;
using Gal.Hosting;
using Gal.ModelServing.Models;

namespace Gal.ModelServing;

/// <summary>Settings of a service that has models on a device.</summary>
public class ModelServiceOptions : ServiceHostOptions
{
    /// <summary>Folders of models in Hugging Face layout, the default one first; a model's name is its folder's. Default: models/emoji-sd of the checkout that the program or its working folder lies in.</summary>
    [MinLength(1, ErrorMessage = "ModelFolders is empty, and there is no models/emoji-sd above the working folder; name a model folder.")]
    [Description("folders of models in Hugging Face layout, the default one first")]
    public string[] ModelFolders { get; set; } = ModelLocator.FindShippedModel() is { } folder ? [folder] : [];

    /// <summary>The one owner of the device in this process; services that run in one process share it. A new one if null.</summary>
    public DeviceWorker? Device { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> HiddenPaths =>
        [.. base.HiddenPaths, .. ModelFolders.Select(f => new KeyValuePair<string, string>(Path.GetFullPath(f), $"model {ModelCatalog.NameOf(f)}"))];

    /// <inheritdoc/>
    protected override IEnumerable<string> FindProblems() =>
        [.. base.FindProblems(), .. ModelFolders.Where(f => !Directory.Exists(f)).Select(f => $"There is no model folder {f}; correct ModelFolders.")];
}
