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

    /// <summary>Where models compute: "auto" (the first card that libtorch can use, else the processor), "cpu", "cuda" or "cuda:N". Default auto.</summary>
    [Description("where models compute: auto, cpu, cuda or cuda:N")]
    public string ComputeDevice { get; set; } = Diffusion.Runtime.ComputeDevice.Auto;

    /// <summary>The one owner of the device in this process; services that run in one process share it, and its device. A new one on <see cref="ComputeDevice"/> if null.</summary>
    public DeviceWorker? Device { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, string>> HiddenPaths =>
        [.. base.HiddenPaths, .. ModelFolders.Select(f => new KeyValuePair<string, string>(Path.GetFullPath(f), $"model {ModelCatalog.NameOf(f)}"))];

    /// <inheritdoc/>
    protected override IEnumerable<string> FindProblems() =>
        [.. base.FindProblems(), .. FindDeviceProblem(), .. ModelFolders.Where(f => !Directory.Exists(f)).Select(f => $"There is no model folder {f}; correct ModelFolders.")];

    // A card that is asked for is looked for at once, which loads libtorch: better than a service that refuses its first call.
    private string[] FindDeviceProblem()
    {
        if (!Diffusion.Runtime.ComputeDevice.IsName(ComputeDevice))
        {
            return [$"ComputeDevice is '{ComputeDevice}'; it must be auto, cpu, cuda or cuda:N."];
        }

        if (!ComputeDevice.StartsWith("cuda", StringComparison.Ordinal))
        {
            return [];
        }

        try
        {
            Diffusion.Runtime.ComputeDevice.Resolve(ComputeDevice);
            return [];
        }
        catch (TorchRuntimeException exception)
        {
            return [exception.Message];
        }
    }
}
