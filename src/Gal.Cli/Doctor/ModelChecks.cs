using Gal.Cli.Errors;
using Gal.Cli.Services;
using Gal.Diffusion.Runtime;
using Gal.Hosting;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Cli.Doctor;

/// <summary>Starts the generation and scoring services with a model, asks what they can do, samples one picture with one step and scores it.</summary>
internal static class ModelChecks
{
    /// <summary>Looks at libraries, device and model.</summary>
    public static async Task<IReadOnlyList<Finding>> LookAsync(string model, CancellationToken cancellationToken)
    {
        var state = Directory.CreateTempSubdirectory("gal-doctor-");
        try
        {
            var folder = ModelFolders.Find(model);
            await using var services = await LocalServices.StartAsync(ServiceKinds.Generation | ServiceKinds.Scoring, state.FullName, folder, folder, _ => { }, cancellationToken);
            return [.. await CapabilitiesAsync(services, cancellationToken), new("models", "model", false, folder), .. await TryAsync(services, cancellationToken)];
        }
        catch (Exception exception) when (exception is TorchRuntimeException or CliException or ServiceOptionsException or RpcException or CannotListenException)
        {
            return [new("libraries", "start", true, string.Join(" ", ErrorReport.Of(exception).Lines), "See the message; docs/services.md and README.md's troubleshooting say more.")];
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static async Task<IEnumerable<Finding>> CapabilitiesAsync(LocalServices services, CancellationToken cancellationToken)
    {
        var generation = await new GenerationService.GenerationServiceClient(services[ServiceKinds.Generation]).GetCapabilitiesAsync(new GetCapabilitiesRequest(), cancellationToken: cancellationToken);
        var scoring = await new ScoringService.ScoringServiceClient(services[ServiceKinds.Scoring]).GetCapabilitiesAsync(new GetCapabilitiesRequest(), cancellationToken: cancellationToken);
        return
        [
            .. generation.Devices.Select(device => new Finding("device", device.Name, false,
                $"{device.Model}, {device.InstructionSet}, {(device.ThreadCount > 0 ? $"{device.ThreadCount} threads, " : "")}{string.Join(" and ", device.Dtypes).ToLowerInvariant()}")),
            .. generation.Components.Concat(scoring.Components).DistinctBy(component => component.Name).Select(component => new Finding("libraries", component.Name, false,
                string.Join("; ", new[] { component.Available ? "in use" : "not in use", component.Version, component.Detail }.Where(part => part.Length > 0)))),
        ];
    }

    private static async Task<IEnumerable<Finding>> TryAsync(LocalServices services, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var picture = ByteString.Empty;
        await StepAsync(findings, "sample one picture", async () =>
        {
            var request = new GenerateImagesRequest { Settings = new SamplingSettings { InferenceStepCount = 1 }, Images = { new ImagePrompt { Prompt = "a cat" } } };
            using var call = new GenerationService.GenerationServiceClient(services[ServiceKinds.Generation]).GenerateImages(request, cancellationToken: cancellationToken);
            await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                picture = response.EventCase == GenerateImagesResponse.EventOneofCase.Image ? response.Image.Image.Data : picture;
            }
            return $"{picture.Length:N0} bytes";
        });
        if (picture.IsEmpty)
        {
            return findings;
        }
        await StepAsync(findings, "score it", async () =>
        {
            var request = new ScoreSimilarityRequest
            {
                Rows = new FeatureSource { Images = new ImageList { Images = { new Image { Data = picture } } } },
                Columns = new FeatureSource { Texts = new TextList { Texts = { "a cat" } } },
            };
            var response = await new ScoringService.ScoringServiceClient(services[ServiceKinds.Scoring]).ScoreSimilarityAsync(request, cancellationToken: cancellationToken);
            return $"similarity {response.Similarities[0]:F3}";
        });
        return findings;
    }

    private static async Task StepAsync(List<Finding> findings, string name, Func<Task<string>> step)
    {
        try
        {
            findings.Add(new("models", name, false, await step()));
        }
        catch (RpcException exception)
        {
            findings.Add(new("models", name, true, exception.Status.Detail, "The model's folder is damaged or of another kind: compare it with docs/own-model.md."));
        }
    }
}
