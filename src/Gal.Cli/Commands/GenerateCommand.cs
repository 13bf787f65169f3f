using Gal.Cli.Errors;
using Gal.Cli.Pictures;
using Gal.Cli.RunFolders;
using Gal.Cli.Services;
using Gal.Cli.Terminals;
using Gal.Cli.Views;
using Gal.Imaging;
using Gal.V1;
using Grpc.Core;
using Spectre.Console.Cli;

namespace Gal.Cli.Commands;

/// <summary>Samples images along prompts, from the pretrained model or a fine-tuned one.</summary>
internal sealed class GenerateCommand(Terminal terminal) : AsyncCommand<GenerateOptions>
{
    /// <inheritdoc/>
    public override async Task<int> ExecuteAsync(CommandContext context, GenerateOptions options, CancellationToken cancellationToken)
    {
        var prompts = options.AllPrompts();
        var settings = options.Sampling();
        var source = CheckpointSource.Of(options.Checkpoint);
        var adapters = AdapterOptions.Read(options.Loras, options.Embeddings, options.CustomDiffusions);
        var picture = options.PicturePrompt();
        var pictureFiles = options.IpAdapter is null ? null : IpAdapterFiles.Read(options.IpAdapter, options.ImageEncoder);
        var folder = Path.GetFullPath(options.Out ?? Path.Combine("out", $"generated-{terminal.Time.GetLocalNow():yyyyMMdd-HHmmss}"));
        if (File.Exists(folder))
        {
            throw CliException.BadInput($"--out: {folder} is a file; name a folder.");
        }
        await using var service = await OneService.OpenAsync(ServiceKinds.Generation, options.Connect, () => source.ModelFolder ?? ModelFolders.Find(options.Model), cancellationToken);
        var artifacts = new ArtifactReader(new ArtifactService.ArtifactServiceClient(service.Invoker));
        if (picture is not null)
        {
            await pictureFiles!.UploadAsync(picture, artifacts, cancellationToken);
        }
        var request = new GenerateImagesRequest
        {
            Model = new ModelReference
            {
                Model = options.Connect is null ? "" : options.Model,
                Checkpoint = await source.UploadAsync(artifacts, cancellationToken),
                Adapters = { await AdapterOptions.UploadAsync(adapters, artifacts, cancellationToken) },
            },
            Settings = settings,
            IpAdapter = picture,
            Images = { prompts.SelectMany(prompt => options.Seeds.Select(seed => new ImagePrompt { Prompt = prompt, NegativePrompt = options.Negative, Seed = seed })) },
        };
        try
        {
            var images = await TaskProgress.RunAsync(terminal, options.Json, "sampling", report => SampleAsync(service.Invoker, request, report, cancellationToken));
            Save(folder, request, images, options);
            return ExitCodes.Ok;
        }
        catch (RpcException exception) when (artifacts.WithFileNames(exception.Status.Detail) is var message && message != exception.Status.Detail)
        {
            throw CliException.BadInput(message);
        }
    }

    private async Task<byte[][]> SampleAsync(CallInvoker invoker, GenerateImagesRequest request, Action<int, int> report, CancellationToken cancellationToken)
    {
        var images = new byte[request.Images.Count][];
        using var call = new GenerationService.GenerationServiceClient(invoker).GenerateImages(request, cancellationToken: cancellationToken);
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            switch (response.EventCase)
            {
                case GenerateImagesResponse.EventOneofCase.Progress:
                    report(response.Progress.Step, response.Progress.StepCount);
                    break;
                case GenerateImagesResponse.EventOneofCase.Image:
                    images[response.Image.Index] = response.Image.Image.Data.ToByteArray();
                    break;
                case GenerateImagesResponse.EventOneofCase.Warning:
                    terminal.Warn(response.Warning.Message);
                    break;
            }
        }
        return images;
    }

    private void Save(string folder, GenerateImagesRequest request, byte[][] images, GenerateOptions options)
    {
        Directory.CreateDirectory(folder);
        var saved = images.Select((bytes, i) =>
        {
            var path = Path.Combine(folder, $"prompt-{i / options.Count:00}-seed-{request.Images[i].Seed}.png");
            File.WriteAllBytes(path, bytes);
            return path;
        }).ToArray();
        var sheet = Path.Combine(folder, "contact-sheet.png");
        var decoded = images.Select(bytes => ImageDecoder.Decode(bytes, ImageLimits.Default)).ToArray();
        File.WriteAllBytes(sheet, PngEncoder.Encode(ContactSheet.Of([.. decoded.Chunk(options.Count)])));
        foreach (var (i, path) in saved.Index())
        {
            terminal.Writer.WriteLine(options.Json
                ? System.Text.Json.JsonSerializer.Serialize(new { path, prompt = request.Images[i].Prompt, seed = request.Images[i].Seed })
                : Paths.Short(path));
        }
        terminal.Note($"All of them, a prompt a row: {Paths.Short(sheet)}", options.Json);
    }
}
